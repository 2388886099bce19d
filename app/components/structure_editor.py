"""A structure editor: OpenChemLib, vendored, inside the page; works without a network."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

VENDOR = Path(__file__).resolve().parents[1] / "assets" / "vendor" / "openchemlib.js"
HEIGHT = 430

WRAPPER = """
export default function (component) {
  const { parentElement, data, setStateValue } = component;
  const host = parentElement.querySelector(".mc-editor");
  host.style.background = "white";
  if (!host.editor) {
    host.editor = new CanvasEditor(host, { initialMode: "molecule" });
    host.given = null;
    host.editor.setOnChangeListener((event) => {
      if (event.type !== "molecule" || !event.isUserEvent) return;
      const molecule = host.editor.getMolecule();
      setStateValue("smiles", molecule.getAllAtoms() ? molecule.toIsomericSmiles() : "");
    });
  }
  if (host.given !== data.smiles) {
    host.given = data.smiles;
    try {
      host.editor.setMolecule(data.smiles ? Molecule.fromSmiles(data.smiles) : new Molecule(0, 0));
    } catch { host.editor.clearAll(); }
  }
  return () => { if (host.editor) { host.editor.destroy(); host.editor = null; } };
}
"""


def structure_editor(smiles: str, key: str) -> str:
    """Draw the editor with a molecule in it, and give the SMILES of what stands there now.

    Args:
        smiles: To begin with; "" for an empty page. Another one replaces what was drawn.
        key: Of the widget.
    """
    drawn = _component()(
        key=key,
        data={"smiles": smiles},
        default={"smiles": smiles},
        on_smiles_change=lambda: None,
        height=HEIGHT,
    )
    return str(drawn.smiles or "")


@cache
def _component() -> Any:
    return st.components.v2.component(
        "molconvex_structure_editor",
        html='<div class="mc-editor" role="application" aria-label="Structure editor"></div>',
        css=f".mc-editor {{ height: {HEIGHT - 10}px; }}\n",
        js=script(),
    )


@cache
def script() -> str:
    """The library without its last export, so that the page's own export can follow."""
    library = VENDOR.read_text(encoding="utf-8")
    cut = library.rindex("export{")
    names = dict(re.findall(r"(\w+) as (\w+)", library[cut:]))
    local = {shown: inner for inner, shown in names.items()}
    aliases = "".join(f"const {name}={local[name]};" for name in ("CanvasEditor", "Molecule"))
    return f"{library[:cut]}\nconst __editor=(()=>{{{aliases}return{{CanvasEditor,Molecule}}}})();\n" + WRAPPER.replace(
        "CanvasEditor(host", "__editor.CanvasEditor(host"
    ).replace("Molecule.fromSmiles", "__editor.Molecule.fromSmiles").replace("new Molecule(", "new __editor.Molecule(")
