"""SDF files: read back by RDKit as they were, complete or absent."""

import math

import pandas as pd
import pytest
from rdkit import Chem

from molconvex.chem import read_molecules, write_sdf
from molconvex.exceptions import ChemistryError, DataError

ROWS = pd.DataFrame(
    {
        "name": ["ethanol", "benzene"],
        "smiles": ["CCO", "c1ccccc1"],
        "qed": [0.1 + 0.2, math.nan],
        "alerts": ["", "PAINS: x\n>  <fake>\nvalue"],
        "rank": [1, 2],
    }
)


def test_rdkit_reads_back_structures_titles_and_fields(tmp_path):
    write_sdf(tmp_path / "a.sdf", ROWS)
    first, second = Chem.SDMolSupplier(str(tmp_path / "a.sdf"))
    assert [Chem.MolToSmiles(m) for m in (first, second)] == ["CCO", "c1ccccc1"]
    assert [m.GetProp("_Name") for m in (first, second)] == ["ethanol", "benzene"]
    assert float(first.GetProp("qed")) == 0.1 + 0.2
    assert first.GetProp("rank") == "1"
    assert not first.GetConformer().Is3D()
    assert len({tuple(p) for p in first.GetConformer().GetPositions()}) == 3


def test_missing_values_are_left_out_and_text_cannot_forge_fields(tmp_path):
    write_sdf(tmp_path / "a.sdf", ROWS)
    first, second = Chem.SDMolSupplier(str(tmp_path / "a.sdf"))
    assert not first.HasProp("alerts")
    assert not second.HasProp("qed")
    assert not second.HasProp("fake")
    assert second.GetProp("alerts") == "PAINS: x > <fake> value"


@pytest.mark.parametrize("evil", ["$$$$", "$$$$ x", "> <qed>", "a\r\n\r\n$$$$\r\nb"])
def test_hostile_names_and_values_do_not_break_records(tmp_path, evil):
    rows = pd.DataFrame({"smiles": ["CCO", "CCN"], "name": [evil, "b"], "note": [evil, "x"], f"<{evil}>": [1, 2]})
    write_sdf(tmp_path / "a.sdf", rows)
    assert [(m.smiles, m.problem) for m in read_molecules(tmp_path / "a.sdf")] == [("CCO", ""), ("CCN", "")]
    assert [Chem.MolToSmiles(m) for m in Chem.SDMolSupplier(str(tmp_path / "a.sdf"))] == ["CCO", "CCN"]


def test_a_bad_row_is_named_and_the_old_file_stays_whole(tmp_path):
    path = tmp_path / "a.sdf"
    write_sdf(path, ROWS)
    before = path.read_bytes()
    with pytest.raises(ChemistryError, match="row 2 of the table"):
        write_sdf(path, pd.DataFrame({"smiles": ["CCO", "c1ccccc"]}))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.sdf"]


def test_failure_while_writing_leaves_nothing_behind(tmp_path, monkeypatch):
    import os

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(DataError, match="No space left"):
        write_sdf(tmp_path / "a.sdf", ROWS)
    assert list(tmp_path.iterdir()) == []


def test_missing_column_or_folder_is_said(tmp_path):
    with pytest.raises(DataError, match="no column 'structure'; present are 'name', 'smiles'"):
        write_sdf(tmp_path / "a.sdf", ROWS, smiles_column="structure")
    with pytest.raises(DataError, match="create it first"):
        write_sdf(tmp_path / "none" / "a.sdf", ROWS)


def test_another_column_can_give_the_titles(tmp_path):
    write_sdf(tmp_path / "a.sdf", ROWS, name_column="rank")
    assert [m.name for m in read_molecules(tmp_path / "a.sdf")] == ["1", "2"]
