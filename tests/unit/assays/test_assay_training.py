"""A user's table becomes surrogates; what is wrong with it is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from toy_latent import ToyLatentModel

from molconvex.assays.training import AssayColumns, encode_assays, train_assays
from molconvex.chem import compute_properties
from molconvex.exceptions import ConfigError, DataError
from molconvex.surrogate import DifferenceSurrogate, FitSettings, Target, TrainingSettings
from molconvex.surrogate.evidence.card import card_markdown

QUICK = FitSettings(
    members=1, orientation="convex", training=TrainingSettings(hidden=(16,), least_steps=100, most_steps=100)
)
LOGP = Target("logp", "", "minimize")


def table(path: Path, toy_model: ToyLatentModel, extra: dict[str, list[str]] | None = None, n: int = 120) -> Path:
    smiles = toy_model.smiles[:n]
    values = compute_properties(smiles, ["logp"])["logp"]
    columns = {"SMILES": smiles, "logp": [f"{v:.3f}" for v in values], **(extra or {})}
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_table_becomes_a_surrogate(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    trained = train_assays(table(tmp_path / "a.csv", toy_model), [LOGP], toy_model, settings=QUICK)
    surrogate = trained.surrogates[0]
    assert len(trained.table) == 120
    assert surrogate.latent_fingerprint == toy_model.fingerprint
    z = toy_model.encode(trained.table.smiles)
    assert np.corrcoef(surrogate.predict(z).numpy(), trained.table.value[:, 0])[0, 1] > 0.9


def test_a_table_becomes_a_local_surrogate(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", toy_model)
    surrogate = train_assays(path, [LOGP], toy_model, settings=QUICK, difference=True).surrogates[0]
    assert isinstance(surrogate, DifferenceSurrogate)
    assert "local" in card_markdown(surrogate.card, surrogate.scaler)
    with pytest.raises(ConfigError, match="without a search"):
        train_assays(path, [LOGP], toy_model, settings=FitSettings(search_seconds=5), difference=True)


def test_unreadable_rows_are_named(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", toy_model)
    path.write_text(path.read_text() + "C1CC,1.5\n")
    trained = train_assays(path, [LOGP], toy_model, settings=QUICK)
    assert list(trained.refused) == [122]
    assert "C1CC" in trained.refused[122]


def test_half_of_the_structures_unreadable_stops(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", toy_model, n=20)
    path.write_text(path.read_text() + "".join(f"nonsense{i},{i}\n" for i in range(40)))
    with pytest.raises(DataError, match="cannot be read, too many"):
        train_assays(path, [LOGP], toy_model, settings=QUICK)


@pytest.mark.parametrize(("unreadable", "refused"), [(59, False), (60, True), (100, True)])
def test_one_word_in_place_of_many_structures_counts_as_often_as_it_stands_there(
    toy_model: ToyLatentModel, tmp_path: Path, unreadable: int, refused: bool
) -> None:
    """Thirty molecules in two spellings each; where too few structures can be read, nothing is learned from them."""
    spelled = [*toy_model.smiles[:30], *(backwards(text) for text in toy_model.smiles[:30])]
    rows = [f"{text},{i}" for i, text in enumerate([*spelled, *["unknown"] * unreadable])]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,logp", *rows]) + "\n")
    if refused:
        with pytest.raises(DataError, match=f"{unreadable} of {60 + unreadable} structures cannot be read, too many"):
            encode_assays(tmp_path / "a.csv", [LOGP], toy_model)
    else:
        encoded = encode_assays(tmp_path / "a.csv", [LOGP], toy_model)
        assert (len(encoded.table), len(encoded.refused)) == (30, unreadable)


def backwards(smiles: str) -> str:
    molecule = Chem.MolFromSmiles(smiles)
    return Chem.MolToSmiles(molecule, rootedAtAtom=molecule.GetNumAtoms() - 1, canonical=False)


def test_a_tested_molecule_never_trains(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    parts = ["train"] * 100 + ["test"] * 20
    path = table(tmp_path / "a.csv", toy_model, {"part": parts})
    path.write_text(path.read_text() + f"{toy_model.smiles[110]},9.9,train\n")
    trained = train_assays(path, [LOGP], toy_model, columns=AssayColumns(split="part"), settings=QUICK)
    assert len(trained.table) == 120
    assert 9.9 not in trained.table.value
    assert trained.surrogates[0].card["split"]["test"] == 20


def test_the_latest_molecules_are_the_test_part(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    days = [f"2020-01-{1 + i // 8:02d}" for i in range(120)]
    path = table(tmp_path / "a.csv", toy_model, {"day": days})
    trained = train_assays(path, [LOGP], toy_model, columns=AssayColumns(time="day"), settings=QUICK)
    assert trained.surrogates[0].card["split"]["method"] == "time"
    bad = table(tmp_path / "b.csv", toy_model, {"day": ["soon"] * 120})
    with pytest.raises(ConfigError, match="numbers or ISO dates"):
        train_assays(bad, [LOGP], toy_model, columns=AssayColumns(time="day"), settings=QUICK)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("", r"line 5 has no time in 'day' \(1 in all\)"),
        ("NaT", "line 5 has no time"),
        ("nan", "line 5 has no time"),
        ("2021", "mixes plain numbers such as '2021' with dates such as '2020-01-"),
    ],
)
def test_a_molecule_without_a_date_is_not_the_oldest(
    toy_model: ToyLatentModel, tmp_path: Path, cell: str, said: str
) -> None:
    days = [f"2020-01-{1 + i // 8:02d}" for i in range(120)]
    days[3] = cell
    path = table(tmp_path / "a.csv", toy_model, {"day": days})
    with pytest.raises(DataError, match=said):
        train_assays(path, [LOGP], toy_model, columns=AssayColumns(time="day"), settings=QUICK)


def test_two_ways_to_split_are_refused() -> None:
    with pytest.raises(ConfigError, match="give one of them"):
        AssayColumns(split="a", time="b")


def test_a_property_may_be_called_otherwise_than_its_column(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    target = Target("lipophilicity", "", "minimize")
    path = table(tmp_path / "a.csv", toy_model)
    trained = train_assays(path, [target], toy_model, columns=AssayColumns({"lipophilicity": "logp"}), settings=QUICK)
    assert trained.surrogates[0].target.property == "lipophilicity"


def test_rows_without_weight_teach_nothing(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", toy_model, {"weight": ["2"] * 60 + ["0"] * 60})
    trained = train_assays(path, [LOGP], toy_model, columns=AssayColumns(weight="weight"), settings=QUICK)
    assert trained.surrogates[0].card["data"]["molecules"] == 60
    path.write_text(path.read_text().replace(",2\n", ",-2\n", 1))
    with pytest.raises(DataError, match="line 2: the weight in 'weight' must be a number of at least 0"):
        train_assays(path, [LOGP], toy_model, columns=AssayColumns(weight="weight"), settings=QUICK)


def test_a_second_training_encodes_nothing(
    toy_model: ToyLatentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, encode, encoded = table(tmp_path / "a.csv", toy_model), toy_model.try_encode, []

    def recorded(smiles):
        encoded.extend(
            text for text in smiles if text in toy_model.smiles
        )  # parts of the card's drugs are none of them
        return encode(smiles)

    monkeypatch.setattr(toy_model, "try_encode", recorded)
    first, second = (
        train_assays(path, [LOGP], toy_model, cache=tmp_path / "latents", settings=QUICK).surrogates[0]
        for _ in range(2)
    )
    assert len(encoded) == 120
    z = encode(toy_model.smiles[:9]).z
    assert np.array_equal(first.predict(z).numpy(), second.predict(z).numpy())
    path.write_text(path.read_text() + f"{toy_model.smiles[130]},1.5\n")
    train_assays(path, [LOGP], toy_model, cache=tmp_path / "latents", settings=QUICK)
    assert len(encoded) == 120 + 121


def test_few_molecules_have_fewer_splits_and_a_rare_class_is_said(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    """Twenty-five molecules of three scaffolds, two of them of class 1."""
    smiles = toy_model.smiles[:25]
    rows = [f"{text},{int(i in (3, 11))},{i % 7}" for i, text in enumerate(smiles)]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,rare,number", *rows]) + "\n")
    targets = [Target("rare", "", "classify", wanted=0), Target("number", "", "minimize")]
    settings = replace(QUICK, evidence=True, repeats=3, split="random", rivals=("linear",))
    rare, number = train_assays(tmp_path / "a.csv", targets, toy_model, settings=settings).surrogates
    said = rare.card["evidence"]["notes"]
    assert any("one class only among their test molecules" in note for note in said)
    assert len(rare.card["evidence"]["methods"].get("random", {}).get("seeds", [])) < 3
    assert len(number.card["evidence"]["methods"]["random"]["seeds"]) == 3
    assert rare.conformal is None
