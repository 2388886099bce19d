"""What the bundled latent model does with good and bad input."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import Chem

from molconvex.exceptions import (
    ChemistryError,
    ConfigError,
    LatentShapeError,
    MoleculeTooLongError,
    VocabularyError,
    WeightsError,
)
from molconvex.files import data_path
from molconvex.latent import LatentModel, TextVAE, load_bundled, load_latent_model, worker_processes

ASPIRIN, CAFFEINE = "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


@pytest.fixture(scope="module")
def model() -> TextVAE:
    return load_bundled()


def test_known_drugs_come_back(model: TextVAE) -> None:
    assert model.decode(model.encode([ASPIRIN, CAFFEINE])) == [Chem.CanonSmiles(ASPIRIN), Chem.CanonSmiles(CAFFEINE)]


def test_duplicates_and_other_spellings_get_the_same_latent(model: TextVAE) -> None:
    z = model.encode([ASPIRIN, CAFFEINE, "O=C(C)Oc1ccccc1C(O)=O", ASPIRIN])
    torch.testing.assert_close(z[0], z[2])
    torch.testing.assert_close(z[0], z[3])
    assert (z[0] - z[1]).norm() > 1.0


@pytest.mark.parametrize(
    ("bad", "error", "text"),
    [
        ("", ChemistryError, "row 1: a SMILES is needed"),
        ("not a molecule", ChemistryError, "row 1: "),
        ("C" * 10_000, ChemistryError, "row 1: the SMILES has 10,000 characters"),
        (
            "C1CCCCC1" * 60,
            MoleculeTooLongError,
            r"row 1: .* needs \d+ tokens, the latent model reads at most 62; take a smaller part",
        ),
        ("C[Po]C", VocabularyError, "row 1: the latent model does not know"),
        ("[Na+].[Cl-]", ChemistryError, "row 1: .* no organic fragment"),
    ],
)
def test_bad_molecules_are_named_by_row(model: TextVAE, bad: str, error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        model.encode([ASPIRIN, bad])
    encoding = model.try_encode([ASPIRIN, bad, CAFFEINE])
    assert encoding.mask.tolist() == [True, False, True]
    assert bool(encoding.z[1].isnan().all())
    assert encoding.reasons[1]
    torch.testing.assert_close(encoding.z[::2], model.encode([ASPIRIN, CAFFEINE]))


def test_one_text_in_place_of_a_list_is_explained(model: TextVAE) -> None:
    with pytest.raises(ChemistryError, match=r"pass \[smiles\]"):
        model.encode(ASPIRIN)


def test_no_molecules_are_no_latents(model: TextVAE) -> None:
    assert model.encode([]).shape == (0, model.latent_dim)
    assert model.decode(torch.zeros(0, model.latent_dim)) == []


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda z: z[0], r"must have shape \(n, 128\), got \(128,\); for a single point"),
        (lambda z: z[:, :5], r"must have shape \(n, 128\)"),
        (lambda z: torch.where(torch.arange(len(z))[:, None] == 1, torch.nan, z), "row 1 of the latents holds NaN"),
        (lambda z: z.tolist(), "must be a torch tensor or NumPy array of numbers, got list"),
    ],
)
def test_bad_latents_are_explained(model: TextVAE, spoil: Callable, text: str) -> None:
    with pytest.raises(LatentShapeError, match=text):
        model.decode(spoil(model.encode([ASPIRIN, CAFFEINE])))


def test_latents_of_any_number_type_decode_alike(model: TextVAE) -> None:
    z = model.encode([ASPIRIN])
    wanted = model.decode(z)
    others: list[object] = [z.double(), z.double().numpy(), z.clone().requires_grad_(), np.asarray(z, order="F")]
    assert [model.decode(other) for other in others] == [wanted] * len(others)  # type: ignore[arg-type]


def test_large_batches_keep_their_order(model: TextVAE) -> None:
    smiles = [ASPIRIN, CAFFEINE, "CCO", "c1ccccc1"] * 130
    z = model.encode(smiles)
    torch.testing.assert_close(z[:4], z[-4:])
    decoded = model.decode(z)
    assert decoded == decoded[:4] * 130


def test_a_truncated_weights_file_is_refused(tmp_path: Path) -> None:
    shutil.copytree(data_path("vae"), tmp_path / "vae")
    weights = tmp_path / "vae" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"weights\.safetensors"):
        TextVAE.load(tmp_path / "vae")


def test_loading_leaves_the_compiler_of_torch_alone() -> None:
    code = "import sys; from molconvex.latent.vae.model import load_bundled; load_bundled(); "
    code += "print('torch._dynamo' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_saved_model_is_the_same(model: TextVAE, tmp_path: Path) -> None:
    model.save(tmp_path / "copy", {})
    copy = load_latent_model(str(tmp_path / "copy"))
    torch.testing.assert_close(copy.encode([ASPIRIN]), model.encode([ASPIRIN]))


def test_plug_ins_are_found_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    import toy_latent

    from molconvex.latent import registry

    def toy() -> LatentModel:
        return toy_latent.ToyLatentModel(toy_latent.library()[:40])

    monkeypatch.setattr(toy_latent, "make_toy", toy, raising=False)
    monkeypatch.setattr(toy_latent, "make_number", lambda: 3, raising=False)
    points = [EntryPoint(name, f"toy_latent:{factory}", registry.ENTRY_POINTS) for name, factory in PLUG_INS.items()]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    plugged = load_latent_model("toy")
    assert plugged.decode(plugged.encode(["CCOc1ccc(C)cc1"]))
    with pytest.raises(ConfigError, match="returned int, which is no LatentModel"):
        load_latent_model("number")
    with pytest.raises(ConfigError, match="nor one of bundled, number, toy"):
        load_latent_model("nothing")


PLUG_INS = {"toy": "make_toy", "number": "make_number"}


def test_worker_processes_give_the_same_answers(model: TextVAE) -> None:
    smiles = [ASPIRIN, "broken(", CAFFEINE] * 340
    plain = model.try_encode(smiles)
    with worker_processes(model, 5_000, count=2):
        assert model.executor is not None
        spread = model.try_encode(smiles)
        decoded = model.decode(plain.z[plain.mask])
    assert model.executor is None
    assert spread.reasons == plain.reasons
    torch.testing.assert_close(spread.z, plain.z, equal_nan=True)
    assert decoded == [Chem.CanonSmiles(ASPIRIN), Chem.CanonSmiles(CAFFEINE)] * 340


def test_small_batches_start_no_processes(model: TextVAE) -> None:
    with worker_processes(model, 10):
        assert model.executor is None
