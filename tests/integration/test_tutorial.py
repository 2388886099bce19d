"""The cheminformatician's tutorial runs from beginning to end, on smaller budgets than the page's."""

import re
from pathlib import Path

import pytest
from forked_commands import forked_commands

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorials" / "cheminformatician.md"
SIZE, SMALL = "--budget 20 --analogues 60", "--budget 3 --analogues 10"
VARIES = re.compile(r"\d[\d.,]*")


@pytest.fixture
def make_examples(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import make_examples

    return make_examples


def test_the_page_runs_and_prints_what_it_says(make_examples, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MOLCONVEX_HOME", str(tmp_path / "home"))
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(SIZE) == 2
    page = tmp_path / "page.md"
    page.write_text(text.replace(SIZE, SMALL), encoding="utf-8")
    with forked_commands() as molconvex:
        monkeypatch.setattr(make_examples, "SHELL", "set -e\n" + molconvex)
        make_examples.renew(page, tmp_path)
    printed, written = outputs(page.read_text(encoding="utf-8")), outputs(text)
    assert len(printed) == len(written)
    for now, then in zip(printed, written, strict=True):
        assert now[0] == then[0]
    whole = page.read_text(encoding="utf-8")
    assert "tonight: 5 of 6 leads done, 1 row rejected" in whole
    assert "6,broken,C1CC(,rejected" in whole
    assert "latents.csv: 5 of 5 molecules encoded" in whole
    assert re.search(r"runs/batch: all that was checked holds, [1-9]\d* certificates verified", whole)
    assert re.search(r"runs/batch: [1-9]\d* problems; the run is not what was written", whole)


def outputs(text: str) -> list[list[str]]:
    """Lines of each output without their numbers."""
    blocks = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    return [[" ".join(VARIES.sub("#", line).split()) for line in block.splitlines()] for block in blocks]
