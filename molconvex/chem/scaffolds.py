"""The ring skeleton of a molecule: what scaffold splits group by."""

from rdkit import Chem, rdBase

from molconvex.chem.molecule import Molecule, mol_of
from molconvex.exceptions import ChemistryError


def murcko_scaffold(smiles: str | Molecule) -> str:
    """Bemis-Murcko scaffold as canonical SMILES without stereo: rings and the chains that link them.

    Atoms double-bonded to the scaffold stay (the C=O of a lactam). An acyclic molecule has the scaffold "".

    Raises:
        ChemistryError: If the SMILES cannot be read, or RDKit cannot decompose the molecule.

    Reference: Bemis & Murcko (1996), J. Med. Chem. 39, 2887.
    """
    mol = mol_of(smiles)
    with rdBase.BlockLogs():
        try:
            return Chem.MolToSmiles(Chem.MurckoDecompose(mol), isomericSmiles=False)
        except (ValueError, RuntimeError) as error:
            raise ChemistryError(f"RDKit finds no scaffold in {str(smiles)[:80]!r} ({error})") from error
