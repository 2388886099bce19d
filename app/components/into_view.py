"""Scrolls a part of the page into view when it was asked for, where it is out of sight."""

from functools import cache
from typing import Any

import streamlit as st

JS = """
export default function ({ parentElement, data }) {
  const before = parentElement.asked ?? data.asked;
  parentElement.asked = data.asked;
  if (data.asked === before) return;
  const part = document.querySelector("." + data.part);
  if (!part) return;
  const { top, bottom } = part.getBoundingClientRect();
  if (top > window.innerHeight - 200 || bottom < 200) part.scrollIntoView({ block: "start" });
}
"""


def bring_into_view(part: str, asked: int) -> None:
    """Scroll to the container with this key once `asked` has grown; a page that is opened anew stays where it is.

    Args:
        part: Key of a container that the page draws.
        asked: How often it was asked for, from 0.
    """
    _component()(key=f"into_view_{part}", data={"part": f"st-key-{part}", "asked": asked})


@cache
def _component() -> Any:
    return st.components.v2.component("molconvex_into_view", html="<span></span>", js=JS)
