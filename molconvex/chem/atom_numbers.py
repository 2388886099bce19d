"""Numbers of a molecule's heavy atoms, from 1 in the order of its SMILES: written as lists, under the SMILES, drawn."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from rdkit import rdBase

from molconvex.chem.drawing import plain_canvas, tidy_svg
from molconvex.chem.layout import lay_out

ATOM = r"\[[^\]]*\]|Br|Cl|[BCNOPSFIbcnops]"
TOKEN = re.compile(rf"(?P<atom>{ATOM})|%\d\d|.")
KEPT = (0.62, 0.83, 0.81)


def atom_list(atoms: Iterable[int]) -> str:
    """Atoms from 0 as settings write them, from 1: "1-3,7"."""
    parts: list[list[int]] = []
    for atom in sorted(set(atoms)):
        if parts and parts[-1][1] == atom:
            parts[-1][1] = atom + 1
        else:
            parts.append([atom + 1, atom + 1])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def numbers_below(smiles: str, kept: Collection[int] = (), width: int = 72) -> list[str]:
    """A SMILES in lines of at most a width, each with the numbers of its atoms below, read downward.

    Args:
        smiles: Standard SMILES.
        kept: Atoms from 0 that are marked by a caret under their number.
        width: In characters.

    Returns:
        Lines; a blank one divides parts of a SMILES longer than the width.
    """
    tokens = list(TOKEN.finditer(smiles))
    digits = len(str(sum(token["atom"] is not None for token in tokens)))
    parts: list[list[str]] = []
    atom = 0
    for token in tokens:
        text, below = token.group(), " " * (digits + bool(kept))
        if token["atom"]:
            below = str(atom + 1).rjust(digits) + ("^" if atom in kept else " ") * bool(kept)
            atom += 1
        if not parts or len(parts[-1][0]) + len(text) > width:
            parts.append([""] * (1 + len(below)))
        column = (" " + sign if text.startswith("[") else sign for sign in below)
        parts[-1] = [row + end.ljust(len(text)) for row, end in zip(parts[-1], (text, *column), strict=True)]
    return "\n\n".join("\n".join(row.rstrip() for row in part) for part in parts).split("\n")


def draw_numbered(smiles: str, kept: Collection[int] = (), width: int = 560, height: int = 380) -> str:
    """A molecule with its atoms' numbers, as an SVG element.

    Args:
        smiles: Standard SMILES.
        kept: Atoms from 0 that are backed in green.
        width: In pixels.
        height: In pixels.

    Raises:
        ChemistryError: If the SMILES cannot be read.
    """
    from rdkit.Chem.Draw import rdMolDraw2D

    mol = lay_out(smiles).mol
    bonds = [
        bond.GetIdx() for bond in mol.GetBonds() if bond.GetBeginAtomIdx() in kept and bond.GetEndAtomIdx() in kept
    ]
    for atom in mol.GetAtoms():
        atom.SetProp("atomNote", str(atom.GetIdx() + 1))
    canvas: Any = plain_canvas(width, height, "white")
    options = canvas.drawOptions()
    options.setHighlightColour(KEPT)
    options.annotationFontScale = 0.75
    with rdBase.BlockLogs():
        canvas.DrawMolecule(rdMolDraw2D.PrepareMolForDrawing(mol), highlightAtoms=sorted(kept), highlightBonds=bonds)
        canvas.FinishDrawing()
    return tidy_svg(canvas.GetDrawingText(), smiles.strip())
