"""The example page: its blocks compile and have outputs, its figures exist and are small, and it can be renewed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "examples" / "README.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture
def make_examples(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import make_examples

    return make_examples


def test_blocks_compile_and_show_what_they_print() -> None:
    blocks = re.findall(r"```python\n(.*?)```\n(\n```text\n)?", TEXT, re.DOTALL)
    assert len(blocks) >= 4
    for code, output in blocks:
        compile(code, "page", "exec")
        assert bool(output) == ("print(" in code)


def test_figures_exist_and_are_small() -> None:
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
    assert len(named) >= 2
    for name in named:
        assert 1_000 < (PAGE.parent / name).stat().st_size < 200_000
        assert name.replace("../images/", "docs/images/") in TEXT.replace(f"({name})", "")


def test_commands_parse() -> None:
    import shlex

    import typer

    from molconvex.cli.commands import app

    joined = re.sub(r"\\\n\s*", "", "\n".join(re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)))
    for words in (shlex.split(line) for line in joined.splitlines() if line):
        command = typer.main.get_command(app).commands[words[1]]
        command.make_context(words[1], words[2:], resilient_parsing=False)


def page_with(tmp_path: Path, *blocks: str) -> Path:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\n" + "\n\nwords\n\n".join(f"```python\n{block}```\n" for block in blocks) + "\nend\n")
    return page


def test_a_page_is_renewed_with_its_figures_and_stays_the_same(make_examples, tmp_path: Path, capsys) -> None:
    draw = "open('docs/images/a.svg', 'w').write('<svg/>')\n"
    page = page_with(tmp_path, "x = 20 + 1\nprint(2 * x)\n", draw, "print(x, x)\nprint('end')\n")
    before = page.read_text()
    arguments = ["--page", str(page), "--root", str(tmp_path)]
    assert make_examples.main(arguments) == 0
    once = page.read_text()
    assert "print(2 * x)\n```\n\n```text\n42\n```\n" in once
    assert "```text\n21 21\nend\n```" in once
    assert once.count("```text") == 2
    assert (tmp_path / "docs/images/a.svg").read_text() == "<svg/>"
    assert make_examples.main(arguments) == 0
    assert page.read_text() == once != before


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ("y = 1\nraise ValueError('no such drug')\n", "starts 'y = 1' failed: ValueError('no such drug')"),
        ("open('docs/images/b.svg', 'w').write('x' * 300_000)\n", "b.svg has 300,000 bytes"),
    ],
)
def test_a_page_that_fails_is_left_alone(make_examples, tmp_path: Path, capsys, block: str, says: str) -> None:
    page = page_with(tmp_path, "print(1)\nopen('docs/images/a.svg', 'w').write('<svg/>')\n", block)
    before = page.read_text()
    assert make_examples.main(["--page", str(page), "--root", str(tmp_path)]) == 1
    assert says in capsys.readouterr().err
    assert page.read_text() == before
    assert not (tmp_path / "docs").exists()
