"""Groups that a chemist would not draw: they do not last in a flask, react with what they meet first, or are grease."""

from dataclasses import dataclass
from functools import cache

from rdkit import Chem
from rdkit.Chem import Mol, rdMolDescriptors

# Words that the patterns below use in angle brackets: conditions on one atom, joined by semicolons.
WORDS = {
    # a carbon whose neighbours do not pull electrons; an enol or enamine next to C=O, C#N, SO2 or NO2 is tamed
    "<calm>": "CX3;!$(C[C,S,P]=[O,N,S]);!$(CC#N);!$(C[N+]=O);!$(Cc=[O,S,N])",
    # a nitrogen whose lone pair is free: no amide, sulfonamide, amidine, aniline, cyanamide, N-N or N-O
    "<amine>": "NX3;+0;!$(N[C,S,P]=[O,S,N,C]);!$(NC#N);!$(Na);!$(N[!#6;!#1])",
    # a nitrogen that no C=O, SO2 or C#N calms; anilines belong to it
    "<donor>": "NX3;+0;!$(N[C,S,P]=[O,S,N]);!$(NC#N);!$(N[!#6;!#1])",
    # an aromatic carbon without an electron-pulling neighbour
    "<plain>": "c;!$(c[C,S,N]=O);!$(cC#N)",
    # an ether or hydroxyl oxygen, no ester
    "<ether>": "OX2;!$(O[C,S,P,N]=[O,S,N]);!$(O[Si,B,P,N])",
}


ALWAYS = "*"


@dataclass(frozen=True)
class Group:
    """A SMARTS pattern; `needs` is a cheaper one without which it cannot match; without `rejects` it only flags."""

    name: str
    smarts: str
    needs: str = ALWAYS
    rejects: bool = True


# Cheap conditions, tried once a molecule: most molecules fail most of them, and so skip most patterns.
# RDKit tries every atom as the first of a pattern, so the rarest atom comes first.
DOUBLE = "[C,N;X1,X2,X3]=[#6,#7,#16X1;A]"
ACYL = "[OX2,SX2][CX3]=O"
ACYL_AZOLE = "[n;r5][CX3]=O"
TRIPLE = "[#6,#7;X1,X2]#[#6,#7]"
GEMINAL = "[CX4]([N,n,O,SX2])[N,n,O,SX2,F,Cl,Br,I]"
CHAIN = "[N,O,S;A]~[N,O,SX2,n]"
HALOGEN = "[Cl,Br,I]"
ALKYL_HALIDE = "[Cl,Br,I][CX4]"
OPEN_CARBON = "[#6;!v4]"
HEAVY = "[P,Si]"
TRIANGLE = "[r3,r4]"
SULFONYL = "S(=O)(=O)[OX2]"
FIVE = "[OX2H,NX3H2][c;r5]"
TAIL = "[CX4;D2;!R][CX4,NX3,OX2;D2;!R][CX4,NX3,OX2;D2;!R]"

GROUPS = (
    # double bonds that move or add water
    Group("enol", "[OX2H][CX3;!$(C=[O,N,S]);!$(CC=[O,N])]=[<calm>]", DOUBLE),
    Group("enol ether", "[<ether>;!H][CX3;!$(CC=[O,N])]=[<calm>;!$(Cc)]", DOUBLE),
    Group("enol ester", "O=[C,P][OX2][CX3;!R]=[<calm>]", DOUBLE),
    Group("enamine", "[<donor>][CX3;!$(C[C,S]=[O,N]);!$(CC#N)]=[<calm>;!$(Cc)]", DOUBLE),
    Group("enethiol", "[SX2H][CX3]=[#6X3]", DOUBLE),
    Group("ketene acetal", "[O,N,S;X2,X3;!$(*[C,S]=O)][CX3](=[<calm>])[O,N,S;X2,X3;!$(*[C,S]=O)]", DOUBLE),
    Group("imidic acid", "[OX2H,SX2H][CX3;!$(C=[O,S])]=[NX2]", DOUBLE),
    Group("open-chain imidate", "[OX2;!H][CX3;!R](=!@[NX2;!$(N[C,S]=O);!$(NC#N);!$(N[O,N])])", DOUBLE),
    Group(
        "open-chain imine",
        "[CX3;$([CX3]([#6])[#6]),$([CX3;!H0][#6]),$([CX3H2])]=!@[NX2;H1,$(N[#6;!$(C=[O,S,N]);!$(C#N)])]",
        DOUBLE,
    ),
    Group("2-azadiene", "[CX3;!$(C[N,O,S])]=[NX2][CX3]=[<calm>]", DOUBLE),
    Group("N-H imine", "[CX3;!$(C[N,O,S])]=[NX2H]", DOUBLE),
    Group("indolenine with a mobile hydrogen", "c1cc2c(cc1)N=C[CX4;!H0]2", DOUBLE),
    Group("ring diene of five", "[#6,#7;A;R]1=[#6,#7;A;R][#6,#7;A;R]=[#6,#7;A;R][A;R;!#8;!#16]1", DOUBLE),
    Group(
        "ring diene of six",
        "[#6,#7;A;R]1=[#6;A;R;!$(*C=O);!$(C(N)(=N)N)]@[#6,#7;A;R;!$(*C=O);!$(C(N)(=N)N)]=[#6,#7;A;R]@[A;R;!$(*=N[#7,#8])]@[A;R;!$(*=N[#7,#8])]1",
        DOUBLE,
    ),
    Group("ring diene of seven", "[#6,#7;A;R]1=[#6,#7;A;R]@[#6,#7;A;R]=[#6,#7;A;R]@[A;R]@[A;R]@[A;R]1", DOUBLE),
    Group(
        "cyclohexa-1,4-diene", "[CX4;!H0]1[CX3;!$(CC=O)]=[CX3;!$(CC=O)][CX4;!H0][CX3;!$(CC=O)]=[CX3;!$(CC=O)]1", DOUBLE
    ),
    Group("fulvene", "[#6;A]=!@[#6;A]1[#6;A]=[#6;A]~[#6;A]~[#6;A]1", DOUBLE),
    Group(
        "ring that lost its aromaticity",
        "[#6X3;A;R]1(=!@[#6,$([#7+0;!$(NN)])])[#6,#7;A]=[#6,#7;A]@[A]@[#6,#7;A]=[#6,#7;A]1",
        DOUBLE,
    ),
    Group("quinone methide", "[CX3;!$(C[N,O,S])]=!@[#6]1@[#6]=,:[#6]@[#6](=O)@[#6]~[#6]1", DOUBLE),
    Group("o-quinone", "O=[#6;A]1[#6;A](=O)[#6;A]=[#6;A][#6]=,:[#6]1", DOUBLE),
    Group("unsaturated ring of 8 to 11", "[C;r8,r9,r10,r11]=@[C,N;r8,r9,r10,r11]", DOUBLE),
    Group("cyclopropene or azirine", "[#6,#7;r3]=@[#6,#7;r3]", DOUBLE),
    Group("cyclobutene", "[C;r4;!$(C=O);!$(CC=O)]=@[C;r4;!$(CC=O)]", DOUBLE),
    Group("methylidene in a small ring", "[CX3;r3]=!@[#6,#7,#8]", DOUBLE),
    Group("cumulated double bonds", "[CX2](=[*])=[*]", DOUBLE),
    Group("polyene", "[CX3;!R]=[CX3;!R][CX3;!R]=[CX3;!R][CX3]=[CX3]", DOUBLE),
    Group("open diene with a free end", "[CX3H2]=[CX3;!R][CX3;!R]=[CX3]", DOUBLE),
    Group("thioaldehyde or thioketone", "[#6][CX3;!$(C[N,O,S])]=[SX1]", DOUBLE),
    Group("non-aromatic azo group", "[#6;!a][NX2]=!@[NX2]", DOUBLE),
    Group("triazene", "[NX3][NX2]=!@[NX2]", DOUBLE),
    Group("imidoyl halide", "[CX3](=[NX2])[F,Cl,Br,I]", DOUBLE),
    Group("vinyl bromide or iodide", "[CX3]=[CX3][Br,I]", HALOGEN),
    # acyl groups that meet water or amines
    Group("acyl halide", "[CX3](=O)[F,Cl,Br,I]"),
    Group("sulfonyl, sulfinyl or phosphoryl chloride", "[S,P](=O)[Cl,Br,I]", HALOGEN),
    Group("anhydride", "[CX3;!$(Cc)](=O)[OX2][CX3]=O", ACYL),
    Group("acyl cyanide", "[CX3](=O)C#N", TRIPLE),
    Group("carbamic or carbonic acid", "[NX3,OX2;!R0,!R][CX3](=O)[OX2H]", ACYL),
    Group("beta-keto acid", "[#6][CX3](=O)[CX4][CX3](=O)[OX2H]", ACYL),
    Group("beta-lactone", "O=C1CCO1", TRIANGLE),
    Group("three carbonyls in a row", "[#6][CX3](=O)[CX3](=O)[CX3](=O)"),
    Group("N-O ester", "[CX3](=O)[OX2][NX3,NX2]", ACYL),
    Group("N-acyl imidazole or triazole", "O=[CX3]([#6])[n;r5;$(n1cncc1),$(n1nncc1),$(n1ncnc1)]", ACYL_AZOLE),
    Group("thio acid", "[CX3](=O)[SX2H]", ACYL),
    Group("ynone", "[#6][CX3](=O)C#C", TRIPLE),
    Group("aldehyde", "[CX3H1](=O)[#6]", rejects=False),
    # one sp3 carbon with two groups that can leave
    Group("aminal", "[<donor>][CX4;!$(C(F)F)][<donor>]", GEMINAL),
    Group("N-acyl aminal", "[<amine>]!@[CX4;H2,H1][NX3,n;$(N[C,S]=O),n]", GEMINAL),
    Group("N-acyl aminal at a ring", "[<amine>]@[CX4;H2,H1]!@[NX3,n;$(N[C,S]=O),n]", GEMINAL),
    Group("hemiaminal", "[OX2H][CX4][NX3,n;!$(N[CX3](=O)c);!$(n)]", GEMINAL),
    Group("hydroxymethyl azole", "[OX2H][CX4]n", GEMINAL),
    Group("N,O-acetal", "[<ether>;!H][CX4;!$(C(F)F)][<donor>]", GEMINAL),
    Group("hemiacetal", "[OX2H][CX4;!$(C([OX2])@[CX4][OX2H,$([NX3]C=O)])][OX2,SX2]", GEMINAL),
    Group("geminal diol", "[OX2H][CX4][OX2H]", GEMINAL),
    Group("open-chain acetal", "[<ether>;!H]!@[CX4;!$(C(F)F);!R]!@[<ether>]", GEMINAL),
    Group("open-chain thioacetal", "[SX2]!@[CX4;!$(C(F)F);!R]!@[<ether>,<amine>,SX2]", GEMINAL),
    Group("orthoester", "[OX2,SX2,NX3][CX4]([OX2,SX2,NX3])[OX2,SX2,NX3]", GEMINAL),
    Group("cyanohydrin", "[OX2H][CX4]C#N", TRIPLE),
    Group("alpha-amino nitrile", "[<amine>][CX4]C#N", TRIPLE),
    Group("halogen next to a heteroatom", "[Cl,Br,I][CX4][N,O,S;X2,X3]", GEMINAL),
    Group("single fluorine next to N or O", "[F][CX4;!$(C(F)F);!$(CC(F)F)][NX3,OX2;!R]", GEMINAL),
    Group(
        "alpha-halogen carbonyl",
        "[Cl,Br,I][CX4;!$(C([Cl,Br,F])[Cl,Br,F]);!$(C([Cl,F])C(=O)N)][CX3]=[O,N]",
        ALKYL_HALIDE,
    ),
    Group("alkyl bromide or iodide", "[CX4][Br,I]", ALKYL_HALIDE),
    Group("alkyl sulfonate", "[CX4][OX2]S(=O)(=O)[#6]", SULFONYL),
    Group("sulfonate on an azine", "[c;r6;$(c:n)]-[OX2]S(=O)=O", SULFONYL),
    Group("mustard", "[Cl,Br,I][CX4][CX4][<amine>,SX2]", ALKYL_HALIDE),
    # chains of heteroatoms
    Group("peroxide", "[OX2,OX1][OX2]", CHAIN),
    Group("hydrazine", "[NX3;!$(N*=[O,S,N]);!$(N=*);!$(N[c,n])][NX3;!$(N*=[O,S,N]);!$(N[c,n])]", CHAIN),
    Group("chain of three nitrogens", "[#7;A;!$([N-]=[N+]);!$(N=[N+]=[N-])][#7;A;+0]~[#7;A;+0]", CHAIN),
    Group("azide or diazo group", "[NX1]=[N+]=*", CHAIN),
    Group("diazonium", "[N+]#N", TRIPLE),
    Group("N-nitroso or N-nitro", "[NX3;!$(N=*)]-[NX2,$([NX3](=O)),$([N+]([O-])=O)]=O", CHAIN),
    Group("hydroxylamine", "[NX3;+0;!$(N[C,S,P]=[O,S,N]);!$(NC#N);!$(Na);!R][OX2;!R]", CHAIN),
    Group("two oxygens on one nitrogen", "[OX2][NX3][OX2]", CHAIN),
    Group("nitrite or nitrate ester", "[OX2]-[N,n+]=O", CHAIN),
    Group("nitrogen halide or oxygen halide", "[F,Cl,Br,I][N,O,S;!$(S(=O)=O)]"),
    Group("chain of sulfurs", "[SX2;!a]~[SX2,SX3;!a]", CHAIN),
    Group("sulfenamide or sulfenate", "[SX2;!a][NX3,OX2,NX2;!a]", CHAIN),
    Group("nitroso group", "[#6,#16][NX2]=[OX1]", CHAIN),
    Group("sulfinic acid", "[SX3](=O)[OX2H]", CHAIN),
    Group("thiocyanate or cyanate", "[SX2,OX2]C#N", TRIPLE),
    # strained, electron-poor or open-shell
    Group("oxirane, aziridine or other small heterocycle", "[O,N,S;r3]", TRIANGLE),
    Group("alkyne in a ring", "[C;R]#@[C;R]", TRIPLE),
    Group("hydroxy- or aminofuran, -thiophene or -pyrrole", "[OX2H,NX3H2][c;r5]1[o,s,nX3][<plain>]c[<plain>]1", FIVE),
    Group("diyne", "C#CC#C", TRIPLE),
    Group("alkyne on a heteroatom", "[CX2;$(C#C)][OX2,Cl,Br,I,SX2,NX3;!$(N[C,S]=O)]", TRIPLE),
    Group("isocyanide", "[CX1-]#[N+]", TRIPLE),
    Group("radical or open valence", "[#6;v0,v1,v2,v3;+0;!$([#6]~[Fe,Co,Ni,Cu,Zn])]", OPEN_CARBON),
    Group("phosphine or P-H", "[PX3;!$(P=*)]", HEAVY),
    Group("silyl ether or Si-H", "[Si;!H0,$([Si][O,N,Cl])]", HEAVY),
    # grease: what a search adds where a prediction rises with size
    Group("open chain of eight atoms", "~".join(["[CX4,NX3,OX2;D2;!R]"] * 8), TAIL),
)


def unstable_groups(mol: Mol, *, flagged: bool = False) -> tuple[str, ...]:
    """Names of the groups of GROUPS that a molecule has; about 0.1 ms.

    Args:
        mol: A sanitised molecule.
        flagged: Whether groups that only deserve a look (aldehydes) are named too.
    """
    met = {ALWAYS, *(needs for needs, pattern in _conditions().items() if mol.HasSubstructMatch(pattern))}
    found = [
        group.name
        for group, pattern in _patterns()
        if group.needs in met and (group.rejects or flagged) and mol.HasSubstructMatch(pattern)
    ]
    if has_anti_bredt_bond(mol):
        found.append("double bond at a bridgehead")
    return tuple(found)


def has_anti_bredt_bond(mol: Mol) -> bool:
    """Whether a non-aromatic double bond starts at the bridgehead of a bridged ring system.

    Reference: Fawcett (1950), Chem. Rev. 47, 219.
    """
    bridgeheads: list[int] = []
    rdMolDescriptors.CalcNumBridgeheadAtoms(mol, bridgeheads)  # type: ignore[arg-type]
    return any(
        bond.GetBondType() == Chem.BondType.DOUBLE and bond.IsInRing()
        for index in bridgeheads
        for bond in mol.GetAtomWithIdx(index).GetBonds()
    )


@cache
def _conditions() -> dict[str, Mol]:
    return {needs: compile_smarts(needs) for needs in dict.fromkeys(group.needs for group in GROUPS) if needs != ALWAYS}


@cache
def _patterns() -> tuple[tuple[Group, Mol], ...]:
    return tuple((group, compile_smarts(group.smarts)) for group in GROUPS)


def compile_smarts(smarts: str) -> Mol:
    """Query molecule of a pattern, its words in angle brackets written out."""
    for word, meaning in WORDS.items():
        smarts = smarts.replace(word, meaning)
    return Chem.MolFromSmarts(smarts)
