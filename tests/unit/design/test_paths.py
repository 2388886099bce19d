"""Paths between molecules with the toy model: stops, levels, deviations, the folder and its check."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from forging import edit_json, edit_table
from random_networks import l1_network

from molconvex.chem import compute_properties
from molconvex.design.paths import METHODS, MoleculePath, PathSettings, walk_path
from molconvex.design.paths.path_goal import _goal_of
from molconvex.design.paths.table import measured_as_predicted, merged, shares
from molconvex.design.paths.walk import JUMP
from molconvex.exceptions import ChemistryError, ConfigError, OutputExistsError, ProgramError
from molconvex.objectives.goals import Goal
from molconvex.runs import check_run, draw_path, write_run
from molconvex.runs.check_path import StoredPath
from molconvex.runs.folder import record_text
from molconvex.runs.inventory import describe
from molconvex.surrogate import ConvexSurrogate, Target, TargetScaler, save_surrogate

A, B = "Cc1ccc(C(=O)N2CCOCC2)cc1", "COc1ccc(C)cc1"


@pytest.fixture(scope="module")
def path_of(toy_model, toy_reference):
    """A path with the toy model; each is walked once."""
    walked: dict[tuple, MoleculePath] = {}

    def walk(method: str = "level", **rest) -> MoleculePath:
        key = (method, *rest.items())
        if key not in walked:
            settings = PathSettings(
                start=f"{A} <a & b>", end=f"{B} tolyl ether", property="logp", method=method, **rest
            )
            walked[key] = walk_path(settings, latent_model=toy_model, reference=toy_reference)
        return walked[key]

    return walk


@pytest.mark.parametrize("method", ["level", "radial"])
def test_levels_are_kept_to_the_last_stop_but_one(path_of, method: str) -> None:
    found = path_of(method)
    stops = found.stops
    assert len(stops) == 12
    assert list(stops["part"]) == [method] * 11 + [JUMP]
    assert found.worst_predicted_deviation <= 1e-6
    assert np.ptp(stops["predicted_logp"][:11]) <= 1e-6
    assert abs(stops["predicted_logp"].iloc[-1] - stops["predicted_logp"].iloc[0]) > 0.05
    assert stops["smiles"].iloc[0] == A
    assert stops["smiles"].iloc[-1] == B
    assert any("the last stop is a jump" in text for text in found.remarks())


def test_stops_are_decoded_and_measured(path_of) -> None:
    found = path_of("straight")
    stops = found.stops
    measured = compute_properties(stops["smiles"].tolist())
    assert np.allclose(stops["measured_logp"], measured["logp"])
    assert np.allclose(stops["qed"], measured["qed"])
    assert np.allclose(stops["measured_deviation"], measured["logp"] - measured["logp"].iloc[0])
    assert found.worst_measured_deviation == pytest.approx(stops["measured_deviation"].abs().max())
    assert stops["similarity_to_start"].iloc[0] == stops["similarity_to_end"].iloc[-1] == 1.0
    assert np.allclose(stops["share"], np.linspace(0, 1, 12))
    assert stops["predicted_logp"].iloc[-1] == pytest.approx(stops["reencoded_logp"].iloc[-1], abs=1e-4)
    # a straight way leaves the level
    assert found.worst_predicted_deviation > 0.05


def test_a_descent_falls_to_the_certified_minimum(path_of) -> None:
    found = path_of("descent")
    assert found.largest_rise <= max(found.walk.gap, 0) + 1e-12
    assert found.stops["predicted_logp"].iloc[-1] < found.stops["predicted_logp"].iloc[0]
    assert torch.equal(found.walk.z[-1], found.walk.solution.z[0])
    assert set(found.stops["part"]) == {"descent"}


@pytest.mark.parametrize("method", METHODS)
def test_both_molecules_lie_in_the_region(path_of, method: str) -> None:
    found = path_of(method)
    region = found.walk.program.region
    for z in (found.start.z, found.end.z, found.walk.solution.z[0]):
        assert bool(region.contains(z[None], 1e-8)[0])
    assert region.kind == ("ellipsoid" if method == "descent" else "ball")
    middle, ahead = (found.start.z + found.end.z) / 2, found.end.z - found.start.z
    aside = torch.zeros_like(ahead)
    aside[0], aside[1] = ahead[1], -ahead[0]
    aside = middle + 0.15 * ahead.norm() * aside / aside.norm()
    assert bool(region.contains(aside[None])[0]) == (method != "descent")


def test_two_stops_are_the_two_molecules(path_of) -> None:
    stops = path_of("level", stops=2).stops
    assert list(stops["smiles"]) == [A, B]
    assert list(stops["part"]) == ["level", JUMP]


def test_consecutive_repeats_are_drawn_once(path_of) -> None:
    stops = path_of("straight").stops
    runs = merged(stops)
    assert len(runs) == int((~stops["repeats"]).sum()) < len(stops)
    assert pd.concat(runs)["stop"].tolist() == stops["stop"].tolist()


def test_windows_are_measured_as_distances() -> None:
    logp = float(compute_properties([A])["logp"].iloc[0])
    assert measured_as_predicted([A, ""], Goal("logp", "window", 4.0, 5.0))[0] == pytest.approx(4 - logp)
    assert np.isnan(measured_as_predicted([A, ""], Goal("logp", "window", 4.0, 5.0))[1])
    assert np.isnan(measured_as_predicted([A], Goal("own", "minimize"))).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_written_path_is_whole_and_verified(path_of, method: str, tmp_path: Path) -> None:
    found = path_of(method)
    folder = write_run(found, tmp_path / "path")
    report = check_run(folder)
    assert report.ok, report.problems
    assert len(report.passed) == 6
    page = (folder / "path.html").read_text()
    assert "<script src" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "&lt;a &amp; b&gt;" in page
    assert "<a & b>" not in page
    assert page.count('<article class="card"') == len(merged(found.stops))
    assert "path by " + method in describe(folder)[0]
    with pytest.raises(OutputExistsError):
        write_run(found, folder)
    write_run(found, folder, overwrite=True)


def edited_table(folder: Path, name: str, column: str, row: int, value: float) -> None:
    """Change one number of a table and the checksums with it, as a careful forger would."""
    from molconvex.runs.folder import checksums

    table = pd.read_csv(folder / name, float_precision="round_trip")
    table.loc[row, column] = value
    table.to_csv(folder / name, index=False)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(record_text(record | {"files": checksums(folder)}))


@pytest.mark.parametrize(
    ("name", "column", "says"),
    [
        ("path.csv", "predicted_logp", "predicted_logp of stop 3"),
        ("path.csv", "measured_logp", "measured_logp of stop 3"),
        ("path.csv", "qed", "qed of stop 3"),
        ("path.csv", "similarity_to_end", "similarity_to_end of stop 3"),
        ("path.csv", "predicted_deviation", "worst_predicted_deviation"),
        ("latents.csv", "z1", "the level is missed"),
    ],
)
def test_check_finds_what_was_edited(path_of, tmp_path: Path, name: str, column: str, says: str) -> None:
    folder = write_run(path_of("level"), tmp_path / "path")
    edited_table(folder, name, column, 2, 0.7654)
    problems = check_run(folder).problems
    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize("method", ["level", "descent"])
def test_one_latent_that_is_no_number_hides_nothing(path_of, tmp_path: Path, method: str) -> None:
    """Every table follows the latents, as a careful forger would have it."""
    folder = write_run(path_of(method), tmp_path / "path")

    def forge(latents: pd.DataFrame) -> None:
        latents.loc[2, "z0":] = np.nan
        latents.loc[4:7, "z0":] += 4.0

    edit_table(folder, "latents.csv", forge)
    stored = StoredPath(folder, json.loads((folder / "run.json").read_text()))
    predicted = stored.scaler.value_of(stored.cost)
    deviation = predicted - predicted[0]
    new = {"cost": stored.cost, "predicted_logp": predicted, "predicted_deviation": deviation}
    edit_table(folder, "path.csv", lambda stops: stops.assign(share=shares(stored.z), **new))
    off = float(np.nanmax(np.abs(deviation[:-1] if method == "level" else deviation)))
    edit_json(folder, lambda record: record.update(largest_rise_of_cost=0.0, worst_predicted_deviation=off))
    problems = check_run(folder).problems
    missed = {"level": "the level is missed", "descent": "on a descent with a gap of"}[method]
    for says in ("latents.csv: the latent of stop 3 is not all numbers", missed, "largest_rise_of_cost is 0.0"):
        assert any(says in problem for problem in problems), problems


def test_check_finds_a_descent_that_rises(path_of, tmp_path: Path) -> None:
    # by convexity a point far on one of two opposite sides costs more than the point between them
    problems = ""
    for side in (-30.0, 30.0):
        folder = write_run(path_of("descent"), tmp_path / str(side))
        edited_table(folder, "latents.csv", "z0", 5, side)
        problems += " ".join(check_run(folder).problems)
    assert re.search(r"the cost rises by \S+ on a descent", problems)


def test_check_finds_another_region(path_of, tmp_path: Path) -> None:
    from dataclasses import replace

    found = path_of("level")
    other = path_of("descent")
    walk = replace(found.walk, program=other.walk.program, solution=other.walk.solution)
    folder = write_run(replace(found, walk=walk), tmp_path / "path")
    assert any("not the ball between both molecules" in problem for problem in check_run(folder).problems)


def test_figures_draw_every_molecule_or_those_of_most_stops(path_of) -> None:
    found = path_of("straight")
    runs = merged(found.stops)
    svg = draw_path(found)
    assert svg.count("measured") >= len(runs)
    assert "&lt;a &amp; b&gt;" in svg
    few = draw_path(found, structures=2)
    assert "stops 1" in few or "stop 1<" in few
    assert few.count("similarity") == 2
    assert svg.count("similarity") == min(20, len(runs))


def test_check_finds_a_record_and_a_descent_that_lie(path_of, tmp_path: Path) -> None:
    folder = write_run(path_of("descent"), tmp_path / "path")
    record = json.loads((folder / "run.json").read_text())
    record["region"]["lower_bound"] += 0.01
    record["worst_measured_deviation"] = 9.9
    record["start"]["smiles"] = "C"
    (folder / "run.json").write_text(record_text(record))
    latents = pd.read_csv(folder / "latents.csv", float_precision="round_trip")
    edited_table(folder, "latents.csv", "z0", len(latents) - 1, 2.0)
    problems = " ".join(check_run(folder).problems)
    for says in ("lower_bound", "worst_measured_deviation", "the start is 'C'", "not end at the certified minimum"):
        assert says in problems


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"end": A}, ChemistryError, "start and end are the same molecule"),
        ({"end": f"{A}.Cl"}, ChemistryError, "start and end are the same molecule"),
        ({"start": "C1CC first"}, ChemistryError, r"start \(first\): RDKit cannot read"),
        ({"end": "[Na+].[Cl-]"}, ChemistryError, r"end \(\[Na\+\]\.\[Cl-\]\): "),
        ({"end": " "}, ConfigError, "a lead is a SMILES"),
        ({"property": "qedd"}, ConfigError, "unknown property 'qedd'; known are qed"),
        ({"property": "logp:3..1"}, ConfigError, "low 3 is above high 1"),
        ({"property": "logp:points(0=1, 2=0, 4=1)"}, ConfigError, "has several peaks"),
        ({"method": "sideways"}, ConfigError, "method: input should be 'level'"),
        ({"stops": 1}, ConfigError, "stops: input should be greater than or equal to 2"),
        ({"stops": 2.5}, ConfigError, "stops: input should be a valid integer"),
        ({"aggregate": "median"}, ConfigError, "aggregate"),
        ({"gap_tol": 0.0}, ConfigError, "gap_tol"),
        ({"stop": 5}, ConfigError, "unknown setting 'stop'; known are start"),
    ],
)
def test_bad_settings_are_refused(toy_model, toy_reference, change: dict, error: type[Exception], says: str) -> None:
    good = {"start": A, "end": B, "property": "logp"}
    with pytest.raises(error, match=says):
        walk_path(PathSettings(**(good | change)), latent_model=toy_model, reference=toy_reference)


def test_a_molecule_that_cannot_be_encoded_is_named(toy_model, toy_reference, monkeypatch) -> None:
    from molconvex.latent.model import Encoding

    def refuse(smiles):
        return Encoding(torch.full((len(smiles), 6), torch.nan), ["it is too long" for _ in smiles])

    monkeypatch.setattr(toy_model, "try_encode", refuse)
    with pytest.raises(ChemistryError, match=r"start \(long one\): it is too long"):
        walk_path(
            PathSettings(start=f"{A} long one", end=B, property="logp"), latent_model=toy_model, reference=toy_reference
        )


def own_surrogate(toy_model, best: str) -> ConvexSurrogate:
    """A cost whose only minimum is one molecule's latent."""
    network = l1_network(toy_model.encode([best])[0])
    return ConvexSurrogate(
        TargetScaler(Target("own", "", "minimize")), [network], latent_fingerprint=toy_model.fingerprint
    )


@pytest.mark.parametrize("method", ["level", "radial", "descent"])
def test_a_start_that_nothing_undercuts_has_no_level(toy_model, tmp_path, method: str) -> None:
    folder = save_surrogate(tmp_path / "own", own_surrogate(toy_model, A))
    settings = PathSettings(start=A, end=B, property="own", method=method, surrogates={"own": folder})
    with pytest.raises(ProgramError, match="cannot be walked on"):
        walk_path(settings, latent_model=toy_model)


def test_own_surrogates_that_nothing_measures_are_walked_on(toy_model, tmp_path) -> None:
    given = {"own": own_surrogate(toy_model, "CCO")}
    settings = PathSettings(start=A, end=B, property="own", surrogates={"own": "elsewhere"})
    found = walk_path(settings, latent_model=toy_model, surrogates=given)
    assert np.isnan(found.worst_measured_deviation)
    assert found.worst_predicted_deviation <= 1e-6
    assert check_run(write_run(found, tmp_path / "path")).ok


def test_a_stop_without_a_molecule_has_a_reason(toy_model, toy_reference, tmp_path, monkeypatch) -> None:
    decode = type(toy_model).decode

    def some(z, **options):
        return ["" if row % 3 == 1 else text for row, text in enumerate(decode(toy_model, z, **options))]

    monkeypatch.setattr(toy_model, "decode", some)
    found = walk_path(PathSettings(start=A, end=B, property="logp"), latent_model=toy_model, reference=toy_reference)
    assert found.stops["measured_logp"].isna().sum() == 4
    assert "4 stops decode to no molecule" in found.remarks()
    assert any("does not reconstruct end: its latent decodes to nothing" in text for text in found.remarks())
    folder = write_run(found, tmp_path / "path")
    assert check_run(folder).ok, check_run(folder).problems
    assert "the latent decodes to no molecule" in (folder / "path.html").read_text()


def test_measured_deviations_are_from_the_start_itself_not_from_its_decoding(toy_model, toy_reference) -> None:
    stranger = "CCCCOc1ccc(C)cc1"
    found = walk_path(
        PathSettings(start=stranger, end=B, property="logp", stops=3), latent_model=toy_model, reference=toy_reference
    )
    assert found.start.decoded != stranger
    assert any(text.startswith("the latent model does not reconstruct start") for text in found.remarks())
    logp = compute_properties([stranger, found.start.decoded])["logp"]
    assert found.stops["measured_deviation"].iloc[0] == pytest.approx(logp[1] - logp[0])
    assert abs(logp[1] - logp[0]) > 0.01


def test_settings_survive_json_and_wishes_follow_targets() -> None:
    settings = PathSettings(start=f"{A} a", end=B, property="logp:1..3", method="radial", stops=5, aggregate="max")
    assert PathSettings(**json.loads(json.dumps(settings.to_dict()))) == settings
    assert str(_goal_of(Target("t", "", "classify", wanted=1))) == "t:max"
    assert str(_goal_of(Target("t", "", "window", 1.0, 1.0))) == "t:=1"
    assert re.fullmatch(r"t:min", str(_goal_of(Target("t", "", "minimize"))))
