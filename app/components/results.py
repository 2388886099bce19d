"""A finished job: what was found, how much to trust it, and the files."""

import pandas as pd
import streamlit as st

from molconvex.chem import PROPERTIES
from molconvex.design import Run
from molconvex.objectives import infeasibility_notes, meets_every_goal

from ..jobs import Job
from ..state import Key
from .candidate_panel import candidate_panel
from .candidate_table import candidate_table
from .chart import chart
from .downloads import downloads
from .funnel import advice, funnel
from .lead_card import KnownLead, examine
from .surrogate_quality import surrogate_quality
from .texts import chip, chips, count, image, literal, with_unit

MOST_REJECTED = 300


def results(job: Job) -> None:
    """Show the candidates of a job."""
    run = job.run
    assert run is not None
    known = examine(str(run.settings.leads[0]))
    lead = run.leads.iloc[0]
    _heading(job, run, known)
    if run.status == "partial" and len(run.candidates):
        _partial()
    for note in (*job.notes, *infeasibility_notes(run)):
        st.info(literal(note), icon=":material/info:")
    if counts := funnel(run.funnel):
        st.html(counts)
    if len(run.candidates):
        _candidates(job, run, lead, known)
    else:
        _nothing(run)
    surrogate_quality(run)
    _turned_down(run)


def _heading(job: Job, run: Run, known: KnownLead) -> None:
    picture, words, edit = st.columns([1.1, 4.4, 1.1], vertical_alignment="center")
    picture.html(f'<div class="mc-center">{image(known.smiles, 190, 120)}</div>')
    with words:
        st.title(_title(run, known), anchor=False)
        st.html(f'<p class="mc-lede">{_summary(run)}</p>' + _settings(job, run))
    with edit:
        st.button(
            "Change and run again",
            key=Key.EDIT,
            icon=":material/tune:",
            on_click=_edit,
            width="stretch",
            type="primary",
        )


def _title(run: Run, known: KnownLead) -> str:
    if len(run.candidates):
        return f"{count(len(run.candidates), 'candidate')} from {literal(known.name)}"
    return "Stopped before the first candidate" if run.status == "partial" else "No candidate this time"


def _edit() -> None:
    st.session_state[Key.EDITING] = True


def _summary(run: Run) -> str:
    """How many are better than the lead, and what the best one reached."""
    table, lead = run.candidates, run.leads.iloc[0]
    if not len(table):
        if run.status == "partial":
            return "What was finished by then holds no candidate."
        return "The run was completed, but no molecule passed every step below."
    best = table.iloc[0]
    parts = []
    for goal in run.settings.goals:
        prop = PROPERTIES[goal.property]
        parts.append(f"{prop.label} {with_unit(prop, lead[prop.name])} → <b>{with_unit(prop, best[prop.name])}</b>")
    return f"{_success(run)} The best: {', '.join(parts)}, similarity {best['similarity']:.2f}."


def _success(run: Run) -> str:
    """First what was asked for: how many meet every goal; then how many improve at all."""
    table = run.candidates
    met = int(meets_every_goal(run.settings.goals, table, run.leads).sum())
    better = int((table["gain"] > 0).sum())
    verdict = "None meets" if not met else "One of them meets" if met == 1 else f"<b>{met:,}</b> of them meet"
    verb = "is" if better == 1 else "are"
    return f"{verdict} every goal; {better:,} of {len(table):,} {verb} better than the lead overall."


def _settings(job: Job, run: Run) -> str:
    settings = run.settings
    facts = [goal.describe() for goal in settings.goals]
    facts += [f"required: {item.describe()}" for item in settings.require]
    facts.append(f"similarity at least {settings.similarity:.2f}")
    facts.append("alerts left out" if settings.alerts == "drop" else "alerts shown")
    if settings.region != "ball":
        facts.append(f"{settings.region} regions")
    facts += [count(settings.programs, "program"), f"seed {settings.seed}", f"{job.seconds:.0f} s"]
    return chips(chip(fact) for fact in facts)


def _partial() -> None:
    st.warning(
        "**Stopped early.** These are the results of what was finished by then, labelled partial in the files. "
        "Run it again for the full search.",
        icon=":material/pause_circle:",
    )


def _nothing(run: Run) -> None:
    with st.container(border=True, key="nothing"):
        st.subheader("What you can do", anchor=False)
        st.write(advice(run))
        if len(run.rejected):
            st.caption("The counts above show at which step the molecules were lost; the list below says why.")


def _candidates(job: Job, run: Run, lead: pd.Series, known: KnownLead) -> None:
    downloads(job, known.name)
    left, right = st.columns([64, 36], gap="medium")
    with left:
        with st.spinner("Drawing the structures…"):
            row = candidate_table(run, lead)
        st.caption("Click a row or a point to compare that candidate with the lead. Amber marks what is new.")
        chart(run, lead)
    with right:
        candidate_panel(run, lead, row)


def _turned_down(run: Run) -> None:
    """What was turned down and why."""
    if not len(run.rejected):
        return
    with st.expander(f"Molecules that were turned down ({len(run.rejected):,}), and why", key="rejected"):
        st.dataframe(
            run.rejected[["smiles", "reason", "similarity", "decodings"]].head(MOST_REJECTED),
            hide_index=True,
            column_config={
                "smiles": st.column_config.TextColumn("SMILES", width="large"),
                "reason": st.column_config.TextColumn("Why", width="medium"),
                "similarity": st.column_config.NumberColumn("Similarity", format="%.2f"),
                "decodings": st.column_config.NumberColumn("Decodings"),
            },
        )
