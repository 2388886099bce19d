"""Train the bundled surrogates on the bundled latent model.

RDKit properties are learned on molecules of the training corpus, measured assays on public tables.

Example:
    python scripts/train_surrogates.py --corpus corpus/corpus.safetensors --assays tables/ --out data/surrogates

`--assays` is a folder with esol.csv, lipophilicity.csv.gz, bbbp.csv and tox21_challenge.csv.gz; those that are missing
are left out, and said. With `--assays` alone no RDKit property is trained, with `--only` only the tables named.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from molconvex.assays.atom_contributions import with_contributions
from molconvex.assays.public_tables import MEASURED, TABLES, PublicTable
from molconvex.assays.training import train_assays
from molconvex.chem import PROPERTIES, compute_properties
from molconvex.exceptions import MolconvexError
from molconvex.latent import TextVAE, load_bundled
from molconvex.latent.training.corpus import Corpus
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Surrogate,
    Target,
    fit_surrogate,
    load_surrogates,
    make_dataset,
    save_surrogate,
    save_surrogates,
)


def corpus_molecules(model: TextVAE, corpus: Corpus, count: int, seed: int) -> list[str]:
    """SMILES of random molecules of the corpus."""
    rows = np.random.default_rng(seed).permutation(len(corpus))[:count]
    offsets = corpus.token_offsets
    spelt = (model.tokenizer.decode(corpus.tokens[offsets[i] : offsets[i + 1]]) for i in rows)
    return [model.tokenizer.to_smiles(symbols) for symbols in spelt]


def train_measured(model: TextVAE, smiles: list[str], out: Path, settings: FitSettings) -> list[ConvexSurrogate]:
    """One surrogate for each of MEASURED."""
    encoding = model.try_encode(smiles)
    fine = [i for i, reason in enumerate(encoding.reasons) if not reason]
    kept = [smiles[i] for i in fine]
    values = compute_properties(kept, list(MEASURED))
    trained = []
    for name, sense in MEASURED.items():
        data = make_dataset(
            encoding.z[fine],
            values[name].to_numpy(),
            Target(name, PROPERTIES[name].unit, sense),
            latent_fingerprint=model.fingerprint,
            smiles=kept,
        )
        (surrogate,) = with_contributions([fit_surrogate(data, settings)], model)
        save_surrogate(out / name, surrogate, overwrite=True)
        trained.append(surrogate)
        print(f"{name}: {headline(surrogate)}", flush=True)
    return trained


def train_assay(model: TextVAE, assay: PublicTable, args: argparse.Namespace, settings: FitSettings) -> None:
    """One folder of surrogates for the columns of a table."""
    trained = train_assays(
        args.assays / assay.file,
        list(assay.columns),
        model,
        columns=assay.assay_columns(),
        settings=replace(settings, orientation=args.orientation),
        cache=args.cache,
    )
    print(f"{assay.name}: {len(trained.table):,} molecules, {len(trained.refused)} refused", flush=True)
    save_surrogates(args.out / assay.name, trained.surrogates, overwrite=True)
    for surrogate in trained.surrogates:
        print(f"{assay.name} {surrogate.target.property}: {headline(surrogate)}", flush=True)


def renew_cards(model: TextVAE, out: Path) -> None:
    """The contributions of atoms on the cards of what is trained already."""
    for manifest in sorted(out.glob("*/manifest.json")):
        surrogates = list(load_surrogates(manifest.parent, model.fingerprint).values())
        save_surrogates(manifest.parent, with_contributions(surrogates, model), overwrite=True)
        print(f"{manifest.parent.name}: {len(surrogates)} cards", flush=True)


def headline(surrogate: Surrogate) -> str:
    """The card's test metrics in one line."""
    return ", ".join(f"{name} {m['value']:.3f}" for name, m in surrogate.card["metrics"].items() if m["value"])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of the latent model; default the bundled one")
    parser.add_argument("--corpus", type=Path, help="of the latent model; without it no RDKit properties are trained")
    parser.add_argument("--assays", type=Path, help="folder of the public tables")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the public tables, these")
    parser.add_argument("--cards", action="store_true", help="train nothing, draw contributions on the cards in --out")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--molecules", type=int, default=30_000)
    parser.add_argument("--members", type=int, default=3)
    parser.add_argument(
        "--orientation",
        choices=("auto", "convex", "concave"),
        default="convex",
        help="of the assays; RDKit properties are convex, as goals have to be",
    )
    parser.add_argument("--repeats", type=int, help="splits of each kind for the cards' evidence")
    parser.add_argument("--cache", type=Path, help="folder that keeps the assays' latents")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    settings = FitSettings(
        members=args.members,
        split="scaffold",
        orientation="convex",
        evidence=True,
        repeats=args.repeats,
        seed=args.seed,
    )
    try:
        model = TextVAE.load(args.model) if args.model else load_bundled()
        args.out.mkdir(parents=True, exist_ok=True)
        if args.cards:
            renew_cards(model, args.out)
            return 0
        if args.corpus:
            smiles = corpus_molecules(model, Corpus.load(args.corpus), args.molecules, args.seed)
            train_measured(model, smiles, args.out, settings)
        for assay in TABLES if args.assays else ():
            if args.only and assay.name not in args.only:
                continue
            if (args.assays / assay.file).exists():
                train_assay(model, assay, args, settings)
            else:
                print(f"{assay.name}: {args.assays / assay.file} is missing; left out")
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
