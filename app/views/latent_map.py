"""Map: the latent space in two dimensions, with reference molecules, the lead and the candidates of a run."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
import torch

from molconvex.exceptions import MolconvexError
from molconvex.runs import ReadRun
from molconvex.runs.store import RunState, StoredRun

from .. import navigation
from ..components.goal_values import property_of
from ..components.texts import count, picture
from ..shared import latent_model, reference, results_of, store

BACKGROUND, DRAWN = 1500, 400
PICTURE = (190, 110)
BRUSH = "picked"
COLORS = ("desirability", "similarity", "qed", "logp", "molecular_weight", "tpsa")


def show() -> None:
    """Draw the page."""
    st.title("Map of the latent space", anchor=False)
    runs = [
        run
        for run in store().runs.find(kinds=["generate"], states=[RunState.FINISHED])
        if run.summary.get("candidates")
    ]
    if not runs:
        st.info(
            "The map shows the candidates of a run among other molecules. Start a run first.",
            icon=":material/scatter_plot:",
        )
        if st.button("Design better molecules", type="primary", icon=":material/target:", key="to_design"):
            navigation.go("design")
        return
    run, found, color = _choose(runs)
    points = _points(latent_model().fingerprint, run.id, found)
    st.caption(
        "The two directions in which reference molecules differ most (principal components). Near in the picture need "
        "not be near in the space. Point at a molecule to see it; drag a frame around some to list them."
    )
    event = st.altair_chart(
        _chart(points, color), key="map_chart", width="stretch", on_select="rerun", selection_mode=BRUSH
    )
    _listed(points, event.selection.get(BRUSH) or {}, run)


def _choose(runs: list[StoredRun]) -> tuple[StoredRun, ReadRun, str]:
    by_id = {run.id: run for run in runs}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        run_id = st.selectbox("Run", list(by_id), format_func=lambda n: by_id[n].title or n, key="map_run", width=420)
        color = st.selectbox(
            "Color",
            COLORS,
            key="map_color",
            format_func=lambda name: name.capitalize() if name in COLORS[:2] else property_of(name).label,
            width=220,
        )
    found = results_of(by_id[run_id])
    if found is None:
        raise MolconvexError("the files of this run are missing; run it again")
    return by_id[run_id], found, color


@st.cache_resource(max_entries=2, show_spinner=False)
def _axes(fingerprint: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean (d,) and the first two principal directions (d, 2) of the reference molecules."""
    z = reference().z.double()
    mean = z.mean(dim=0)
    _, _, directions = torch.pca_lowrank(z - mean, q=2, center=False, niter=4)
    return mean, directions


def _places(fingerprint: str, z: torch.Tensor) -> np.ndarray:
    mean, directions = _axes(fingerprint)
    return ((z.double() - mean) @ directions).numpy()


@st.cache_data(max_entries=6, show_spinner="Encoding the candidates…")
def _points(fingerprint: str, run_id: str, _found: ReadRun) -> pd.DataFrame:
    """One row a molecule: x, y, kind, smiles, numbers to color by; pictures for those that can be pointed at."""
    some = np.linspace(0, len(reference()) - 1, min(BACKGROUND, len(reference()))).astype(int)
    known = reference().table.iloc[some]
    names = [name for name in COLORS if name in known]
    back = known[["smiles", *names]].assign(kind="Reference").reset_index(drop=True)
    back[["x", "y"]] = _places(fingerprint, reference().z[torch.from_numpy(some)])
    candidates = _found.candidates.head(DRAWN)
    mine = candidates[["smiles", "rank", *[name for name in COLORS if name in candidates]]].assign(kind="Candidate")
    lead = _found.leads[_found.leads["reason"].fillna("") == ""]
    leads = lead[["smiles", *[name for name in COLORS if name in lead]]].assign(kind="Lead")
    own = pd.concat([mine, leads], ignore_index=True)
    encoding = latent_model().try_encode(own["smiles"].tolist())
    own[["x", "y"]] = _places(fingerprint, encoding.z)
    own = own[np.isfinite(own["x"])]
    own["image"] = [picture(smiles, *PICTURE) for smiles in own["smiles"]]
    return pd.concat([back, own], ignore_index=True)


def _chart(points: pd.DataFrame, color: str) -> alt.LayerChart:
    x, y = alt.X("x:Q", title="First component"), alt.Y("y:Q", title="Second component")
    back = points[points["kind"] == "Reference"]
    grey = alt.Chart(back).mark_circle(size=18, opacity=0.25, color="#8a9aa0").encode(x=x, y=y)
    own = points[points["kind"] == "Candidate"]
    brush = alt.selection_interval(name=BRUSH, encodings=["x", "y"])
    title = color.capitalize() if color in COLORS[:2] else property_of(color).label
    dots = (
        alt.Chart(own)
        .mark_circle(size=90, stroke="white", strokeWidth=0.6)
        .encode(
            x=x,
            y=y,
            color=alt.Color(f"{color}:Q", title=title, scale=alt.Scale(scheme="viridis")),
            tooltip=[
                alt.Tooltip("image:N"),
                alt.Tooltip("rank:Q", title="Rank"),
                alt.Tooltip(f"{color}:Q", title=title, format=".2f"),
            ],
        )
        .add_params(brush)
    )
    leads = points[points["kind"] == "Lead"]
    marks = (
        alt.Chart(leads)
        .mark_point(size=220, shape="diamond", filled=True, color="#d98324", stroke="white")
        .encode(x=x, y=y, tooltip=[alt.Tooltip("image:N"), alt.Tooltip("kind:N", title="Molecule")])
    )
    return (grey + dots + marks).properties(height=520)


def _listed(points: pd.DataFrame, picked: dict[str, list[float]], run: StoredRun) -> None:
    """Candidates inside the frame that was drawn."""
    if not picked.get("x") or not picked.get("y"):
        return
    own = points[points["kind"] == "Candidate"]
    (left, right), (bottom, top) = sorted(picked["x"]), sorted(picked["y"])
    inside = own[own["x"].between(left, right) & own["y"].between(bottom, top)]
    st.subheader(f"{count(len(inside), 'candidate')} in the frame", anchor=False)
    if not len(inside):
        return
    shown = inside.sort_values("rank")[["rank", "image", "desirability", "similarity", "smiles"]]
    st.dataframe(
        shown,
        hide_index=True,
        row_height=112,
        column_config={
            "rank": st.column_config.NumberColumn("#", width=40),
            "image": st.column_config.ImageColumn("Structure", width=200),
            "desirability": st.column_config.NumberColumn("Desirability", format="%.2f"),
            "similarity": st.column_config.NumberColumn("Similarity", format="%.2f"),
            "smiles": st.column_config.TextColumn("SMILES"),
        },
    )
    with st.container(horizontal=True):
        if st.button("Open the run", key="map_open", icon=":material/open_in_new:"):
            navigation.open_run(run.id)
        st.button(
            "Star them all",
            key="map_star",
            icon=":material/star:",
            on_click=_star,
            args=(list(shown["smiles"]), run.id),
        )


def _star(smiles: list[str], run_id: str) -> None:
    for text in smiles:
        store().molecules.mark(text, "star", run_id)
