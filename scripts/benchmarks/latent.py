"""How good the latent model is: one table, and the same numbers as JSON.

Example:
    python scripts/benchmarks/latent.py --zinc-test zinc_test.smi.gz --chembl chembl.smi.gz \
        --corpus corpus/corpus.safetensors --assays tables/ --json latent.json

Every row says on what it was measured. The held-out ChEMBL molecules are the sixtieth that `held_out_by_hash` keeps
from training; the drugs are data/examples/drugs.csv, kept from training too. Needs scikit-learn (the extra "evaluate").
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from latent_power import assay_rows, property_rows
from rich.console import Console
from rich.table import Table

from molconvex.chem import compute_properties, find_alerts, parse, read_molecules, standardize, tanimoto
from molconvex.exceptions import ChemistryError, MolconvexError
from molconvex.files import data_path
from molconvex.latent.reference import reference_set
from molconvex.latent.training.corpus import Corpus, held_out_by_hash, smiles_hash
from molconvex.latent.vae.model import TextVAE
from molconvex.latent.workers import WORTHWHILE, worker_processes

Row = tuple[str, str, float]
SAMPLE_DISTANCE = 6.0
DISTANCES = (0.5, 1.0, 2.0, 4.0, 8.0)


def held_out(path: Path, count: int, generator: np.random.Generator, *, by_hash: bool = False) -> list[str]:
    """Standard SMILES of `count` random molecules of a file, of its held-out sixtieth if `by_hash`."""
    smiles = []
    lines = read_molecules(path)
    for i in generator.permutation(len(lines)):
        try:
            standard = standardize(lines[i].smiles).smiles
        except ChemistryError:
            continue
        if not by_hash or held_out_by_hash(standard):
            smiles.append(standard)
        if len(smiles) == count:
            break
    return smiles


def reconstruction(model: TextVAE, smiles: list[str], label: str) -> list[Row]:
    """Share of molecules that the greedy decoding of their posterior mean repeats, of those that fit the model."""
    encoding = model.try_encode(smiles)
    fine = [i for i, reason in enumerate(encoding.reasons) if not reason]
    decoded = model.decode(encoding.z[fine])
    same = sum(smiles[i] == text for i, text in zip(fine, decoded, strict=True))
    return [
        (f"exact reconstruction, {label}", f"{len(fine):,} of {len(smiles):,} that fit", same / len(fine)),
        (f"share that fits the model, {label}", f"{len(smiles):,}", len(fine) / len(smiles)),
    ]


def druglike_share(smiles: list[str]) -> float:
    """Share with QED above 0.5, SA score below 4.5 and no PAINS alert."""
    table = compute_properties(smiles, ["qed", "sa_score"])
    good = (table["qed"] > 0.5) & (table["sa_score"] < 4.5)
    clean = [
        ok and not any(a.startswith("PAINS") for a in find_alerts(parse(s))) for ok, s in zip(good, smiles, strict=True)
    ]
    return float(np.mean(clean))


def samples(model: TextVAE, source: str, z: torch.Tensor, known: set[int], beside: float) -> list[Row]:
    """Validity, uniqueness, novelty and drug-likeness of decoded samples; each denominator is the step before.

    `beside` is the drug-like share of training molecules.
    """
    decoded = model.decode(z)
    valid = [s for s in decoded if s]
    unique = sorted(set(valid))
    novel = [s for s in unique if smiles_hash(s) not in known]
    share = druglike_share(valid)
    return [
        (f"validity, samples of {source}", f"{len(decoded):,}", len(valid) / len(decoded)),
        (f"uniqueness, samples of {source}", f"{len(valid):,} valid", len(unique) / len(valid)),
        (f"novelty, samples of {source}", f"{len(unique):,} unique", len(novel) / len(unique)),
        (f"drug-like share, samples of {source}", f"{len(valid):,} valid", share),
        (f"  as a part of the training set's, {source}", f"training: {beside:.3f}", share / beside),
    ]


def gaussian_like(z: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """Samples (count, d) of the Gaussian with the mean and covariance of latents (n, d)."""
    root = torch.linalg.cholesky(torch.cov(z.T.double()) + 1e-6 * torch.eye(z.shape[1]).double())
    noise = torch.randn(count, z.shape[1], generator=generator).double()
    return (z.double().mean(0) + noise @ root.T).float()


def neighbourhood(model: TextVAE, smiles: list[str], generator: torch.Generator) -> list[Row]:
    """Mean Tanimoto to the start, and share of starts, in 8 random directions at growing distance."""
    z = model.encode(smiles)
    directions = torch.randn(len(z), 8, z.shape[1], generator=generator)
    directions = directions / directions.norm(dim=-1, keepdim=True)
    rows: list[Row] = []
    for distance in DISTANCES:
        decoded = model.decode((z[:, None] + distance * directions).flatten(0, 1))
        near = [decoded[8 * i : 8 * i + 8] for i in range(len(smiles))]
        valid = [[t for t in group if t] for group in near]
        mean = np.mean([tanimoto(s, group).mean() for s, group in zip(smiles, valid, strict=True) if group])
        same = np.mean([t == s for s, group in zip(smiles, near, strict=True) for t in group])
        rows.append((f"Tanimoto at latent distance {distance:g}", f"{len(decoded):,} decodings", float(mean)))
        rows.append((f"  unchanged at latent distance {distance:g}", f"{len(decoded):,} decodings", float(same)))
    return rows


def drift(model: TextVAE, z: torch.Tensor) -> list[Row]:
    """Mean |E(D(z)) - z| over samples, beside the posterior's own standard deviation."""
    decoded = model.decode(z)
    encoding = model.try_encode([s or "invalid" for s in decoded])
    fine = encoding.mask
    distance = (encoding.z[fine] - z[fine]).norm(dim=1).mean()
    _, deviation = model.posterior([s for s, ok in zip(decoded, fine, strict=True) if ok])
    return [
        ("drift |E(D(z)) - z| of such samples", f"{int(fine.sum()):,}", float(distance)),
        ("  posterior's standard deviation, norm", f"{int(fine.sum()):,}", float(deviation.norm(dim=1).mean())),
    ]


def throughput(model: TextVAE, smiles: list[str]) -> list[Row]:
    """Molecules a second, the chemistry included, with a worker process per core."""
    batch = (smiles * (2048 // len(smiles) + 1))[:2048]
    rows: list[Row] = []
    with worker_processes(model, WORTHWHILE):
        model.encode(batch)  # the processes start
        z, seconds = timed(lambda: model.encode(batch))
        rows.append(("encode, molecules a second", f"batch of {len(batch):,}", len(batch) / seconds))
        _, seconds = timed(lambda: model.decode(z))
        rows.append(("decode, molecules a second", f"batch of {len(batch):,}", len(batch) / seconds))
    return rows


def timed(call):  # type: ignore[no-untyped-def]
    begin = time.perf_counter()
    result = call()
    return result, time.perf_counter() - begin


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of the latent model; default the bundled one")
    parser.add_argument("--zinc-test", type=Path, required=True)
    parser.add_argument("--chembl", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--assays", type=Path, help="folder with esol.csv, lipophilicity.csv.gz and bbbp.csv")
    parser.add_argument("--json", type=Path, help="results; sections that are there already are kept")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to measure")
    parser.add_argument("--molecules", type=int, default=5000)
    parser.add_argument("--samples", type=int, default=10_000)
    args = parser.parse_args(argv)
    try:
        rows = measure(args)
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    table = Table("measure", "on", "value")
    for name, on, value in rows:
        table.add_row(name, on, f"{value:,.0f}" if value > 50 else f"{value:.3f}")
    Console(width=130).print(table)
    return 0


def measure(args: argparse.Namespace) -> list[Row]:
    """Rows of the sections asked for; the JSON file is renewed after each, and keeps the other sections' rows."""
    setup = Setup(args)
    kept = json.loads(args.json.read_text()) if args.json and args.json.exists() else {}
    for name in args.only:
        kept[name] = [{"measure": m, "on": o, "value": float(v)} for m, o, v in SECTIONS[name](setup)]
        print(f"{name}: done", file=sys.stderr, flush=True)
        if args.json:
            ordered = {section: kept[section] for section in SECTIONS if section in kept}
            args.json.write_text(json.dumps(ordered, indent=1) + "\n")
    return [(r["measure"], r["on"], r["value"]) for section in SECTIONS for r in kept.get(section, [])]


class Setup:
    """Models and molecules that several sections share; `generator` and `numbers` begin anew for each section."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.model = TextVAE.load(args.model or data_path("vae"))
        self.corpus = Corpus.load(args.corpus)

    @property
    def numbers(self) -> np.random.Generator:
        return np.random.default_rng(0)

    @property
    def generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(0)

    def near_reference(self, count: int, distance: float) -> torch.Tensor:
        """Points (count, d) in random directions from molecules of the bundled reference set."""
        z, generator = reference_set().z, self.generator
        direction = torch.randn(count, z.shape[1], generator=generator)
        start = z[torch.randint(len(z), (count,), generator=generator)]
        return start + distance * torch.nn.functional.normalize(direction, dim=1)

    @cached_property
    def zinc(self) -> list[str]:
        return held_out(self.args.zinc_test, self.args.molecules, self.numbers)

    @cached_property
    def training(self) -> list[str]:
        offsets, tokenizer = self.corpus.token_offsets, self.model.tokenizer
        rows = self.numbers.permutation(len(self.corpus))[: self.args.samples]
        return [tokenizer.to_smiles(tokenizer.decode(self.corpus.tokens[offsets[i] : offsets[i + 1]])) for i in rows]


def reconstruction_section(setup: Setup) -> list[Row]:
    chembl = held_out(setup.args.chembl, setup.args.molecules, setup.numbers, by_hash=True)
    drugs = [standardize(m.smiles).smiles for m in read_molecules(data_path("examples", "drugs.csv"))]
    rows = reconstruction(setup.model, setup.zinc, "ZINC test")
    rows += reconstruction(setup.model, chembl, "ChEMBL held out")
    return rows + reconstruction(setup.model, drugs, "known drugs")


def samples_section(setup: Setup) -> list[Row]:
    model, count, generator = setup.model, setup.args.samples, setup.generator
    known, beside = set(setup.corpus.smiles_hash.tolist()), druglike_share(setup.training)
    encoded = model.try_encode(setup.training)
    sources = {
        "N(0, I)": torch.randn(count, model.latent_dim, generator=generator),
        "fitted Gaussian": gaussian_like(encoded.z[encoded.mask], count, generator),
        f"points at distance {SAMPLE_DISTANCE:g} from the reference set": setup.near_reference(count, SAMPLE_DISTANCE),
    }
    return [row for source, z in sources.items() for row in samples(model, source, z, known, beside)]


SECTIONS: dict[str, Callable[[Setup], list[Row]]] = {
    "reconstruction": reconstruction_section,
    "samples": samples_section,
    "neighbourhood": lambda setup: neighbourhood(setup.model, setup.zinc[:500], setup.generator),
    "drift": lambda setup: drift(setup.model, setup.near_reference(2000, SAMPLE_DISTANCE)),
    "throughput": lambda setup: throughput(setup.model, setup.zinc),
    "properties": lambda setup: property_rows(setup.model, setup.training),
    "assays": lambda setup: assay_rows(setup.model, setup.args.assays) if setup.args.assays else [],
}


if __name__ == "__main__":
    sys.exit(main())
