"""The report of a batch as one HTML document: what came of all leads, and the best candidate of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from molconvex.design.funnel import LABELS, Funnel
from molconvex.design.settings import GenerateSettings
from molconvex.runs.report.evidence import settings_list
from molconvex.runs.report.lead_section import asked
from molconvex.runs.report.numbers import plural, share
from molconvex.runs.report.rendering import render

if TYPE_CHECKING:
    from molconvex.runs.store.batches import StoredBatch

MOST_DRAWN = 30
MOST_ROWS = 1_000


@dataclass(frozen=True)
class LeadRow:
    """A lead as the table of the page shows it."""

    name: str
    smiles: str
    best: str
    cells: tuple[str, ...]
    drawn: bool


def render_batch(batch: "StoredBatch", leads: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """Counts, where molecules were lost, and the leads, those first whose best candidate gained most.

    Args:
        batch: Its settings are shown.
        leads: As `molconvex.runs.batch.results.lead_summary` makes it.
        notes: What is to be known of the whole.
    """
    settings = GenerateSettings(**batch.settings)
    done = leads[leads["state"] == "done"].copy()
    done["gained"] = pd.to_numeric(done["best_gain"])
    done = done.sort_values(["gained", "lead"], ascending=[False, True])
    left = int(leads["state"].isin(["waiting", "working"]).sum())
    warnings = [f"This batch is not over: {plural(left, 'lead')} will follow."] if left else []
    return render(
        "batch.html.j2",
        heading=batch.name,
        subtitle=asked(settings),
        warnings=[*warnings, *notes],
        figures=_figures(leads, done),
        funnel=list(_funnel(done)),
        rows=[_row(row, place < MOST_DRAWN) for place, (_, row) in enumerate(done.head(MOST_ROWS).iterrows())],
        hidden=max(0, len(done) - MOST_ROWS),
        left_out=_left_out(leads),
        settings=settings_list(settings),
    )


def _figures(leads: pd.DataFrame, done: pd.DataFrame) -> list[tuple[str, str]]:
    with_hit = int((pd.to_numeric(done["meeting"]).fillna(0) > 0).sum())
    gain = pd.to_numeric(done["best_gain"]).median()
    realised = pd.to_numeric(done["greatest_realised_share"]).median()
    return [
        (f"{len(done):,} of {len(leads):,}", "leads finished"),
        (f"{with_hit:,}", "with a candidate that meets every goal"),
        (f"{int(pd.to_numeric(done['candidates']).fillna(0).sum()):,}", "candidates"),
        (share(float(gain)), "median gain of desirability of the best"),
        (share(float(realised)), "median of the greatest realised share"),
    ]


def _funnel(done: pd.DataFrame) -> Funnel:
    funnel = Funnel()
    for name in LABELS:
        if f"funnel_{name}" in done:
            count, of = (int(pd.to_numeric(done[column]).sum()) for column in (f"funnel_{name}", f"funnel_{name}_of"))
            funnel.add(name, count, of)
    return funnel


def _row(row: Any, drawn: bool) -> LeadRow:
    numbers = ("desirability", "best_desirability", "best_similarity", "best_realised_share", "greatest_realised_share")
    counts = (f"{int(row[name]):,}" for name in ("candidates", "meeting"))
    has_best = isinstance(row["best_smiles"], str)
    cells = [share(float("nan") if row[name] is None else float(row[name])) for name in numbers]
    best = row["best_smiles"] if has_best else ""
    return LeadRow(str(row["name"]), str(row["smiles"]), best, (*cells, *counts), drawn and has_best)


def _left_out(leads: pd.DataFrame, most: int = 100) -> list[str]:
    left = leads[leads["state"].isin(["rejected", "failed"])]
    texts = [f"line {row['line']}, {row['name']}: {row['reason']}" for _, row in left.head(most).iterrows()]
    return texts + ([f"{len(left) - most:,} more; see rejects.csv"] if len(left) > most else [])
