"""Map: the latent space in two dimensions, with reference molecules, the lead and the candidates of a run."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
import torch

from molconvex.exceptions import MolconvexError
from molconvex.runs import ReadRun
from molconvex.runs.store import RunState, StoredRun
from molconvex.tables import read_csv_table

from .. import navigation
from ..components.faults import told
from ..components.goal_values import is_distance, property_of, title_with_unit, value_column
from ..components.run_titles import told_apart
from ..components.texts import count, picture
from ..shared import latent_model, reference, results_of, store

BACKGROUND, DRAWN = 1500, 400
PICTURE = (190, 110)
BRUSH = "picked"
OVERALL = {"desirability": "Desirability", "similarity": "Similarity", "realised_share": "Of possible"}
MEASURED = ("qed", "logp", "molecular_weight", "tpsa", "sa_score")
AMBER = "#d98324"


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
    run, found, color, walk = _choose(runs)
    titles = _colors(found)
    points = _points(latent_model().fingerprint, run.id, found, tuple(titles))
    stops = None if walk is None else _walk(latent_model().fingerprint, walk.id, walk)
    st.caption(
        "The two directions in which reference molecules differ most (principal components). Near in the picture need "
        "not be near in the space. Point at a molecule to see it; drag a frame around some to list them. The diamond "
        "is the lead."
    )
    chart = _chart(points, color, titles[color])
    event = st.altair_chart(
        (chart if stops is None else chart + _path(stops)).properties(height=520),
        key="map_chart",
        width="stretch",
        on_select="rerun",
        selection_mode=BRUSH,
    )
    frame = event.selection.get(BRUSH) or {}
    if frame.get("x") and frame.get("y"):
        _listed(inside(points, frame), {color: titles[color]}, run)


def _choose(runs: list[StoredRun]) -> tuple[StoredRun, ReadRun, str, StoredRun | None]:
    by_id = {run.id: run for run in runs}
    walks = {run.id: run for run in store().runs.find(kinds=["path"], states=[RunState.FINISHED])}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        run_id = st.selectbox("Run", list(by_id), format_func=told_apart(runs).__getitem__, key="map_run", width=500)
        found = results_of(by_id[run_id])
        if found is None:
            raise MolconvexError("the files of this run are missing; run it again")
        titles = _colors(found)
        color = st.selectbox("Color", list(titles), key="map_color", format_func=titles.__getitem__, width=220)
        walk = None
        if walks:
            walk = st.selectbox(
                "Walk",
                list(walks),
                index=None,
                key="map_walk",
                format_func=told_apart([*walks.values()]).__getitem__,
                placeholder="None drawn",
                width=300,
            )
    return by_id[run_id], found, color, walks.get(walk or "")


def _colors(found: ReadRun) -> dict[str, str]:
    """Columns of the candidates by which they can be colored, with their titles: the goals among them."""
    table = found.candidates
    titles = {name: title for name, title in OVERALL.items() if name in table}
    for goal in found.settings.goals:
        if not is_distance(goal, table):
            titles[value_column(goal.property, table)] = title_with_unit(property_of(goal.property), table)
    return titles | {name: title_with_unit(property_of(name), table) for name in MEASURED if name in table}


@st.cache_resource(max_entries=2, show_spinner=False)
def _axes(fingerprint: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean (d,) and the first two principal directions (d, 2) of the reference molecules."""
    z = reference().z.double()
    mean = z.mean(dim=0)
    _, directions = torch.linalg.eigh((z - mean).T @ (z - mean))
    two = directions[:, -2:].flip(1)
    return mean, two * two.gather(0, two.abs().argmax(dim=0, keepdim=True)).sign()  # the same picture each time


def _places(fingerprint: str, z: torch.Tensor) -> np.ndarray:
    mean, directions = _axes(fingerprint)
    return ((z.double() - mean) @ directions).numpy()


@st.cache_data(max_entries=6, show_spinner="Encoding the candidates…")
def _points(fingerprint: str, run_id: str, _found: ReadRun, columns: tuple[str, ...]) -> pd.DataFrame:
    """One row a molecule: x, y, kind, smiles, numbers to color by; pictures for those that can be pointed at."""
    some = np.linspace(0, len(reference()) - 1, min(BACKGROUND, len(reference()))).astype(int)
    back = reference().table.iloc[some][["smiles"]].assign(kind="Reference").reset_index(drop=True)
    back[["x", "y"]] = _places(fingerprint, reference().z[torch.from_numpy(some)])
    mine = _found.candidates.head(DRAWN)[["smiles", "rank", *columns]].assign(kind="Candidate")
    lead = _found.leads[_found.leads["reason"].fillna("") == ""]
    own = pd.concat([mine, lead[["smiles"]].assign(kind="Lead")], ignore_index=True)
    encoding = latent_model().try_encode(own["smiles"].tolist())
    own[["x", "y"]] = _places(fingerprint, encoding.z)
    own = own[np.isfinite(own["x"])]
    own["image"] = [picture(smiles, *PICTURE) for smiles in own["smiles"]]
    return pd.concat([back, own], ignore_index=True)


@st.cache_data(max_entries=6, show_spinner=False)
def _walk(fingerprint: str, run_id: str, _run: StoredRun) -> pd.DataFrame | None:
    """Stops of a walk: x, y, stop, image ("" where there is no molecule); None where its files are of another model."""
    folder = store().folder_of(_run)
    if folder is None:
        return None
    z = read_csv_table(folder / "latents.csv").filter(regex="^z[0-9]+$").to_numpy(float)
    stops = read_csv_table(folder / "path.csv")[["stop", "smiles"]]
    if z.shape != (len(stops), reference().z.shape[1]):
        return None
    stops[["x", "y"]] = _places(fingerprint, torch.from_numpy(z))
    smiles = stops["smiles"].fillna("")
    return stops.assign(image=[picture(text, *PICTURE) if text else "" for text in smiles])


def _path(stops: pd.DataFrame) -> alt.LayerChart:
    x, y = alt.X("x:Q"), alt.Y("y:Q")
    line = alt.Chart(stops).mark_line(color=AMBER, strokeWidth=1.6).encode(x=x, y=y, order="stop:Q")
    dots = alt.Chart(stops).mark_circle(size=70, color=AMBER, stroke="white", strokeWidth=0.6)
    return line + dots.encode(x=x, y=y, tooltip=[alt.Tooltip("image:N"), alt.Tooltip("stop:Q", title="Stop")])


def _chart(points: pd.DataFrame, color: str, title: str) -> alt.LayerChart:
    x, y = alt.X("x:Q", title="First component"), alt.Y("y:Q", title="Second component")
    back = points[points["kind"] == "Reference"][["x", "y", "smiles"]]
    grey = alt.Chart(back).mark_circle(size=18, opacity=0.25, color="#8a9aa0")
    grey = grey.encode(x=x, y=y, tooltip=[alt.Tooltip("smiles:N", title="Reference")])
    own = points[points["kind"] == "Candidate"]
    brush = alt.selection_interval(name=BRUSH, encodings=["x", "y"])
    dots = (
        alt.Chart(own[["x", "y", "rank", "image", color]])
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
    leads = points[points["kind"] == "Lead"][["x", "y", "image", "kind"]]
    marks = (
        alt.Chart(leads)
        .mark_point(size=220, shape="diamond", filled=True, color=AMBER, stroke="white")
        .encode(x=x, y=y, tooltip=[alt.Tooltip("image:N"), alt.Tooltip("kind:N", title="Molecule")])
    )
    return grey + dots + marks


def inside(points: pd.DataFrame, frame: dict[str, list[float]]) -> pd.DataFrame:
    """Candidates in a frame {"x": two ends, "y": two ends}, its edges among them, the best first."""
    own = points[points["kind"] == "Candidate"]
    (left, right), (bottom, top) = sorted(frame["x"]), sorted(frame["y"])
    return own[own["x"].between(left, right) & own["y"].between(bottom, top)].sort_values("rank")


def _listed(found: pd.DataFrame, color: dict[str, str], run: StoredRun) -> None:
    """Candidates of a frame, with the value by which they are colored."""
    st.subheader(f"{count(len(found), 'candidate')} in the frame", anchor=False)
    if not len(found):
        return
    values = {"desirability": "Desirability", "similarity": "Similarity"} | color
    shown = found[["rank", "image", *values, "smiles"]]
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        row_height=112,
        column_config={
            "rank": st.column_config.NumberColumn("#", width=40),
            "image": st.column_config.ImageColumn("Structure", width=200),
            "smiles": st.column_config.TextColumn("SMILES"),
            **{name: st.column_config.NumberColumn(title, format="%.2f") for name, title in values.items()},
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


@told
def _star(smiles: list[str], run_id: str) -> None:
    for text in smiles:
        store().molecules.mark(text, "star", run_id)
