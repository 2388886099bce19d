"""Names of columns: each column of each written table is described, once."""

from pathlib import Path

import pandas as pd
import pytest

from molconvex.chem import PROPERTIES
from molconvex.columns import CANDIDATES, PREDICTED, TABLES, WEIGHT, Column, Family, described
from molconvex.design.pareto import ParetoSettings, find_fronts
from molconvex.design.paths import PathSettings, walk_path
from molconvex.design.run import Run
from molconvex.runs import write_run


@pytest.fixture(scope="module")
def folders(tmp_path_factory, toy_run, toy_model, toy_reference) -> dict[str, Path]:
    """Folders of the three kinds of run."""
    start, end = "Cc1ccc(C(=O)N2CCOCC2)cc1", "COc1ccc(C)cc1"
    root = tmp_path_factory.mktemp("columns")
    front = ParetoSettings(
        leads=[start], goals=["qed:max", "logp:min"], points=3, budget=8, analogues=8, similarity=0.2
    )
    path = PathSettings(start=start, end=end, property="logp", stops=4)
    runs = {
        "generate": toy_run,
        "pareto": find_fronts(front, latent_model=toy_model, reference=toy_reference),
        "path": walk_path(path, latent_model=toy_model, reference=toy_reference),
    }
    return {name: write_run(run, root / name) for name, run in runs.items()}


def test_every_column_of_every_table_is_described(folders) -> None:
    known = {**TABLES, "front.csv": TABLES["programs.csv"], "molecules.csv": CANDIDATES}
    known["latents.csv"] = TABLES["tables of latents"]
    read = 0
    for folder in folders.values():
        for file in folder.glob("*.csv"):
            for name in pd.read_csv(file, nrows=1).columns:
                assert described(name, known[file.name], PROPERTIES) is not None, f"{file.name}: {name}"
                read += 1
    assert read > 100


def test_a_column_that_no_one_described_is_found() -> None:
    assert described("predicted_qed", CANDIDATES, PROPERTIES) is PREDICTED
    assert described("qed", CANDIDATES, PROPERTIES) is not None
    for name in ("predicted_", "weigth_qed", "qedd", ""):
        assert described(name, CANDIDATES, PROPERTIES) is None
    assert described("qed", TABLES["rejected.csv"], PROPERTIES) is None
    assert described("steps", CANDIDATES) is None
    assert described("desirability", CANDIDATES).name == "desirability"  # type: ignore[union-attr]


def test_names_are_built_by_families_and_stand_once_in_a_table(toy_run: Run) -> None:
    assert WEIGHT("qed") == "weight_qed"
    assert WEIGHT("qed") in toy_run.programs
    for table in TABLES.values():
        assert len({column.name for column in table}) == len(table)
        for column in table:
            assert column.meaning
            assert not column.meaning.endswith(".")
    assert Column("id", "a").shown == "id"
    assert Family("predicted_", "a").shown == "predicted_<property>"
