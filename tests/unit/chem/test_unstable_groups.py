import pytest

from molconvex.chem import parse
from molconvex.chem.plausibility import GROUPS, unstable_groups
from molconvex.chem.plausibility.unstable_groups import has_anti_bredt_bond

# group -> a molecule that has it, a near miss that a chemist would draw
PAIRS = {
    "enol": ("CC(O)=CC", "CC(O)=CC(C)=O"),
    "enol ether": ("COC=CC", "COC=CC(C)=O"),
    "enol ester": ("CC(=O)OC(C)=C", "CC(=O)OCC=C"),
    "enamine": ("CN(C)C=CC", "CN(C)C=CC#N"),
    "enethiol": ("CC(S)=CC", "CC(S)C=C"),
    "ketene acetal": ("COC(=CC)OC", "COC(=CC(C)=O)OC"),
    "imidic acid": ("CC(O)=NC", "CC(=O)NC"),
    "open-chain imidate": ("CCOC(C)=NC", "CC1=NCCO1"),
    "open-chain imine": ("CC=NC", "CC1=NCCCC1"),
    "2-azadiene": ("CC1=NC(C)=CCC1", "CC1=NC(C)CCC1"),
    "N-H imine": ("CC(=N)C", "CC(=N)N"),
    "indolenine with a mobile hydrogen": ("CC1C=Nc2ccccc21", "CC1(C)C=Nc2ccccc21"),
    "ring diene of five": ("CC1=CC=CC1", "CC1=CCCC1"),
    "ring diene of six": ("CC1=CC=CCC1", "CC1=CCCCC1"),
    "ring diene of seven": ("CC1=CC=CCCC1", "CC1=CCCCCC1"),
    "cyclohexa-1,4-diene": ("CC1=CCC(C)=CC1", "CC1=CCCC(=O)C1"),
    "fulvene": ("CC=C1C=CC=C1", "CC=C1C=Cc2ccccc21"),
    "ring that lost its aromaticity": ("CC=C1C=CCC=C1", "CC1CC=CCC1"),
    "quinone methide": ("CC=C1C=CC(=O)C=C1", "CC=C1CCC(=O)CC1"),
    "o-quinone": ("CC1=CC(=O)C(=O)C=C1", "O=C1Nc2ccccc2C1=O"),
    "unsaturated ring of 8 to 11": ("C1CCCC=CCC1", "C1CCC=CCC1"),
    "cyclopropene or azirine": ("CC1=CC1", "CC1CC1"),
    "cyclobutene": ("CC1=CCC1", "NC1=CC(=O)C1=O"),
    "methylidene in a small ring": ("CC=C1CC1", "CC=C1CCC1"),
    "cumulated double bonds": ("CC=C=CC", "CC=CC=O"),
    "polyene": ("CC=CC=CC=CC", "CC=CCC=CC"),
    "open diene with a free end": ("C=CC=CC", "C=CCC=C"),
    "thioaldehyde or thioketone": ("CC(C)=S", "CC(N)=S"),
    "non-aromatic azo group": ("CN=NC", "c1ccccc1N=Nc1ccccc1"),
    "triazene": ("CN(C)N=Nc1ccccc1", "Cn1nncc1C"),
    "imidoyl halide": ("CC(Cl)=NC", "Clc1ccccn1"),
    "vinyl bromide or iodide": ("CC=CBr", "CC=CCl"),
    "acyl halide": ("CC(=O)Cl", "CC(=O)CC(F)(F)F"),
    "sulfonyl, sulfinyl or phosphoryl chloride": ("CS(=O)(=O)Cl", "CS(=O)(=O)F"),
    "anhydride": ("CC(=O)OC(C)=O", "CC(=O)NC(C)=O"),
    "acyl cyanide": ("CC(=O)C#N", "CC(=O)CC#N"),
    "carbamic or carbonic acid": ("CNC(=O)O", "CNC(=O)OC"),
    "beta-keto acid": ("CC(=O)CC(=O)O", "CC(=O)CC(=O)OC"),
    "beta-lactone": ("CC1CC(=O)O1", "CC1CC(=O)N1"),
    "three carbonyls in a row": ("CC(=O)C(=O)C(C)=O", "CC(=O)C(=O)NC"),
    "N-O ester": ("CC(=O)ON(C)C", "CC(=O)N(C)OC"),
    "N-acyl imidazole or triazole": ("CC(=O)n1ccnc1", "CC(=O)n1cccc1"),
    "thio acid": ("CC(=O)S", "CC(=O)SC"),
    "ynone": ("CC(=O)C#CC", "CNC(=O)C#CC"),
    "aldehyde": ("CCC=O", "CNC=O"),
    "aminal": ("CN(C)CN(C)C", "CC(=O)NCNC(C)=O"),
    "N-acyl aminal": ("CN(C)CNC(C)=O", "CC(=O)N1CN(c2ccccc2)CC1"),
    "N-acyl aminal at a ring": ("CN1CCCC1NC(C)=O", "CN1CCC(NC(C)=O)C1"),
    "hemiaminal": ("CC(O)NC", "CC(O)CNC"),
    "hydroxymethyl azole": ("OCn1cccc1", "OCCn1cccc1"),
    "N,O-acetal": ("COCN(C)C", "COCNC(C)=O"),
    "hemiacetal": ("COC(C)O", "OC1OCCC(O)C1O"),
    "geminal diol": ("CC(O)(O)C", "CC(O)C(C)O"),
    "open-chain acetal": ("COC(C)OC", "CC1OCCO1"),
    "open-chain thioacetal": ("CSCOC", "CC1SCCS1"),
    "orthoester": ("CC(OC)(OC)OC", "CC(OC)(C)OC(F)F"),
    "cyanohydrin": ("CC(O)C#N", "CC(O)CC#N"),
    "alpha-amino nitrile": ("CC(NC)C#N", "CC(NC(C)=O)C#N"),
    "halogen next to a heteroatom": ("CNCCl", "CNCCCl"),
    "single fluorine next to N or O": ("CC(F)OC", "CC(F)(F)OC"),
    "alpha-halogen carbonyl": ("CC(Cl)C(C)=O", "CC(F)C(C)=O"),
    "alkyl bromide or iodide": ("CCBr", "CCCl"),
    "alkyl sulfonate": ("CCOS(C)(=O)=O", "CCOS(N)(=O)=O"),
    "sulfonate on an azine": ("CS(=O)(=O)Oc1ccccn1", "CS(=O)(=O)Oc1cccnc1"),
    "mustard": ("CN(C)CCCl", "CN(C)CCCCl"),
    "peroxide": ("COOC", "COCOC"),
    "hydrazine": ("CNNC", "CNNC(C)=O"),
    "chain of three nitrogens": ("CN(C)N(C)N(C)C", "CN(C)N=C(C)N(C)C"),
    "azide or diazo group": ("CCN=[N+]=[N-]", "CC[N+](=O)[O-]"),
    "diazonium": ("N#[N+]c1ccccc1", "N#Cc1ccccc1"),
    "N-nitroso or N-nitro": ("CN(C)N=O", "CC(=NO)C"),
    "hydroxylamine": ("CN(C)OC", "CC(=O)N(C)OC"),
    "two oxygens on one nitrogen": ("CON(C)OC", "CON(C)CO"),
    "nitrite or nitrate ester": ("CCO[N+](=O)[O-]", "CC[N+](=O)[O-]"),
    "nitrogen halide or oxygen halide": ("CN(C)Cl", "CS(=O)(=O)F"),
    "chain of sulfurs": ("CSSC", "CSCSC"),
    "sulfenamide or sulfenate": ("CSN(C)C", "CS(=O)(=O)N(C)C"),
    "nitroso group": ("CC(C)(C)N=O", "CC(C)=NO"),
    "sulfinic acid": ("CS(=O)O", "CS(C)=O"),
    "thiocyanate or cyanate": ("CSC#N", "CSCC#N"),
    "oxirane, aziridine or other small heterocycle": ("CC1CO1", "CC1COC1"),
    "alkyne in a ring": ("C1CCC#CCCC1", "C#CC1CCCCC1"),
    "hydroxy- or aminofuran, -thiophene or -pyrrole": ("Cc1ccc(O)o1", "CC(=O)c1ccc(N)s1"),
    "diyne": ("CC#CC#CC", "CC#CCC#CC"),
    "alkyne on a heteroatom": ("CC#COC", "CC#CCOC"),
    "isocyanide": ("CC[N+]#[C-]", "CCC#N"),
    "radical or open valence": ("C[CH]C", "CCC"),
    "phosphine or P-H": ("CP(C)C", "CP(C)(C)=O"),
    "silyl ether or Si-H": ("CO[Si](C)(C)C", "C[Si](C)(C)C"),
    "open chain of eight atoms": ("CCCOCCNCCC", "CCCOCCNCC"),
}


def test_every_group_is_tried() -> None:
    assert {group.name for group in GROUPS} == PAIRS.keys()


@pytest.mark.parametrize("name", PAIRS)
def test_group_is_found_and_near_miss_is_not(name: str) -> None:
    has, lacks = PAIRS[name]
    assert name in unstable_groups(parse(has), flagged=True)
    assert name not in unstable_groups(parse(lacks), flagged=True)


def test_flagged_groups_are_named_on_request_alone() -> None:
    assert unstable_groups(parse("CCC=O")) == ()
    assert unstable_groups(parse("CCC=O"), flagged=True) == ("aldehyde",)


@pytest.mark.parametrize(("smiles", "strained"), [("C1C2CCC(=C1)C2", True), ("C1=CC2CCC1C2", False)])
def test_bridgehead_double_bonds(smiles: str, strained: bool) -> None:
    assert has_anti_bredt_bond(parse(smiles)) is strained
    assert ("double bond at a bridgehead" in unstable_groups(parse(smiles))) is strained


def test_conditions_lose_no_match() -> None:
    """`needs` only saves time: each pattern alone finds what the whole finds."""
    from molconvex.chem.plausibility.unstable_groups import compile_smarts

    for has, lacks in PAIRS.values():
        for mol in (parse(has), parse(lacks)):
            alone = {g.name for g in GROUPS if mol.HasSubstructMatch(compile_smarts(g.smarts))}
            assert alone == set(unstable_groups(mol, flagged=True)) - {"double bond at a bridgehead"}
