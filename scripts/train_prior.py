"""Fit the sampling prior to the encoded training molecules.

Example:
    python scripts/train_prior.py --model data/vae --corpus corpus/corpus.safetensors --out data/prior --steps 4000
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from safetensors.torch import save_file
from torch import Tensor

from molconvex.exceptions import MolconvexError
from molconvex.files import read_manifest, sha256_of
from molconvex.latent.prior import read_prior, train_prior
from molconvex.latent.training.corpus import Corpus
from molconvex.latent.training.precision import mixed_precision
from molconvex.latent.vae.model import TextVAE


@torch.no_grad()
def encode_corpus(model: TextVAE, corpus: Corpus, molecules: int, seed: int = 0) -> Tensor:
    """Posterior means (molecules, d) of a random part of the corpus."""
    rows = np.random.default_rng(seed).permutation(len(corpus))[:molecules]
    rows = rows[np.argsort(corpus.lengths[rows], kind="stable")]
    batches = [rows[i : i + 512] for i in range(0, len(rows), 512)]
    with mixed_precision("cpu"):
        means = [
            model.network.encoder(corpus.padded_tokens(b))[0]
            for b in track(batches, "encoding", disable=not sys.stderr.isatty())
        ]
    return torch.cat(means)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--molecules", type=int, default=300_000)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--start-from", type=Path, help="folder of the prior of an earlier version of the model")
    args = parser.parse_args(argv)
    try:
        model = TextVAE.load(args.model)
        start, origin = None, {}
        if args.start_from:
            start = read_prior(args.start_from)
            origin = {"started_from": read_manifest(args.start_from)["latent_fingerprint"]}
        latents = encode_corpus(model, Corpus.load(args.corpus), args.molecules)
        prior = train_prior(
            latents,
            args.steps,
            start=start,
            report=lambda step, loss: print(f"step {step:,}: loss {loss:.4f}", flush=True),
        )
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    args.out.mkdir(parents=True, exist_ok=True)
    halves = {k: v.half().contiguous() if v.ndim == 2 else v.contiguous() for k, v in prior.state_dict().items()}
    save_file(halves, args.out / "prior.safetensors")
    manifest = {
        "latent_fingerprint": model.fingerprint,
        "latents": len(latents),
        "steps": args.steps,
        "licence": "MIT",
        **origin,
        "files": {"prior.safetensors": sha256_of(args.out / "prior.safetensors")},
    }
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
