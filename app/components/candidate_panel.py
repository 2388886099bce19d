"""One candidate beside its lead, or two to four candidates beside each other."""

from collections.abc import Mapping
from html import escape
from math import nan

import pandas as pd
import streamlit as st

from molconvex.columns import CLASSES, DOMAIN, HIGH, LOW, own_prediction, ranked_key
from molconvex.objectives import Goal, PropertyChoice
from molconvex.runs import ReadRun
from molconvex.runs.report.predictions import WHAT_REFINED_IS
from molconvex.runs.store.molecules import Marked
from molconvex.surrogate.model.uncertainty import OUTSIDE

from ..state import Key
from . import certificate
from .family import family_tree, proposer_words
from .goal_values import FAR, is_distance, lead_value, property_of, title_with_word, value_column
from .lead_card import alert_chips, examine
from .marks import mark_buttons, note_field
from .texts import change, count, image, shown

COMPARED = (
    "molecular_weight",
    "heavy_atoms",
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
OVERALL = (("desirability", "Desirability"), ("similarity", "Similarity"), ("realised_share", "Of possible"))
OUTSIDE_MARK = f'<i title="{FAR}">outside its domain</i>'
REFINED_WORD = f'<i title="{WHAT_REFINED_IS}">refined</i>'


def candidate_panel(
    run: ReadRun, table: pd.DataFrame, row: int, lead: pd.Series, marks: Mapping[str, Marked], run_id: str
) -> None:
    """Draw a candidate and its lead: what is measured, predicted and proved, and where it comes from.

    Args:
        run: For its goals.
        table: Candidates of the lead.
        row: Of the one that is drawn.
        lead: The lead's row of `ReadRun.leads`.
        marks: By molecule.
        run_id: Where a mark is said to be made.
    """
    candidate = table.iloc[row]
    smiles = str(candidate["smiles"])
    with st.container(border=True, key="candidate_panel"):
        st.subheader(f"Candidate {candidate['rank']}", anchor=False)
        with st.container(horizontal=True, gap="small"):
            mark_buttons(smiles, marks.get(smiles), run_id, "panel")
        st.html(_pictures(candidate, lead))
        st.html(alert_chips(candidate["alerts"].split("; ") if candidate["alerts"] else []))
        st.html(_objection(candidate) + _comparison(run, candidate, lead) + certificate.explained(candidate))
        note_field(smiles, marks.get(smiles), run_id)
        st.code(smiles, language=None, wrap_lines=True)
        _origin(table, candidate, lead)


def _pictures(candidate: pd.Series, lead: pd.Series) -> str:
    gain = f"{candidate['gain']:+.2f}".replace("-", "−")
    return (
        f'<div class="mc-pair"><figure>{image(lead["smiles"], *PICTURE)}<figcaption>Lead, desirability '
        f"{lead['desirability']:.2f}</figcaption></figure>"
        f"<figure>{image(candidate['smiles'], *PICTURE, lead['smiles'])}<figcaption>Candidate, "
        f"{candidate['desirability']:.2f} ({gain}), similarity {candidate['similarity']:.2f}"
        "</figcaption></figure></div>"
    )


def _objection(candidate: pd.Series) -> str:
    found = candidate.get("plausibility", "")
    if not isinstance(found, str) or not found:
        return ""
    return f'<p class="mc-hint"><b>A chemist would object:</b> {escape(found)}.</p>'


def _comparison(run: ReadRun, candidate: pd.Series, lead: pd.Series) -> str:
    """Goals first, with what was predicted; then the other properties."""
    goals = {goal.property: goal for goal in run.settings.goals}
    names = [*goals, *(name for name in COMPARED if name not in goals)]
    rows = "".join(_row(run, name, goals.get(name), candidate, lead) for name in names)
    return (
        '<table class="mc-compare"><thead><tr><td></td><th>Lead</th><th>Candidate</th><th>Change</th>'
        f'<th title="By the surrogate, for the molecule itself">Predicted</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(run: ReadRun, name: str, goal: Goal | None, candidate: pd.Series, lead: pd.Series) -> str:
    prop = property_of(name)
    unit = f" <i>{escape(prop.unit)}</i>" if prop.unit else ""
    title = f'<th title="{escape(prop.description)}">{escape(prop.label)}{unit}'
    title += f"<em>{escape(_wish(goal))}</em></th>" if goal is not None else "</th>"
    before, value = _lead_and_candidate(run, name, goal, candidate, lead)
    cells = f"<td>{shown(prop, before)}</td><td><b>{shown(prop, value)}</b></td>"
    cells += f'<td class="{_verdict(goal, value, before)}">{change(prop, value - before)}</td>'
    cells += f"<td>{_predicted(goal, candidate)}</td>" if goal is not None else "<td></td>"
    return f'<tr class="{"mc-goal" if goal else ""}">{title}{cells}</tr>'


def _lead_and_candidate(
    run: ReadRun, name: str, goal: Goal | None, candidate: pd.Series, lead: pd.Series
) -> tuple[float, float]:
    """Measured values, or where nothing measures the property what its surrogate predicts for both molecules."""
    if goal is None or is_distance(goal, candidate):
        return lead.get(name, nan), candidate.get(name, nan)
    return lead_value(run, goal, candidate, lead), candidate.get(value_column(name, candidate), nan)


def _wish(goal: Goal) -> str:
    if goal.kind in ("minimize", "maximize"):
        return goal.kind if goal.shape is None else f"{goal.kind} along {goal.shape}"
    return goal.describe().removeprefix(property_of(goal.property).label).strip()


def _verdict(goal: Goal | None, value: float, before: float) -> str:
    """Whether a goal came nearer, as a class of the style sheet."""
    if goal is None or value != value or before != before:
        return ""
    prop = property_of(goal.property)
    was, now = goal.desirability([before, value], (prop.low, prop.high))
    if abs(now - was) < 1e-9:
        return ""
    return "mc-better" if now > was else "mc-worse"


def _predicted(goal: Goal, candidate: pd.Series) -> str:
    """The prediction that ranks at the molecule's own latent, with interval and domain where they are known; where that
    is the refined one, the convex one too, of which proofs speak."""
    prop, name = property_of(goal.property), goal.property
    key = ranked_key(candidate, name)
    best = _prediction(goal, prop, candidate.get(own_prediction(candidate, key), nan))
    lines = [best if key == name else f"{best}&nbsp;{REFINED_WORD}"]
    low, high, classes = (candidate.get(column(key), nan) for column in (LOW, HIGH, CLASSES))
    if low == low and high == high and not is_distance(goal, candidate):
        lines.append(f"<i>{shown(prop, low)} to {shown(prop, high)}</i>")
    if isinstance(classes, str) and classes:
        lines.append(f"<i>class {escape(classes)}</i>")
    if candidate.get(DOMAIN(name), "") == OUTSIDE:
        lines.append(OUTSIDE_MARK)
    if key != name:
        lines.append(
            f"<i>convex&nbsp;{_prediction(goal, prop, candidate.get(own_prediction(candidate, name), nan))}</i>"
        )
    return "<br>".join(lines)


def _prediction(goal: Goal, prop: PropertyChoice, value: float) -> str:
    """A value, marked where it cannot be; of windows the distance."""
    if goal.kind in ("window", "target"):
        return "inside" if abs(value) < 0.5 * 10.0**-prop.decimals else f"{shown(prop, value)} off"
    return shown(prop, value) + (" ⚠" if prop.is_measured and not prop.low <= value <= prop.high else "")


def _origin(table: pd.DataFrame, candidate: pd.Series, lead: pd.Series) -> None:
    """What proposed it, and its family tree behind a fold."""
    if not isinstance(candidate.get("proposer"), str):
        st.caption(
            f"Found by {count(candidate['found_by'], 'program')} in {count(candidate['decodings'], 'decoding')}."
        )
        return
    tree = family_tree(table, str(lead["smiles"]), str(candidate["smiles"]))
    number = candidate.get("round", float("nan"))
    when = f" in round {int(number)}" if number == number else ""
    words = f"Proposed by {proposer_words(str(candidate['proposer']))}{when}."
    if not tree:
        st.caption(words)
        return
    with st.expander("Where it comes from", icon=":material/account_tree:", key="family"):
        st.html(tree)
        st.caption(words)


def comparison_panel(run: ReadRun, chosen: pd.DataFrame, lead: pd.Series) -> None:
    """Two to four candidates side by side, the lead first."""
    with st.container(border=True, key="comparison_panel"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"{len(chosen)} candidates side by side", anchor=False)
            st.button("Done", key="done_beside", icon=":material/close:", type="tertiary", on_click=compare_no_more)
        goals = {goal.property: goal for goal in run.settings.goals}
        names = [*goals, *(name for name in COMPARED if name not in goals)]
        heads = f"<th>Lead<br>{image(lead['smiles'], 130, 90)}</th>" + "".join(
            f"<th>#{row['rank']}<br>{image(row['smiles'], 130, 90, lead['smiles'])}</th>"
            for _, row in chosen.iterrows()
        )
        body = "".join(_overall(*row, chosen, lead) for row in OVERALL)
        body += "".join(_compared(run, name, goals.get(name), chosen, lead) for name in names) + _alerts(chosen, lead)
        st.html(
            f'<div class="mc-scroll"><table class="mc-compare"><thead><tr><td></td>{heads}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )


def _overall(column: str, title: str, chosen: pd.DataFrame, lead: pd.Series) -> str:
    """A number between 0 and 1 of each candidate; "" where the run has none."""
    if column not in chosen:
        return ""
    cells = "".join("<td>none</td>" if value != value else f"<td>{value:.2f}</td>" for value in chosen[column])
    before = {"desirability": f"{lead['desirability']:.2f}", "similarity": "1.00"}.get(column, "0.00")
    return f"<tr><th>{title}</th><td>{before}</td>{cells}</tr>"


def _alerts(chosen: pd.DataFrame, lead: pd.Series) -> str:
    counts = [len(examine(str(lead["smiles"])).alerts), *chosen["alert_count"]]
    return f"<tr><th>Structural alerts</th>{''.join(f'<td>{int(number)}</td>' for number in counts)}</tr>"


def compare_no_more() -> None:
    """End the comparison; for callbacks."""
    st.session_state[Key.BESIDE] = []


def _compared(run: ReadRun, name: str, goal: Goal | None, chosen: pd.DataFrame, lead: pd.Series) -> str:
    prop, column = property_of(name), value_column(name, chosen)
    if column not in chosen:
        return ""
    is_off = goal is not None and is_distance(goal, chosen)
    before = lead.get(column, nan) if goal is None else lead_value(run, goal, chosen, lead)
    cells = "".join(
        f'<td class="{"" if is_off else _verdict(goal, value, before)}">{shown(prop, value)}</td>'
        for value in chosen[column]
    )
    unit = f" <i>{escape(prop.unit)}</i>" if prop.unit else ""
    return f"<tr><th>{escape(title_with_word(prop, chosen))}{unit}</th><td>{shown(prop, before)}</td>{cells}</tr>"
