"""Whatever text or latent comes, the bundled model answers with a molecule or a reason."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molconvex.latent import TextVAE, load_bundled

PIECES = [
    "C",
    "c1ccccc1",
    "N",
    "(=O)",
    "O",
    "[nH]",
    "1",
    "2",
    "(",
    ")",
    "=",
    "#",
    "[N+]",
    "[O-]",
    "Cl",
    ".",
    "F",
    "%",
    "@",
]


@pytest.fixture(scope="module")
def model() -> TextVAE:
    return load_bundled()


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=25).map("".join)))
def test_any_text_is_encoded_or_refused_with_a_reason(model: TextVAE, text: str) -> None:
    encoding = model.try_encode([text])
    assert bool(encoding.z.isfinite().all()) == (encoding.reasons[0] == "")
    assert bool(encoding.z.isnan().all()) == (encoding.reasons[0] != "")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_run_of_tokens_spells_a_molecule_or_nothing(model: TextVAE, data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.integers(3, model.tokenizer.size - 1), max_size=62))
    text = model.tokenizer.to_smiles(model.tokenizer.decode(ids))
    smiles = model._spelt([ids])[0]
    assert smiles == "" or Chem.CanonSmiles(smiles) == smiles
    assert bool(smiles) <= (Chem.MolFromSmiles(text) is not None)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.0, 50.0), st.sampled_from([0.0, 0.5, 2.0]))
def test_any_latent_decodes_to_a_canonical_molecule_or_nothing(
    model: TextVAE, seed: int, scale: float, temperature: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    z = scale * torch.randn(4, model.latent_dim, generator=generator)
    for smiles in model.decode(z, temperature=temperature, generator=generator):
        assert smiles == "" or Chem.CanonSmiles(smiles) == smiles
