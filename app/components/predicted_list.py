"""What a surrogate of the user's own predicts for a list of molecules."""

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

MOST = 500
STRUCTURE = (160, 84)


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
    has_refined = ranked_key(table, name) != name
    pictures = [picture(str(row.smiles), *STRUCTURE) if not row.problem else "" for row in table.itertuples()]
    shown = pd.DataFrame({"structure": pictures, "smiles": table["smiles"]})
    kind = st.column_config
    config: dict[str, Any] = {
        "structure": kind.ImageColumn("Structure", width=STRUCTURE[0] + 10),
        "smiles": kind.TextColumn("SMILES", width="medium"),
        "interval": kind.TextColumn("90 % interval", width=110, help=WHAT_INTERVALS_ARE),
        "domain": kind.TextColumn("Domain", width=76, help="Outside: unlike the molecules it was trained on."),
        "part": kind.TextColumn("Known to the model", width=130, help="Whether it was trained on the molecule."),
        "problem": kind.TextColumn("Problem"),
    }
    for key in dict.fromkeys([ranked_key(table, name), name]):
        word = "" if not has_refined else "convex" if key == name else "refined"
        shown[PREDICTED(key)] = table[PREDICTED(key)]
        config[PREDICTED(key)] = kind.NumberColumn(heading(surrogate.target, word), format="%.3g")
        if key == ranked_key(table, name):
            shown["interval"] = [interval_text(row, key).strip("()") for _, row in table.iterrows()]
    for column, stored in (("domain", DOMAIN(name)), ("part", PART(name)), ("problem", "problem")):
        if stored in table and (column != "problem" or table["problem"].any()):
            shown[column] = table[stored].fillna("")
    st.dataframe(shown, hide_index=True, placeholder="", row_height=88, column_config=config)
    if has_refined:
        st.caption(literal(WHAT_REFINED_IS))


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
