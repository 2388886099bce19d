"""A goal over the molecules that there are: their distribution, how desirable each value is, where the lead stands."""

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.objectives import Goal, PropertyChoice

from ..shared import latent_model, reference

if TYPE_CHECKING:
    from molconvex.surrogate import ConvexSurrogate, DifferenceSurrogate

BINS = 48
SOME = 1_000  # reference molecules where structures are looked at: more take seconds and change no bar much


def goal_curve(goal: Goal, prop: PropertyChoice, lead: float | None, candidates: "pd.Series | None" = None) -> str:
    """HTML as wide as there is room: bars for the reference molecules, an area for the desirability, a mark for a lead.

    Args:
        goal: What is wanted.
        prop: Of what.
        lead: Where the lead stands; None or NaN where that is not known.
        candidates: Values of the present candidates, drawn as a line over the bars.
    """
    edges = np.linspace(prop.low, prop.high, BINS + 1)
    heights = _heights(prop)
    wanted = goal.desirability((edges[:-1] + edges[1:]) / 2, (prop.low, prop.high))
    bars = "".join(
        f'<i style="height:{100 * height:.0f}%;--good:{100 * good:.0f}%"></i>'
        for height, good in zip(heights, wanted, strict=True)
    )
    line = ", ".join(f"{100 * (n + 0.5) / BINS:.1f}% {100 - 92 * good:.0f}%" for n, good in enumerate(wanted))
    return (
        f'<div class="mc-curve" role="img" aria-label="{escape(_words(prop, lead))}">'
        f'<div class="mc-wanted" style="clip-path:polygon(0% 100%, {line}, 100% 100%)"></div>'
        f'<div class="mc-bars">{bars}</div>{_present(prop, candidates)}{_marker(prop, lead)}</div>'
        f'<div class="mc-curve-ends"><span>{prop.format(prop.low)}</span>'
        f"<span>{prop.format(prop.high)}{' ' + escape(prop.unit) if prop.unit else ''}</span></div>"
    )


def _present(prop: PropertyChoice, candidates: "pd.Series | None") -> str:
    """Steps as high as the share of candidates in each bin, the highest as 1."""
    values = np.zeros(0) if candidates is None else pd.to_numeric(candidates).dropna().to_numpy(float)
    if not len(values):
        return ""
    steps = "".join(f'<i style="height:{100 * height:.0f}%"></i>' for height in _shares(values, prop.low, prop.high))
    return f'<div class="mc-present" title="The {len(values):,} candidates">{steps}</div>'


def _words(prop: PropertyChoice, lead: float | None) -> str:
    at = "" if lead is None or lead != lead else f"; the lead is at {prop.format(lead)}"
    return f"Distribution of {prop.label} among reference molecules{at}"


def _marker(prop: PropertyChoice, lead: float | None) -> str:
    if lead is None or lead != lead:
        return ""
    place = 100 * min(max((lead - prop.low) / (prop.high - prop.low), 0.0), 1.0)
    return f'<b class="mc-here" style="left:{place:.1f}%" title="The lead"></b>'


def _heights(prop: PropertyChoice) -> list[float]:
    """Share of reference molecules in each bin, the highest bin as 1; zeros where nothing is known."""
    values = _values(_fingerprint(), prop.name, _folder(prop))
    return [0.0] * BINS if values is None else _shares(values, prop.low, prop.high)


def _shares(values: np.ndarray, low: float, high: float) -> list[float]:
    counts, _ = np.histogram(np.clip(values, low, high), bins=BINS, range=(low, high))
    return [float(value) for value in counts / max(1, counts.max())]


def predicted_of(prop: PropertyChoice, smiles: str, folder: Path | None = None) -> float | None:
    """The best prediction of a property for a molecule; None where that is not known.

    Args:
        prop: Its surrogate predicts.
        smiles: The molecule.
        folder: Of another surrogate in its place, such as that of a run.
    """
    return _predicted(_fingerprint(), prop.name, _folder(prop) if folder is None else str(folder), smiles)


def _fingerprint() -> str:
    """Fingerprint of the latent model, "" where it is missing."""
    try:
        return latent_model().fingerprint
    except MolconvexError:
        return ""


def _folder(prop: PropertyChoice) -> str:
    """Of one's own surrogate; "" for what is measured or bundled."""
    return "" if prop.folder is None else str(prop.folder)


@st.cache_data(max_entries=40, show_spinner=False)
def _values(fingerprint: str, name: str, folder: str) -> np.ndarray | None:
    """Values of the reference molecules: measured, or predicted by a surrogate."""
    try:
        table = reference().table
        if name in table and not folder:
            return pd.to_numeric(table[name]).dropna().to_numpy(float)
        return _predictions(fingerprint, name, folder)
    except MolconvexError:
        return None


@st.cache_data(max_entries=500, show_spinner=False)
def _predicted(fingerprint: str, name: str, folder: str, smiles: str) -> float | None:
    try:
        z, surrogate = latent_model().encode([smiles]), _of_values(fingerprint, name, folder)
        return None if surrogate is None else float(surrogate.predict_refined(z.double(), [smiles])[0])
    except MolconvexError:
        return None


def _predictions(fingerprint: str, name: str, folder: str) -> np.ndarray | None:
    """The best predictions for reference molecules; None where no surrogate of values belongs to this latent model."""
    surrogate = _of_values(fingerprint, name, folder)
    if surrogate is None:
        return None
    z, smiles = reference().z.double(), reference().smiles
    if getattr(surrogate, "refinement", None) is None:
        return surrogate.predict(z).numpy()
    some = np.unique(np.linspace(0, len(smiles) - 1, SOME).astype(int))
    return surrogate.predict_refined(z[some], [smiles[row] for row in some])


def _of_values(fingerprint: str, name: str, folder: str) -> "ConvexSurrogate | DifferenceSurrogate | None":
    """The surrogate of a property; None where there is none, or one of a window, which tells distances, no values."""
    surrogate = _surrogate(fingerprint, name, folder)
    return None if surrogate is None or surrogate.target.sense == "window" else surrogate


@st.cache_resource(max_entries=40, show_spinner=False)
def _surrogate(fingerprint: str, name: str, folder: str) -> "ConvexSurrogate | DifferenceSurrogate | None":
    from molconvex.objectives.bundled_surrogates import bundled_folders
    from molconvex.surrogate import load_surrogates

    for place in [Path(folder)] if folder else bundled_folders().get(name, ()):
        found = load_surrogates(place).get(name)
        if found is not None and found.latent_fingerprint == fingerprint:
            return found
    return None
