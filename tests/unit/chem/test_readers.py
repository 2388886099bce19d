"""Files as chemists have them: right, odd, broken and hostile."""

import gzip
import subprocess
import sys
import zipfile

import pytest

from molconvex.chem import InputMolecule, draw_svg, parse, read_molecules
from molconvex.exceptions import DataError

EXPECTED = [("CCO", "ethanol"), ("c1ccccc1", "benzene")]


def write(path, content):
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def pairs(path, **kwargs):
    return [(m.smiles, m.name) for m in read_molecules(path, **kwargs)]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.smi", "CCO ethanol\nc1ccccc1\tbenzene\n"),
        ("a.txt", "SMILES name\r\nCCO ethanol\r\n\r\nc1ccccc1 benzene"),
        ("a.smi.gz", "# from the fridge\nCCO\tethanol\nc1ccccc1\tbenzene\n"),
        ("a.csv", "smiles,name\nCCO,ethanol\nc1ccccc1,benzene\n"),
        ("a.csv", "Name;SMILES;logP\nethanol;CCO;-0,1\nbenzene;c1ccccc1;2,1\n"),
        ("a.csv", "\ufeffSmiles,ID\n CCO , ethanol\n\n,\nc1ccccc1,benzene\n"),
        ("a.csv", 'sep=;\r\n"Compound ID";"Canonical SMILES"\r\n"ethanol";"CCO"\r\n"benzene";"c1ccccc1"\r\n'),
        ("a.csv", '"name","smiles"\n"ethanol","CCO"\n"benzene","c1ccccc1"\n'),
        ("a.tsv", "smiles\tremark, free\tname\nCCO\ta;b\tethanol\nc1ccccc1\tc,d\tbenzene\n"),
        ("a.tsv.gz", "smiles\tname\nCCO\tethanol\nc1ccccc1\tbenzene\n"),
        ("a.txt", "smiles,name\nCCO,ethanol\nc1ccccc1,benzene\n"),
        ("a.csv", "smiles,name\nCCO,ethanol\nc1ccccc1,benzene\n".encode("utf-16")),
        ("a.csv", "smiles,name\rCCO,ethanol\rc1ccccc1,benzene\r"),
    ],
)
def test_the_same_two_molecules_from_many_spellings(tmp_path, file, content):
    assert pairs(write(tmp_path / file, content)) == EXPECTED


def test_line_numbers_are_those_of_the_file(tmp_path):
    listing = write(tmp_path / "a.smi", "smiles\n\nCCO\n# remark\nnonsense here\n")
    assert read_molecules(listing) == [InputMolecule(3, "", "CCO"), InputMolecule(5, "here", "nonsense")]
    table = write(tmp_path / "a.csv", 'smiles,note\n\nCCO,"two\nlines"\nCCN,\n')
    assert [m.line for m in read_molecules(table)] == [3, 5]


def test_broken_rows_come_back_with_their_problem_and_stop_nothing(tmp_path):
    path = write(tmp_path / "a.csv", 'id,smiles,x,y\n1,CCO,0,0\n2,CCN,0\n3,"CC"C,0,0\n4,CCC,0,0\n5,CC,0,0,0\n')
    rows = read_molecules(path)
    assert [(m.line, m.problem) for m in rows if not m.problem] == [(2, ""), (5, "")]
    assert rows[1].problem == "line 3 has 3 fields, the header has 4"
    assert "line 4 has misplaced quotation marks" in rows[2].problem
    assert rows[4].problem == "line 6 has 5 fields, the header has 4"


def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path):
    path = write(tmp_path / "a.csv", 'smiles,name\nCCO,"ethanol\nCCN,x\nCCC,y\n')
    with pytest.raises(DataError, match="opened on line 2 is never closed"):
        read_molecules(path)


def test_malformed_smiles_are_given_as_they_are(tmp_path):
    path = write(tmp_path / "a.csv", "smiles\nCCO\n???\n")
    assert pairs(path) == [("CCO", ""), ("???", "")]


def test_windows_encoding_reads_its_umlauts(tmp_path):
    path = write(tmp_path / "a.csv", "smiles;name\nCCO;Äthanol\n".encode("cp1252"))
    assert pairs(path) == [("CCO", "Äthanol")]


def test_missing_column_lists_those_present(tmp_path):
    path = write(tmp_path / "a.csv", "drawing;logP\nCCO;1\n")
    with pytest.raises(DataError, match=r"no column is called SMILES; its columns are 'drawing', 'logP'\."):
        read_molecules(path)
    with pytest.raises(DataError, match=r"no column 'drawin'; its columns are: drawing, logP\. Did you mean 'drawing'"):
        read_molecules(path, smiles_column="drawin")
    assert pairs(path, smiles_column="DRAWING") == [("CCO", "")]


def test_several_smiles_columns_must_be_chosen_from(tmp_path):
    path = write(tmp_path / "a.csv", "smiles_in,smiles_out\nCCO,CCN\n")
    with pytest.raises(DataError, match="2 columns that may hold SMILES, smiles_in, smiles_out"):
        read_molecules(path)
    assert pairs(path, smiles_column="smiles_out") == [("CCN", "")]


def test_plain_smiles_column_wins_over_longer_names(tmp_path):
    path = write(tmp_path / "a.csv", "raw_smiles,SMILES\nCCO,CCN\n")
    assert pairs(path) == [("CCN", "")]


@pytest.mark.parametrize("content", ["", "\n \n", "\ufeff"])
@pytest.mark.parametrize("file", ["a.smi", "a.csv", "a.sdf", "a.smi.gz"])
def test_empty_file_is_an_error(tmp_path, file, content):
    with pytest.raises(DataError, match=r"empty|no molecules"):
        read_molecules(write(tmp_path / file, content))


@pytest.mark.parametrize(
    ("file", "content"), [("a.csv", "smiles,name\n"), ("a.csv", "smiles,name\n,\n"), ("a.smi", "smiles\n# none\n")]
)
def test_header_alone_is_an_error(tmp_path, file, content):
    with pytest.raises(DataError, match="no molecules"):
        read_molecules(write(tmp_path / file, content))


def test_separators_alone_are_an_error(tmp_path):
    with pytest.raises(DataError, match="nothing else"):
        read_molecules(write(tmp_path / "a.csv", ",,\n,,\n"))


def test_excel_is_known_by_its_content_whatever_it_is_called(tmp_path):
    for name in ("a.xlsx", "a.csv"):
        with zipfile.ZipFile(tmp_path / name, "w") as book:
            book.writestr("xl/workbook.xml", "<workbook/>")
        with pytest.raises(DataError, match=r"Excel workbook.*save the sheet as CSV"):
            read_molecules(tmp_path / name)
    with pytest.raises(DataError, match=r"\.xls.*save the sheet as CSV"):
        read_molecules(write(tmp_path / "b.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)))


def test_binary_damaged_missing_and_unknown_files_are_refused_in_words(tmp_path):
    with pytest.raises(DataError, match="binary"):
        read_molecules(write(tmp_path / "a.smi", b"CCO\n\x00\x01"))
    (tmp_path / "b.smi.gz").write_bytes(gzip.compress(b"CCO\n" * 1000)[:40])
    with pytest.raises(DataError, match="damaged gzip"):
        read_molecules(tmp_path / "b.smi.gz")
    with pytest.raises(DataError, match="there is no file"):
        read_molecules(tmp_path / "none.smi")
    with pytest.raises(DataError, match="is a folder"):
        read_molecules(tmp_path)
    with pytest.raises(DataError, match=r"ends in '\.docx'.*\.smi"):
        read_molecules(write(tmp_path / "c.docx", "CCO\n"))


SDF_MISTAKES = "broken\n\n\n  x  0  0\nM  END\n$$$$\n"


def sdf_of(*smiles_and_names):
    from rdkit import Chem

    records = []
    for smiles, name in smiles_and_names:
        mol = parse(smiles)
        mol.SetProp("_Name", name)
        records.append(Chem.MolToMolBlock(mol) + "$$$$\n")
    return records


@pytest.mark.parametrize("file", ["a.sdf", "a.SDF.gz"])
def test_sdf_with_a_broken_record_keeps_the_others(tmp_path, file, capfd):
    ethanol, benzene = sdf_of(*EXPECTED)
    rows = read_molecules(write(tmp_path / file.lower(), ethanol + SDF_MISTAKES + benzene))
    assert [(m.smiles, m.name) for m in rows if not m.problem] == EXPECTED
    start = ethanol.count("\n") + 1
    assert rows[1] == InputMolecule(
        start, "broken", "", f"RDKit cannot read the SDF record that begins on line {start}"
    )
    assert rows[2].line == start + SDF_MISTAKES.count("\n")
    assert capfd.readouterr().err == ""


def test_sdf_without_titles_takes_its_name_field(tmp_path):
    (record,) = sdf_of(("CCO", ""))
    path = write(tmp_path / "a.sdf", record.replace("$$$$", ">  <Compound_ID>\nX-1\n\n$$$$"))
    assert pairs(path) == [("CCO", "X-1")]


def test_sdf_last_record_needs_no_end_mark_and_a_column_makes_no_sense(tmp_path):
    (record,) = sdf_of(("CCO", "ethanol"))
    path = write(tmp_path / "a.sdf", record.replace("$$$$\n", ""))
    assert pairs(path) == [("CCO", "ethanol")]
    with pytest.raises(DataError, match="for tables only"):
        read_molecules(path, smiles_column="smiles")


def test_rdkit_stays_silent_and_its_log_is_not_switched_off_for_others():
    code = (
        "from rdkit import Chem; from molconvex.chem import compute_properties, parse, draw_svg\n"
        "compute_properties(['c1ccccc', '[H+]'])\n"
        "try: parse('C(C)(C)(C)(C)C')\nexcept ValueError: pass\n"
        "import sys; print('ours done', file=sys.stderr, flush=True); Chem.MolFromSmiles('c1ccccc')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = run.stderr.split("ours done")
    assert before == ""
    assert "SMILES Parse Error" in after


def test_drawing_is_silent_too(capfd):
    draw_svg("CCO", highlight="CCN")
    assert capfd.readouterr().err == ""
