"""Which candidates are shown, and in which order."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from molconvex.columns import DOMAIN
from molconvex.runs import ReadRun
from molconvex.runs.store.molecules import REJECT, STAR, Marked

from .goal_values import property_of, title_with_unit, value_column

ORDERS = {
    "desirability": "Best overall",
    "similarity": "Most similar",
    "realised_share": "Nearest to the proved optimum",
    "alert_count": "Fewest alerts",
}


def filtered(run: ReadRun, table: pd.DataFrame, marks: Mapping[str, Marked], key: str) -> pd.DataFrame:
    """Let the user filter and sort, side by side in the container around it; the rows that are left, in order.

    Args:
        run: For its goals.
        table: Candidates of one lead.
        marks: By molecule.
        key: Of the run, for ranges are those of its candidates.
    """
    orders = [name for name in ORDERS if name in table]
    goals = [goal.property for goal in run.settings.goals]
    chosen = st.multiselect(
        "Sort by",
        [*orders, *goals],
        default=[orders[0]],
        key="sort_by",
        format_func=lambda name: ORDERS.get(name) or property_of(name).label,
        width=230,
    )
    show = st.segmented_control(
        "Show",
        ["all", "starred", "not rejected"],
        default="not rejected",
        key="show_marks",
        format_func=str.capitalize,
    )
    with st.popover("Filters", icon=":material/filter_alt:"):
        mask = _ranges(run, table, key) & _clean(table)
    mark = table["smiles"].map(lambda smiles: marks[smiles].mark if smiles in marks else "")
    if show == "starred":
        mask &= mark == STAR
    elif show == "not rejected":
        mask &= mark != REJECT
    return _sorted(table[mask], chosen or [orders[0]], run)


def _ranges(run: ReadRun, table: pd.DataFrame, key: str) -> pd.Series:
    mask = pd.Series(True, index=table.index)
    names = [*dict.fromkeys([*(goal.property for goal in run.settings.goals), "molecular_weight", "logp", "tpsa"])]
    for name in ["similarity", *names]:
        column = value_column(name, table) if name != "similarity" else name
        if column not in table:
            continue
        low, high = float(table[column].min()), float(table[column].max())
        if not low < high:
            continue
        prop = property_of(name)
        title = "Similarity" if name == "similarity" else title_with_unit(prop, table)
        span = high - low
        ends = st.slider(title, low, high, (low, high), step=span / 100, key=f"filter_{name}_{key}", format="%.2f")
        mask &= table[column].between(ends[0] - 1e-9 * span, ends[1] + 1e-9 * span) | table[column].isna()
    return mask


def _clean(table: pd.DataFrame) -> pd.Series:
    mask = pd.Series(True, index=table.index)
    if st.toggle("Without structural alerts", key="filter_alerts"):
        mask &= table["alert_count"] == 0
    if "plausibility" in table and st.toggle("Only what a chemist would draw", key="filter_plausible"):
        mask &= table["plausibility"].fillna("").astype(str) == ""
    if "inside_region" in table and st.toggle("Only inside the region of the proof", key="filter_inside"):
        mask &= table["inside_region"].astype(str) == "True"
    domains = [name for name in table if str(name).startswith(DOMAIN(""))]
    if domains and st.toggle("Only where predictions are inside their domain", key="filter_domain"):
        mask &= (table[domains] == "inside").all(axis=1)
    return mask


def _sorted(table: pd.DataFrame, chosen: list[str], run: ReadRun) -> pd.DataFrame:
    """By the first choice, ties by the next."""
    goals = {goal.property: goal for goal in run.settings.goals}
    keys, ascending, work = [], [], table.copy()
    for name in [*chosen, "rank"]:
        if name in goals and name not in ORDERS:
            column = f"desirability_{name}"
            keys.append(column if column in table else value_column(name, table))
            ascending.append(False)
        else:
            keys.append(name)
            ascending.append(name in ("rank", "alert_count"))
    return work.sort_values(keys, ascending=ascending, kind="stable").reset_index(drop=True)
