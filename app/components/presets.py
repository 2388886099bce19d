"""Goals to begin with: what chemists often want, and profiles that were kept under a name."""

from collections.abc import Mapping

import streamlit as st

from molconvex.exceptions import ConfigError
from molconvex.objectives import Goal, PropertyChoice, Requirement, read_condition
from molconvex.runs.store.profiles import Profile

from .. import state
from ..shared import store
from ..state import Key
from .faults import told
from .goal_values import describe_goals
from .texts import literal

# Each has drug-likeness among its goals: one property alone is most easily raised by what nobody would make.
PRESETS = {
    "More drug-like": ("qed:max*2", "logp:1..3", "sa_score:min"),
    "More soluble": ("log_solubility:max", "logp:0..3", "qed:max"),
    "Less toxic": ("tox21_sr_mmp:min", "tox21_nr_ahr:min", "tox21_sr_are:min", "qed:max"),
    "Into the brain": ("bbb_penetration:max", "tpsa:40..80", "hydrogen_bond_donors:<1", "qed:max"),
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
        lost = _take_profile(profiles[name], known)
    else:
        lost = state.set_goals(_goals(PRESETS[name], known), known)
    st.session_state[Key.LOST] = lost
    state.assign({Key.PRESET: None})


def _take_profile(profile: Profile, known: Mapping[str, PropertyChoice]) -> list[str]:
    """Fill goals, limits and condition; in words, what is left out because nothing here predicts it."""
    lost = state.set_goals([Goal.parse(text, known=None) for text in profile.goals], known)
    lost += state.set_limits([Requirement.parse(text) for text in profile.require], known)
    state.assign({Key.WHERE: profile.where})
    return lost


@told
def _clone(name: str) -> None:
    store().profiles.clone(name)


def _keep(profiles: dict[str, Profile]) -> None:
    name = st.text_input(
        "Keep these goals, limits and the condition as", key="profile_name", placeholder="project X, first round"
    )
    st.button("Keep", key="keep_profile", type="primary", disabled=not name.strip(), on_click=_save, args=(name,))
    if not profiles:
        st.caption("Profiles that you keep are here to be used, cloned or deleted.")
        return
    chosen = st.selectbox("Kept profiles", list(profiles), key="profile_chosen")
    st.caption(literal(", ".join(_wishes(profiles[chosen]))))
    with st.container(horizontal=True, gap="small"):
        st.button("Clone", key="clone_profile", on_click=_clone, args=(chosen,))
        st.button("Delete", key="delete_profile", on_click=_delete, args=(chosen,))


@told
def _save(name: str) -> None:
    """Keep what the form holds, as it was drawn last."""
    goals, required = st.session_state.get("form_goals"), st.session_state.get("form_required")
    if goals is None or required is None:
        raise ConfigError("a goal, a limit or the condition needs attention first")
    store().profiles.save(Profile(name, tuple(map(str, goals)), tuple(map(str, required.require)), required.where))
    st.toast(f"Kept as {literal(name)}")


@told
def _delete(name: str) -> None:
    store().profiles.delete(name)


def _wishes(profile: Profile) -> list[str]:
    """What a profile asks for, in words."""
    wishes = [describe_goals(map(Goal.from_plain, profile.goals))]
    wishes += [f"required: {Requirement.from_plain(text).describe()}" for text in profile.require]
    return wishes + ([f"where {read_condition(profile.where).describe()}"] if profile.where else [])
