"""Parts of pages that come from the code itself: options of commands, columns of tables, properties.

A page holds a line such as `<!-- options: generate -->`, `<!-- columns: candidates.csv -->` or `<!-- properties -->`.
"""

import re
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperArgument

from molconvex.chem import PROPERTIES
from molconvex.cli.commands import app
from molconvex.columns import TABLES

MARK = re.compile(r"<!-- (?P<kind>options|columns|properties)(?:: (?P<name>[^>]+?))? -->")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in the marked lines of a page."""
    return MARK.sub(lambda mark: PARTS[mark["kind"]](mark["name"] or ""), markdown)


def options(command: str) -> str:
    """Options of a command as a table."""
    group = typer.main.get_command(app)
    chosen = group.commands[command]  # type: ignore[attr-defined]
    if hasattr(chosen, "commands"):
        return _table(
            ("command", "what it does"),
            [(f"`{command} {name}`", _plain(item.get_short_help_str(200))) for name, item in chosen.commands.items()],
        )
    context = chosen.make_context(command, [], resilient_parsing=True)
    rows = []
    for item in chosen.get_params(context):
        if isinstance(item, TyperArgument):
            rows.append((f"`{item.name}`", _plain(item.help or "")))
        elif item.name != "help":
            names = ", ".join(f"`{name}`" for name in [*item.opts, *item.secondary_opts])
            rows.append((names, _plain(item.help or "")))
    return _table(("option", "meaning"), rows)


def columns(name: str) -> str:
    """Columns of a table."""
    return _table(("column", "unit", "meaning"), [(f"`{c.shown}`", c.unit, c.meaning) for c in TABLES[name]])


def properties(_: str) -> str:
    """Properties that RDKit measures."""
    rows = [
        (f"`{p.name}`", p.label, p.unit, f"{p.low:g} to {p.high:g}", p.description, p.reference)
        for p in PROPERTIES.values()
    ]
    return _table(("name", "label", "unit", "usual range", "meaning", "reference"), rows)


PARTS: dict[str, Callable[[str], str]] = {"options": options, "columns": columns, "properties": properties}


def _plain(help_text: str) -> str:
    """Help without the markup of the terminal."""
    return re.sub(r"\[/?dim\]", "", help_text).replace(r"\[", "[")


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;") if "`" not in text else text.replace("|", "\\|")
