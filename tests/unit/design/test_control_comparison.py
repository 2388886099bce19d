"""A control beside the search: the same leads, budget and rules, judged alike, told and checked."""

from pathlib import Path

import pandas as pd
import pytest
from forging import edit_json, edit_table, seal
from rdkit import Chem

from molconvex.chem import compute_properties
from molconvex.design import generate
from molconvex.design.comparison import summaries
from molconvex.runs import check_run, write_run

BUDGET = 24


@pytest.fixture(scope="module")
def compared(toy_settings, toy_model, toy_reference):
    settings = toy_settings.replace(budget=BUDGET, analogues=24, top=10, control="edits")
    return generate(settings, latent_model=toy_model, reference=toy_reference)


def test_both_arms_spend_the_budget_and_the_search_is_the_one_without_a_control(
    compared, toy_model, toy_reference
) -> None:
    table = compared.comparison
    assert table.groupby("arm", sort=False).size().to_dict() == {"search": BUDGET, "edits": BUDGET}
    assert not table.duplicated(["arm", "smiles"]).any()
    alone = generate(compared.settings.replace(control=None), latent_model=toy_model, reference=toy_reference)
    assert alone.comparison is None
    assert alone.candidates["smiles"].tolist() == compared.candidates["smiles"].tolist()
    assert set(compared.candidates["smiles"]) < set(table.loc[table["arm"] == "search", "smiles"])


def test_the_summary_counts_what_the_table_holds(compared) -> None:
    table = compared.comparison
    logp = compute_properties(table["smiles"].tolist())["logp"]
    assert not table["hit"][(logp < 2).to_numpy() | (logp > 3).to_numpy()].any()
    for arm in summaries(table):
        rows = table[table["arm"] == arm.arm]
        assert (arm.scored, arm.hits, arm.plausible) == (len(rows), rows["hit"].sum(), rows["plausible"].sum())
        assert arm.plausible_hits == (rows["hit"] & rows["plausible"]).sum()
        assert arm.best == rows.loc[rows["plausible"], "desirability"].max()
        assert f"{arm.hits} of {BUDGET} scored molecules" in arm.describe()


@pytest.fixture(scope="module")
def folder(compared, tmp_path_factory) -> Path:
    return write_run(compared, tmp_path_factory.mktemp("compared") / "run")


def test_the_folder_verifies_the_report_says_it_and_forgeries_are_found(compared, folder) -> None:
    report = check_run(folder)
    assert report.problems == []
    assert any("search and control edits judged alike" in text for text in report.passed)
    assert "What optimisation added" in (folder / "report.html").read_text()

    def problems(change) -> str:
        edit_table(folder, "comparison.csv", change)
        found = " ".join(check_run(folder).problems)
        edit_table(folder, "comparison.csv", lambda table: compared.comparison)
        return found

    def respelt(table: pd.DataFrame) -> pd.DataFrame:
        """A molecule of the control once more, written otherwise."""
        row = table[(table["arm"] == "edits") & table["smiles"].str.startswith("C")].iloc[[-1]]
        text = Chem.MolToSmiles(Chem.MolFromSmiles(row["smiles"].iloc[0]), canonical=False, rootedAtAtom=2)
        assert text != row["smiles"].iloc[0]
        others = table.drop(index=table.index[table["arm"] == "edits"][0])
        return pd.concat([others, row.assign(smiles=text)], ignore_index=True)

    assert "hit of" in problems(lambda table: table.assign(hit=True))
    assert "desirability of" in problems(lambda table: table.assign(desirability=table["desirability"] + 0.01))
    assert "are not those that it scored" in problems(lambda table: table.iloc[1:])
    assert "the budget is smaller" in problems(lambda table: table.assign(arm="edits"))
    assert "its arms are" in problems(lambda table: table.replace({"arm": {"edits": "ga"}}))
    assert "are not those that it scored" in problems(lambda table: table.iloc[:0])
    assert "molecules of the leads 7, which are none" in problems(
        lambda table: pd.concat([table, table.iloc[-1:].assign(lead=7)])
    )
    found = problems(respelt)
    assert "a molecule stands twice in one arm of lead 1" in found
    assert "standardized" in found


def test_a_control_without_a_molecule_is_named_as_not_checked(compared, folder) -> None:
    """It may be so: nothing tells what a control should have found."""
    named = "the control found no molecule at all around lead 1"
    assert not any(named in text for text in check_run(folder).unverified)
    edit_table(folder, "comparison.csv", lambda table: table[table["arm"] == "search"])
    report = check_run(folder)
    assert report.ok
    assert any(named in text for text in report.unverified)
    edit_table(folder, "comparison.csv", lambda table: compared.comparison)


def test_a_comparison_that_nobody_asked_for_is_found(compared, folder) -> None:
    edit_json(folder, lambda record: record["settings"].update(control=None))
    assert "comparison.csv: the settings ask for no control" in check_run(folder).problems
    edit_json(folder, lambda record: record["settings"].update(control="edits"))
    assert check_run(folder).ok


def test_a_stopped_run_has_its_comparison_checked_where_there_is_one(compared, folder) -> None:
    edit_table(folder, "comparison.csv", lambda table: table.iloc[:0])
    edit_json(folder, lambda record: record.update(status="partial"))
    assert "are not those that it scored" in " ".join(check_run(folder).problems)
    (folder / "comparison.csv").unlink()
    seal(folder)
    assert check_run(folder).ok
