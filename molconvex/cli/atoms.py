"""`molconvex atoms`: the numbers of a lead's atoms, as --keep takes them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molconvex.cli.errors import reported
from molconvex.cli.working import FILES

if TYPE_CHECKING:
    from molconvex.chem import Molecule

LEAD_HELP = "SMILES or InChI of the lead, or the name of a known drug."
KEEP_HELP = "Part of the lead that is to stay, as for generate: SMARTS, or atom numbers as in 1-6,9. Repeat."
OUT_HELP = "SVG file for the molecule, drawn with numbers."


def atoms(
    lead: Annotated[str, typer.Argument(help=LEAD_HELP, show_default=False)],
    keep: Annotated[list[str] | None, typer.Option(metavar="PART", help=KEEP_HELP, show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=OUT_HELP, show_default=False, rich_help_panel=FILES)
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing file.", rich_help_panel=FILES)
    ] = False,
) -> None:
    """Number the atoms of a lead, as --keep of other commands takes them, and show which ones a part holds.

    Example:

      molconvex atoms paracetamol --keep "c1ccc(O)cc1" --out paracetamol.svg

    The numbers stand below the SMILES and are read downward; what is kept has a caret.
    """
    with reported():
        from molconvex.chem import standardize
        from molconvex.chem.atom_numbers import draw_numbered, numbers_below
        from molconvex.cli.working import given_lead
        from molconvex.exceptions import OutputExistsError
        from molconvex.files import write_file_whole

        if out is not None and out.exists() and not overwrite:
            raise OutputExistsError(f"{out} exists already; choose another file or pass --overwrite")
        molecule = standardize(given_lead(lead).smiles)
        said, kept = _kept(molecule, keep or [])
        for note in molecule.notes:
            print(f"{note} (used as {molecule.smiles})", file=sys.stderr)
        print("\n".join([*numbers_below(molecule.smiles, kept), *said]))
        if out is not None:
            write_file_whole(out, draw_numbered(molecule.smiles, kept).encode(), overwrite=overwrite)
            print(f"wrote {out}")


def _kept(molecule: "Molecule", texts: list[str]) -> tuple[list[str], set[int]]:
    """What each part holds, in words, and all their atoms."""
    from molconvex.chem.atom_numbers import atom_list
    from molconvex.chem.kept_parts import joined_atom_lists, kept_part, like_elsewhere

    said: list[str] = []
    kept: set[int] = set()
    for text in joined_atom_lists(texts):
        part = kept_part(molecule, text)
        kept |= set(part.atoms)
        said.append(f"kept by {text!r}: atoms {atom_list(part.atoms)}")
        if others := like_elsewhere(molecule, part):
            said.append(f"a candidate may have atoms {atom_list(others)} in their place, which look the same")
    return said, kept
