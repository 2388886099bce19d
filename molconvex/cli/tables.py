"""What `molconvex generate` prints: notes on leads, the best candidates, the funnel."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from molconvex.design import Run

NARROWEST = 110


def console() -> "Console":
    """Standard output; wide enough for a table where it is no terminal."""
    from rich.console import Console

    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=max(plain.width, NARROWEST))


def lead_notes(run: "Run") -> None:
    """What was changed on leads, and which were left out, on stderr."""
    for _, lead in run.leads.iterrows():
        if lead["reason"]:
            print(f"left out {lead['name']}: {lead['reason']}", file=sys.stderr)
        elif lead["notes"]:
            print(f"{lead['name']}: {lead['notes']} (used as {lead['smiles']})", file=sys.stderr)


def goal_notes(run: "Run") -> None:
    """Where requirements cannot be met and what is nearest, and which goals one model alone ranks, on stderr."""
    from molconvex.objectives.prediction_notes import goal_notes

    for note in goal_notes(run):
        print(note, file=sys.stderr)


def candidate_table(run: "Run", count: int) -> None:
    """The best candidates of all leads and where molecules were lost."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from molconvex.runs.report.numbers import shown_properties

    out = console()
    if run.candidates.empty and not len(run.programs[run.programs["status"] != "infeasible"]):
        out.print("No program can meet the requirements: loosen them, or let the programs reach farther (--radius).")
    elif run.candidates.empty and run.settings.limits and not run.funnel.counts.get("required", (0, 0))[0]:
        out.print("No scored molecule met the requirements: loosen them, or raise --budget.")
    elif run.candidates.empty:
        out.print("No molecule passed every filter: lower --similarity, or raise --budget.")
    else:
        names = shown_properties(run.surrogates)
        best = run.candidates.sort_values("desirability", ascending=False, kind="stable").head(count)
        many = len(run.leads) > 1
        title = f"The {len(best)} best of {len(run.candidates)} candidates"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        if many:
            table.add_column("Lead", overflow="fold", max_width=14)
        table.add_column("#", justify="right")
        table.add_column("SMILES", overflow="fold", min_width=30, ratio=1)
        for heading in ["Desirable", "Similar", *(_short(name) for name in names), "Alerts"]:
            table.add_column(heading, justify="right", no_wrap=True)
        for cells in _rows(run, best, names, many):
            table.add_row(*cells)
        out.print(table)
        _predictions(run, best, many, out)
    if run.comparison is not None:
        from molconvex.design.comparison import summaries

        for arm in summaries(run.comparison):
            out.print(arm.describe())
    for step in run.funnel:
        out.print(f"{step.count:>7,} of {step.of:>7,}  {step.label}", style="dim")


def _predictions(run: "Run", best: "pd.DataFrame", many: bool, out: "Console") -> None:
    """What surrogates say of the candidates where nothing measures, with intervals, in a table of its own."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from molconvex.columns import ranked_key
    from molconvex.objectives.goal_scores import unmeasured
    from molconvex.runs.report.predictions import WHAT_INTERVALS_ARE, prediction_text

    keys = list(unmeasured(run.surrogates, run.required))
    if not keys:
        return
    names = run.leads.set_index("lead")["name"]
    table = Table(title="Predicted of them", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    shown = [key if ranked_key(best, key) == key else f"{key}, refined" for key in keys]
    for heading in [*["Lead"] * many, "#", *shown]:
        table.add_column(heading, justify="left" if heading == "Lead" else "right")
    for _, row in best.iterrows():
        front = [str(names[row["lead"]])] if many else []
        table.add_row(*front, str(row["rank"]), *(prediction_text(row, key) for key in keys))
    out.print(table)
    out.print(WHAT_INTERVALS_ARE, style="dim")


def _short(name: str) -> str:
    from molconvex.chem import PROPERTIES

    label = PROPERTIES[name].label if name in PROPERTIES else name
    return {"molecular_weight": "MW", "sa_score": "SA"}.get(name, label)


def _rows(run: "Run", best: "object", names: list[str], many: bool) -> list[list[str]]:
    from molconvex.runs.report.numbers import share, value

    leads = run.leads.set_index("lead")
    rows = []
    if not many:
        _, lead = next(leads[leads["reason"] == ""].iterrows())
        rows.append(
            ["lead", lead["smiles"], share(lead["desirability"]), "1.00", *(value(n, lead[n]) for n in names), ""]
        )
    for _, row in best.iterrows():  # type: ignore[attr-defined]
        front = [str(leads.loc[row["lead"], "name"])] if many else []
        rows.append(
            [
                *front,
                str(row["rank"]),
                row["smiles"],
                share(row["desirability"]),
                share(row["similarity"]),
                *(value(name, row[name]) for name in names),
                str(row["alert_count"]),
            ]
        )
    return rows
