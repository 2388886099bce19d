"""The documentation: each command, table and room has its place, and what is made from code is whole."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import typer

from molconvex.cli.commands import app
from molconvex.columns import TABLES
from molconvex.settings import fields_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
COMMANDS = list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_hooks", DOCS / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_has_its_table_of_options() -> None:
    text = (DOCS / "guide" / "commands.md").read_text(encoding="utf-8")
    assert re.findall(r"<!-- options: (\S+) -->", text) == re.findall(r"^## (\S+)", text, re.MULTILINE)
    assert set(re.findall(r"<!-- options: (\S+) -->", text)) == set(COMMANDS)


def test_every_table_has_its_columns() -> None:
    text = (DOCS / "guide" / "columns.md").read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- columns: (.+?) -->", text)) == set(TABLES)


def test_every_page_is_in_the_navigation_and_every_entry_is_a_page() -> None:
    named = set(re.findall(r"(\S+\.md)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert named == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}


def test_marks_are_replaced_by_what_the_code_says(hooks: ModuleType) -> None:
    from molconvex.design.settings import GenerateSettings

    page = hooks.on_page_markdown("a\n<!-- options: generate -->\nb <!-- other: x -->")
    assert page.startswith("a\n| option | meaning |")
    assert page.endswith("b <!-- other: x -->")
    assert page.count("[default: ") == page.count("\\[") + page.count("[default: ")  # no markup of the terminal is left
    assert "[dim]" not in page
    for name, field in fields_of(GenerateSettings).items():
        if name != "leads":
            assert (field.description or "")[1:20] in page, name
    assert "| `predicted_<property>` | of the property |" in hooks.on_page_markdown("<!-- columns: candidates.csv -->")
    assert "| `tpsa` | TPSA | Å² | 0 to 250 |" in hooks.on_page_markdown("<!-- properties -->")
    assert hooks._table(("a",), [("x|y < z",)]).splitlines()[-1] == "| x\\|y &lt; z |"
