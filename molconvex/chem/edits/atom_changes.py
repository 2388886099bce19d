"""Small changes that medicinal chemists make by hand: fluorine, methyl and nitrogen scans, rings grown and shrunk."""

from collections.abc import Collection
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem import Mol
from rdkit.Chem.rdChemReactions import ChemicalReaction, ReactionFromSmarts

PROTECTED = "_protected"  # atoms with this property are left alone by RDKit's reactions

CHANGES = {
    "nitrogen into an aromatic ring": "[cH1:1]>>[n+0:1]",
    "carbon for aromatic nitrogen": "[nX2;+0:1]>>[c:1]",
    "fluorine on an aromatic carbon": "[cH1:1]>>[c:1]F",
    "chlorine on an aromatic carbon": "[cH1:1]>>[c:1]Cl",
    "methyl on an aromatic carbon": "[cH1:1]>>[c:1]C",
    "methoxy on an aromatic carbon": "[cH1:1]>>[c:1]OC",
    "cyano on an aromatic carbon": "[cH1:1]>>[c:1]C#N",
    "hydroxy on an aromatic carbon": "[cH1:1]>>[c:1]O",
    "methyl on a saturated carbon": "[CX4;H1,H2;!$(C[N,O,F,S]):1]>>[C:1]C",
    "methyl next to a heteroatom": "[CX4H2;$(C[N,O,n]):1]>>[C:1]C",
    "methyl on nitrogen": "[N;H1,H2;+0:1]>>[N:1]C",
    "methyl on an aromatic nitrogen": "[nH1;+0:1]>>[n+0H0:1]C",
    "methyl off nitrogen": "[#7;+0:1][CH3]>>[#7:1]",
    "methyl off carbon": "[#6:1][CH3]>>[#6:1]",
    "methyl off oxygen": "[O:1][CH3]>>[O:1]",
    "halogen off": "[#6:1][F,Cl,Br]>>[#6:1]",
    "fluorine for chlorine": "[c:1][Cl,Br]>>[c:1]F",
    "chlorine for fluorine": "[c:1]F>>[c:1]Cl",
    "methyl for halogen": "[c:1][F,Cl,Br]>>[c:1]C",
    "trifluoromethyl for methyl": "[c:1][CH3]>>[c:1]C(F)(F)F",
    "chlorine for methyl": "[c:1][CH3]>>[c:1]Cl",
    "oxygen into a saturated ring": "[C;R:1][CH2;R:2][C;R:3]>>[C:1][O:2][C:3]",
    "nitrogen into a saturated ring": "[C;R:1][CH2;R:2][C;R:3]>>[C:1][N:2][C:3]",
    "nitrogen for a ring branch": "[C;R:1][CX4H1;R:2]([C;R:3])[#6;!R:4]>>[C:1][N:2]([C:3])[#6:4]",
    "carbon for a ring heteroatom": "[C;R:1][O,NH1,S;X2,X3;R:2][C;R:3]>>[C:1][C+0:2][C:3]",
    "carbon for a ring nitrogen with a branch": "[C;R:1][NX3;R:2]([C;R:3])[#6;!R:4]>>[C:1][C:2]([C:3])[#6:4]",
    "ring one carbon larger": "[CX4;R:1]@[CX4H2;R:2]>>[C:1]C[C:2]",
    "ring one carbon smaller": "[*;R:1]@[CX4H2;r5,r6,r7]@[CX4;R:2]>>[*:1][C:2]",
    "chain one carbon longer": "[#6,#7,#8:1]-;!@[CX4;H2,H3;!R:2]>>[*:1]C[C:2]",
    "chain one carbon shorter": "[#6:1]-;!@[CX4H2;!R]-;!@[#6,#7,#8:2]>>[#6:1][*:2]",
    "carbonyl next to an amine": "[CX4H2;!R:1][NX3;!$(NC=O);!$(NS=O):2]>>[C:1](=O)[N:2]",
    "amine for an amide": "[CX3:1](=O)[NX3:2]>>[CH2:1][N:2]",
    "reversed amide": "[#6:1][CX3:2](=[O:3])[NX3H1:4][#6:5]>>[#6:1][N:4][C:2](=[O:3])[#6:5]",
    "sulfonamide for an amide": "[#6:1][CX3:2](=[O:3])[NX3;!$(N(C=O)C=O):4]>>[#6:1][S:2](=[O:3])(=O)[N:4]",
    "oxygen for a methylene bridge": "[c:1][CX4H2;!R:2][#6:3]>>[c:1][O:2][#6:3]",
    "methylene for an oxygen bridge": "[c:1][OX2;!R:2][#6:3]>>[c:1][C:2][#6:3]",
    "nitrogen for an oxygen bridge": "[c:1][OX2;!R:2][#6:3]>>[c:1][NH1:2][#6:3]",
    "oxygen for sulfur in an aromatic ring": "[sX2:1]>>[o:1]",
    "sulfur for oxygen in an aromatic ring": "[oX2:1]>>[s:1]",
}


def apply_change(mol: Mol, name: str, protected: Collection[int]) -> list[Mol]:
    """All molecules that one of CHANGES makes, at every place where it fits, in a fixed order."""
    marked = Chem.Mol(mol)
    for index in protected:
        marked.GetAtomWithIdx(index).SetProp(PROTECTED, "1")
    with rdBase.BlockLogs():
        products = [product for (product, *_) in _reaction(name).RunReactants((marked,), maxProducts=200)]
        return [product for product in products if not Chem.SanitizeMol(product, catchErrors=True)]


@cache
def _reaction(name: str) -> ChemicalReaction:
    return ReactionFromSmarts(CHANGES[name])
