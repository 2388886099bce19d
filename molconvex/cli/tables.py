"""What `molconvex generate` prints: notes on leads, the best candidates, the funnel."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from molconvex.design import Run

NARROWEST = 110
NARROWEST_SMILES, LEAD_NAME, GAP = 24, 14, 3


def console() -> "Console":
    """Standard output, wide enough for a table where it is no terminal; [nH] is a piece of SMILES there, no markup."""
    from rich.console import Console

    plain = Console(highlight=False, markup=False, emoji=False)
    if not plain.is_terminal:
        plain.width = max(plain.width, NARROWEST)
    return plain


def lead_notes(run: "Run") -> None:
    """What was changed on leads, and which were left out, on stderr."""
    for _, lead in run.leads.iterrows():
        if lead["reason"]:
            print(f"left out {lead['name']}: {lead['reason']}", file=sys.stderr)
        elif lead["notes"]:
            print(f"{lead['name']}: {lead['notes']} (used as {lead['smiles']})", file=sys.stderr)


def run_notes(run: "Run") -> None:
    """What is to be known of the goals and of the candidates' structures, on stderr."""
    from molconvex.design.run_notes import run_notes

    for note in run_notes(run):
        print(note, file=sys.stderr)


def candidate_table(run: "Run", count: int) -> None:
    """The best candidates of all leads and where molecules were lost."""
    out = console()
    if run.candidates.empty and not len(run.programs[run.programs["status"] != "infeasible"]):
        out.print("No program can meet the requirements: loosen them, or let the programs reach farther (--radius).")
    elif run.candidates.empty and run.settings.limits and not run.funnel.counts.get("required", (0, 0))[0]:
        out.print("No scored molecule met the requirements: loosen them, or raise --budget.")
    elif run.candidates.empty:
        out.print("No molecule passed every filter: lower --similarity, or raise --budget.")
    else:
        many = len(run.leads) > 1
        best = _best(run.candidates, count)
        _best_candidates(run, best, many, out)
        _predictions(run, best, many, out)
    if run.comparison is not None:
        from molconvex.design.comparison import summaries

        for arm in summaries(run.comparison):
            out.print(arm.describe())
    for step in run.funnel:
        out.print(_hanging(f"{step.count:>7,} of {step.of:>7,}  ", step.label, out.width), style="dim")


def _best_candidates(run: "Run", best: "pd.DataFrame", many: bool, out: "Console") -> None:
    """The best ones as a table; in a narrow terminal the properties that no goal names give way to the SMILES."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from molconvex.runs.report.numbers import shown_properties

    names = shown_properties(run.surrogates)
    headings = ["Lead"] * many + ["#", "SMILES", "Desirable", "Similar", *map(_short, names), "Alerts"]
    rows = _rows(run, best, names, many)
    goals = {goal.property for goal in run.settings.goals}
    spare = [headings.index(_short(name)) for name in reversed(names) if name not in goals] + [len(headings) - 1]
    shown = _fitting(headings, rows, spare, out.width)
    table = Table(title=_headline(run, len(best), many), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in (headings[i] for i in shown):
        if heading == "Lead":
            table.add_column(heading, overflow="fold", max_width=LEAD_NAME)
        elif heading == "SMILES":
            table.add_column(heading, overflow="fold", min_width=NARROWEST_SMILES, ratio=1)
        else:
            table.add_column(heading, justify="right", no_wrap=True)
    for cells in rows:
        table.add_row(*(cells[i] for i in shown))
    out.print(table)
    hidden = [heading for i, heading in enumerate(headings) if i not in shown]
    if hidden:
        out.print(f"not shown, for lack of width: {', '.join(hidden)}", style="dim")


def _best(candidates: "pd.DataFrame", count: int) -> "pd.DataFrame":
    """The best candidates; of several leads as many of each, in the order of the leads."""
    ordered = candidates.sort_values("desirability", ascending=False, kind="stable")
    each = max(1, count // candidates["lead"].nunique())
    return ordered.groupby("lead").head(each).sort_values("lead", kind="stable").head(count)


def _headline(run: "Run", count: int, many: bool) -> str:
    """First how many meet every goal, then how many are better than the lead at all."""
    from molconvex.objectives import meets_every_goal

    total = len(run.candidates)
    met = int(meets_every_goal(run.settings.goals, run.candidates, run.leads).sum())
    better = int((run.candidates["gain"] > 0).sum())
    shown = f"{count} of {total} candidates, best of each lead" if many else f"The {count} best of {total} candidates"
    meet, are = "meets" if met == 1 else "meet", "is" if better == 1 else "are"
    return f"{shown}: {met} {meet} every goal, {better} {are} better than {'their leads' if many else 'the lead'}"


def _fitting(headings: list[str], rows: list[list[str]], spare: list[int], width: int) -> list[int]:
    """Columns that a width has room for, beside a SMILES that can still be read; of `spare` the first go first."""
    most = {"Lead": LEAD_NAME, "SMILES": NARROWEST_SMILES}
    wide = [max(len(cells[i]) for cells in (headings, *rows)) for i in range(len(headings))]
    needed = [min(cells, most.get(heading, cells)) + GAP for heading, cells in zip(headings, wide, strict=True)]
    shown = list(range(len(headings)))
    for column in spare:
        if sum(needed[i] for i in shown) < width + GAP:
            break
        shown.remove(column)
    return shown


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


def _hanging(front: str, text: str, width: int) -> str:
    """Text in lines of a width, those after the first one indented as far as the front is long."""
    from textwrap import fill

    return fill(text, width, initial_indent=front, subsequent_indent=" " * len(front))


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
