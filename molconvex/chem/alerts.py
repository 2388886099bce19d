"""Named structural alerts: patterns that medicinal chemists have learnt to distrust."""

import re
from functools import cache

from rdkit import rdBase
from rdkit.Chem import Mol
from rdkit.Chem.rdfiltercatalog import FilterCatalog, FilterCatalogParams

from molconvex.chem.molecule import Molecule, mol_of
from molconvex.exceptions import ChemistryError

CATALOGS = ("PAINS", "BRENK", "NIH")


def find_alerts(mol: Mol | Molecule | str) -> tuple[str, ...]:
    """Names of the structural alerts that a molecule sets off, as in "PAINS: quinone_A"; 3 to 7 ms a molecule.

    PAINS (480 patterns) marks frequent hitters of assays, BRENK (105) and NIH (180) reactive, toxic or unstable
    groups. An alert is a reason to look, not a verdict.

    Raises:
        ChemistryError: If `mol` is neither a molecule nor a SMILES that can be read.

    Reference: Baell & Holloway (2010), J. Med. Chem. 53, 2719; Brenk et al. (2008), ChemMedChem 3, 435;
        Jadhav et al. (2010), J. Med. Chem. 53, 37, and Doveston et al. (2015), Org. Biomol. Chem. 13, 859.
    """
    if not isinstance(mol, Mol | Molecule | str):
        raise ChemistryError(f"a molecule or SMILES is needed, got {type(mol).__name__}")
    structure = mol_of(mol)
    with rdBase.BlockLogs():
        found = [
            f"{catalog}: {_pattern_name(entry.GetDescription())}"
            for catalog in CATALOGS
            for entry in _catalog(catalog).GetMatches(structure)
        ]
    return tuple(dict.fromkeys(found))


@cache
def _catalog(name: str) -> FilterCatalog:
    params = FilterCatalogParams()
    params.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog(params)


def _pattern_name(description: str) -> str:
    """PAINS names end with the count of hits in the original screen, as in "quinone_A(370)"; that is left out."""
    return re.sub(r"\(\d+\)$", "", description)
