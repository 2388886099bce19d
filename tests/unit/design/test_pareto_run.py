"""Pareto runs: settings, what is marked as a front, figure, folder, check."""

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from molconvex.design.pareto.fronts import find_fronts
from molconvex.design.pareto.measured import marked, measured_costs
from molconvex.design.pareto.run import ParetoRun
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.exceptions import ConfigError, OutputExistsError
from molconvex.objectives.goals import Goal
from molconvex.runs import check_run, draw_front, write_run
from molconvex.runs.folder import checksums, record_text
from molconvex.surrogate import ConvexSurrogate, FitSettings, Target, TrainingSettings, fit_surrogate, make_dataset

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"


def toy_settings(*goals: str, **options) -> ParetoSettings:
    quick = {"similarity": 0.2, "points": 6, "budget": 24, "analogues": 16, "gap_tol": 1e-2, "front_tol": 0.02}
    quick |= {"max_heavy_atoms": 26}
    return ParetoSettings(**{"leads": [f"{LEAD} <toy & lead>"], "goals": list(goals), **quick, **options})


@pytest.fixture(scope="module")
def surrogates(toy_model, toy_reference) -> dict[str, ConvexSurrogate]:
    """Small ones, trained in a second."""
    training = TrainingSettings(hidden=(16,), epochs=2, least_steps=60, most_steps=60)
    return {
        goal.property: fit_surrogate(
            make_dataset(
                toy_reference.z,
                toy_reference.table[goal.property].to_numpy(),
                goal.target(),
                latent_fingerprint=toy_model.fingerprint,
            ),
            FitSettings(members=2, split="random", training=training),
        )
        for goal in map(Goal.parse, ("qed:max", "tpsa:max", "logp:2..3"))
    }


@pytest.fixture(scope="module")
def pareto_run(toy_model, surrogates) -> ParetoRun:
    return find_fronts(toy_settings("qed:max", "tpsa:max"), latent_model=toy_model, surrogates=surrogates)


@pytest.fixture(scope="module")
def three_goals(toy_model, surrogates) -> ParetoRun:
    settings = toy_settings("qed:max", "tpsa:max", "logp:2..3", budget=16)
    return find_fronts(settings, latent_model=toy_model, surrogates=surrogates)


@pytest.fixture(scope="module")
def written(pareto_run, tmp_path_factory) -> Path:
    return write_run(pareto_run, tmp_path_factory.mktemp("fronts") / "toy")


def test_the_measured_front_is_what_no_candidate_dominates(pareto_run) -> None:
    table = pareto_run.candidates
    values = table[["qed", "tpsa"]].to_numpy()
    dominated = [any((other >= own).all() and (other > own).any() for other in values) for own in values]
    assert table["non_dominated"].tolist() == [not bad for bad in dominated]
    assert 0 < len(pareto_run.molecules) < len(table)
    lead = pareto_run.run.leads.iloc[0]
    better = (table["qed"] >= lead["qed"]) & (table["tpsa"] >= lead["tpsa"])
    better &= (table["qed"] > lead["qed"]) | (table["tpsa"] > lead["tpsa"])
    assert table["dominates_lead"].tolist() == better.tolist()


def test_the_predicted_front_lies_in_one_region_and_its_bounds_hold(pareto_run) -> None:
    front = pareto_run.fronts[0].front
    z = front.program.region.sample(500, torch.Generator().manual_seed(0))[:, 0]
    costs = front.program.select(torch.zeros(500, dtype=torch.long)).cost_values(z)
    assert (costs @ front.weights.T >= front.lower_bound - 1e-9).all()
    table = pareto_run.front
    assert table["cost_qed"].is_monotonic_increasing
    assert table["cost_tpsa"].is_monotonic_decreasing
    assert len(table) == len(front)


def test_goals_that_only_a_surrogate_knows(toy_model, surrogates, tmp_path) -> None:
    """An assay of one's own: the lead and the molecules are judged by predictions, and check follows."""
    own = replace(surrogates["tpsa"], scaler=replace(surrogates["tpsa"].scaler, target=Target("pIC50", "", "maximize")))
    run = find_fronts(
        toy_settings("pIC50:max", "qed:max", budget=16),
        latent_model=toy_model,
        surrogates={"pIC50": own, "qed": surrogates["qed"]},
    )
    z = toy_model.encode([LEAD]).double()
    assert run.fronts[0].lead_values["pIC50"] == pytest.approx(float(own.predict(z)))
    z = toy_model.encode(run.molecules["smiles"].tolist()).double()
    assert np.allclose(run.molecules["predicted_pIC50"], own.predict(z))
    assert check_run(write_run(run, tmp_path / "own")).problems == []
    assert "pIC50, predicted on the molecule" in draw_front(run)


def test_molecules_come_from_the_search_and_fill_its_budget(pareto_run) -> None:
    table = pareto_run.candidates
    assert set(table["proposer"]) <= {"edits", "crossover"}
    assert len(table) == pareto_run.settings.budget
    assert table["round"].max() > 2


def test_every_molecule_is_held_against_the_bound_that_it_comes_nearest_to(pareto_run) -> None:
    table, front = pareto_run.candidates, pareto_run.fronts[0].front
    costs = table[["cost_qed", "cost_tpsa"]].to_numpy()
    room = costs @ front.program.weights.numpy().T - front.solution.lower_bound.numpy()
    room /= (front.program.weights * front.scale).sum(dim=1).numpy()
    assert len(set(table["program"])) > 1
    assert np.allclose(room[np.arange(len(table)), table["program"] - 1], room.min(axis=1), atol=1e-6)
    inside = table["inside_region"].astype(bool)
    assert inside.all()
    assert (table["gap_to_bound"] >= -1e-6).all()
    assert np.allclose(table["value"] - table["gap_to_bound"], table["lower_bound"])


def test_programs_around_good_molecules_are_decoded_where_asked_for(toy_model, surrogates) -> None:
    options = {"proposers": ["latent"], "budget": 16, "analogues": 20, "programs": 20, "samples": 1, "similarity": 0.0}
    settings = toy_settings("qed:max", "tpsa:max", **options)
    found = find_fronts(settings, latent_model=toy_model, surrogates=surrogates).candidates
    assert "programs" in set(found["proposer"])


def test_windows_and_three_goals(three_goals) -> None:
    table = three_goals.candidates
    scalers = three_goals.scalers
    costs = measured_costs(table, three_goals.settings.goals, scalers)
    distance = np.maximum(0, np.maximum(2 - table["logp"], table["logp"] - 3))
    assert np.allclose(scalers["logp"].value_of(costs[:, 2]), distance)
    assert np.allclose(scalers["qed"].value_of(costs[:, 0]), table["qed"])
    assert three_goals.fronts[0].front.costs.shape[1] == 3
    assert 0 < three_goals.fronts[0].front.gap < 1


def test_equal_molecules_of_other_leads_are_judged_apart() -> None:
    table = pd.DataFrame({"lead": [1, 1, 2, 2]})
    costs = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 1.0], [np.nan, 0.0]])
    found = marked(table, costs, {1: np.array([1.0, 0.0]), 2: np.array([1.0, 1.0])})
    assert found["non_dominated"].tolist() == [True, False, True, False]
    assert found["dominates_lead"].tolist() == [True, False, False, False]


def test_the_same_seed_gives_the_same_molecules(pareto_run, toy_model, surrogates) -> None:
    again = find_fronts(pareto_run.settings, latent_model=toy_model, surrogates=surrogates)
    pd.testing.assert_frame_equal(again.candidates, pareto_run.candidates)


def test_the_figure_is_well_formed_and_shows_every_molecule(pareto_run, three_goals) -> None:
    svg = draw_front(pareto_run, structures=2)
    ElementTree.fromstring(svg)
    assert svg.count("<circle") == len(pareto_run.candidates) + 1 + 3  # the lead and the legend's
    assert svg.count("<polygon") == 1 + 1  # and in the legend
    assert svg.count("similarity") == min(2, len(pareto_run.molecules))
    assert "http" not in svg.replace("http://www.w3.org/", "")
    drawn = draw_front(three_goals, 1)
    ElementTree.fromstring(drawn)
    shown = three_goals.molecules.sort_values("qed").iloc[0]
    assert f"logP {shown['logp']:.2f}" in drawn  # the property itself, not its distance to the window
    with pytest.raises(ConfigError, match="no front of lead 7; finished are: 1"):
        draw_front(pareto_run, 7)


def test_no_predicted_point_lies_in_the_shade(pareto_run) -> None:
    svg = draw_front(pareto_run, structures=0)
    corners = np.array(
        [
            [float(v) for v in pair.split(",")]
            for pair in re.search('<polygon class="area excluded" points="([^"]*)"', svg)[1].split()
        ]
    )
    edge = corners[:-2]
    points = np.array([[float(a), float(b)] for a, b in re.findall(r'"diamond predicted" d="M([\d.]+) ([\d.]+)l', svg)])
    # both goals are maximized, so out of reach is up and right; a column of the shade is up to 4 pixels wide
    limit = np.interp(points[:, 0] - 4, edge[:, 0], edge[:, 1])
    assert len(points) == len(pareto_run.front)
    assert (points[:, 1] + 4 >= limit - 0.2).all()  # a diamond begins 4 pixels above its point
    assert (points[:, 1] + 4 < np.interp(points[:, 0], edge[:, 0], edge[:, 1]) + 30).any()


def test_a_folder_has_its_files_and_verifies(written, pareto_run) -> None:
    names = {path.name for path in written.iterdir()}
    assert {"front.csv", "molecules.csv", "front-1.svg", "report.html", "candidates.csv", "run.json"} <= names
    report = check_run(written)
    assert report.problems == []
    assert len(report.passed) == 10
    record = json.loads((written / "run.json").read_text())
    assert ParetoSettings(**record["settings"]) == pareto_run.settings
    assert record["fronts"][0]["sandwich_gap"] == pareto_run.fronts[0].front.gap
    page = (written / "report.html").read_text()
    assert "Sandwich gap" in page
    assert "&lt;toy &amp; lead&gt;" in page
    with pytest.raises(OutputExistsError):
        write_run(pareto_run, written)


def seal(folder: Path) -> None:
    """What a careful forger does: make all checksums fit again."""
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(record_text(record | {"files": checksums(folder)}))


def _edit_record(folder: Path, name: str, factor: float) -> None:
    record = json.loads((folder / "run.json").read_text())
    front = record["fronts"][0]
    if name == "scale":
        front["scale"] = [factor * number for number in front["scale"]]
        front["sandwich_gap"] /= factor
    elif name == "lead_values":
        front["lead_values"]["qed"] *= factor
    else:
        front[name] *= factor
    (folder / "run.json").write_text(json.dumps(record))


def _flip(folder: Path, column: str) -> None:
    table = pd.read_csv(folder / "candidates.csv")
    table.loc[0, column] = not table.loc[0, column]
    table.to_csv(folder / "candidates.csv", index=False)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: _edit_record(f, "sandwich_gap", 0.5), "sandwich_gap of lead 1"),
        (lambda f: _edit_record(f, "scale", 10.0), "scale of lead 1"),
        (lambda f: _edit_record(f, "lead_values", 0.5), "run.json: qed of lead 1"),
        (lambda f: _edit_record(f, "hypervolume", 1.1), "hypervolume of lead 1"),
        (lambda f: _edit_record(f, "programs", 2), "not that of all programs over one region"),
        (lambda f: _flip(f, "non_dominated"), "non_dominated of 1-0001"),
        (lambda f: _flip(f, "dominates_lead"), "dominates_lead of 1-0001"),
        (lambda f: _other_program(f), "name other programs than those"),
        (lambda f: _drop_row(f / "front.csv"), "front.csv: its programs are not those"),
        (lambda f: _drop_row(f / "molecules.csv"), "molecules.csv: other columns or rows"),
    ],
)
def test_edited_numbers_are_found_even_with_new_checksums(folder, spoil, says: str) -> None:
    spoil(folder)
    seal(folder)
    problems = check_run(folder).problems
    assert any(says in problem for problem in problems), problems


def _other_program(folder: Path) -> None:
    """Hold every molecule against another bound, with honest numbers for that one left out."""
    table = pd.read_csv(folder / "candidates.csv")
    table["program"] = 1 + table["program"] % table["program"].max()
    table.to_csv(folder / "candidates.csv", index=False)


def _drop_row(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))


@pytest.mark.parametrize(
    ("goals", "options", "says"),
    [
        (["qed:max"], {}, "two or three goals, got 1; for one goal use generate"),
        ([], {}, "two or three goals, got 0"),
        (["qed:max", "logp:min", "tpsa:min", "sa_score:min"], {}, "two or three goals, got 4"),
        (["qed:max", "qed:min"], {}, "'qed' has 2 goals"),
        (["qed:max", "logp:points(0=1, 2=0, 4=1)"], {}, "has several peaks, which no convex cost follows"),
        (["qed:max*2", "logp:min"], {}, "qed:max\\*2 has a weight"),
        (["qed:max", "logp:min"], {"points": 1}, "points: input should be greater than or equal to 2, got 1"),
        (["qed:max", "logp:min", "tpsa:min"], {"points": 2}, "at least the number of goals, 3, got 2"),
        (["qed:max", "logp:min"], {"radius": -1}, "radius: input should be greater than 0"),
        (["qed:max", "logp:min"], {"top": 5}, "unknown setting 'top'; known are leads"),
        (["qed:max", "logp:min"], {"aggregate": "median"}, "aggregate"),
        (["qed:max", "logp:min"], {"front_tol": 0}, "front_tol"),
    ],
)
def test_bad_settings_are_named(goals: list[str], options: dict, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        toy_settings(*goals, **options)


def test_missing_settings_are_named() -> None:
    with pytest.raises(ConfigError, match="goals missing; give two or three"):
        ParetoSettings(leads=["CC"])
    with pytest.raises(ConfigError, match="leads missing"):
        ParetoSettings(goals=["qed:max", "logp:min"])
