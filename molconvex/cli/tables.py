"""What `molconvex generate` prints: notes on leads, the best candidates, the funnel."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def candidate_table(run: "Run", count: int) -> None:
    """The best candidates of all leads and where molecules were lost."""
    from rich.table import Table

    from molconvex.design.report.numbers import shown_properties

    out = console()
    if run.candidates.empty:
        out.print("No molecule passed every filter: lower --similarity, or raise --programs or --temperature.")
    else:
        names = shown_properties(run.surrogates)
        best = run.candidates.sort_values("desirability", ascending=False, kind="stable").head(count)
        many = len(run.leads) > 1
        table = Table(title=f"The {len(best)} best of {len(run.candidates)} candidates", title_justify="left")
        for heading in [*(["lead"] if many else []), "#", "SMILES"]:
            table.add_column(heading, overflow="fold")
        for heading in ["desirability", "similarity", *names, "alerts", "gap"]:
            table.add_column(heading, justify="right")
        for cells in _rows(run, best, names, many):
            table.add_row(*cells)
        out.print(table)
    lost = "; ".join(f"{step.label} {step.count:,} of {step.of:,}" for step in run.funnel)
    out.print(f"{lost}.", style="dim")


def _rows(run: "Run", best: "object", names: list[str], many: bool) -> list[list[str]]:
    from molconvex.design.report.numbers import plain, share, value

    leads = run.leads.set_index("lead")
    rows = []
    if not many:
        _, lead = next(leads[leads["reason"] == ""].iterrows())
        rows.append(
            ["lead", lead["smiles"], share(lead["desirability"]), "1.00", *(value(n, lead[n]) for n in names), "", ""]
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
                plain(row["gap"], 2),
            ]
        )
    return rows
