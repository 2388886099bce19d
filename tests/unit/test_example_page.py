"""Pages with examples: their blocks compile and have outputs, their figures are small, and they can be renewed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIALS = [ROOT / "docs" / "tutorials" / f"{reader}.md" for reader in ("chemist", "cheminformatician", "scientist")]
PAGES = [ROOT / "docs" / "examples" / "README.md", *TUTORIALS]
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pytest.fixture
def make_examples(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import make_examples

    return make_examples


@by_page
def test_blocks_compile_and_a_page_that_was_run_shows_all_that_they_print(page: Path) -> None:
    blocks = re.findall(r"```(python|bash)\n(.*?)```\n(\n```text\n)?", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    was_run = any(output for _, _, output in blocks)
    for language, code, output in blocks:
        if language == "python":
            compile(code, "page", "exec")
        assert bool(output) == (was_run and ("print(" in code or language == "bash")), code


@by_page
def test_figures_exist_and_are_small(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert 1_000 < (page.parent / name).stat().st_size < 400_000
        drawn = name.replace("../images/", "docs/images/") in text.replace(f"({name})", "")
        assert drawn or name.endswith(".png"), name


@by_page
def test_commands_parse(page: Path) -> None:
    import shlex

    import typer

    from molconvex.cli.commands import app

    blocks = re.findall(r"```(?:bash|sh)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    joined = re.sub(r"\\\n\s*", "", "\n".join(blocks))
    for line in joined.splitlines():
        words = shlex.split(re.split(r" \| | 2>", line)[0])
        if words[:1] == ["molconvex"]:
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


def test_commands_of_a_page_run_with_the_example_files_at_hand(make_examples, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```bash\nmolconvex --version\nhead -n 1 data/examples/assays.csv\n```\n")
    assert make_examples.main(["--page", str(page), "--root", str(tmp_path)]) == 0
    assert "```text\nmolconvex " in page.read_text()
    assert "smiles,name,pIC50" in page.read_text()


def test_a_command_that_fails_leaves_the_page_alone(make_examples, tmp_path: Path, capsys) -> None:
    page = tmp_path / "page.md"
    page.write_text("```bash\nmolconvex check nowhere\necho done\n```\n")
    before = page.read_text()
    assert make_examples.main(["--page", str(page), "--root", str(tmp_path)]) == 1
    assert "nowhere is no run" in capsys.readouterr().err
    assert page.read_text() == before
