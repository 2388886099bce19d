"""Candidates as a table or as cards: drawn over the lead, measured, with the change against the lead."""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from molconvex.columns import DOMAIN
from molconvex.objectives import Goal
from molconvex.runs import ReadRun
from molconvex.runs.report.predictions import WHAT_REFINED_IS
from molconvex.runs.store.molecules import Marked
from molconvex.surrogate.model.uncertainty import OUTSIDE

from ..state import Key
from .certificate import share_chip
from .goal_values import FAR, is_distance, lead_value, prediction_word, property_of, title_with_word, value_column
from .marks import mark_buttons
from .texts import change, chip, count, image, picture, shown

STRUCTURE = (200, 104)
CARD = (270, 150)
ROW_HEIGHT = 108
HEIGHT = 640
CARDS, ROWS = 12, 200  # at a time; each drawing takes the server some milliseconds
MOST_COMPARED = 4
ALSO_SHOWN = ("molecular_weight", "logp", "qed", "tpsa", "sa_score")
MARKS = {"star": "★", "reject": "✗"}
ABOUT = {
    "": "Measured by RDKit.",
    "predicted": "Predicted for the molecule itself.",
    "refined": f"Predicted for the molecule itself. {WHAT_REFINED_IS}",
}
"""Of a goal's values, by `prediction_word`."""


def candidate_table(run: ReadRun, table: pd.DataFrame, lead: pd.Series, marks: Mapping[str, Marked]) -> list[int]:
    """Draw a table, some rows at a time, and give the rows that are selected, at least one.

    Args:
        run: For its goals.
        table: n > 0 candidates of one lead, in the order in which they are shown.
        lead: The lead's row of `ReadRun.leads`.
        marks: By molecule.
    """
    pages = -(-len(table) // ROWS)
    page = min(int(st.session_state.get("table_page", 1)), pages)
    first = (page - 1) * ROWS
    part = table.iloc[first : first + ROWS]
    shown_table, config = columns_of(run, part, lead, marks)
    event = st.dataframe(
        shown_table,
        key=f"table_{page}",
        hide_index=True,
        placeholder="",
        row_height=ROW_HEIGHT,
        height=min(HEIGHT, 40 + ROW_HEIGHT * len(part)),
        column_config=config,
        on_select="rerun",
        selection_mode="multi-row",
    )
    _turn_pages(pages, "table_page")
    rows = [first + row for row in event.selection.rows if row < len(part)]
    st.caption("Tick one candidate to look at it, two to four to compare them. Amber marks what is new.")
    return rows or [looked_at(table)]


def columns_of(
    run: ReadRun, source: pd.DataFrame, lead: pd.Series, marks: Mapping[str, Marked]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table as shown, n rows, and how each column is shown."""
    columns: dict[str, Any] = {}
    config: dict[str, Any] = {}
    kind = st.column_config

    def put(name: str, values: Any, how: Any) -> None:
        columns[name], config[name] = values, how

    put("rank", source["rank"], kind.NumberColumn("#", width=40, pinned=True))
    pictures = [picture(smiles, *STRUCTURE, lead["smiles"]) for smiles in source["smiles"]]
    about = "What differs from the lead is backed in amber."
    put("structure", pictures, kind.ImageColumn("Structure", width=STRUCTURE[0] + 16, help=about, pinned=True))
    signs = [MARKS.get(marks[smiles].mark, "") if smiles in marks else "" for smiles in source["smiles"]]
    put("mark", signs, kind.TextColumn("★", width=36, help="★ starred, ✗ rejected"))
    about = "How well all goals are met together: 0 not at all, 1 fully."
    bar = kind.ProgressColumn("Desirability", min_value=0, max_value=1, format="%.2f", width=104, help=about)
    put("desirability", source["desirability"], bar)
    about = "Tanimoto similarity to the lead, Morgan fingerprints of radius 2."
    put("similarity", source["similarity"], kind.NumberColumn("Similarity", format="%.2f", width=82, help=about))
    for goal in run.settings.goals:
        _goal_columns(put, run, goal, source, lead)
    _evidence_columns(put, source)
    put(
        "alerts",
        [names.replace("_", " ") or "none" for names in source["alerts"]],
        kind.TextColumn("Alerts", width=150),
    )
    for name in ALSO_SHOWN:
        if name not in columns and name in source:
            put(name, source[name], _number_column(name, "Measured by RDKit."))
    put("smiles", source["smiles"], kind.TextColumn("SMILES", width="medium"))
    return pd.DataFrame(columns), config


def _goal_columns(put: Any, run: ReadRun, goal: Goal, source: pd.DataFrame, lead: pd.Series) -> None:
    """The value, and the change against the lead where that is known."""
    name, prop = goal.property, property_of(goal.property)
    column, word, before = (
        value_column(name, source),
        prediction_word(name, source),
        lead_value(run, goal, source, lead),
    )
    about = ABOUT[word]
    if is_distance(goal, source):
        about = f"Predicted distance from {goal.describe()}; 0 is inside."
    put(name, source[column], _number_column(name, about, title_with_word(prop, source)))
    if before == before:
        config = st.column_config.NumberColumn(
            "Change", format=f"%+.{prop.decimals}f", width=74, help=f"Change of {prop.label} against the lead."
        )
        put(f"change_{name}", source[column] - before, config)


def _evidence_columns(put: Any, source: pd.DataFrame) -> None:
    """What the engine knows beside the goals, where it says so."""
    kind = st.column_config
    if "realised_share" in source:
        about = (
            "Where predictions place it between the lead (0) and the proved optimum of the region (1); below 0: worse "
            "than the lead; empty outside of the region."
        )
        put("realised_share", source["realised_share"], kind.NumberColumn("Of possible", format="%.2f", help=about))
    if "plausibility" in source:
        put("plausibility", source["plausibility"].fillna(""), kind.TextColumn("A chemist's objection", width=150))
    if "proposer" in source:
        put("proposer", source["proposer"], kind.TextColumn("From", width=90, help="What proposed the molecule."))


def _number_column(name: str, about: str, title: str = "") -> Any:
    prop = property_of(name)
    unit = f" ({prop.unit})" if prop.unit else ""
    return st.column_config.NumberColumn(
        f"{title or prop.label}{unit}",
        format=f"%.{prop.decimals}f",
        help=f"{about} {prop.description}",
    )


def candidate_cards(
    run: ReadRun, table: pd.DataFrame, lead: pd.Series, marks: Mapping[str, Marked], run_id: str
) -> list[int]:
    """Draw cards, some at a time, and give the rows that are looked at: two to four to be compared, or one."""
    pages = -(-len(table) // CARDS)
    page = min(int(st.session_state.get("cards_page", 1)), pages)
    rows = list(range((page - 1) * CARDS, min(page * CARDS, len(table))))
    beside = beside_each_other(table)
    across = 3 if len(beside) < 2 else 2  # the comparison takes more of the page
    for start in range(0, len(rows), across):
        for column, row in zip(st.columns(across, gap="small"), rows[start : start + across], strict=False):
            with column:
                _card(run, table.iloc[row], lead, marks, run_id, row)
    _turn_pages(pages, "cards_page")
    return beside if len(beside) >= 2 else [looked_at(table)]


def _turn_pages(pages: int, key: str) -> None:
    if pages > 1:
        st.pagination(pages, key=key) if hasattr(st, "pagination") else st.number_input(
            f"Page, of {pages}", 1, pages, key=key, width=140
        )


def looked_at(table: pd.DataFrame) -> int:
    """Row of the candidate that is looked at, the first one where that is not shown."""
    found = table.index[table["smiles"] == st.session_state.get(Key.SELECTED, "")]
    return int(found[0]) if len(found) else 0


def beside_each_other(table: pd.DataFrame) -> list[int]:
    """Rows of the candidates that were chosen to be compared, in the order of choosing."""
    rows = {str(smiles): row for row, smiles in enumerate(table["smiles"])}
    return [rows[smiles] for smiles in st.session_state.get(Key.BESIDE, []) if smiles in rows]


def put_beside(smiles: str) -> None:
    """Choose a candidate for comparison or take it out again; the fifth one pushes out the first. For callbacks."""
    chosen = [other for other in st.session_state.get(Key.BESIDE, []) if other != smiles]
    is_new = len(chosen) == len(st.session_state.get(Key.BESIDE, []))
    st.session_state[Key.BESIDE] = [*chosen, smiles][-MOST_COMPARED:] if is_new else chosen


def _card(
    run: ReadRun, candidate: pd.Series, lead: pd.Series, marks: Mapping[str, Marked], run_id: str, row: int
) -> None:
    smiles = str(candidate["smiles"])
    with st.container(border=True, key=f"card_{row}"):
        st.html(
            f'<div class="mc-center">{image(smiles, *CARD, lead["smiles"])}</div>'
            f'<div class="mc-card-head"><b>#{candidate["rank"]}</b> desirability {candidate["desirability"]:.2f}, '
            f"similarity {candidate['similarity']:.2f}</div>{_numbers(run, candidate, lead)}{_chips(run, candidate)}"
        )
        with st.container(horizontal=True, gap="small", horizontal_alignment="distribute"):
            st.button(
                f"Look at candidate {candidate['rank']}",
                key=f"look_{row}",
                icon=":material/visibility:",
                type="tertiary",
                on_click=select,
                args=(smiles,),
            )
            is_beside = smiles in st.session_state.get(Key.BESIDE, [])
            st.button(
                f"{'Comparing' if is_beside else 'Compare'} candidate {candidate['rank']}",
                key=f"beside_{row}",
                icon=":material/compare_arrows:",
                help="Side by side with up to three others",
                type="primary" if is_beside else "tertiary",
                on_click=put_beside,
                args=(smiles,),
            )
            mark_buttons(smiles, marks.get(smiles), run_id, f"card_{row}", f"candidate {candidate['rank']}")


def select(smiles: str) -> None:
    """Look at one candidate alone, and bring its panel into view; for callbacks."""
    st.session_state[Key.SELECTED] = smiles
    st.session_state[Key.LOOKED] = int(st.session_state.get(Key.LOOKED, 0)) + 1
    st.session_state[Key.BESIDE] = []


def _numbers(run: ReadRun, candidate: pd.Series, lead: pd.Series) -> str:
    cells = []
    for goal in run.settings.goals:
        prop, column = property_of(goal.property), value_column(goal.property, candidate)
        value, before = candidate.get(column, float("nan")), lead_value(run, goal, candidate, lead)
        moved = f" <i>{change(prop, value - before)}</i>" if before == before else ""
        cells.append(
            f"<div><span>{escape(title_with_word(prop, candidate))}</span><b>{shown(prop, value)}{moved}</b></div>"
        )
    return f'<div class="mc-grid mc-grid-tight">{"".join(cells)}</div>'


def _chips(run: ReadRun, candidate: pd.Series) -> str:
    names = [goal.property for goal in run.settings.goals]
    far = [name for name in names if candidate.get(DOMAIN(name)) == OUTSIDE]
    found = [chip(f"{property_of(name).label}: outside its domain", "warn", FAR) for name in far]
    if candidate["alert_count"]:
        found.append(chip(count(candidate["alert_count"], "alert"), "warn", str(candidate["alerts"])))
    objection = candidate.get("plausibility", "")
    if isinstance(objection, str) and objection:
        found.append(chip(objection, "warn", "What a chemist would object to"))
    share = candidate.get("realised_share", float("nan"))
    if share == share:
        found.append(share_chip(share))
    return f'<div class="mc-chips">{"".join(found)}</div>' if found else ""
