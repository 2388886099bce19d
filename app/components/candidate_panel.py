"""One candidate beside its lead."""

from html import escape

import pandas as pd
import streamlit as st

from molconvex.chem import PROPERTIES
from molconvex.columns import PREDICTED
from molconvex.design import Run
from molconvex.objectives import Goal

from . import certificate
from .candidate_table import predicted_help
from .lead_card import alert_chips
from .texts import change, count, image, shown

COMPARED = (
    "molecular_weight",
    "logp",
    "qed",
    "tpsa",
    "sa_score",
    "fraction_csp3",
    "hydrogen_bond_donors",
    "hydrogen_bond_acceptors",
    "rotatable_bonds",
    "aromatic_rings",
)
PICTURE = (250, 170)


def candidate_panel(run: Run, lead: pd.Series, row: int) -> None:
    """Draw the candidate in one row of the run's table, and its lead."""
    candidate = run.candidates.iloc[row]
    with st.container(border=True, key="candidate_panel"):
        st.subheader(f"Candidate {candidate['rank']}", anchor=False)
        st.html(_pictures(candidate, lead))
        st.html(alert_chips(candidate["alerts"].split("; ") if candidate["alerts"] else []))
        st.html(_comparison(run, candidate, lead))
        st.html(certificate.explained(candidate))
        st.code(candidate["smiles"], language=None, wrap_lines=True)
        st.caption(_origin(candidate))


def _pictures(candidate: pd.Series, lead: pd.Series) -> str:
    gain = f"{candidate['gain']:+.2f}".replace("-", "−")
    return (
        f'<div class="mc-pair"><figure>{image(lead["smiles"], *PICTURE)}<figcaption>Lead, desirability '
        f"{lead['desirability']:.2f}</figcaption></figure>"
        f"<figure>{image(candidate['smiles'], *PICTURE, lead['smiles'])}<figcaption>Candidate, "
        f"{candidate['desirability']:.2f} ({gain}), similarity {candidate['similarity']:.2f}"
        "</figcaption></figure></div>"
    )


def _comparison(run: Run, candidate: pd.Series, lead: pd.Series) -> str:
    """Goals first, with what was predicted; then the other properties."""
    goals = {goal.property: goal for goal in run.settings.goals}
    names = [*goals, *(name for name in COMPARED if name not in goals)]
    rows = "".join(_row(name, goals.get(name), candidate, lead) for name in names)
    return (
        '<table class="mc-compare"><thead><tr><th></th><th>Lead</th><th>Candidate</th><th>Change</th>'
        f'<th title="By the surrogate, at the point that was decoded">Predicted</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(name: str, goal: Goal | None, candidate: pd.Series, lead: pd.Series) -> str:
    prop = PROPERTIES[name]
    unit = f" <i>{escape(prop.unit)}</i>" if prop.unit else ""
    title = f'<th title="{escape(prop.description)}">{escape(prop.label)}{unit}'
    title += f"<em>{escape(_wish(goal))}</em></th>" if goal is not None else "</th>"
    cells = f"<td>{shown(prop, lead[name])}</td><td><b>{shown(prop, candidate[name])}</b></td>"
    cells += f'<td class="{_verdict(name, goal, candidate, lead)}">{change(prop, candidate[name] - lead[name])}</td>'
    cells += f"<td>{_predicted(goal, candidate)}</td>" if goal is not None else "<td></td>"
    return f'<tr class="{"mc-goal" if goal else ""}">{title}{cells}</tr>'


def _wish(goal: Goal) -> str:
    if goal.kind in ("minimize", "maximize"):
        return goal.kind
    return goal.describe().removeprefix(PROPERTIES[goal.property].label).strip()


def _verdict(name: str, goal: Goal | None, candidate: pd.Series, lead: pd.Series) -> str:
    """Whether a goal came nearer, as a class of the style sheet."""
    if goal is None:
        return ""
    before, after = goal.desirability([lead[name], candidate[name]])
    if abs(after - before) < 1e-9:
        return ""
    return "mc-better" if after > before else "mc-worse"


def _predicted(goal: Goal, candidate: pd.Series) -> str:
    prop = PROPERTIES[goal.property]
    value = candidate[PREDICTED(goal.property)]
    about, mark = predicted_help(goal), ""
    if goal.kind in ("minimize", "maximize"):
        text = shown(prop, value)
        if not prop.low <= value <= prop.high:
            mark = " ⚠"
            about += (
                f" This one lies outside {prop.low:g} to {prop.high:g}: the surrogate extrapolates, so trust it less."
            )
    else:
        text = "inside" if shown(prop, value) == shown(prop, 0.0) else f"{shown(prop, value)} off"
    return f'<span title="{escape(about)}">{text}{mark}</span>'


def _origin(candidate: pd.Series) -> str:
    return f"Found by {count(candidate['found_by'], 'program')} in {count(candidate['decodings'], 'decoding')}."
