"""The pages, in one table, and the ways from one to another."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import streamlit as st

from . import forms, state
from .shared import store


@dataclass(frozen=True)
class Place:
    """One page: the module of its view, its title, its icon, its address."""

    module: str
    title: str
    icon: str
    address: str


PLACES = (
    Place("design", "Design", ":material/target:", "design"),
    Place("runs", "Runs", ":material/history:", "runs"),
    Place("basket", "Basket", ":material/star:", "basket"),
    Place("latent_map", "Map", ":material/scatter_plot:", "map"),
    Place("tradeoffs", "Trade-offs", ":material/ssid_chart:", "trade-offs"),
    Place("walks", "Walks", ":material/route:", "walks"),
    Place("models", "Models", ":material/model_training:", "models"),
    Place("about", "About", ":material/info:", "about"),
)


def pages() -> list[Any]:
    """All pages, the first one by default; the basket says how many molecules it holds."""
    return [
        st.Page(_shown(place), title=_title(place), icon=place.icon, url_path=place.address, default=place is PLACES[0])
        for place in PLACES
    ]


def _title(place: Place) -> str:
    number = 0
    if place.address == "basket":
        with suppress(Exception):  # whatever is wrong with the store is said on the page
            number = len(store().molecules.starred())
    return f"{place.title} ({number})" if number else place.title


def _shown(place: Place) -> Callable[[], None]:
    def show() -> None:
        from .components.faults import guarded

        forms.leave_all_but(place.module)
        with guarded():
            import_module(f"{__package__}.views.{place.module}").show()

    show.__name__ = place.module
    return show


def open_run(run_id: str) -> None:
    """Go to a run's page; ends this run of the script."""
    st.session_state[state.Key.EDITING] = False
    go("design", {state.RUN: run_id})


def go(address: str, query: dict[str, str] | None = None) -> None:
    """Go to a page; ends this run of the script."""
    place = next(item for item in PLACES if item.address == address)
    page = st.session_state.get("pages", {}).get(address)
    if page is None:  # a page that is shown alone, as in tests
        st.session_state["went"] = (place.address, query or {})
        st.rerun()
    st.switch_page(page, query_params=query or {})
