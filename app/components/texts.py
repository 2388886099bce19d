"""Small pieces of HTML and words; every text that comes from outside is escaped here."""

from collections.abc import Iterable
from html import escape
from math import isnan
from typing import Literal

import streamlit as st

from molconvex.chem import PROPERTIES, Property, draw_svg, svg_data_uri
from molconvex.objectives import PropertyChoice
from molconvex.objectives.predicted_properties import KNOWN

MARKDOWN = "\\`*_[]<>$#~:|!"
AnyProperty = Property | PropertyChoice
Tone = Literal["good", "warn", "bad", "plain"]


def with_unit(prop: AnyProperty, value: float) -> str:
    """A value with its unit, as in "46.5 Å²"; "n/a" where missing."""
    return shown(prop, value) + (f" {prop.unit}" if prop.unit and not isnan(value) else "")


def shown(prop: AnyProperty, value: float) -> str:
    """A value without its unit, a small negative one that rounds to zero as zero."""
    text = prop.format(value)
    return text.removeprefix("-") if not text.strip("-0.") else text.replace("-", "−")


def literal(text: str) -> str:
    """Text that Markdown shows as it is, without links, formulas or emphasis."""
    return "".join(f"\\{sign}" if sign in MARKDOWN else sign for sign in text)


def sentence(error: BaseException) -> str:
    """An error's text as a sentence in Markdown."""
    text = literal(str(error).removeprefix("row 0: "))
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ")", "?")) else ".")


def change(prop: AnyProperty, value: float) -> str:
    """A signed difference, "±0" where it vanishes at the digits shown."""
    if isnan(value):
        return "n/a"
    text = f"{value:+.{prop.decimals}f}".replace("-", "−")
    return "±0" if not text.strip("+−0.") else text


def chip(text: str, tone: Tone = "plain", title: str = "") -> str:
    """A small label."""
    return f'<span class="mc-chip mc-{tone}" title="{escape(title)}">{escape(text)}</span>'


def chips(items: Iterable[str]) -> str:
    """Labels side by side."""
    return f'<div class="mc-chips">{"".join(items)}</div>'


@st.cache_data(max_entries=2_000, show_spinner=False)
def picture(smiles: str, width: int, height: int, lead: str | None = None) -> str:
    """A structure as a data URI, laid over its lead where one is given."""
    return svg_data_uri(draw_svg(smiles, width, height, highlight=lead))


def image(smiles: str, width: int, height: int, lead: str | None = None) -> str:
    """A structure as an <img>."""
    source = picture(smiles, width, height, lead)
    return f'<img class="mc-structure" src="{source}" width="{width}" height="{height}" alt="{escape(smiles)}">'


def label(name: str) -> str:
    """A property as a chemist writes it; the name itself for one of the user's own."""
    if name in PROPERTIES:
        return PROPERTIES[name].label
    return KNOWN[name][0] if name in KNOWN else name.replace("_", " ")


def count(number: int, noun: str, several: str = "") -> str:
    """As in "1 goal" and "1,200 goals"; `several` where an s does not do."""
    return f"{number:,} {noun if number == 1 else several or f'{noun}s'}"
