from pathlib import Path

import pytest

from molconvex.chem import standardize
from molconvex.exceptions import ChemistryError, VocabularyError, WeightsError
from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer, to_smiles, to_symbols


def test_tokens_return_to_the_same_molecule(drugs: list[str], tokenizer: SelfiesTokenizer) -> None:
    for smiles in drugs:
        ids = tokenizer.encode(to_symbols(smiles))
        assert standardize(to_smiles(tokenizer.decode(ids))).smiles == smiles


def test_merges_shorten_molecules(drugs: list[str], tokenizer: SelfiesTokenizer) -> None:
    symbols = [to_symbols(s) for s in drugs]
    assert sum(len(tokenizer.encode(s)) for s in symbols) < 0.8 * sum(map(len, symbols))


def test_batch_and_single_encoding_agree(drugs: list[str], tokenizer: SelfiesTokenizer) -> None:
    symbols = [to_symbols(s) for s in drugs]
    assert tokenizer.encode_batch(symbols) == [tokenizer.encode(s) for s in symbols]


def test_unknown_symbols_are_named(tokenizer: SelfiesTokenizer) -> None:
    with pytest.raises(VocabularyError, match=r"\[Se\]"):
        tokenizer.encode(to_symbols("C[Se]C"))


def test_what_selfies_cannot_express_is_an_error() -> None:
    with pytest.raises(ChemistryError, match="SELFIES cannot express"):
        to_symbols("FI(F)(F)(F)F")


def test_a_saved_tokenizer_is_the_same(tokenizer: SelfiesTokenizer, drugs: list[str], tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "tokenizer.json")
    again = SelfiesTokenizer.load(tmp_path / "tokenizer.json")
    assert [again.encode(to_symbols(s)) for s in drugs] == [tokenizer.encode(to_symbols(s)) for s in drugs]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"symbols": [')
    with pytest.raises(WeightsError, match=r"tokenizer\.json is no valid JSON"):
        SelfiesTokenizer.load(tmp_path / "tokenizer.json")
