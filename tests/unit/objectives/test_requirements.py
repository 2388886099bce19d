"""Hard limits on predictions: read, posed as thresholds, proved infeasible, measured, written and checked."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from forging import edit_table

from molconvex.design import GenerateSettings, generate
from molconvex.exceptions import ConfigError
from molconvex.objectives.requirement_notes import requirement_notes
from molconvex.objectives.requirements import Requirement
from molconvex.optimize import ThresholdWarning
from molconvex.runs import check_run, write_run
from molconvex.runs.folder import checksums, record_text

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"


@pytest.mark.parametrize(
    ("text", "same"),
    [("logp:<4", "logp:<4"), ("logp <= 4", "logp:<4"), ("qed>0.5", "qed:>0.5"), ("tpsa:>=20", "tpsa:>20")],
)
def test_a_requirement_reads_back_as_it_was_written(text: str, same: str) -> None:
    assert str(Requirement.parse(text)) == same
    assert Requirement.parse(same) == Requirement.parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("logp:1..3", "two requirements: logp:>1 and logp:<3"),
        ("logp:=2.5", "no convex set"),
        ("logp:max", "wish without a limit"),
        ("logp:<4*2", "leave out the star"),
        ("logp", "is no requirement"),
        ("logp:<four", "is no requirement"),
    ],
)
def test_what_is_no_requirement_is_said_so(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        GenerateSettings(leads=["C"], goals=["qed:max"], require=[text])


@pytest.mark.parametrize(
    ("require", "said"),
    [
        (["logp:<4", "logp:<3"], "same side of 'logp'"),
        (["logp:<1", "logp:>2"], "no value meets both logp:>2 and logp:<1"),
        ([4.0], "is a text such as"),
    ],
)
def test_requirements_that_do_not_fit_together_are_refused(require: list, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        GenerateSettings(leads=["C"], goals=["qed:max"], require=require)


@pytest.mark.parametrize(
    ("goal", "require", "fits"),
    [
        ("logp:3..5", "logp:<3", True),
        ("logp:3.1..5", "logp:<3", False),
        ("logp:=3", "logp:>3", True),
        ("logp:=2.9", "logp:>3", False),
        ("logp:<2", "logp:>2.1", False),
        ("logp:max", "logp:<1", True),
        ("tpsa:>90", "logp:<1", True),
    ],
)
def test_a_goal_that_a_requirement_rules_out_is_refused(goal: str, require: str, fits: bool) -> None:
    if fits:
        GenerateSettings(leads=["C"], goals=[goal], require=[require])
        return
    with pytest.raises(ConfigError, match=f"no value meets both the goal {goal} and the requirement {require}"):
        GenerateSettings(leads=["C"], goals=[goal], require=[require])


def test_values_meet_a_requirement_or_miss_it_and_missing_ones_miss_it() -> None:
    values = [1.0, 4.0, 4.1, np.nan]
    assert Requirement.parse("logp:<4").is_met(values).tolist() == [True, True, False, False]
    assert Requirement.parse("logp:>4").is_met(values).tolist() == [False, True, True, False]


@pytest.fixture(scope="module")
def quick(toy_model, toy_reference):
    def run(**changes):
        base = {
            "leads": [LEAD],
            "goals": ["qed:max"],
            "similarity": 0.1,
            "budget": 24,
            "analogues": 40,
            "gap_tol": 1e-2,
        }
        return generate(GenerateSettings(**(base | changes)), latent_model=toy_model, reference=toy_reference)

    return run


@pytest.fixture(scope="module")
def limited(quick):
    """The best QED lies at a smaller molecule than this allows, so the requirement costs something."""
    return quick(require=["molecular_weight:>210"])


def test_a_requirement_binds_every_point_and_costs_something(limited, quick) -> None:
    key = "predicted_molecular_weight_at_least"
    feasible = limited.programs[limited.programs["status"] != "infeasible"]
    assert len(feasible) == 1
    assert (feasible[key] >= 210 - 1e-3).all()


def test_every_candidate_says_whether_it_lies_where_the_requirement_is_proved(limited) -> None:
    table = limited.candidates
    fits = table["cost_molecular_weight_at_least"] <= limited.required[0].threshold
    assert table["proved_molecular_weight_at_least"].tolist() == (fits & table["inside_region"]).tolist()
    assert table["proved_molecular_weight_at_least"].any()


def test_candidates_meet_the_requirement_when_measured(limited) -> None:
    assert len(limited.candidates)
    assert (limited.candidates["molecular_weight"] >= 210).all()
    assert (limited.candidates["measured_molecular_weight_at_least"] == limited.candidates["molecular_weight"]).all()
    assert limited.funnel["required"].count == limited.funnel["kept"].of
    reasons = limited.rejected["reason"][limited.rejected["reason"].str.contains("required")]
    assert len(reasons) == limited.funnel["required"].of - limited.funnel["required"].count


@pytest.fixture(scope="module")
def impossible(quick):
    with pytest.warns(ThresholdWarning, match=r"90 % of what the surrogate of 'aromatic_rings' .* between"):
        return quick(require=["aromatic_rings:>14"], budget=12)


def test_an_infeasible_requirement_is_proved_and_the_nearest_bound_named(impossible, quick) -> None:
    assert set(impossible.programs["status"]) == {"infeasible"}
    assert impossible.candidates.empty
    assert impossible.funnel["required"].count == 0
    (note,) = requirement_notes(impossible)
    assert "1 of 1 regions hold no point" in note
    assert note.count("romatic rings at least") == 2
    nearest = impossible.programs["nearest_aromatic_rings_at_least"].max()
    assert 1 < nearest < 14


def test_runs_with_requirements_verify_and_their_reports_say_so(limited, impossible, tmp_path) -> None:
    for name, run in (("limited", limited), ("impossible", impossible)):
        folder = write_run(run, tmp_path / name)
        assert check_run(folder).problems == []
        assert "; required: " in (folder / "report.html").read_text()
    assert "1 are proved to have no point that meets" in (tmp_path / "impossible" / "report.html").read_text()


@pytest.mark.parametrize("column", ["nearest", "cost", "predicted"])
def test_an_edited_number_of_a_requirement_is_found(impossible, tmp_path, column: str) -> None:
    folder = write_run(impossible, tmp_path / "run")
    table = pd.read_csv(folder / "programs.csv", float_precision="round_trip")
    name = f"{column}_aromatic_rings_at_least"
    table.loc[0, name] += 0.01
    table.to_csv(folder / "programs.csv", index=False)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(record_text(record | {"files": checksums(folder)}))
    assert any(problem.startswith(f"programs.csv: {name}") for problem in check_run(folder).problems)


def test_a_requirement_loosened_in_the_record_is_found(limited, tmp_path) -> None:
    folder = write_run(limited, tmp_path / "run")
    record = json.loads((folder / "run.json").read_text())
    for entry in (record["settings"]["require"], [record["requirements"][0]]):
        assert entry
    record["settings"]["require"] = ["molecular_weight:>260"]
    record["requirements"][0]["requirement"] = "molecular_weight:>260"
    (folder / "run.json").write_text(record_text(record | {"files": checksums(folder)}))
    problems = " ".join(check_run(folder).problems)
    assert "its thresholds are not the requirements" in problems


def test_a_direction_that_is_not_convex_is_explained(toy_model, toy_reference) -> None:
    from molconvex.objectives.goal_surrogates import QUICK_FIT
    from molconvex.surrogate import Target, fit_surrogate, make_dataset

    own = fit_surrogate(
        make_dataset(
            toy_reference.z,
            toy_reference.table["logp"].to_numpy(),
            Target("activity", "", "maximize"),
            latent_fingerprint=toy_model.fingerprint,
        ),
        QUICK_FIT,
    )
    settings = GenerateSettings(leads=[LEAD], goals=["activity:max"], require=["activity:<3"], budget=12, analogues=30)
    with pytest.raises(ConfigError, match="convex for the other direction"):
        generate(settings, latent_model=toy_model, reference=toy_reference, surrogates={"activity": own})
    fitting = settings.replace(require=["activity:>1"])
    run = generate(fitting, latent_model=toy_model, reference=toy_reference, surrogates={"activity": own})
    assert run.required[0].part.origin == "given"
    assert (run.candidates["predicted_activity_at_least"] >= 1).all()


def test_a_concave_surrogate_proves_a_requirement_in_half_of_the_region(toy_model, toy_reference, tmp_path) -> None:
    from molconvex.objectives.goal_surrogates import QUICK_FIT
    from molconvex.surrogate import Target, fit_surrogate, make_dataset

    data = make_dataset(
        toy_reference.z,
        toy_reference.table["logp"].to_numpy(),
        Target("activity", "", "minimize"),
        latent_fingerprint=toy_model.fingerprint,
    )
    own = fit_surrogate(data, replace(QUICK_FIT, orientation="concave"))
    bound = round(float(own.predict(toy_model.encode([LEAD]))[0]) + 0.1, 2)
    settings = GenerateSettings(
        leads=[LEAD], goals=["qed:max"], require=[f"activity:<{bound:g}"], budget=12, analogues=40
    )
    given = {"latent_model": toy_model, "reference": toy_reference, "surrogates": {"activity": own}}
    run = generate(settings, **given)
    (note,) = requirement_notes(run)
    assert note == f"predicted activity at most {bound:g} everywhere in this half of the region: proved"
    assert (run.programs["predicted_activity_at_most"] <= bound + 1e-3).all()
    program, z = run.proposals[0].program, run.latents[1].candidates
    columns = list(program.tangents.columns)
    ceilings = z @ program.affine_terms.slopes[0, columns].T + program.affine_terms.offsets[0, columns]
    held = (ceilings.mean(dim=1) <= run.required[0].threshold).numpy()  # of the members' mean, by one program
    np.testing.assert_array_equal(run.candidates["proved_activity_at_most"], held & run.candidates["inside_region"])
    assert held.any()
    folder = write_run(run, tmp_path / "run")
    assert check_run(folder).problems == []
    edit_table(folder, "candidates.csv", lambda table: table.assign(proved_activity_at_most=~held))
    assert "proved_activity_at_most of 1-0001 is" in " ".join(check_run(folder).problems)
    assert note in (folder / "report.html").read_text()
    with pytest.raises(ConfigError, match="is concave"):
        generate(settings.replace(goals=["activity:min"], require=[], region="ball"), **given)


def test_an_unknown_property_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(ConfigError, match="unknown property 'sweetness'"):
        generate(GenerateSettings(leads=["C"], goals=["qed:max"], require=["sweetness:<1"]))
