"""What `molconvex generate` prints: SMILES as they are, in the width of the terminal, first what was asked for."""

import io
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from molconvex.cli import tables
from molconvex.cli.working import name_files
from molconvex.design.funnel import Funnel
from molconvex.objectives import Goal

INDOLES = ["c1ccc2[nH]ccc2c1", "Cc1cc2ccccc2[nH]1", "CC(C)c1ccc2[nH]cc(CCCC(=O)NCC3CC3)c2c1"]
USUAL = {"logp": 2.1, "tpsa": 15.8, "sa_score": 1.5, "molecular_weight": 117.1}


def run_of(leads: int = 1, goals: tuple[str, ...] = ("qed:max",)) -> SimpleNamespace:
    """Three candidates around each lead; the first lead's are the most desirable ones."""
    rows = [
        {"lead": lead, "rank": n + 1, "smiles": smiles, "desirability": 0.9 - 0.1 * n - 0.4 * (lead - 1)}
        | {"gain": 0.1 - 0.1 * n, "similarity": 0.5, "qed": 0.8 - 0.1 * n, "alert_count": n}
        | USUAL
        for lead in range(1, leads + 1)
        for n, smiles in enumerate(INDOLES)
    ]
    asked = [Goal.from_plain(goal) for goal in goals]
    described = [
        {"lead": lead, "name": f"lead{lead}", "smiles": INDOLES[0], "reason": "", "desirability": 0.8, "qed": 0.65}
        | USUAL
        for lead in range(1, leads + 1)
    ]
    return SimpleNamespace(
        settings=SimpleNamespace(goals=asked, limits=False),
        candidates=pd.DataFrame(rows),
        leads=pd.DataFrame(described),
        programs=pd.DataFrame({"status": ["certified"]}),
        funnel=Funnel({"fitting": (3, 9)}),
        surrogates=[SimpleNamespace(goal=goal, is_measurable=True) for goal in asked],
        required=[],
        comparison=None,
    )


def printed(run: SimpleNamespace, width: int, monkeypatch: pytest.MonkeyPatch, count: int = 10) -> list[str]:
    from rich.console import Console

    out = io.StringIO()
    monkeypatch.setattr(tables, "console", lambda: Console(file=out, width=width, markup=False, emoji=False))
    tables.candidate_table(run, count)  # type: ignore[arg-type]
    return out.getvalue().splitlines()


def rows_of_leads(lines: list[str]) -> list[str]:
    """Lead and rank of every row."""
    return [" ".join(line.split()[:2]) for line in lines if line.strip().startswith("lead")]


def test_brackets_of_smiles_and_of_folders_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    tables.console().print("c1cc[nH]c1 :smile:")
    name_files(Path("runs/[a]"), {"report.html": "for [people]"})
    assert capsys.readouterr().out.splitlines() == ["c1cc[nH]c1 :smile:", "runs/[a]/report.html  for [people]"]


def test_the_table_shows_smiles_and_what_was_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(run_of(), 110, monkeypatch)
    assert lines[0].strip() == "The 3 best of 3 candidates: 2 meet every goal, 1 is better than the lead"
    assert all(any(smiles in line for line in lines) for smiles in INDOLES[:2])
    for heading in ("TPSA", "SA", "MW", "Alerts"):
        assert heading in lines[2]
    assert not any("lack of width" in line for line in lines)


@pytest.mark.parametrize(
    ("width", "goals", "hidden"),
    [
        (99, ("qed:max",), ""),
        (98, ("qed:max",), "MW"),
        (91, ("qed:max",), "MW"),
        (90, ("qed:max",), "SA, MW"),
        (80, ("qed:max", "tpsa:<90"), "logP, SA, MW"),
        (80, ("qed:max", "tpsa:<90", "logp:1..3"), "SA, MW, Alerts"),
    ],
)
def test_in_a_narrow_terminal_what_no_goal_names_gives_way(
    width: int, goals: tuple[str, ...], hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = printed(run_of(goals=goals), width, monkeypatch)
    said = [line for line in lines if "lack of width" in line]
    assert said == ([f"not shown, for lack of width: {hidden}"] if hidden else [])
    assert max(map(len, lines)) <= width
    asked = {"qed:max": "QED", "tpsa:<90": "TPSA", "logp:1..3": "logP"}
    for heading in ("Desirable", "Similar", *(asked[goal] for goal in goals)):
        assert heading in lines[2].split()


def test_of_several_leads_each_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(run_of(leads=2), 110, monkeypatch, count=5)
    assert lines[0].strip().startswith("4 of 6 candidates, best of each lead: ")
    assert rows_of_leads(lines) == ["lead1 1", "lead1 2", "lead2 1", "lead2 2"]


def test_more_leads_than_rows_give_one_row_each(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(run_of(leads=3), 110, monkeypatch, count=2)
    assert rows_of_leads(lines) == ["lead1 1", "lead2 1"]


def test_a_step_of_the_funnel_keeps_its_indentation(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(run_of(), 72, monkeypatch)
    first = next(i for i, line in enumerate(lines) if "similar enough" in line)
    assert lines[first].startswith("      3 of       9  similar enough to the lead")
    assert lines[first + 1].startswith(" " * 20)
    assert lines[first + 1][20] != " "
