"""How far to trust the surrogates: what their test molecules showed, and what these candidates showed."""

import pandas as pd
import streamlit as st

from molconvex.columns import MEASURED, own_prediction
from molconvex.objectives import Goal
from molconvex.runs import ReadRun

from .texts import label

ORIGINS = {
    "bundled": "bundled with molconvex",
    "trained": "learnt for this run, from the reference set",
    "folder": "from a folder",
    "given": "given",
}


def surrogate_quality(run: ReadRun) -> None:
    """Draw the table, one row a goal; nothing where the run ended before there was a surrogate."""
    if not run.surrogates:
        return
    with st.expander("How far to trust the predictions", key="surrogate_quality"):
        st.dataframe(
            quality(run),
            hide_index=True,
            placeholder="",
            column_config={
                "r2": st.column_config.NumberColumn(
                    "R² on test molecules", format="%.2f", help="1 is perfect, 0 no use"
                ),
                "mae": st.column_config.NumberColumn(
                    "Mean error on test molecules", format="%.3f", help="In the property's unit"
                ),
                "roc_auc": st.column_config.NumberColumn(
                    "AUC on test molecules", format="%.2f", help="Of two classes: 1 is perfect, 0.5 no use"
                ),
                "error": st.column_config.NumberColumn(
                    "Mean error on these candidates",
                    format="%.3f",
                    help="Predicted for the molecule itself against measured, in the property's unit",
                ),
            },
        )
        st.caption(
            "A search goes where the surrogates promise most, so errors on candidates tend to be larger than on test "
            "molecules. That is why everything that can be measured is measured, and ranked by that."
        )


def quality(run: ReadRun) -> pd.DataFrame:
    """One row a goal, with its surrogate's errors."""
    rows = []
    for entry in run.surrogates:
        name, metrics = str(entry["property"]), entry.get("metrics") or {}
        goal = Goal.parse(entry["goal"], known=None)
        origin = ORIGINS.get(str(entry.get("origin")), str(entry.get("origin")))
        whose = ", its convex prediction" if entry.get("refined") else ""
        row: dict[str, object] = {"Goal": goal.describe(), "Surrogate": f"{label(name)}, {origin}{whose}"}
        for key in ("r2", "mae", "roc_auc"):
            if key in metrics:
                row[key] = (metrics[key] or {}).get("value")
        columns = (own_prediction(run.candidates, name), MEASURED(name))
        if len(run.candidates) and set(columns) <= set(run.candidates):
            row["error"] = (run.candidates[columns[0]] - run.candidates[columns[1]]).abs().mean()
        rows.append(row)
    return pd.DataFrame(rows)
