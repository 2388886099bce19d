"""A drawing of a molecule whose atoms can be pointed at: the picture, and where each atom stands in it."""

from dataclasses import dataclass
from typing import Any

from rdkit import rdBase

from molconvex.chem.drawing import plain_canvas, tidy_svg
from molconvex.chem.layout import lay_out


@dataclass(frozen=True)
class AtomPicture:
    """A drawing.

    Attributes:
        svg: The picture.
        width, height: Its size in pixels.
        places: Per atom of the SMILES, from left to right, its place (x, y) in pixels.
        symbols: Per atom, its element.
    """

    svg: str
    width: int
    height: int
    places: tuple[tuple[float, float], ...]
    symbols: tuple[str, ...]


def draw_atoms(smiles: str, width: int = 420, height: int = 260) -> AtomPicture:
    """Draw a molecule and tell where its atoms are.

    Raises:
        ChemistryError: If the SMILES cannot be read.
    """
    from rdkit.Chem.Draw import rdMolDraw2D

    layout = lay_out(smiles)
    canvas: Any = plain_canvas(width, height, "transparent")
    with rdBase.BlockLogs():
        mol = rdMolDraw2D.PrepareMolForDrawing(layout.mol)
        canvas.DrawMolecule(mol)
        points = [canvas.GetDrawCoords(atom) for atom in range(layout.mol.GetNumAtoms())]
        canvas.FinishDrawing()
    symbols = tuple(atom.GetSymbol() for atom in layout.mol.GetAtoms())
    places = tuple((round(point.x, 1), round(point.y, 1)) for point in points)
    return AtomPicture(tidy_svg(canvas.GetDrawingText(), smiles.strip()), width, height, places, symbols)
