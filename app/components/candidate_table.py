"""The table of candidates: drawn, measured, compared with the lead, predicted, certified."""

from typing import Any

import pandas as pd
import streamlit as st

from molconvex.chem import PROPERTIES, Property
from molconvex.columns import PREDICTED
from molconvex.design import Run
from molconvex.objectives import Goal

from ..state import Key
from .texts import picture

STRUCTURE = (200, 104)
ROW_HEIGHT = 108
ALSO_SHOWN = ("molecular_weight", "logp", "qed", "tpsa", "sa_score")
HEIGHT = 640


def candidate_table(run: Run, lead: pd.Series) -> int:
    """Draw the table and give the row that is selected; a click anywhere in a row selects it.

    Args:
        run: With at least one candidate.
        lead: The lead's row of `Run.leads`.
    """
    table, config = shown(run, lead)
    row = min(st.session_state.get(Key.SELECTED) or 0, len(table) - 1)
    st.dataframe(
        table,
        key=Key.TABLE,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=min(HEIGHT, 40 + ROW_HEIGHT * len(table)),
        column_config=config,
        on_select=_take_row,
        selection_mode=["single-row-required", "single-cell"],
        selection_default={"selection": {"rows": [row]}},
    )
    return row


def _take_row() -> None:
    selection = st.session_state[Key.TABLE].selection
    if selection.cells:
        select(selection.cells[0][0])
    elif selection.rows:
        st.session_state[Key.SELECTED] = selection.rows[0]


def select(row: int) -> None:
    """Select a row, and mark it in the table; for callbacks."""
    st.session_state[Key.SELECTED] = row
    st.session_state[Key.TABLE] = {"selection": {"rows": [row]}}


def shown(run: Run, lead: pd.Series) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table as shown, n rows in the run's order, and how each column is shown."""
    source, goals = run.candidates, run.settings.goals
    columns: dict[str, Any] = {}
    config: dict[str, Any] = {}

    def put(name: str, values: Any, how: Any) -> None:
        columns[name], config[name] = values, how

    kind = st.column_config
    put("rank", source["rank"], kind.NumberColumn("#", width=40, pinned=True))
    pictures = [picture(smiles, *STRUCTURE, lead["smiles"]) for smiles in source["smiles"]]
    about = "What differs from the lead is backed in amber."
    put("structure", pictures, kind.ImageColumn("Structure", width=STRUCTURE[0] + 16, help=about, pinned=True))
    about = "How well the measured values meet all goals: 0 not at all, 1 fully."
    bar = kind.ProgressColumn("Desirability", min_value=0, max_value=1, format="%.2f", width=104, help=about)
    put("desirability", source["desirability"], bar)
    about = "Tanimoto similarity to the lead, Morgan fingerprints of radius 2."
    put("similarity", source["similarity"], kind.NumberColumn("Similarity", format="%.2f", width=82, help=about))
    for goal in goals:
        _goal_columns(put, goal, source, lead)
    put("alerts", _alerts(source), kind.TextColumn("Alerts", width=150))
    for goal in goals:
        name = PREDICTED(goal.property)
        put(name, source[name], _predicted_column(goal))
    for name in ALSO_SHOWN:
        if name not in columns:
            put(name, source[name], _measured_column(PROPERTIES[name], 104))
    put("smiles", source["smiles"], kind.TextColumn("SMILES", width="medium"))
    return pd.DataFrame(columns), config


def _goal_columns(put: Any, goal: Goal, source: pd.DataFrame, lead: pd.Series) -> None:
    """Measured, and the change against the lead."""
    name, prop = goal.property, PROPERTIES[goal.property]
    put(name, source[name], _measured_column(prop, 66 if len(prop.label) < 6 else 104))
    about = f"Change of {prop.label} against the lead."
    change = st.column_config.NumberColumn("Change", format=f"%+.{prop.decimals}f", width=74, help=about)
    put(f"change_{name}", source[name] - lead[name], change)


def _predicted_column(goal: Goal) -> Any:
    decimals = max(1, PROPERTIES[goal.property].decimals)
    return st.column_config.NumberColumn(
        predicted_title(goal), format=f"%.{decimals}f", width=124, help=predicted_help(goal)
    )


def predicted_title(goal: Goal) -> str:
    """What the surrogate of a goal predicts, as a heading."""
    prop = PROPERTIES[goal.property]
    return f"{prop.label}, predicted" if goal.kind in ("minimize", "maximize") else f"{prop.label} miss, predicted"


def predicted_help(goal: Goal) -> str:
    """What the surrogate of a goal predicts, in a sentence."""
    where = "By the surrogate at the latent point that was decoded; compare it with the measured value."
    if goal.kind in ("minimize", "maximize"):
        return where
    return f"Predicted distance from {goal.describe()}; 0 is inside. {where}"


def _measured_column(prop: Property, width: int) -> Any:
    unit = f" ({prop.unit})" if prop.unit else ""
    return st.column_config.NumberColumn(
        f"{prop.label}{unit}", format=f"%.{prop.decimals}f", width=width, help=f"Measured by RDKit. {prop.description}"
    )


def _alerts(source: pd.DataFrame) -> list[str]:
    return [names.replace("_", " ") if names else "none" for names in source["alerts"]]
