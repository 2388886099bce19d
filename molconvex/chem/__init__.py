"""Chemistry: the only room that knows RDKit."""

from typing import TYPE_CHECKING

# eager: this submodule and one of its functions share a name, and the function must win
from molconvex.chem.molecule import Molecule, parse
from molconvex.chem.standardize import isomeric_smiles, standardize
from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.chem.alerts import find_alerts
    from molconvex.chem.atom_picture import AtomPicture, draw_atoms
    from molconvex.chem.drawing import draw_svg, svg_data_uri
    from molconvex.chem.fingerprints import morgan_fingerprint
    from molconvex.chem.pasted_molecules import identify
    from molconvex.chem.properties import PROPERTIES, Property, compute_properties
    from molconvex.chem.read.input_molecules import InputMolecule
    from molconvex.chem.read.molecules import read_molecules
    from molconvex.chem.scaffolds import murcko_scaffold
    from molconvex.chem.similarity import pick_diverse, tanimoto
    from molconvex.chem.write import write_sdf

__all__ = [
    "PROPERTIES",
    "AtomPicture",
    "InputMolecule",
    "Molecule",
    "Property",
    "compute_properties",
    "draw_atoms",
    "draw_svg",
    "find_alerts",
    "identify",
    "isomeric_smiles",
    "morgan_fingerprint",
    "murcko_scaffold",
    "parse",
    "pick_diverse",
    "read_molecules",
    "standardize",
    "svg_data_uri",
    "tanimoto",
    "write_sdf",
]

_HOMES = {
    "identify": "pasted_molecules",
    "draw_atoms": "atom_picture",
    "AtomPicture": "atom_picture",
    "PROPERTIES": "properties",
    "InputMolecule": "read.input_molecules",
    "Property": "properties",
    "compute_properties": "properties",
    "draw_svg": "drawing",
    "find_alerts": "alerts",
    "morgan_fingerprint": "fingerprints",
    "murcko_scaffold": "scaffolds",
    "pick_diverse": "similarity",
    "read_molecules": "read.molecules",
    "svg_data_uri": "drawing",
    "tanimoto": "similarity",
    "write_sdf": "write",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
