"""How far to trust the surrogates: what their test molecules showed, and what these candidates showed."""

import pandas as pd
import streamlit as st

from molconvex.columns import MEASURED, PREDICTED
from molconvex.design import Run

from .texts import label

ORIGINS = {
    "bundled": "bundled with molconvex",
    "trained": "learnt for this run, from the reference set",
    "folder": "from a folder",
    "given": "given",
}


def surrogate_quality(run: Run) -> None:
    """Draw the table, one row a goal; nothing where the run ended before there was a surrogate."""
    if not run.surrogates:
        return
    with st.expander("How far to trust the predictions", key="surrogate_quality"):
        st.dataframe(
            quality(run),
            hide_index=True,
            column_config={
                "r2": st.column_config.NumberColumn(
                    "R² on test molecules", format="%.2f", help="1 is perfect, 0 no use"
                ),
                "mae": st.column_config.NumberColumn(
                    "Mean error on test molecules", format="%.3f", help="In the property's unit"
                ),
                "error": st.column_config.NumberColumn(
                    "Mean error on these candidates",
                    format="%.3f",
                    help="Predicted at the proposal against measured on the decoded molecule, in the property's unit",
                ),
            },
        )
        st.caption(
            "The programs look where the surrogates promise most, so errors on candidates tend to be larger than on "
            "test molecules. That is why everything is measured again, and ranked by what was measured."
        )


def quality(run: Run) -> pd.DataFrame:
    """One row a goal, with its surrogate's errors."""
    rows = []
    for part in run.surrogates:
        name, metrics = part.goal.property, part.surrogate.card.get("metrics", {})
        row: dict[str, object] = {"Goal": part.goal.describe(), "Surrogate": f"{label(name)}, {ORIGINS[part.origin]}"}
        row |= {key: metrics.get(key, {}).get("value") for key in ("r2", "mae")}
        if len(run.candidates):
            row["error"] = (run.candidates[PREDICTED(name)] - run.candidates[MEASURED(name)]).abs().mean()
        rows.append(row)
    return pd.DataFrame(rows)
