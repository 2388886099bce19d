"""Files that people upload: broken rows are named, what is no table is refused in words, no path of ours is shown."""

from types import SimpleNamespace

import pytest
from reading import words

from app.components import uploads
from app.views import models
from molconvex.exceptions import DataError


def upload(content: bytes, name: str = "mine.csv") -> SimpleNamespace:
    """A file as Streamlit gives it."""
    return SimpleNamespace(name=name, getvalue=lambda: content)


@pytest.fixture
def page_with(open_app, monkeypatch):
    """Open a page on which a file was uploaded."""

    def opened(content: bytes, name: str = "mine.csv", address: str = "design"):
        monkeypatch.setattr("streamlit.file_uploader", lambda *_, **__: upload(content, name))
        return open_app(address)

    return opened


def test_leads_of_a_file_are_used_and_its_broken_rows_named(page_with) -> None:
    page = page_with(b"SMILES,name\nCOc1ccccc1,anisole\nCCO,ethanol,too many\n,nothing\nCCOc1ccccc1,phenetole\n")
    assert not page.exception
    said = page.warning[0].value
    assert said == ("**2 rows left out:** line 3 has 3 fields, the header has 2; line 4 has no structure.")
    page.button(key="use_file").click().run()
    assert "2 leads of 2 can be used" in words(page)


def test_of_many_broken_rows_the_first_five_are_named() -> None:
    read = uploads._read(upload(b"SMILES,name\nCCO,ethanol\n" + b"C,a,b\n" * 6), None)
    assert len(read.problems) == 6
    assert uploads._left_out(read.problems).count("has 3 fields") == 5
    assert uploads._left_out(read.problems).endswith("; and 1 more.")
    assert "more" not in uploads._left_out(read.problems[:5])


def test_the_column_of_the_structures_is_asked_for_where_no_name_tells(page_with) -> None:
    page = page_with(b"code,ligand\n1,COc1ccccc1\n2,CCOc1ccccc1\n")
    assert list(page.selectbox(key="leads_column").options) == ["code", "ligand"]
    page.selectbox(key="leads_column").set_value("ligand").run()
    page.button(key="use_file").click().run()
    assert "2 leads of 2 can be used" in words(page)


def test_an_upload_is_called_as_its_owner_calls_it() -> None:
    with pytest.raises(DataError, match=r"^the file mine\.csv is empty; a header"):
        uploads.with_copy(upload(b""), models._preview)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "mine.csv is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary file"),
        (b"PK\x03\x04 and so on", "Excel workbook"),
        (b'SMILES,pIC50\nCCO,1\n"never closed,2\n', "never closed"),
        (b"SMILES,SMILES,pIC50\nCCO,CCO,1\n", "more than one column called"),
        (b"hello", "needs a second column"),
        (b"Dear Sir, I send; you | this\nthanks, yes; no | so\n", "can be read in two ways"),
    ],
)
def test_what_is_no_table_of_values_is_refused_in_words(page_with, content: bytes, said: str) -> None:
    page = page_with(content, address="models")
    assert not page.exception
    (error,) = page.error
    assert said in error.value.replace("\\", "")
    assert "molconvex-" not in error.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_previewed_as_it_will_be_read(encoding: str) -> None:
    text = "Structure;potency (µM)\nCCO;1,5\n;\nbroken\nCCN;2,5\n"
    table = uploads.with_copy(upload(text.encode(encoding)), models._preview)
    assert list(table.columns) == ["Structure", "potency (µM)"]
    assert table.to_numpy().tolist() == [["CCO", "1,5"], ["CCN", "2,5"]]
