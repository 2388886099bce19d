"""The bundled tables as they are: real drugs pass, strange molecules do not, leads get as many edits as asked for."""

import csv

import numpy as np
import pytest

from molconvex.chem import Molecule, parse
from molconvex.chem.edits import load_fragments, mutate
from molconvex.chem.plausibility import features, implausible_features
from molconvex.files import data_path


def drugs() -> dict[str, str]:
    with data_path("examples", "drugs.csv").open(encoding="utf-8") as file:
        return {row["name"]: row["smiles"] for row in csv.DictReader(file)}


def test_of_forty_drugs_only_the_azide_is_rejected() -> None:
    rejected = {name for name, smiles in drugs().items() if implausible_features(parse(smiles))}
    assert rejected == {"zidovudine"}


@pytest.mark.parametrize(
    "smiles",
    [
        "CC1=CC=CC1=Cc1ccccc1",  # fulvene
        "C1=CC2CC1=CC2c1ccccc1",  # double bond at a bridgehead
        "c1ccc2c(c1)OC1OC2N2CC12",  # ring system that nobody made
        "CN(C)CN(O)C(O)(F)NC",
    ],
)
def test_strange_molecules_are_rejected(smiles: str) -> None:
    assert implausible_features(parse(smiles))


@pytest.mark.parametrize("name", ["celecoxib", "haloperidol"])
def test_most_edits_of_a_drug_are_plausible(name: str) -> None:
    lead = Molecule(drugs()[name])
    excused = features(lead)
    edits = mutate(lead, 60, np.random.default_rng(0))
    assert len(edits) == 60
    assert sum(not implausible_features(edit.molecule, lead=excused) for edit in edits) >= 50


def test_the_table_of_fragments_knows_the_common_pieces() -> None:
    table = load_fragments()
    assert min(table.number(piece) for piece in ("C[*:1]", "CO[*:1]", "c1ccc([*:1])cc1", "[H][*:1]")) >= 0
    assert table.number("C[Hg][*:1]") == -1
    assert (np.diff(table.contexts.astype(object)) > 0).all()
    assert int(table.sizes.max()) == 10
