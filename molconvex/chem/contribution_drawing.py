"""A structure whose atoms are backed by what they contribute to a prediction."""

from collections.abc import Sequence
from html import escape

from rdkit import rdBase

from molconvex.chem.drawing import plain_canvas, tidy_svg
from molconvex.chem.layout import lay_out
from molconvex.exceptions import ChemistryError

RAISES, LOWERS = (0.95, 0.55, 0.15), (0.25, 0.55, 0.90)
SHEET_WIDTH, SHEET_HEIGHT, CAPTION_HEIGHT = 262, 190, 22  # of each structure of a sheet, in pixels
CAPTION_STYLE = 'font-family="sans-serif" font-size="12" text-anchor="middle" fill="#444"'
FAINTEST = 0.08  # of the largest contribution; less is not drawn

Color = tuple[float, float, float]


def draw_contributions(
    smiles: str, values: Sequence[float], width: int = 262, height: int = 190, *, largest: float | None = None
) -> str:
    """One structure as an SVG element: amber where an atom raises the prediction, blue where it lowers it.

    Args:
        smiles: The molecule.
        values: One per atom, in the order of the SMILES.
        width: In pixels.
        height: In pixels.
        largest: Contribution drawn in full color; by default the largest of these.

    Raises:
        ChemistryError: If the SMILES cannot be read, or has another number of atoms than there are values.
    """
    mol = lay_out(smiles).mol
    if mol.GetNumAtoms() != len(values):
        raise ChemistryError(f"{smiles[:80]!r} has {mol.GetNumAtoms()} atoms, there are {len(values)} contributions")
    full = max((abs(value) for value in values), default=0.0) if largest is None else largest
    colors = {atom: contribution_color(value / full) for atom, value in enumerate(values) if full > 0}
    drawn = {atom: color for atom, color in colors.items() if color is not None}
    from rdkit.Chem.Draw import rdMolDraw2D

    canvas = plain_canvas(int(width), int(height), "white")
    with rdBase.BlockLogs():
        ready = rdMolDraw2D.PrepareMolForDrawing(mol)
        canvas.DrawMolecule(ready, highlightAtoms=list(drawn), highlightAtomColors=drawn, highlightBonds=[])
        canvas.FinishDrawing()
    return tidy_svg(canvas.GetDrawingText(), title=smiles.strip())


def contribution_sheet(items: Sequence[tuple[str, str, Sequence[float]]]) -> str:
    """Several structures side by side as one SVG element, each under its caption; colors as in `draw_contributions`.

    Args:
        items: Caption, SMILES, and contributions of the atoms.

    Raises:
        ChemistryError: As in `draw_contributions`.
    """
    parts = []
    for place, (caption, smiles, values) in enumerate(items):
        left = place * SHEET_WIDTH
        drawn = draw_contributions(smiles, values, SHEET_WIDTH, SHEET_HEIGHT)
        parts.append(drawn.replace("<svg ", f'<svg x="{left}" y="{CAPTION_HEIGHT}" ', 1))
        middle = left + SHEET_WIDTH / 2
        parts.append(f'<text x="{middle:g}" y="15" {CAPTION_STYLE}>{escape(caption)}</text>')
    width, height = SHEET_WIDTH * max(len(items), 1), SHEET_HEIGHT + CAPTION_HEIGHT
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def contribution_color(share: float) -> Color | None:
    """The color of a contribution as a share of the largest, -1 to 1: paler the smaller; None where it is not drawn."""
    if not abs(share) >= FAINTEST:
        return None
    strength = min(1.0, abs(share))
    full = RAISES if share > 0 else LOWERS
    red, green, blue = (1.0 - strength * (1.0 - part) for part in full)
    return red, green, blue
