"""What a surrogate of the user's own predicts for a list of molecules."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from molconvex.assays.prediction import prediction_columns
from molconvex.chem import standardize
from molconvex.columns import DOMAIN, PART, PREDICTED, ranked_key
from molconvex.exceptions import ChemistryError
from molconvex.runs.report.predictions import WHAT_INTERVALS_ARE, WHAT_REFINED_IS, interval_text
from molconvex.runs.store import StoredRun
from molconvex.surrogate import Target

from ..shared import latent_model
from .texts import literal, picture

MOST, MOST_NAMED = 500, 5
STRUCTURE, ROW_HEIGHT = (120, 72), 76


def predict_list(run: StoredRun, surrogate: Any) -> None:
    """Ask for molecules, and show what the surrogate of a training predicts of them; nothing where that is gone."""
    text = st.text_area(
        "Predict molecules: one SMILES a line", key=f"predict_{run.id}", placeholder="CCO\nc1ccccc1O", height=110
    )
    asked = [line.split()[0] for line in text.splitlines() if line.strip()][:MOST]
    if not asked or surrogate is None:
        return
    table = predicted_table(surrogate, asked)
    name = surrogate.target.property
    best = ranked_key(table, name)
    _say_problems(table)
    pictures = [picture(str(row.smiles), *STRUCTURE) if not row.problem else "" for row in table.itertuples()]
    words = {"refined": best, "convex": name} if best != name else {"": name}
    values = {PREDICTED(key): table[PREDICTED(key)] for key in words.values()}
    beside = [interval_text(row, best).strip("()") for _, row in table.iterrows()]
    first, *rest = values
    shown = pd.DataFrame(
        {"structure": pictures, first: values[first], "interval": beside} | {k: values[k] for k in rest}
    )
    for column, stored in (("domain", DOMAIN(name)), ("part", PART(name)), ("smiles", "smiles")):
        if stored in table:
            shown[column] = table[stored].fillna("")
    titles = {PREDICTED(key): heading(surrogate.target, word) for word, key in words.items()}
    st.dataframe(shown, hide_index=True, placeholder="", row_height=ROW_HEIGHT, column_config=_columns(titles))
    if best != name:
        st.caption(literal(WHAT_REFINED_IS))


def _columns(titles: Mapping[str, str]) -> dict[str, Any]:
    """How each column is shown, those of predictions under their titles."""
    kind = st.column_config
    about = "Whether the model was trained on the molecule or tested with it."
    predictions = {column: kind.NumberColumn(title, format="%.3g", width=104) for column, title in titles.items()}
    return predictions | {
        "structure": kind.ImageColumn("Structure", width=STRUCTURE[0] + 10),
        "interval": kind.TextColumn("90 % interval", width=112, help=WHAT_INTERVALS_ARE),
        "domain": kind.TextColumn("Domain", width=76, help="Outside: unlike the molecules that it was trained on."),
        "part": kind.TextColumn("Seen before", width=108, help=about),
        "smiles": kind.TextColumn("SMILES", width="medium"),
    }


def _say_problems(table: pd.DataFrame) -> None:
    """Name the molecules that nothing is predicted of, some of many."""
    bad = table[table["problem"] != ""]
    if bad.empty:
        return
    told = [f"{row.smiles}: {row.problem}" for row in bad.head(MOST_NAMED).itertuples()]
    more = f" And {len(bad) - MOST_NAMED} more." if len(bad) > MOST_NAMED else ""
    st.warning(literal(f"{len(bad)} of {len(table)} could not be predicted. {'; '.join(told)}.{more}"))


def predicted_table(surrogate: Any, asked: list[str]) -> pd.DataFrame:
    """Columns smiles, problem and what `predict_molecules` says of the surrogate's property, one row per molecule."""
    table = pd.DataFrame([_read(text) for text in asked], columns=["smiles", "problem"])
    good = table.index[table["problem"] == ""]
    encoding = latent_model().try_encode(table.loc[good, "smiles"].tolist())
    table.loc[good, "problem"] = encoding.reasons
    kept = [row for row, reason in enumerate(encoding.reasons) if not reason]
    smiles = [str(table.at[good[row], "smiles"]) for row in kept]
    columns = prediction_columns(surrogate, encoding.z[kept].double(), smiles)
    return table.join(columns.set_index(good[kept]))


def heading(target: Target, word: str) -> str:
    """What a column of predictions is called, as in "logD, refined"."""
    quantity = {"classify": "probability of class 1", "window": "distance to the window"}.get(target.sense, target.unit)
    name = f"{target.property}, {word}" if word else target.property
    return f"{name} ({quantity})" if quantity else name


def _read(text: str) -> tuple[str, str]:
    """Standard SMILES and "", or the text and why it is none."""
    try:
        return standardize(text).smiles, ""
    except ChemistryError as error:
        return text, str(error)
