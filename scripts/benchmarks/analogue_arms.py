"""What each part of the training on analogues does: short runs from the same weights, each judged by the yardsticks.

Every arm trains for the same minutes of processor time, from the weights of a model of other tokens or of this one, and
is then asked what it decodes around held-out leads and how much it reconstructs. An arm that is done is not trained
again; started again, the command goes on.

Example:
    python scripts/benchmarks/analogue_arms.py --corpus corpus/corpus.safetensors --series corpus/series.safetensors \
        --borrow-from earlier_model --zinc-test zinc_test.smi.gz --chembl chembl.smi.gz --out arms
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from neighbourhood import Setup
from neighbourhood_counts import around, best_distance
from neighbourhood_moves import leaving_distance, pair_differences
from rich.console import Console
from rich.table import Table
from safetensors.torch import load_file

from molconvex.exceptions import MolconvexError
from molconvex.files import read_manifest
from molconvex.latent.training.analogue_trainer import AnalogueTrainer
from molconvex.latent.training.analogues import AnalogueConfig
from molconvex.latent.training.corpus import Corpus
from molconvex.latent.training.series import Series
from molconvex.latent.training.trainer import Trainer, TrainingConfig
from molconvex.latent.vae.model import LANGUAGES, TextVAE
from molconvex.latent.vae.network import MoleculeVAE, NetworkConfig

DISTANCES = (3.0, 4.0, 5.0, 6.0, 7.0)


@dataclass(frozen=True)
class Arm:
    """What one arm changes.

    Attributes:
        analogues: Settings of the training on analogues, None for none.
        network: Changed sizes.
        training: Changed settings of training.
    """

    analogues: AnalogueConfig | None = field(default_factory=lambda: AnalogueConfig(first_step=200))
    network: Mapping[str, Any] = field(default_factory=lambda: {"max_log_variance": -4.2})
    training: Mapping[str, Any] = field(default_factory=dict)


SHIPPED = AnalogueConfig(first_step=200)
ARMS: dict[str, Arm] = {
    "reconstruction alone": Arm(analogues=None, network={}),
    "analogues, as shipped": Arm(),
    "no rows around a molecule": Arm(replace(SHIPPED, around_share=0.0)),
    "no rows between molecules": Arm(replace(SHIPPED, between_share=0.0)),
    "distances not drawn to similarity": Arm(replace(SHIPPED, stress_weight=0.0)),
    "noise not bounded": Arm(network={}),
}


def trained(name: str, args: argparse.Namespace) -> TextVAE:
    """The averaged weights of one arm."""
    arm, corpus = ARMS[name], Corpus.load(args.corpus)
    summary = json.loads(args.corpus.with_name("corpus.json").read_text())
    like = read_manifest(args.borrow_from)["network"]
    sizes = NetworkConfig(**{**like, **{key: summary[key] for key in ("vocabulary", "max_tokens")}, **arm.network})
    config = TrainingConfig(
        minutes=args.minutes,
        decay_minutes=args.minutes / 2,
        batch_size=256,
        muon_rate=3e-3,
        adam_rate=2e-3,
        warmup=100,
        kl_warmup=300,
        seed=args.seed,
        **arm.training,
    )
    common = (corpus, Corpus.load(args.corpus, "valid_"), sizes, config, args.out / name.replace(" ", "_"))
    trainer: Trainer = (
        Trainer(*common)
        if arm.analogues is None
        else AnalogueTrainer(*common, Series.load(args.series, len(corpus)), arm.analogues)
    )
    trainer.borrow_from(load_file(args.borrow_from / "weights.safetensors"))
    trainer.run(time.process_time)
    network = MoleculeVAE(sizes)
    network.load_state_dict(trainer.average, strict=True)
    language = LANGUAGES[summary.get("tokens", "selfies").upper()]
    print(f"{name}: {trainer.progress.molecules:,} molecules", file=sys.stderr, flush=True)
    return TextVAE(network, language.load(args.corpus.with_name("tokenizer.json")), "")


def judged(model: TextVAE, setup: Setup) -> dict[str, float]:
    """The yardsticks that differ."""
    setup.model = model
    leads = setup.leads
    distance, _ = best_distance(model, leads[::3], DISTANCES, 20, setup.args.seed)
    counts = around(model, leads, distance, setup.args.each, setup.generator, valid=None)
    z = model.encode(leads)
    lengths = pair_differences(model, setup.pairs).norm(dim=1)
    row: dict[str, float] = {
        "exact, ZINC test": exact(model, setup.zinc),
        "exact, held-out ChEMBL": exact(model, setup.chembl),
        "distance": distance,
        "new similar per 100": counts.per_valid(counts.similar),
        "plausible of them": counts.per_valid(counts.plausible),
        "share that is the lead": counts.lead / counts.decoded,
        "first sequence invalid": counts.first_invalid / counts.decoded,
        "nothing valid": counts.invalid / counts.decoded,
        "pairs over leaving": float(lengths.median()) / leaving_distance(model, leads, z, setup.generator),
    }
    return row


def exact(model: TextVAE, smiles: list[str]) -> float:
    """Share of molecules that come back."""
    encoding = model.try_encode(smiles)
    decoded = model.decode(encoding.z[encoding.mask])
    kept = [s for s, ok in zip(smiles, encoding.mask.tolist(), strict=True) if ok]
    return sum(a == b for a, b in zip(kept, decoded, strict=True)) / max(1, len(kept))


def print_table(rows: Mapping[str, Mapping[str, float]]) -> None:
    """One row an arm."""
    first = next(iter(rows.values()))
    table = Table("arm", *first)
    for name, row in rows.items():
        table.add_row(name, *(f"{value:.3g}" for value in row.values()))
    Console(width=200).print(table)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="corpus.safetensors of scripts/prepare_corpus.py")
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--borrow-from", type=Path, required=True, help="folder of an exported model to begin with")
    parser.add_argument("--zinc-test", type=Path, required=True)
    parser.add_argument("--chembl", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder; arms.json is the table")
    parser.add_argument("--minutes", type=float, default=4.0, help="of processor time an arm")
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--leads", type=int, default=30)
    parser.add_argument("--each", type=int, default=40, help="decodings a lead")
    parser.add_argument("--molecules", type=int, default=300, help="of each file, for reconstruction")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    results = args.out / "arms.json"
    rows = json.loads(results.read_text()) if results.is_file() else {}
    args.model = None
    try:
        for name in args.arms:
            if name not in rows:
                rows[name] = judged(trained(name, args), Setup(args))
                results.write_text(json.dumps(rows, indent=1) + "\n")
    except (MolconvexError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print_table({name: rows[name] for name in ARMS if name in rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
