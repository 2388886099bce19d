"""The app's entry, for `molconvex app`."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import streamlit as st

HERE = Path(__file__).resolve().parent


def part(name: str) -> ModuleType:
    """A module of the app: under `molconvex._app` in an installed wheel, under `app` in a checkout."""
    if HERE.name == "_app":
        return import_module(f"molconvex._app.{name}")
    if sys.path[0] != str(HERE.parent):
        sys.path.insert(0, str(HERE.parent))
    return import_module(f"app.{name}")


navigation = part("navigation")
st.set_page_config(page_title="molconvex", page_icon=str(HERE / "assets" / "mark.svg"), layout="wide")
st.logo(str(HERE / "assets" / "logo.svg"), size="large")
st.html(HERE / "assets" / "app.css")
if part("gate").is_open():
    pages = navigation.pages()
    st.session_state["pages"] = {place.address: page for place, page in zip(navigation.PLACES, pages, strict=True)}
    st.navigation(pages, position="top").run()
