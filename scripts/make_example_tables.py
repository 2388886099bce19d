"""Write the tables of data/examples that tutorials and the README use: leads, and assay values that are made up.

    python scripts/make_example_tables.py

The molecules are the well-known drugs of drugs.csv and a series of amides, sulfonamides and ureas put together from
building blocks. The pIC50 is invented: a formula of descriptors that RDKit computes, with noise. It stands for no
measurement of anything.
"""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from molconvex.chem import compute_properties, standardize

EXAMPLES = Path(__file__).resolve().parents[1] / "data" / "examples"
LEADS = ("gefitinib", "celecoxib", "loratadine", "propranolol", "warfarin")
RINGS = (
    "c1ccccc1{}",
    "c1ccc(F)cc1{}",
    "c1cc(Cl)ccc1{}",
    "c1ccc(OC)cc1{}",
    "c1ccncc1{}",
    "c1cc(C)ccc1{}",
    "c1ccc2[nH]ccc2c1{}",
)
LINKS = ("C(=O)N{}", "S(=O)(=O)N{}", "NC(=O)N{}", "CC(=O)N{}")
ENDS = ("CCN(C)C", "C1CCCCC1", "Cc1ccccc1", "CCOC", "C1CCN(C)CC1", "Cc1ccncc1", "CC(C)C", "CCc1ccc(O)cc1")
NOISE = 0.3  # standard deviation of a repeated measurement
NEW = 40  # molecules of the later table
FLOOR = 4.3  # values below are only known to lie below


def main() -> None:
    """Write leads.smi, assays.csv and new_assays.csv."""
    drugs = {row["name"]: row["smiles"] for row in csv.DictReader((EXAMPLES / "drugs.csv").open(encoding="utf-8"))}
    write_text("leads.smi", "".join(f"{drugs[name]} {name}\n" for name in LEADS))
    rng = random.Random(0)
    molecules = [*((smiles, name) for name, smiles in drugs.items()), *series()]
    rng.shuffle(molecules)
    values = dict(zip([smiles for smiles, _ in molecules], made_up([smiles for smiles, _ in molecules]), strict=True))
    write_table("new_assays.csv", molecules[:NEW], values, rng, repeats=0.0)
    write_table("assays.csv", molecules[NEW:], values, rng, repeats=0.1)


def series() -> Iterator[tuple[str, str]]:
    """Molecules put together from building blocks, with numbers as names."""
    number = 0
    for ring in RINGS:
        for link in LINKS:
            for end in ENDS:
                number += 1
                yield standardize(ring.format(link.format(end))).smiles, f"EX-{number:03d}"


def made_up(smiles: list[str]) -> list[float]:
    """An invented pIC50: rises with aromatic rings and moderate logP, falls with polarity."""
    table = compute_properties(smiles)
    near = -0.25 * (table["logp"] - 2.5) ** 2
    value = 6.0 + near + 0.45 * table["aromatic_rings"] - 0.012 * table["tpsa"] + 0.4 * table["hydrogen_bond_donors"]
    return [float(number) for number in value]


def write_table(
    name: str, molecules: list[tuple[str, str]], values: dict[str, float], rng: random.Random, repeats: float
) -> None:
    """Rows smiles, name, pIC50; some molecules twice, values below the floor as a bound."""
    lines = ["smiles,name,pIC50"]
    for smiles, label in molecules:
        for _ in range(2 if rng.random() < repeats else 1):
            value = values[smiles] + rng.gauss(0, NOISE)
            lines.append(f"{smiles},{label},{f'{value:.2f}' if value >= FLOOR else f'<{FLOOR}'}")
    write_text(name, "\n".join(lines) + "\n")


def write_text(name: str, text: str) -> None:
    """A file among the examples."""
    (EXAMPLES / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{name}: {text.count(chr(10))} lines")


if __name__ == "__main__":
    main()
