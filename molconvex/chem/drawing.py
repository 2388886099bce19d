"""Structures as SVG: for reports, tables and the app."""

import re
from base64 import b64encode
from typing import Any, Literal
from xml.sax.saxutils import escape

from rdkit import rdBase

from molconvex.chem.layout import Layout, lay_out, lay_out_over
from molconvex.exceptions import ChemistryError, ConfigError

BOND_LENGTH = 23.0
NEW_PART = (1.0, 0.80, 0.45)
INK = (0.13, 0.15, 0.19)
COLORS = {
    7: (0.12, 0.33, 0.80),
    8: (0.80, 0.12, 0.12),
    9: (0.05, 0.50, 0.35),
    15: (0.75, 0.36, 0.0),
    16: (0.60, 0.44, 0.0),
    17: (0.05, 0.50, 0.20),
    35: (0.55, 0.22, 0.10),
    53: (0.42, 0.12, 0.60),
}
SVG_TAG = r"<svg xmlns='http://www.w3.org/2000/svg' role='img' \1>"
DEFAULT_STYLE = re.compile(r"(?<=[';])(fill-rule:evenodd|stroke-linecap:butt|stroke-linejoin:miter|stroke-opacity:1);?")


def draw_svg(
    smiles: str,
    width: int = 220,
    height: int = 160,
    highlight: str | None = None,
    *,
    background: Literal["white", "transparent"] = "white",
) -> str:
    """One structure as an SVG element, ready to stand inside HTML.

    Args:
        smiles: The molecule.
        width: In pixels; small molecules keep a normal bond length instead of filling the space.
        height: In pixels.
        highlight: SMILES of the lead. What the lead does not have is backed in amber, and where the two share a ring
            the molecule is turned as the lead is drawn.
        background: "white" also reads on a dark page; "transparent" is for light pages only.

    Raises:
        ChemistryError: If a SMILES cannot be read or drawn.
        ConfigError: If the size or background makes no sense.
    """
    if not (16 <= width <= 10_000 and 16 <= height <= 10_000):
        raise ConfigError(f"a drawing must be 16 to 10,000 pixels wide and high, got {width} x {height}")
    if background not in ("white", "transparent"):
        raise ConfigError(f'background must be "white" or "transparent", got {background!r}')
    try:
        layout = lay_out(smiles) if highlight is None else lay_out_over(smiles, highlight)
        svg = _drawn(layout, int(width), int(height), background)
    except RuntimeError as error:
        raise ChemistryError(f"RDKit cannot draw {smiles[:80]!r} ({error})") from error
    return tidy_svg(svg, title=smiles.strip())


def svg_data_uri(svg: str) -> str:
    """An SVG as a data URI, for <img src=...> and image columns; needs no network."""
    return "data:image/svg+xml;base64," + b64encode(svg.encode("utf-8")).decode("ascii")


def _drawn(layout: Layout, width: int, height: int, background: str) -> str:
    from rdkit.Chem.Draw import rdMolDraw2D

    canvas = plain_canvas(width, height, background)
    with rdBase.BlockLogs():
        mol = rdMolDraw2D.PrepareMolForDrawing(layout.mol)
        canvas.DrawMolecule(mol, highlightAtoms=list(layout.new_atoms), highlightBonds=list(layout.new_bonds))
        canvas.FinishDrawing()
    return canvas.GetDrawingText()


def plain_canvas(width: int, height: int, background: str) -> Any:
    """An empty RDKit canvas in the style of all drawings."""
    from rdkit.Chem.Draw import rdMolDraw2D

    canvas = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = canvas.drawOptions()  # RDKit's stubs type every field of it as the class itself
    options.clearBackground = background == "white"
    options.fixedBondLength = BOND_LENGTH
    options.bondLineWidth = 1.4
    options.scaleBondWidth = False
    options.padding = 0.06
    options.minFontSize, options.maxFontSize = 7, 15
    options.updateAtomPalette({-1: INK, 0: INK, 1: INK, 6: INK} | COLORS)
    options.setHighlightColour(NEW_PART)
    options.fillHighlights = True
    options.highlightRadius = 0.32
    options.highlightBondWidthMultiplier = 10
    return canvas


def tidy_svg(svg: str, title: str) -> str:
    """The same picture in half the bytes: no prologue, comments, per-bond classes or styles that are the default."""
    svg = re.sub(r"<\?xml.*?\?>\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<svg.*?(width=.*?)>", SVG_TAG, svg, count=1, flags=re.DOTALL)
    svg = re.sub(r" class='[^']*'", "", svg)
    svg = DEFAULT_STYLE.sub("", svg)
    return svg.replace(">", f"><title>{escape(title)}</title>", 1).strip()
