"""Runs with an oracle: budget, failures, what is learned, what is written, and what the checker says."""

import json
import shlex
import sys

import numpy as np
import pandas as pd
import pytest

from molconvex.design import GenerateSettings, generate
from molconvex.exceptions import ConfigError, OracleError
from molconvex.objectives.oracle_goals import range_of
from molconvex.runs import check_run, write_run

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"
PROGRAM = """
import sys
for line in sys.stdin:
    text = line.strip()
    print("no charge model" if "S" in text else -len(text) - text.count("O"))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A user's folder of the tests' own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("MOLCONVEX_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def command(home) -> str:
    program = home / "size.py"
    program.write_text(PROGRAM)
    return shlex.join([sys.executable, "-S", str(program)])


def settings(command: str, **more) -> GenerateSettings:
    given = {
        "leads": [f"{LEAD} toy"],
        "goals": ["size:min", "qed:max"],
        "similarity": 0.1,
        "budget": 40,
        "analogues": 20,
        "programs": 2,
        "gap_tol": 1e-2,
        "oracles": {"size": {"command": command, "per_call": 50, "unit": "kcal/mol"}},
    }
    return GenerateSettings(**given | more)


@pytest.fixture(scope="module")
def run(command, toy_model, toy_reference):
    return generate(settings(command), latent_model=toy_model, reference=toy_reference)


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    return write_run(run, tmp_path_factory.mktemp("runs") / "oracle")


def value(text: str) -> float:
    return float("nan") if "S" in text else float(-len(text) - text.count("O"))


def test_candidates_have_the_oracles_own_values(run) -> None:
    assert len(run.candidates)
    assert run.candidates["size"].tolist() == [value(text) for text in run.candidates["smiles"]]
    assert run.leads["size"].tolist() == [value(LEAD)]


def test_the_budget_counts_molecules_that_the_oracle_is_asked_about(run) -> None:
    assert len(run.oracle_answers) == 40 + 1  # and the lead
    assert run.oracle_answers["smiles"].is_unique


def test_what_the_oracle_did_not_measure_is_rejected_with_its_reason(run) -> None:
    failed = set(run.oracle_answers.loc[run.oracle_answers["value"].isna(), "smiles"])
    assert failed
    reasons = run.rejected.set_index("smiles")["reason"]
    for text in failed:
        assert reasons[text] == "size: answered 'no charge model', which is no number"
    assert not failed & set(run.candidates["smiles"])


def test_the_certificate_speaks_of_a_surrogate_that_learned_from_the_oracle(run) -> None:
    (part,) = (item for item in run.surrogates if item.goal.property == "size")
    assert part.origin == "oracle"
    assert part.surrogate.orientation == "convex"
    assert part.surrogate.card["data"]["molecules"] == run.oracle_answers["value"].notna().sum()
    assert run.candidates["cost_size"].nunique() > 1


def test_the_range_of_desirability_is_that_of_what_was_measured(run) -> None:
    (part,) = (item for item in run.surrogates if item.goal.property == "size")
    low, high = part.value_range
    assert low <= run.oracle_answers["value"].min() < high
    assert (low, high) == range_of(run.oracle_answers["value"].to_numpy(), [part.goal])
    best = run.candidates.sort_values("size").iloc[0]
    assert best["desirability_size"] == pytest.approx((high - best["size"]) / (high - low))


def test_the_folder_says_what_was_called_and_every_value(run, folder) -> None:
    record = json.loads((folder / "run.json").read_text())["oracles"]["size"]
    assert record["called"] == run.settings.oracles["size"].command
    assert record["molecules"] == 41
    table = pd.read_csv(folder / "oracles.csv")
    assert table["value"].isna().tolist() == table["reason"].notna().tolist()
    assert set(table["unit"]) == {"kcal/mol"}
    assert "learned from what the oracle measured" in (folder / "report.html").read_text()


def test_the_checker_does_not_call_the_oracle_again_and_says_so(home, folder, toy_model) -> None:
    program = home / "size.py"
    text = program.read_text()
    program.write_text("raise SystemExit('called')")
    try:
        report = check_run(folder, latent_model=toy_model)
    finally:
        program.write_text(text)
    assert report.ok, report.problems
    assert any("size" in line and "is not called again" in line for line in report.unverified)


@pytest.mark.parametrize("name", ["oracles.csv", "candidates.csv"])
def test_the_checker_finds_a_value_that_no_oracle_gave(folder, toy_model, name, tmp_path) -> None:
    import shutil

    forged = shutil.copytree(folder, tmp_path / "forged")
    table = pd.read_csv(forged / name, keep_default_na=False)
    column = "size" if name == "candidates.csv" else "value"
    best = pd.read_csv(folder / "candidates.csv").loc[0, "smiles"]
    table[column] = table[column].astype(object)
    table.loc[table["smiles"] == best, column] = -99.0
    table.to_csv(forged / name, index=False)
    report = check_run(forged, latent_model=toy_model)
    assert any("oracles.csv says" in text for text in report.problems)


def test_a_second_run_asks_nothing_and_finds_the_same(command, run, toy_model, toy_reference) -> None:
    again = generate(settings(command), latent_model=toy_model, reference=toy_reference)
    assert again.information["oracles"]["size"]["remembered"] == run.oracle_answers["value"].notna().sum()
    pd.testing.assert_frame_equal(again.candidates, run.candidates)


def test_too_few_values_make_no_surrogate_and_the_report_says_so(command, toy_model, toy_reference, tmp_path) -> None:
    window = settings(command, budget=10, goals=["size:-26..-24", "qed:max"])
    few = generate(window, latent_model=toy_model, reference=toy_reference)
    away = np.maximum(0, np.maximum(-26 - few.candidates["size"], few.candidates["size"] + 24))
    assert few.candidates["measured_size"].tolist() == away.tolist()
    report = write_run(few, tmp_path / "few")
    assert "Too few values of size" in (report / "report.html").read_text()
    assert check_run(report, latent_model=toy_model).ok


def test_a_requirement_of_an_oracle_holds_for_every_candidate(command, toy_model, toy_reference, tmp_path) -> None:
    asked = settings(command, goals=["qed:max"], require=["size:<-22"])
    found = generate(asked, latent_model=toy_model, reference=toy_reference)
    assert len(found.candidates)
    assert (found.candidates["smiles"].map(value) <= -22).all()
    assert any("required" in reason for reason in found.rejected["reason"])
    assert check_run(write_run(found, tmp_path / "run"), latent_model=toy_model).ok


def test_several_leads_share_what_was_measured(command, toy_model, toy_reference) -> None:
    leads = [f"{LEAD} a", "CC(C)c1ccc(CC(N)=O)cc1 b"]
    found = generate(settings(command, leads=leads, budget=15), latent_model=toy_model, reference=toy_reference)
    assert sorted(set(found.candidates["lead"])) == [1, 2]
    (part,) = (item for item in found.surrogates if item.goal.property == "size")
    assert part.surrogate.card["data"]["molecules"] > 24
    assert found.leads["desirability"].notna().all()


def test_a_stopped_run_keeps_what_was_measured(command, toy_model, toy_reference, tmp_path) -> None:
    seen = []

    def stop() -> bool:
        return len(seen) > 1

    found = generate(
        settings(command),
        latent_model=toy_model,
        reference=toy_reference,
        progress=lambda stage, done, total: seen.append(done) if stage == "search" and done else None,
        cancelled=stop,
    )
    assert found.status == "partial"
    assert len(found.candidates)
    assert 1 < len(found.oracle_answers) < 41
    assert check_run(write_run(found, tmp_path / "run"), latent_model=toy_model).ok


def test_ctrl_c_in_a_round_is_a_partial_run(command, toy_model, toy_reference) -> None:
    def interrupt(number: int, report: object) -> None:
        raise KeyboardInterrupt

    found = generate(settings(command), latent_model=toy_model, reference=toy_reference, observe=interrupt)
    assert found.status == "partial"
    assert len(found.candidates)


def test_an_oracle_that_never_answers_ends_the_run_with_its_reason(toy_model, toy_reference) -> None:
    broken = shlex.join([sys.executable, "-S", "-c", "raise SystemExit('license expired')"])
    asked = settings(broken, oracles={"size": {"command": broken, "retries": 0, "cache": False}})
    with pytest.raises(OracleError, match="license expired"):
        generate(asked, latent_model=toy_model, reference=toy_reference)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"goals": ["qed:max"]}, "nothing asks for the oracle 'size'"),
        ({"oracles": {}}, "unknown property 'size'"),
        ({"oracles": {"size": {"command": "no-such-program"}}}, "there is no program"),
    ],
)
def test_oracles_that_make_no_sense_are_refused(command, toy_model, toy_reference, more, text) -> None:
    with pytest.raises(ConfigError, match=text):
        generate(settings(command, **more), latent_model=toy_model, reference=toy_reference)


def test_settings_come_back_from_their_plain_values(command) -> None:
    given = settings(command, oracles={"size": {"command": command, "range": [-30, 0], "timeout": 5}})
    assert GenerateSettings(**json.loads(json.dumps(given.to_dict()))) == given
    assert given.oracles["size"].range == (-30.0, 0.0)


def test_a_range_of_the_settings_is_used(command, toy_model, toy_reference) -> None:
    asked = settings(command, budget=10, oracles={"size": {"command": command, "range": [-100, 0]}})
    found = generate(asked, latent_model=toy_model, reference=toy_reference)
    share = -found.candidates["size"] / 100
    assert np.allclose(found.candidates["desirability_size"], share)
