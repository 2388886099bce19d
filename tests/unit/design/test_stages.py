"""Stages: goals of their own for a share of the budget, then the run's goals from the best."""

import pytest

from molconvex.design import GenerateSettings, generate
from molconvex.design.stage_settings import Stage
from molconvex.exceptions import ConfigError
from molconvex.runs import check_run, write_run

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"
BASE = {"leads": [LEAD], "goals": ["qed:max"], "similarity": 0.1, "analogues": 12, "gap_tol": 1e-2, "programs": 1}


@pytest.mark.parametrize("text", ["0.3; logp:1..3; tpsa:<90", "0.5; qed:linear(0.4, 0.9)*2"])
def test_a_stage_reads_back_as_it_was_written(text: str) -> None:
    stage = Stage.from_plain(text)
    assert str(stage) == text
    assert Stage.from_plain({"share": stage.share, "goals": [str(goal) for goal in stage.goals]}) == stage
    assert GenerateSettings(**GenerateSettings(**BASE, stages=[text]).to_dict()).stages == [stage]


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (["0; qed:max"], "must be above 0 and below 1"),
        (["1; qed:max"], "must be above 0 and below 1"),
        (["some; qed:max"], "is no stage"),
        (["0.3"], "at least one goal is needed"),
        (["0.5; qed:max", "0.5; logp:<3"], "leave some of it"),
        ([0.3], "is a text such as"),
        ([{"share": 0.3, "goals": 5}], "the goals of a stage are a list"),
        ([{"share": 0.3, "goals": "logp:1..3"}], "the goals of a stage are a list"),
    ],
)
def test_what_is_no_stage_is_said_so(stages: list, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        GenerateSettings(**BASE, stages=stages)


def test_a_stage_steers_its_share_and_the_budget_holds_for_both(toy_model, toy_reference, tmp_path) -> None:
    def run(**changes):
        settings = GenerateSettings(**BASE, budget=30, top=30, **changes)
        return generate(settings, latent_model=toy_model, reference=toy_reference)

    staged, plain = run(stages=["0.5; tpsa:max"]), run()
    assert staged.funnel["scored"].count == plain.funnel["scored"].count == 30
    assert staged.candidates["smiles"].is_unique
    assert staged.candidates["tpsa"].mean() > plain.candidates["tpsa"].mean() + 1
    assert "desirability_tpsa" not in staged.candidates
    assert staged.candidates["desirability"].is_monotonic_decreasing
    assert check_run(write_run(staged, tmp_path / "run")).problems == []


def test_rounds_and_reports_go_through_the_stages(toy_model, toy_reference) -> None:
    reports: list[tuple[int, int]] = []
    settings = GenerateSettings(**BASE, budget=60, stages=["0.4; tpsa:max"], rounds=3)
    run = generate(
        settings,
        latent_model=toy_model,
        reference=toy_reference,
        observe=lambda lead, report: reports.append((lead, report.number)),
    )
    assert reports == [(1, 1), (1, 2), (1, 3)]
    assert run.funnel["scored"].count < 60


def test_a_stage_that_only_ranks_poses_no_programs(toy_model, toy_reference) -> None:
    stage = "0.5; logp:points(0=1, 2=0, 4=1)"
    settings = GenerateSettings(**BASE, budget=12, stages=[stage], proposers=["edits", "programs"])
    run = generate(settings, latent_model=toy_model, reference=toy_reference)
    assert run.leads["reason"].tolist() == [""]
    assert run.funnel["scored"].count == 12


def test_a_stage_goes_on_from_the_best_of_the_one_before(toy_model, toy_reference) -> None:
    settings = GenerateSettings(
        **BASE, budget=50, top=50, stages=["0.4; tpsa:max", "0.4; tpsa:max"], proposers=["edits"]
    )
    reports = []
    run = generate(
        settings,
        latent_model=toy_model,
        reference=toy_reference,
        observe=lambda lead, report: reports.append((report.scored, report.budget, report.number)),
    )
    scored = [count for count, _, _ in reports]
    assert scored == sorted(scored)
    assert {budget for _, budget, _ in reports} == {50}
    last_of_first = next(number for count, _, number in reports if count >= 20)
    found = run.candidates
    early, late = found[found["round"] <= last_of_first], found[found["round"] > last_of_first]
    second = late[late["round"] <= next(number for count, _, number in reports if count >= 40)]
    assert len(early) == 20
    assert (
        second["tpsa"].min() > early["tpsa"].median()
    )  # begun anew at the lead, it would be as low as the first round
    assert early[early["round"] == 1]["tpsa"].max() < early["tpsa"].median()


@pytest.mark.parametrize(("budget", "stages"), [(2, 3), (10, 6), (1, 1)])
def test_many_stages_spend_no_more_than_there_is(toy_model, toy_reference, budget: int, stages: int) -> None:
    share = 0.9 / stages
    settings = GenerateSettings(**BASE, budget=budget, stages=[f"{share}; tpsa:max"] * stages)
    run = generate(settings, latent_model=toy_model, reference=toy_reference)
    assert run.funnel["scored"].count == budget
