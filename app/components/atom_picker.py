"""A drawing of the lead on which atoms are clicked that must stay."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from molconvex.chem import draw_atoms

LABEL = "Atoms to keep: arrow keys go from one to the next, the space bar keeps it"
HTML = f'<div class="picker" role="group" aria-label="{LABEL}"></div>'
CSS = """
.picker { position: relative; background: white; border-radius: 8px; display: flex; justify-content: center; }
.picker svg.drawing, .picker > svg { max-width: 100%; height: auto; display: block; }
.frame { position: relative; max-width: 100%; }
.frame > svg { max-width: 100%; height: auto; display: block; }
.frame > svg.atoms { position: absolute; inset: 0; width: 100%; height: 100%; }
circle { fill: transparent; stroke: transparent; cursor: pointer; stroke-width: 2; }
circle:hover, circle:focus { stroke: #0f6e6a; outline: none; }
circle[aria-checked="true"] { fill: rgba(15, 110, 106, .30); stroke: #0f6e6a; }
"""
JS = """
export default function (component) {
  const { parentElement, data, setStateValue } = component;
  const picker = parentElement.querySelector(".picker");
  const mark = JSON.stringify([data.svg, data.kept]);
  if (picker.mark === mark) return;
  picker.mark = mark;
  const kept = new Set(data.kept);
  const name = "http://www.w3.org/2000/svg";
  const frame = document.createElement("div");
  frame.className = "frame";
  frame.innerHTML = data.svg;
  const drawing = frame.querySelector("svg");
  drawing.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  const layer = document.createElementNS(name, "svg");
  layer.setAttribute("class", "atoms");
  layer.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  const circles = [];
  const reach = (atom) => circles.forEach((one, place) => one.setAttribute("tabindex", place === atom ? 0 : -1));
  data.places.forEach(([x, y], atom) => {
    const circle = document.createElementNS(name, "circle");
    circle.setAttribute("cx", x); circle.setAttribute("cy", y); circle.setAttribute("r", 9);
    circle.setAttribute("role", "checkbox");
    circle.setAttribute("aria-label", `Keep atom ${atom + 1}, ${data.symbols[atom]}`);
    circle.setAttribute("aria-checked", kept.has(atom));
    const toggle = () => {
      kept.has(atom) ? kept.delete(atom) : kept.add(atom);
      circle.setAttribute("aria-checked", kept.has(atom));
      const all = [...kept].sort((a, b) => a - b);
      picker.mark = JSON.stringify([data.svg, all]);
      setStateValue("kept", all);
    };
    circle.onclick = toggle;
    circle.onfocus = () => reach(atom);  // one stop of the Tab key for all of them
    circle.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); circles[(atom + step + circles.length) % circles.length].focus(); }
      if (event.key === " " || event.key === "Enter") { event.preventDefault(); toggle(); }
    };
    circles.push(circle);
    layer.appendChild(circle);
  });
  reach(0);
  frame.appendChild(layer);
  picker.replaceChildren(frame);
}
"""


def atom_picker(smiles: str, kept: Sequence[int], key: str) -> list[int]:
    """Draw a molecule and give the atoms that are marked to stay, from 0 in the order of its SMILES.

    Args:
        smiles: Standard SMILES.
        kept: Atoms marked already.
        key: Of the widget.
    """
    picture = _picture(smiles)
    marked = st.session_state.get(key, {}).get("kept", list(kept))
    data = {**picture, "kept": marked}
    chosen = _component()(key=key, data=data, default={"kept": list(kept)}, on_kept_change=lambda: None)
    return sorted({int(atom) for atom in chosen.kept or [] if 0 <= int(atom) < len(picture["places"])})


def numbered_atoms(text: str) -> list[int]:
    """Inverse of `molconvex.chem.atom_numbers.atom_list`; nothing for a part that settings name by SMARTS."""
    atoms: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            return []
        atoms.extend(range(int(first) - 1, int(last or first)))
    return atoms


@st.cache_data(max_entries=50, show_spinner=False)
def _picture(smiles: str) -> dict[str, Any]:
    picture = draw_atoms(smiles)
    return {
        "svg": picture.svg,
        "width": picture.width,
        "height": picture.height,
        "places": [list(place) for place in picture.places],
        "symbols": list(picture.symbols),
    }


@cache
def _component() -> Any:
    return st.components.v2.component("molconvex_atom_picker", html=HTML, css=CSS, js=JS)
