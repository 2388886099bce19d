"""A latent model small enough to train in a test, on the drugs of the examples."""

import numpy as np
import pytest

from molconvex.chem import parse, read_molecules, standardize
from molconvex.chem.descriptors import morgan_counts, training_descriptors
from molconvex.files import data_path
from molconvex.latent.training.corpus import Corpus, smiles_hash
from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer, to_symbols


@pytest.fixture(scope="session")
def drugs() -> list[str]:
    return [standardize(m.smiles).smiles for m in read_molecules(data_path("examples", "drugs.csv"))]


@pytest.fixture(scope="session")
def tokenizer(drugs: list[str]) -> SelfiesTokenizer:
    return SelfiesTokenizer.train([to_symbols(s) for s in drugs], vocabulary_size=80, minimum_count=1)


@pytest.fixture(scope="session")
def corpus(drugs: list[str], tokenizer: SelfiesTokenizer) -> Corpus:
    chosen = drugs[:10]
    tokens = [np.asarray(tokenizer.encode(to_symbols(s)), np.uint16) for s in chosen]
    sparse = [morgan_counts(parse(s)) for s in chosen]

    def offsets(rows: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([[0], np.cumsum([len(r) for r in rows])])

    bins = [b for b, _ in sparse]
    return Corpus(
        tokens=np.concatenate(tokens),
        token_offsets=offsets(tokens),
        bins=np.concatenate(bins),
        counts=np.concatenate([c for _, c in sparse]),
        bin_offsets=offsets(bins),
        described=np.arange(0, 10, 2),
        descriptors=np.stack([training_descriptors(parse(s)) for s in chosen[::2]]),
        smiles_hash=np.asarray([smiles_hash(s) for s in chosen], np.uint64),
    )
