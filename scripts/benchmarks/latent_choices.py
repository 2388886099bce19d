"""Choices of the latent model, one changed at a time: short trainings with the same budget of processor time.

Example:
    python scripts/benchmarks/latent_choices.py --corpus corpus/corpus.safetensors --tokenizer data/vae/tokenizer.json \
        --assays tables/ --json choices.json

Every arm trains on the same molecules of the corpus for `--minutes` of one core's processor time, so that a choice's
slower steps count against it. Choices of shape begin with random weights, where a short run reconstructs few molecules
exactly and the similarity of decodings to their molecules says more; choices of the loss go on from the bundled
weights, which have seen all molecules of the corpus before. Compare within the two groups; what a short run says holds
for short runs. Arms that the JSON file has already are kept. Needs scikit-learn (the extra "evaluate").
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from latent import druglike_share, gaussian_like
from latent_power import ASSAYS
from rdkit import Chem, RDLogger
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from molconvex.assays.training import encode_assays
from molconvex.chem import PROPERTIES, compute_properties, tanimoto
from molconvex.exceptions import ChemistryError, MolconvexError
from molconvex.files import data_path
from molconvex.icnn import ICNN
from molconvex.latent.training.corpus import Corpus
from molconvex.latent.training.trainer import Optimizers, Trainer, TrainingConfig
from molconvex.latent.vae.model import TextVAE
from molconvex.latent.vae.network import MoleculeVAE, NetworkConfig
from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer, to_smiles, to_symbols
from molconvex.latent.vae.symbol_tokenizer import SymbolTokenizer
from molconvex.surrogate import FitSettings, Target, fit_surrogate, make_dataset, scaffold_split

SMILES_TOKEN = re.compile(r"\[[^\]]+\]|Br|Cl|%\d\d|.")
TRAINED, UNSEEN, PROBED, SAMPLED, SPLITS = 150_000, 1_000, 4_000, 500, 5
LONGEST = 100  # tokens; generous, so that small vocabularies lose no molecules
MOST_SYMBOLS = 300  # what is longer is none of the molecules that the models learn from


@dataclass(frozen=True)
class Spelling:
    """How molecules become symbols and back; `read` gives "" for what is no molecule."""

    spell: Callable[[str], list[str]]
    read: Callable[[Sequence[str]], str]


def _read_smiles(symbols: Sequence[str]) -> str:
    mol = Chem.MolFromSmiles("".join(symbols))
    return Chem.MolToSmiles(mol) if mol is not None else ""


def _read_selfies(symbols: Sequence[str]) -> str:
    return _read_smiles([to_smiles(symbols)])


SELFIES = Spelling(cache(to_symbols), _read_selfies)
SMILES = Spelling(SMILES_TOKEN.findall, _read_smiles)


@dataclass(frozen=True)
class Arm:
    """One choice, and what it changes; `goes_on` from the bundled weights, or begins with random ones."""

    name: str
    network: dict[str, int] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    vocabulary: int = 1000
    spelling: Spelling = SELFIES
    convex_head: bool = False
    goes_on: bool = False


ARMS = (
    Arm("new: 128 dimensions, 1,000 SELFIES tokens"),
    Arm("new: 64 dimensions", {"latent_dim": 64}),
    Arm("new: 256 dimensions", {"latent_dim": 256}),
    Arm("new: 300 tokens", vocabulary=300),
    Arm("new: 2,000 tokens", vocabulary=2000),
    Arm("new: SMILES tokens", spelling=SMILES),
    Arm("on: KL weight 0.05, linear heads, token dropout 0.05", goes_on=True),
    Arm("on: KL weight 0.0125", training={"kl_weight": 0.0125}, goes_on=True),
    Arm("on: KL weight 0.2", training={"kl_weight": 0.2}, goes_on=True),
    Arm("on: convex descriptor head", convex_head=True, goes_on=True),
    Arm("on: no fingerprint head", training={"fingerprint_weight": 0.0}, goes_on=True),
    Arm("on: no heads", training={"descriptor_weight": 0.0, "fingerprint_weight": 0.0}, goes_on=True),
    Arm("on: no token dropout", training={"token_dropout": 0.0}, goes_on=True),
)
GENTLY: dict[str, Any] = {"muon_rate": 1.5e-3, "adam_rate": 1e-3, "kl_warmup": 1}


class Molecules:
    """What all arms share: molecules to train on, unseen ones, and assays with their splits."""

    def __init__(self, corpus: Path, tokenizer: Path, assays: Path) -> None:
        self.whole, self.bundled, self.assays = Corpus.load(corpus), SelfiesTokenizer.load(tokenizer), assays
        order = np.random.default_rng(0).permutation(len(self.whole))
        self.rows, self.unseen_rows = order[:TRAINED], order[TRAINED : TRAINED + UNSEEN]
        self.symbols = [self._symbols(row) for row in self.rows]

    def _symbols(self, row: int) -> list[str]:
        offsets = self.whole.token_offsets
        return self.bundled.decode(self.whole.tokens[offsets[row] : offsets[row + 1]].tolist())

    @cached_property
    def smiles(self) -> list[str]:
        return [_read_selfies(symbols) for symbols in self.symbols]

    @cached_property
    def unseen(self) -> list[str]:
        return [_read_selfies(self._symbols(row)) for row in self.unseen_rows]

    @cached_property
    def probed(self) -> list[str]:
        return [_read_selfies(symbols) for symbols in self.symbols[:PROBED]]

    @cached_property
    def druglike(self) -> float:
        return druglike_share(self.probed[:SAMPLED])

    @cached_property
    def qed(self) -> np.ndarray:
        return compute_properties(self.probed, ["qed"])["qed"].to_numpy()

    @cached_property
    def tables(self) -> list[tuple[str, list[str], np.ndarray, list[Any]]]:
        """Kind, molecules, values and scaffold splits of each assay."""
        found = []
        for assay in ASSAYS:
            (target,) = assay.columns
            model = TextVAE.load(data_path("vae"))
            table = encode_assays(self.assays / assay.file, [target], model, assay.assay_columns()).table
            known = np.flatnonzero(np.isfinite(table.value[:, 0]))
            smiles = [table.smiles[i] for i in known]
            splits = [scaffold_split(smiles, seed=seed) for seed in range(SPLITS)]
            found.append((target.kind, smiles, table.value[known, 0], splits))
        return found

    def spelled(self, spelling: Spelling) -> list[list[str]]:
        """Symbols of the molecules to train on."""
        return self.symbols if spelling is SELFIES else [spelling.spell(s) for s in self.smiles]


def corpus_of(molecules: Molecules, tokens: list[list[int]], longest: int) -> Corpus:
    """The chosen molecules of the corpus under another tokenizer."""
    whole, rows = molecules.whole, molecules.rows
    fits = np.asarray([0 < len(t) <= longest for t in tokens])
    rows, tokens = rows[fits], [t for t, ok in zip(tokens, fits, strict=True) if ok]
    bins = [slice(*whole.bin_offsets[row : row + 2]) for row in rows]
    described = whole.descriptor_rows()[rows]
    return Corpus(
        np.concatenate([np.asarray(t, np.uint16) for t in tokens]),
        np.concatenate([[0], np.cumsum([len(t) for t in tokens])]),
        np.concatenate([whole.bins[b] for b in bins]),
        np.concatenate([whole.counts[b] for b in bins]),
        np.concatenate([[0], np.cumsum([b.stop - b.start for b in bins])]),
        np.flatnonzero(described >= 0),
        whole.descriptors[described[described >= 0]],
        whole.smiles_hash[rows],
    )


def train(arm: Arm, molecules: Molecules, config: TrainingConfig) -> tuple["Trained", dict[str, float]]:
    """Train one arm; its molecules seen and processor seconds."""
    symbols = molecules.spelled(arm.spelling)
    bundled = TextVAE.load(data_path("vae"))
    tokenizer = bundled.tokenizer if arm.goes_on else SelfiesTokenizer.train(symbols, arm.vocabulary)
    known = [tokenizer.encode(s) if tokenizer.knows(s) else [] for s in symbols]
    sizes = NetworkConfig(tokenizer.size, **{"width": 192, "max_tokens": LONGEST, **arm.network})
    if arm.goes_on:
        sizes = bundled.network.config
        config = replace(config, **GENTLY)
    corpus = corpus_of(molecules, known, sizes.max_tokens)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(corpus, corpus, sizes, replace(config, **arm.training), Path(folder))
        if arm.goes_on:
            trainer.start_from(bundled.network.state_dict())
        if arm.convex_head:
            head = ICNN(sizes.latent_dim, (64,), sizes.descriptors, passthrough=True)
            trainer.model.add_module("descriptor_head", head)
            trainer.optimizers = Optimizers(trainer.model, trainer.config)
            trainer.average = {name: p.detach().clone() for name, p in trainer.model.named_parameters()}
        trainer.run(time.process_time)
    with torch.no_grad():
        for name, parameter in trainer.model.named_parameters():
            parameter.copy_(trainer.average[name])
    seen = {"molecules seen": trainer.progress.molecules, "seconds": trainer.progress.seconds}
    return Trained(trainer.model.eval(), tokenizer, arm.spelling), seen


@dataclass(frozen=True)
class Trained:
    """A trained arm that reads and writes molecules."""

    network: MoleculeVAE
    tokenizer: SymbolTokenizer
    spelling: Spelling

    def encode(self, smiles: Sequence[str]) -> tuple[Tensor, np.ndarray]:
        """Posterior means (n, d), and which molecules could be read; zeros for the others."""
        ids = [self._tokens(s) for s in smiles]
        z, fine = torch.zeros(len(ids), self.network.config.latent_dim), np.asarray([bool(i) for i in ids])
        if fine.any():
            z[fine] = TextVAE(self.network, self.tokenizer, "study")._encode_ids([i for i in ids if i])[0]
        return z, fine

    def _tokens(self, smiles: str) -> list[int]:
        try:
            symbols = self.spelling.spell(smiles)
        except ChemistryError:
            return []
        ids = self.tokenizer.encode(symbols) if self.tokenizer.knows(symbols) else []
        return ids if len(ids) <= self.network.config.max_tokens else []

    def decode(self, z: Tensor) -> list[str]:
        """SMILES, "" where the tokens spell no molecule."""
        ids = [row for chunk in z.split(500) for row in self.network.decoder.generate(chunk)]
        symbols = [self.tokenizer.decode(row.tolist()) for row in ids]
        return [self.spelling.read(s) if len(s) <= MOST_SYMBOLS else "" for s in symbols]


def judge(trained: Trained, molecules: Molecules) -> dict[str, float]:
    """All measures of one trained arm."""
    z, fine = trained.encode(molecules.unseen)
    decoded = trained.decode(z[fine])
    wanted = [s for s, ok in zip(molecules.unseen, fine, strict=True) if ok]
    found = {
        "exact reconstruction": float(np.mean([a == b for a, b in zip(wanted, decoded, strict=True)])),
        "Tanimoto of decoding to molecule": float(
            np.mean([tanimoto(a, [b])[0] if b else 0.0 for a, b in zip(wanted, decoded, strict=True)])
        ),
    }
    z, fine = trained.encode(molecules.probed)
    probed = [s for s, ok in zip(molecules.probed, fine, strict=True) if ok]
    generator = torch.Generator().manual_seed(0)
    samples = trained.decode(gaussian_like(z[fine], SAMPLED, generator))
    valid = [s for s in samples if s]
    found["valid samples, fitted Gaussian"] = len(valid) / SAMPLED
    found["their drug-like share, of training's"] = druglike_share(valid) / molecules.druglike if valid else 0.0
    settings = FitSettings(members=1, split="scaffold", evidence=True, repeats=1)
    target = Target("qed", PROPERTIES["qed"].unit, "maximize")
    data = make_dataset(z[fine], molecules.qed[fine], target, latent_fingerprint="study", smiles=probed)
    surrogate = fit_surrogate(data, settings)
    comparison = surrogate.card["evidence"]["methods"]["scaffold"]["scores"]
    for kind, label in (("linear", "linear"), ("convex", "convex"), ("mlp", "MLP")):
        found[f"R2 of QED, {label}"] = comparison[kind]["r2"][0]
    found["assays, linear, mean of three"] = float(np.mean(_assay_scores(trained, molecules)))
    found["Tanimoto to the nearest latent"] = _nearest_similarity(z[fine][:2000], probed[:2000])
    return found


def _assay_scores(trained: Trained, molecules: Molecules) -> list[float]:
    """Mean score of a linear model on z over the splits, for each assay."""
    scores = []
    for kind, smiles, value, splits in molecules.tables:
        z = StandardScaler().fit_transform(trained.encode(smiles)[0].numpy())
        of_splits = []
        for split in splits:
            seen = np.concatenate([split.train, split.valid])
            if kind == "classification":
                model = LogisticRegression(C=0.03, max_iter=2000).fit(z[seen], value[seen])
                of_splits.append(roc_auc_score(value[split.test], model.decision_function(z[split.test])))
            else:
                model = RidgeCV(np.logspace(0, 4, 17)).fit(z[seen], value[seen])
                of_splits.append(r2_score(value[split.test], model.predict(z[split.test])))
        scores.append(float(np.mean(of_splits)))
    return scores


def _nearest_similarity(z: Tensor, smiles: list[str]) -> float:
    """Mean Tanimoto similarity of molecules to their nearest neighbours in latent space."""
    distance = torch.cdist(z, z).fill_diagonal_(torch.inf)
    nearest = distance.argmin(1).tolist()
    return float(np.mean([tanimoto(smiles[i], [smiles[j]])[0] for i, j in enumerate(nearest)]))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of that corpus")
    parser.add_argument(
        "--assays", type=Path, required=True, help="folder with esol.csv, lipophilicity.csv.gz, bbbp.csv"
    )
    parser.add_argument("--json", type=Path, required=True, help="results; arms that are there already are kept")
    parser.add_argument("--minutes", type=float, default=3.0, help="processor minutes of one core for each arm")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    # SMILES that are none are counted, not told
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]  # missing in the stub
    config = TrainingConfig(
        minutes=args.minutes,
        decay_minutes=0.5 * args.minutes,
        batch_size=128,
        warmup=50,
        kl_warmup=200,
        save_minutes=1e6,
        log_every=10**9,
    )
    kept = json.loads(args.json.read_text()) if args.json.exists() else {}
    try:
        molecules = Molecules(args.corpus, args.tokenizer, args.assays)
        for arm in ARMS:
            if arm.name in kept:
                continue
            trained, seen = train(arm, molecules, config)
            kept[arm.name] = judge(trained, molecules) | seen
            print(f"{arm.name}: {kept[arm.name]}", file=sys.stderr, flush=True)
            args.json.write_text(json.dumps(kept, indent=1) + "\n")
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    table = Table("choice", *kept[ARMS[0].name])
    for arm in ARMS:
        table.add_row(arm.name, *(f"{v:,.0f}" if v > 50 else f"{v:.3f}" for v in kept[arm.name].values()))
    Console(width=220).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
