"""Train the latent model on a prepared corpus; may be killed and started again with the same command.

Example:
    python scripts/train_vae.py --corpus corpus/corpus.safetensors --out checkpoints --minutes 60

Goes on from OUT/falling.safetensors (killed while the learning rate fell) or OUT/checkpoint.safetensors if one exists,
or from --resume FILE. OUT/final.safetensors is written when the minutes are over, after the learning rate has fallen to
zero; to train longer later, start again: it goes on from the last checkpoint before the fall. To improve an exported
model without its checkpoint, pass it as --start-from. With --series, points off a molecule learn to mean its analogues.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from molconvex.exceptions import MolconvexError
from molconvex.files import read_manifest
from molconvex.latent.training.analogue_trainer import AnalogueTrainer
from molconvex.latent.training.analogues import AnalogueConfig
from molconvex.latent.training.corpus import Corpus
from molconvex.latent.training.series import Series
from molconvex.latent.training.trainer import Trainer, TrainingConfig, read_checkpoint
from molconvex.latent.vae.network import NetworkConfig


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="corpus.safetensors of scripts/prepare_corpus.py")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--resume", type=Path, help="checkpoint to go on from; default the one in OUT")
    parser.add_argument("--start-from", type=Path, help="folder of an exported model whose weights to begin with")
    parser.add_argument(
        "--borrow-from", type=Path, help="folder of an exported model of other tokens: begin with its other weights"
    )
    parser.add_argument("--threads", type=int, help="CPU threads; default all cores")
    parser.add_argument("--series", type=Path, help="series.safetensors: train on analogues, too")
    for config in (NetworkConfig, TrainingConfig, AnalogueConfig):
        for item in dataclasses.fields(config):
            parser.add_argument(f"--{item.name.replace('_', '-')}", type=item.type, default=argparse.SUPPRESS)
    args = vars(parser.parse_args(argv))
    if args["threads"]:
        torch.set_num_threads(args["threads"])

    def chosen(config: type) -> dict[str, Any]:
        return {f.name: args[f.name] for f in dataclasses.fields(config) if f.name in args}

    try:
        corpus, validation = Corpus.load(args["corpus"]), Corpus.load(args["corpus"], "valid_")
        falling = args["out"] / "falling.safetensors"
        checkpoint = args["resume"] or (falling if falling.exists() else args["out"] / "checkpoint.safetensors")
        if checkpoint.exists() or args["resume"]:
            sizes = read_checkpoint(checkpoint)[1]["network"] | chosen(NetworkConfig)
        elif args["start_from"]:
            sizes = read_manifest(args["start_from"])["network"] | chosen(NetworkConfig)
        else:
            like = read_manifest(args["borrow_from"])["network"] if args["borrow_from"] else {}
            summary = json.loads(args["corpus"].with_name("corpus.json").read_text())
            sizes = like | {name: summary[name] for name in ("vocabulary", "max_tokens")} | chosen(NetworkConfig)
        common = (corpus, validation, NetworkConfig(**sizes), TrainingConfig(**chosen(TrainingConfig)), args["out"])
        if args["series"]:
            series = Series.load(args["series"], len(corpus))
            trainer: Trainer = AnalogueTrainer(*common, series, AnalogueConfig(**chosen(AnalogueConfig)))
        else:
            trainer = Trainer(*common)
        if checkpoint.exists() or args["resume"]:
            trainer.resume(checkpoint)
            print(f"going on from step {trainer.progress.step:,}", flush=True)
            if left := trainer.progress.seconds_left:
                print(f"{left / 60:.0f} minutes of the falling rate are left; --minutes is not used", flush=True)
        elif args["start_from"]:
            trainer.start_from(load_file(args["start_from"] / "weights.safetensors"))
        elif args["borrow_from"]:
            trainer.borrow_from(load_file(args["borrow_from"] / "weights.safetensors"))
        parameters = sum(p.numel() for p in trainer.model.parameters())
        print(f"{len(corpus):,} molecules, {parameters:,} parameters, {torch.get_num_threads()} threads", flush=True)
        trainer.run()
    except (MolconvexError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; start again to go on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
