"""Settings and records from files: of the right type, or one line that says what is wrong."""

import os

import pytest

from molconvex.documents import check_regular_file, read_document, read_json, read_toml
from molconvex.exceptions import LONGEST_MESSAGE, ConfigError, DataError, MolconvexError, WeightsError

DEEP = 100_000


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"[1, 2]", "it holds a list"),
        (b'"text"', "it holds text"),
        (b"1", "it holds a number"),
        (b"true", "it holds true or false"),
        (b"null", "it holds nothing"),
        (b"{", "no valid JSON"),
        (b"", "no valid JSON"),
        (b"\xff\xfe{\x00}\x00", "no UTF-8 text"),
        (b'{"a": ' * DEEP + b"1" + b"}" * DEEP, "nested too deeply"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "no valid JSON"),
    ],
)
def test_json_of_the_wrong_kind_is_named(tmp_path, content, part):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(WeightsError, match=part) as caught:
        read_json(tmp_path / "a.json", WeightsError)
    assert "a.json" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"a = ", "no valid TOML"),
        (b"a = 1\na = 2", "no valid TOML"),
        (b"a = " + b"[" * DEEP + b"]" * DEEP, "nested too deeply"),
        (b"a = \xe4", "no UTF-8 text"),
        (b"a = " + b"9" * 10_000, "no valid TOML"),
    ],
)
def test_toml_of_the_wrong_kind_is_named(tmp_path, content, part):
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=part):
        read_toml(tmp_path / "a.toml", ConfigError)


def test_good_documents_are_read_with_or_without_a_byte_order_mark(tmp_path):
    (tmp_path / "a.json").write_text('{"a": [1]}', encoding="utf-8-sig")
    (tmp_path / "a.toml").write_text("a = [1]", encoding="utf-8-sig")
    assert read_json(tmp_path / "a.json") == read_toml(tmp_path / "a.toml") == {"a": [1]}


def test_only_regular_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, part in [
        ("pipe", "is a pipe"),
        (".", "is a folder"),
        ("none", "there is no file"),
        ("a\0b", "no file|read"),
    ]:
        with pytest.raises(DataError, match=part):
            check_regular_file(tmp_path / path)
    with pytest.raises(DataError, match="device"):
        check_regular_file(tmp_path.__class__("/dev/zero"))
    with pytest.raises(DataError, match="there is no file"):
        check_regular_file(tmp_path / "a" / "b")


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_the_largest_document_is_read_and_no_larger(tmp_path, monkeypatch, size, fits):
    monkeypatch.setattr("molconvex.documents.LARGEST_DOCUMENT", 100)
    (tmp_path / "a").write_text("x" * size)
    if fits:
        assert len(read_document(tmp_path / "a")) == size
    else:
        with pytest.raises(DataError, match="larger than"):
            read_document(tmp_path / "a")


@pytest.mark.parametrize("length", [LONGEST_MESSAGE, LONGEST_MESSAGE + 1, 100_000])
def test_an_error_is_one_line_of_bounded_length_with_its_beginning_and_end(length):
    text = "begin" + "x" * (length - 8) + "end"
    shown = str(MolconvexError(text))
    assert len(shown) <= LONGEST_MESSAGE
    assert (shown == text) is (length == LONGEST_MESSAGE)
    assert shown.startswith("begin")
    assert shown.endswith("end")


def test_an_error_has_neither_line_ends_nor_control_characters():
    assert str(DataError("a\nb\x1b[31mc\u202e\td")) == "a b [31mc d"
    assert str(WeightsError("a")) == "a"
