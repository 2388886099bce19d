"""What a search has found so far: the best molecule beside its lead, how the best rise, who proposes, how long yet."""

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.runs.store import StoredRun

from ..shared import store
from .family import proposer_words
from .lead_card import examine
from .texts import chip, chips, count, image

PICTURE = (300, 170)
ENOUGH = 0.1  # share of the work after which its pace says something
MINUTE = 60.0


def rounds_of(run: StoredRun) -> list[dict[str, Any]]:
    """What the rounds of a search around its latest lead came to, in order; empty for other work."""
    rounds = store().molecules.rounds(run.id)
    latest = max((lead for lead, _, _ in rounds), default=0)
    return [
        facts | {"lead": lead, "round": number}
        for lead, number, facts in rounds
        if lead == latest and "best_smiles" in facts
    ]


def search_so_far(run: StoredRun) -> None:
    """Draw it; nothing before the first round is over."""
    rounds = rounds_of(run)
    if not rounds or not rounds[-1]["best_smiles"]:
        return
    last = rounds[-1]
    left, right = st.columns([5, 7], gap="medium", vertical_alignment="center")
    left.html(
        f'<div class="mc-center">{image(last["best_smiles"], *PICTURE, _lead(run, last["lead"]))}</div>'
        f'<div class="mc-card-head"><b>Best so far</b>, desirability {last["best"]:.2f}</div>'
    )
    with right:
        if len(rounds) > 1:
            st.altair_chart(_rise(rounds), width="stretch")
        st.html(chips([chip(text) for text in _facts(last)]))


def _lead(run: StoredRun, number: int) -> str | None:
    """Standard SMILES of the lead with a number, None where it cannot be read."""
    try:
        return examine(str(run.settings["leads"][number - 1])).smiles
    except (MolconvexError, IndexError, KeyError):
        return None


def _facts(last: dict[str, Any]) -> list[str]:
    shares = sorted(last["shares"].items(), key=lambda item: -item[1])
    return [
        f"round {last['round']}",
        f"{last['seen']:,} looked at, {count(last['scored'], 'molecule')} scored",
        *[f"{proposer_words(name)}: {100 * share:.0f} % of the next proposals" for name, share in shares],
    ]


def _rise(rounds: list[dict[str, Any]]) -> alt.Chart:
    """The best molecule and the mean of the ten best, over the molecules that were scored."""
    names = {"best": "Best molecule", "mean": "Mean of the ten best"}
    table = pd.DataFrame(rounds).melt("scored", [name for name in names if name in rounds[-1]], "kind", "value")
    table["kind"] = table["kind"].map(names)
    color = alt.Color(
        "kind:N", title=None, legend=alt.Legend(orient="top"), scale=alt.Scale(range=["#0f8a83", "#d98324"])
    )
    return (
        alt.Chart(table.dropna())
        .mark_line(point=True)
        .encode(
            x=alt.X("scored:Q", title="Molecules scored"),
            y=alt.Y("value:Q", title="Desirability", scale=alt.Scale(zero=False)),
            color=color,
        )
        .properties(height=190)
    )


def time_left(run: StoredRun) -> str:
    """About how long the search goes on, by its pace; "" where that cannot be told yet."""
    done, total = run.stages.get("search", (0, 0))
    if run.kind != "generate" or not total or not ENOUGH <= done / total < 1:
        return ""
    seconds = run.seconds * (total - done) / done
    return f"about {seconds / MINUTE:.0f} min left" if seconds > 1.5 * MINUTE else f"about {seconds:.0f} s left"
