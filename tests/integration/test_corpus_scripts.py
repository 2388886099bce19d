"""From molecule files to the arrays of a corpus: what is left out, what is written, in both languages."""

import json
from pathlib import Path

import numpy as np
import pytest

from molconvex.chem import read_molecules, standardize
from molconvex.files import data_path
from molconvex.latent.training.corpus import Corpus, held_out_by_hash, smiles_hash
from molconvex.latent.training.series import Series
from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer
from molconvex.latent.vae.smiles_tokenizer import SmilesTokenizer
from scripts import prepare_corpus, standardize_corpus

PAIR = ("Cc1ccc(CN2CCOCC2)cc1", "Fc1ccc(CN2CCOCC2)cc1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Molecules, those that are held out, and two corpora of them in two orders."""
    folder = tmp_path_factory.mktemp("corpora")
    drugs = [m.smiles for m in read_molecules(data_path("examples", "drugs.csv"))]
    (folder / "molecules.smi").write_text("\n".join([*PAIR, *drugs, drugs[0], "broken("]) + "\n")
    (folder / "held.csv").write_text("smiles\n" + drugs[1] + "\n")
    for seed in (0, 1):
        standardised(folder, seed, f"corpus{seed}")
    return folder


def standardised(folder: Path, seed: int, name: str) -> None:
    arguments = [folder / "molecules.smi", "--held-out", folder / "held.csv", "--out", folder / name, "--workers", 1]
    assert standardize_corpus.main([str(a) for a in [*arguments, "--seed", seed]]) == 0


def training_of(folder: Path, name: str = "corpus0") -> list[str]:
    return (folder / name / "training.smi").read_text().split()


def test_training_molecules_are_standard_distinct_and_not_held_out(folder: Path) -> None:
    training = training_of(folder)
    assert len(set(training)) == len(training)
    assert all(standardize(text).smiles == text for text in training)
    held = standardize(read_molecules(folder / "held.csv")[0].smiles).smiles
    everything = {
        standardize(m.smiles).smiles for m in read_molecules(folder / "molecules.smi") if m.smiles != "broken("
    }
    assert set(training) == {text for text in everything if text != held and not held_out_by_hash(text)}
    notes = json.loads((folder / "corpus0" / "standard.json").read_text())
    assert notes["refused"] == 1
    assert notes["refused_lines"][0].startswith("molecules.smi:44: ")
    assert not list((folder / "corpus0").glob("*.partial"))


def test_the_order_is_shuffled_by_the_seed(folder: Path) -> None:
    standardised(folder, 0, "again")
    first, again, other = (training_of(folder, name) for name in ("corpus0", "again", "corpus1"))
    assert first == again
    assert first != other
    assert sorted(first) == sorted(other)


@pytest.mark.parametrize(("language", "kind"), [("smiles", SmilesTokenizer), ("selfies", SelfiesTokenizer)])
def test_a_corpus_holds_tokens_and_series(folder: Path, language: str, kind: type) -> None:
    training = training_of(folder)
    out = folder / language
    arguments = ["--standard", folder / "corpus0", "--out", out, "--tokens", language, "--workers", 1]
    prepare_corpus.main([str(a) for a in [*arguments, "--vocabulary-size", 60]])
    corpus = Corpus.load(out / "corpus.safetensors")
    tokenizer = kind.load(out / "tokenizer.json")
    texts = [
        standardize(tokenizer.to_smiles(tokenizer.decode(corpus.tokens[a:b]))).smiles
        for a, b in zip(corpus.token_offsets, corpus.token_offsets[1:], strict=False)
    ]
    assert [smiles_hash(text) for text in texts] == corpus.smiles_hash.tolist()
    assert set(texts) <= set(training)
    first, second = (texts.index(text) for text in PAIR)
    series = Series.load(out / "series.safetensors", len(corpus))
    assert second in series.group(first, 8, np.random.default_rng(0))
