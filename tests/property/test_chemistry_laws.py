"""Laws of the chemistry room on generated input: no text breaks it, files give back what was written."""

import csv
import gzip
from io import StringIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molconvex.chem import (
    compute_properties,
    draw_svg,
    find_alerts,
    parse,
    pick_diverse,
    read_molecules,
    standardize,
    tanimoto,
)
from molconvex.exceptions import ChemistryError, DataError

FRAGMENTS = ["C", "CC", "c1ccccc1", "C(=O)O", "N", "C1CC1", "O", "C(F)(F)F", "S(=O)(=O)N", "[N+](=O)[O-]", "C#N", "Cl"]
CHEMICAL = st.text(alphabet="CNOSPFclnos()[]=#123+-@/\\.%H", max_size=40)
MOLECULES = st.lists(st.sampled_from(FRAGMENTS[:7]), min_size=1, max_size=6).map(lambda parts: "C" + "C".join(parts))
CELLS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="\u200b\ufeff"), max_size=12
).map(lambda text: " ".join(text.split()))

TABLES = st.text(alphabet='CNO=1smiles,;\t"\n ', max_size=80).map(lambda text: f"smiles,x\n{text}")


def encoded(text):
    return text.encode("utf-8", "replace")


def outcome(function, argument, error):
    """What the function gave, or None and the text of the one error that it may raise."""
    try:
        return function(argument), ""
    except error as refusal:
        return None, str(refusal)


@given(st.one_of(CHEMICAL, st.text(st.characters(blacklist_categories=("Cs",)), max_size=40)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_molecule_or_one_clear_error(text):
    mol, refusal = outcome(parse, text, ChemistryError)
    if mol is None:
        assert refusal
        assert compute_properties([text], ["logp"]).isna().all(axis=None)
        return
    assert mol.GetNumAtoms() > 0
    assert isinstance(find_alerts(mol), tuple)
    assert compute_properties([text]).shape == (1, 13)


@given(MOLECULES)
@settings(max_examples=50, deadline=None)
def test_standard_smiles_is_a_fixed_point_and_can_be_drawn(smiles):
    once = standardize(smiles).smiles
    assert standardize(once).smiles == once
    assert draw_svg(once, highlight=smiles).startswith("<svg")


@given(st.lists(MOLECULES, min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_tanimoto_is_a_symmetric_similarity(smiles):
    table = np.array([tanimoto(s, smiles) for s in smiles])
    np.testing.assert_array_equal(table, table.T)
    np.testing.assert_array_equal(np.diag(table), 1.0)
    assert ((table >= 0) & (table <= 1)).all()


@given(st.lists(MOLECULES, min_size=1, max_size=12), st.integers(1, 12), st.integers(0, 2**31 - 1))
@settings(max_examples=50, deadline=None)
def test_picks_are_distinct_rows(smiles, k, seed):
    picks = pick_diverse(smiles, k, seed)
    assert len(picks) == len(set(picks)) == min(k, len(smiles))
    assert all(0 <= row < len(smiles) for row in picks)


@given(
    st.lists(st.tuples(st.sampled_from(FRAGMENTS), CELLS), min_size=1, max_size=6),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_reads_back_as_written(tmp_path, rows, separator, line_end, encoding, packed):
    out = StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=line_end)
    writer.writerows([("Name", "SMILES"), *((name, smiles) for smiles, name in rows)])
    data = out.getvalue().encode(encoding)
    path = tmp_path / ("a.csv.gz" if packed else "a.csv")
    path.write_bytes(gzip.compress(data) if packed else data)
    assert [(m.smiles, m.name, m.problem) for m in read_molecules(path)] == [(s, n, "") for s, n in rows]


@pytest.mark.parametrize("name", ["a.smi", "a.csv", "a.sdf", "a.txt"])
@given(data=st.one_of(st.binary(max_size=200), st.one_of(st.text(max_size=200), TABLES).map(encoded)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_read_or_refused_with_its_name(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    molecules, refusal = outcome(read_molecules, path, DataError)
    if molecules is None:
        assert name in refusal
        return
    assert molecules
    assert all(1 <= m.line <= data.count(b"\n") + data.count(b"\r") + 1 for m in molecules)
