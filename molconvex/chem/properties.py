"""The properties that RDKit can measure on a structure: one registry with units, ranges and references."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING

from rdkit import rdBase
from rdkit.Chem import Mol, rdMolDescriptors, rdmolops

from molconvex.chem.druglikeness import logp, qed, sa_score
from molconvex.chem.molecule import Molecule, mol_of
from molconvex.exceptions import ChemistryError, ConfigError

if TYPE_CHECKING:
    from pandas import DataFrame

FAILURES = (ValueError, RuntimeError, ArithmeticError)


@dataclass(frozen=True)
class Property:
    """One measurable property of a molecule.

    Attributes:
        name: Column name, as in `qed`.
        label: How a chemist writes it.
        unit: "" where there is none.
        low, high: The range in which goals and sliders make sense; values outside it are possible.
        decimals: Digits shown after the point.
        compute: Value of one molecule, in the unit.
        description: One sentence for the chemist.
        reference: Where the definition comes from.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    decimals: int
    compute: Callable[[Mol], float]
    description: str
    reference: str = "RDKit"

    def format(self, value: float, missing: str = "n/a") -> str:
        """A value as text with its decimals, without its unit and never "-0.00"; `missing` for NaN."""
        return missing if isnan(value) else f"{value:z.{self.decimals}f}"


def compute_properties(smiles: Sequence[str | Molecule], names: Sequence[str] | None = None) -> "DataFrame":
    """Properties of many molecules, as given (nothing is standardised): some 500 drug-like ones a second and core.

    Args:
        smiles: n SMILES, or molecules parsed before.
        names: Columns wanted, in this order; all of PROPERTIES where None.

    Returns:
        n rows in the order of `smiles`, one float64 column per name; NaN where a SMILES cannot be read or a property
        cannot be computed.

    Raises:
        ConfigError: If a name is unknown.
        ChemistryError: If `smiles` is one string and not a sequence of them.
    """
    from pandas import DataFrame

    if isinstance(smiles, str):
        raise ChemistryError(f"a list of SMILES is needed, got the single text {smiles[:80]!r}; pass it as [smiles]")
    chosen = _chosen(names)
    with rdBase.BlockLogs():
        rows = [_values(text, chosen) for text in smiles]
    return DataFrame(rows, columns=[p.name for p in chosen], dtype="float64")


def measured(structure: str | Molecule, names: Sequence[str]) -> list[float]:
    """Properties of one molecule in the order of their names; NaN where one cannot be computed.

    Raises:
        ConfigError: If a name is unknown.
    """
    return _values(structure, _chosen(names))


def _chosen(names: Sequence[str] | None) -> list[Property]:
    if names is None:
        return list(PROPERTIES.values())
    wanted = [names] if isinstance(names, str) else list(names)
    unknown = [name for name in wanted if name not in PROPERTIES]
    if unknown:
        raise ConfigError(f"unknown property {', '.join(map(repr, unknown))}; known are {', '.join(PROPERTIES)}")
    return [PROPERTIES[name] for name in dict.fromkeys(wanted)]


def _values(smiles: str | Molecule, chosen: list[Property]) -> list[float]:
    try:
        mol = mol_of(smiles)
    except ChemistryError:
        return [nan] * len(chosen)
    return [_value(prop, mol) for prop in chosen]


def _value(prop: Property, mol: Mol) -> float:
    try:
        return float(prop.compute(mol))
    except FAILURES:
        return nan


_LIPINSKI = "Lipinski et al. (1997), Adv. Drug Deliv. Rev. 23, 3"

_ALL = [
    Property(
        "qed",
        "QED",
        "",
        0.0,
        1.0,
        2,
        qed,
        "Quantitative estimate of drug-likeness: 0 unlike known oral drugs, 1 very like them.",
        "Bickerton et al. (2012), Nat. Chem. 4, 90",
    ),
    Property(
        "logp",
        "logP",
        "",
        -5.0,
        10.0,
        2,
        logp,
        "Octanol-water partition coefficient (logarithm) by Crippen's atom contributions: higher is greasier.",
        "Wildman & Crippen (1999), J. Chem. Inf. Comput. Sci. 39, 868",
    ),
    Property(
        "sa_score",
        "SA score",
        "",
        1.0,
        10.0,
        2,
        sa_score,
        "Synthetic accessibility: 1 easy to make, 10 hard.",
        "Ertl & Schuffenhauer (2009), J. Cheminform. 1, 8",
    ),
    Property(
        "tpsa",
        "TPSA",
        "Å²",
        0.0,
        250.0,
        1,
        rdMolDescriptors.CalcTPSA,
        "Topological polar surface area of nitrogen and oxygen: above about 140 Å² absorption from the gut suffers.",
        "Ertl et al. (2000), J. Med. Chem. 43, 3714",
    ),
    Property(
        "molecular_weight",
        "Molecular weight",
        "g/mol",
        0.0,
        1000.0,
        1,
        rdMolDescriptors._CalcMolWt,
        "Average molar mass with all hydrogens.",
        "IUPAC atomic weights as in RDKit",
    ),
    Property(
        "hydrogen_bond_donors",
        "H-bond donors",
        "",
        0.0,
        15.0,
        0,
        rdMolDescriptors.CalcNumHBD,
        "Nitrogen, oxygen and sulfur atoms that carry a hydrogen.",
        _LIPINSKI,
    ),
    Property(
        "hydrogen_bond_acceptors",
        "H-bond acceptors",
        "",
        0.0,
        20.0,
        0,
        rdMolDescriptors.CalcNumHBA,
        "Atoms that can accept a hydrogen bond, by RDKit's patterns (amide nitrogens do not count).",
        "Gobbi & Poppinger (1998), Biotechnol. Bioeng. 61, 47",
    ),
    Property(
        "rotatable_bonds",
        "Rotatable bonds",
        "",
        0.0,
        25.0,
        0,
        rdMolDescriptors.CalcNumRotatableBonds,
        "Single bonds outside rings about which the molecule turns freely; amides and hindered bonds do not count.",
        "Veber et al. (2002), J. Med. Chem. 45, 2615",
    ),
    Property(
        "rings",
        "Rings",
        "",
        0.0,
        10.0,
        0,
        rdMolDescriptors.CalcNumRings,
        "Rings in the smallest set of smallest rings.",
    ),
    Property(
        "aromatic_rings",
        "Aromatic rings",
        "",
        0.0,
        8.0,
        0,
        rdMolDescriptors.CalcNumAromaticRings,
        "Aromatic rings: more than about three tend to cost solubility.",
        "Ritchie & Macdonald (2009), Drug Discov. Today 14, 1011",
    ),
    Property(
        "fraction_csp3",
        "Fraction sp³ carbon",
        "",
        0.0,
        1.0,
        2,
        rdMolDescriptors.CalcFractionCSP3,
        "Share of carbon atoms that are sp³; 0 is flat. Also 0 for a molecule without carbon.",
        "Lovering et al. (2009), J. Med. Chem. 52, 6752",
    ),
    Property(
        "heavy_atoms",
        "Heavy atoms",
        "",
        1.0,
        80.0,
        0,
        Mol.GetNumHeavyAtoms,
        "Atoms other than hydrogen.",
    ),
    Property(
        "formal_charge",
        "Formal charge",
        "e",
        -4.0,
        4.0,
        0,
        rdmolops.GetFormalCharge,
        "Sum of the formal charges as drawn; says nothing of protonation at physiological pH.",
    ),
]

PROPERTIES: dict[str, Property] = {prop.name: prop for prop in _ALL}
