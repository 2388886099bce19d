"""Goals to begin with: what chemists often want, and profiles that were kept under a name."""

from collections.abc import Mapping

import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.objectives import Goal, PropertyChoice, Requirement
from molconvex.runs.store.profiles import Profile

from .. import state
from ..shared import store
from ..state import Key
from .texts import sentence

PRESETS = {
    "More drug-like": ("qed:max*2", "logp:1..3", "sa_score:min"),
    "More soluble": ("log_solubility:max*2", "logp:0..2.5", "tpsa:60..110"),
    "Less toxic": ("tox21_sr_mmp:min", "tox21_nr_ahr:min", "tox21_sr_are:min", "qed:max"),
    "Into the brain": ("bbb_penetration:max", "tpsa:40..80", "molecular_weight:250..400"),
}


def presets(known: Mapping[str, PropertyChoice]) -> None:
    """A list of presets and kept profiles, and a place to keep, clone and delete profiles."""
    profiles = {profile.name: profile for profile in store().profiles.all()}
    possible = [name for name, texts in PRESETS.items() if _goals(texts, known)]
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", vertical_alignment="center"):
        st.selectbox(
            "Start from a preset or profile",
            [*possible, *profiles],
            index=None,
            key=Key.PRESET,
            placeholder="Presets and profiles",
            on_change=_take,
            args=(profiles, known),
            label_visibility="collapsed",
            width=210,
        )
        with st.popover("Profiles", icon=":material/bookmark:"):
            _keep(profiles)


def _goals(texts: tuple[str, ...], known: Mapping[str, PropertyChoice]) -> list[Goal]:
    """Goals of a preset, those that can be had here; none where its first one cannot."""
    wanted = [Goal.parse(text, known=None) for text in texts]
    if wanted[0].property not in known:
        return []
    return [goal for goal in wanted if goal.property in known and goal.kind in known[goal.property].kinds]


def _take(profiles: dict[str, Profile], known: Mapping[str, PropertyChoice]) -> None:
    name = st.session_state[Key.PRESET]
    if name is None:
        return
    if name in profiles:
        texts = profiles[name].goals
        state.set_limits([Requirement.parse(text) for text in profiles[name].require], known)
    else:
        texts = PRESETS[name]
    state.set_goals([Goal.parse(text, known=None) for text in texts], known)
    state.assign({Key.PRESET: None})


def _clone(name: str) -> None:
    store().profiles.clone(name)


def _keep(profiles: dict[str, Profile]) -> None:
    name = st.text_input("Keep these goals and limits as", key="profile_name", placeholder="project X, first round")
    if st.button("Keep", key="keep_profile", type="primary", disabled=not name.strip()):
        form = st.session_state.get("form_goals"), st.session_state.get("form_limits")
        if form[0] is None or form[1] is None:
            st.error("A goal or limit needs attention first.", icon=":material/error:")
        else:
            try:
                store().profiles.save(Profile(name, tuple(map(str, form[0])), tuple(map(str, form[1]))))
                st.toast(f"Kept as {name}")
            except MolconvexError as error:
                st.error(sentence(error), icon=":material/error:")
    if not profiles:
        st.caption("Profiles that you keep are here to be used, cloned or deleted.")
        return
    chosen = st.selectbox("Kept profiles", list(profiles), key="profile_chosen")
    st.caption(", ".join((*profiles[chosen].goals, *profiles[chosen].require)))
    with st.container(horizontal=True, gap="small"):
        st.button("Clone", key="clone_profile", on_click=_clone, args=(chosen,))
        st.button("Delete", key="delete_profile", on_click=store().profiles.delete, args=(chosen,))
