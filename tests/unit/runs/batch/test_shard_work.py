"""The work on one shard with the toy model: what it gives, again the same, and how each failure comes back."""

import io
import json

import pandas as pd
import pytest

from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import OracleError
from molconvex.runs.batch.shard_work import Failure, Task, work_on

LEAD = "COc1ccc(CN2CCOCC2)cc1"


pytestmark = pytest.mark.usefixtures("toy")


def task(smiles: str = LEAD, **more) -> Task:
    plain = GenerateSettings(
        **{"leads": ["C"], "goals": ["qed:max"], "budget": 6, "analogues": 10, "programs": 1} | more
    ).to_dict()
    return Task(json.dumps(plain), 3, smiles, "anisole")


def test_a_lead_gives_candidates_a_summary_and_its_time() -> None:
    result = work_on(task())
    table = pd.read_parquet(io.BytesIO(result.candidates))
    assert len(table) == result.summary["candidates"] > 0
    assert result.summary["smiles"] == LEAD
    assert result.summary["best"]["smiles"] == table["smiles"].iloc[0]
    assert result.summary["best"]["gain"] == table["gain"].iloc[0]
    assert result.summary["better"] == (table["gain"] > 0).sum()
    assert result.seconds > 0
    json.dumps(result.summary, allow_nan=False)


def test_what_became_of_structures_travels_with_the_lead() -> None:
    light = work_on(task(goals=["molecular_weight:min"], similarity=0.1, budget=24, analogues=24))
    (remark,) = light.summary["remarks"]
    assert remark.startswith("anisole: the 10 best candidates have")
    assert light.summary["goal_notes"] == []
    kept = work_on(task(goals=["molecular_weight:min"], similarity=0.1, budget=24, analogues=24, min_heavy_atoms=1))
    assert kept.summary["remarks"] == []


def test_the_number_of_a_lead_decides_its_candidates_and_nothing_else_does() -> None:
    first, again = work_on(task()), work_on(task())
    assert first.candidates == again.candidates
    assert first.summary == again.summary


@pytest.mark.parametrize(
    ("wrong", "how"),
    [
        (task("C1CC("), Failure.UNUSABLE),
        (task(latent_model="no-such-folder"), Failure.UNPREPARED),
        (Task("{", 1, LEAD, "x"), Failure.UNPREPARED),
    ],
)
def test_what_goes_wrong_comes_back_as_a_value(wrong, how, monkeypatch) -> None:
    if "no-such-folder" in wrong.settings:
        monkeypatch.delenv("MOLCONVEX_PIPELINE")
    failure = work_on(wrong)
    assert failure.how is how
    assert failure.kind
    assert failure.error


def test_a_stop_is_no_failure_of_the_lead() -> None:
    assert work_on(task(), lambda: True).how is Failure.STOPPED


def test_an_oracle_that_is_down_is_tried_again(monkeypatch) -> None:
    def down(*_, **__):
        raise OracleError("the oracle 'dock' gave no value for any of the first 8 molecules")

    monkeypatch.setattr("molconvex.design.generate_lead", down)
    failure = work_on(task())
    assert (failure.how, failure.kind) == (Failure.AGAIN, "OracleError")
