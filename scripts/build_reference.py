"""Build the reference set: molecules of the model's own with latents, properties and alerts.

Molecules are decoded at a latent distance from training molecules, in random directions, re-encoded, and kept if
distinct, not among the training molecules, and such as a chemist would draw.

Example:
    python scripts/build_reference.py --model data/vae --corpus corpus/corpus.safetensors --out data/reference
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.chem import compute_properties, find_alerts, parse
from molconvex.chem.plausibility import implausible_features
from molconvex.exceptions import MolconvexError
from molconvex.files import sha256_of
from molconvex.latent.reference import LATENT_COLUMN
from molconvex.latent.training.corpus import Corpus, smiles_hash
from molconvex.latent.vae.model import TextVAE

DISTANCE = 6.0  # from a training molecule: far enough to be another one, near enough to look like one
BATCH = 2048


def corpus_latents(model: TextVAE, corpus: Corpus, rows: np.ndarray) -> Tensor:
    """Latents (n, d) of molecules of the corpus."""
    with torch.no_grad():
        return model.network.encoder(corpus.padded_tokens(rows).to(model.device))[0].float().cpu()


def distinct_molecules(
    model: TextVAE, corpus: Corpus, wanted: int, generator: torch.Generator
) -> tuple[list[str], Tensor, dict[str, int]]:
    """New molecules near training molecules, their latents, and the counts of what was drawn and dropped."""
    smiles: list[str] = []
    latents: list[Tensor] = []
    seen = set(corpus.smiles_hash.tolist())
    counts = {"drawn": 0, "no_molecule": 0, "repeat_or_training": 0, "implausible": 0, "not_encodable": 0}
    while len(smiles) < wanted:
        rows = torch.randint(len(corpus), (BATCH,), generator=generator).numpy()
        direction = torch.randn(BATCH, model.latent_dim, generator=generator)
        start = corpus_latents(model, corpus, rows)
        decoded = model.decode(start + DISTANCE * torch.nn.functional.normalize(direction, dim=1))
        counts["drawn"] += len(decoded)
        fresh = []
        for text in decoded:
            if not text:
                counts["no_molecule"] += 1
            elif smiles_hash(text) in seen:
                counts["repeat_or_training"] += 1
            elif implausible_features(parse(text)):
                counts["implausible"] += 1
            else:
                seen.add(smiles_hash(text))
                fresh.append(text)
        encoding = model.try_encode(fresh)
        fine = encoding.mask.nonzero()[:, 0].tolist()
        counts["not_encodable"] += len(fresh) - len(fine)
        smiles.extend(fresh[i] for i in fine)
        latents.append(encoding.z[fine])
        print(f"{len(smiles):,} of {wanted:,} molecules", flush=True)
    return smiles[:wanted], torch.cat(latents)[:wanted], counts


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--molecules", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    generator = torch.Generator().manual_seed(args.seed)
    try:
        model = TextVAE.load(args.model)
        corpus = Corpus.load(args.corpus)
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    smiles, z, counts = distinct_molecules(model, corpus, args.molecules, generator)
    table = compute_properties(smiles)
    table.insert(0, "smiles", smiles)
    table["alerts"] = ["; ".join(find_alerts(parse(s))) for s in smiles]
    table[LATENT_COLUMN] = [row.tobytes() for row in z.numpy().astype(np.float16)]
    args.out.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(table)
    floats = frame.select_dtypes("float64").columns
    frame[floats] = frame[floats].astype(np.float32)
    frame.to_parquet(args.out / "molecules.parquet", index=False, compression="zstd")
    manifest = {
        "latent_fingerprint": model.fingerprint,
        "molecules": len(smiles),
        "seed": args.seed,
        "counts": counts,
        "licence": "MIT",
        "how": "decoded near training molecules; those and what a chemist would not draw removed",
        "distance": DISTANCE,
        "files": {"molecules.parquet": sha256_of(args.out / "molecules.parquet")},
    }
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(f"wrote {args.out}: {counts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
