"""SMILES tokens: every molecule returns, what cannot be spelt is refused, and both languages load from a folder."""

import json
from pathlib import Path

import pytest
import torch

from molconvex.chem import standardize
from molconvex.exceptions import ChemistryError, VocabularyError, WeightsError
from molconvex.latent import load_latent_model
from molconvex.latent.vae.model import TextVAE
from molconvex.latent.vae.network import MoleculeVAE, NetworkConfig
from molconvex.latent.vae.smiles_tokenizer import SmilesTokenizer, to_smiles, to_symbols

SMALL = {"latent_dim": 16, "width": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1}


@pytest.fixture(scope="module")
def smiles_tokenizer(drugs: list[str]) -> SmilesTokenizer:
    return SmilesTokenizer.train([to_symbols(s) for s in drugs], vocabulary_size=80, minimum_count=1)


@pytest.fixture
def model(smiles_tokenizer: SmilesTokenizer) -> TextVAE:
    torch.manual_seed(0)
    return TextVAE(MoleculeVAE(NetworkConfig(smiles_tokenizer.size, **SMALL)), smiles_tokenizer, "small")


def test_symbols_are_atoms_bonds_branches_and_closures() -> None:
    assert to_symbols("C[N+](=O)c1cc(Br)cc(Cl)c1") == [
        *["C", "[N+]", "(", "=", "O", ")", "c", "1", "c", "c", "(", "Br", ")", "c", "c", "(", "Cl", ")", "c", "1"]
    ]
    assert to_symbols("C%12CC%12") == ["C", "%12", "C", "C", "%12"]


def test_tokens_return_to_the_same_text(drugs: list[str], smiles_tokenizer: SmilesTokenizer) -> None:
    for smiles in drugs:
        ids = smiles_tokenizer.encode(to_symbols(smiles))
        assert to_smiles(smiles_tokenizer.decode(ids)) == smiles
    symbols = [to_symbols(s) for s in drugs]
    assert sum(len(smiles_tokenizer.encode(s)) for s in symbols) < 0.9 * sum(map(len, symbols))


@pytest.mark.parametrize("text", ["C C", "C[N", "C]", "C!", "C*C"])
def test_what_is_no_symbol_of_a_smiles_is_refused(text: str) -> None:
    with pytest.raises(ChemistryError, match="no part of a SMILES"):
        to_symbols(text)


def test_unknown_symbols_are_refused_by_name(smiles_tokenizer: SmilesTokenizer) -> None:
    with pytest.raises(VocabularyError, match=r"does not know the SMILES symbol \[Po\]"):
        smiles_tokenizer.encode(to_symbols("C[Po]C"))


def test_the_folder_says_which_language_is_read(model: TextVAE, drugs: list[str], tmp_path: Path) -> None:
    model.save(tmp_path, {})
    loaded = load_latent_model(str(tmp_path))
    assert isinstance(loaded.tokenizer, SmilesTokenizer)
    torch.testing.assert_close(loaded.encode(drugs[:3]), model.encode(drugs[:3]))


def test_a_folder_of_another_language_is_refused(model: TextVAE, tmp_path: Path) -> None:
    model.save(tmp_path, {})
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"language": "InChI"}))
    with pytest.raises(WeightsError, match="language 'InChI', this version reads SELFIES, SMILES"):
        TextVAE.load(tmp_path)


def test_invalid_decodings_are_counted_and_never_returned(model: TextVAE) -> None:
    z = 5.0 * torch.randn(60, model.latent_dim, generator=torch.Generator().manual_seed(0))
    decoded = model.decode(z)
    assert model.spelt_nothing > 0  # random weights spell next to nothing
    assert all(standardize(text).smiles == text for text in decoded if text)
    assert sum(not text for text in decoded) <= model.spelt_nothing


def test_the_likeliest_valid_sequence_replaces_an_invalid_one(model: TextVAE, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = model.tokenizer
    broken, benzene, ethanol = (tokenizer.encode(to_symbols(s)) for s in ("c1ccc", "c1ccccc1", "CCO"))
    monkeypatch.setattr(model.network.decoder, "generate", lambda z, *_: [torch.tensor(broken)] * len(z))
    monkeypatch.setattr(
        "molconvex.latent.vae.model.likeliest_valid",
        lambda decoder, z, width, spell: [next(filter(None, spell([broken, benzene, ethanol])))] * len(z),
    )
    assert model.decode(torch.zeros(2, model.latent_dim)) == ["c1ccccc1"] * 2
    assert model.spelt_nothing == 2
