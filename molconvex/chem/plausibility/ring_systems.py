"""Ring systems of a molecule as canonical labels: fused, spiro and bridged rings with what is double-bonded to them."""

from rdkit import Chem
from rdkit.Chem import Mol


def ring_systems(mol: Mol) -> list[str]:
    """One label for each ring system, as in "c1ccccc1" or "O=C1CCCCN1".

    A system is a set of ring bonds that share atoms (fused, bridged and spiro rings belong together), with the atoms
    double-bonded to it. Substituents and hydrogens are left out, so pyrrole and N-methylpyrrole have one label; it
    reads like a SMILES but need not be one.
    """
    members = _systems(mol)
    if not members:
        return []
    bare = Chem.RWMol(mol)
    for atoms in members:
        for index in atoms:
            atom = bare.GetAtomWithIdx(index)
            atom.SetNoImplicit(True)
            atom.SetNumExplicitHs(0)
    return [_label(bare, atoms) for atoms in members]


def _systems(mol: Mol) -> list[list[int]]:
    """Atom numbers of each ring system, exocyclic double-bonded atoms included."""
    systems: list[set[int]] = []
    for ring in mol.GetRingInfo().AtomRings():
        joined = set(ring)
        apart = []
        for system in systems:
            if joined.isdisjoint(system):
                apart.append(system)
            else:
                joined |= system
        systems = [*apart, joined]
    return [sorted(system | _double_bonded(mol, system)) for system in systems]


def _double_bonded(mol: Mol, system: set[int]) -> set[int]:
    return {
        bond.GetOtherAtomIdx(index)
        for index in system
        if not mol.GetAtomWithIdx(index).GetIsAromatic() or mol.GetAtomWithIdx(index).GetDegree() == 3
        for bond in mol.GetAtomWithIdx(index).GetBonds()
        if bond.GetBondType() == Chem.BondType.DOUBLE and not bond.IsInRing()
    }


def _label(bare: Mol, atoms: list[int]) -> str:
    text = Chem.MolFragmentToSmiles(bare, atoms, isomericSmiles=False)
    return text.replace("[", "").replace("]", "")
