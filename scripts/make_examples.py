"""Run the Python of the example page in order, and put what it prints and draws back into the page.

    python scripts/make_examples.py

Each ```python block of the page runs in one namespace; the ```text block behind it is replaced by what it printed.
Blocks run in an empty folder, and files that they write under docs/images are copied to the repository in the end: the
page and its figures are renewed together or not at all. About a minute on one core.
"""

import argparse
import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "examples" / "README.md"
IMAGES = Path("docs", "images")
CELL = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)
MOST_BYTES = 200_000


def main(argv: Sequence[str] | None = None) -> int:
    """Renew the page; 0 if all went well, 1 with a message if a block failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--page", type=Path, default=PAGE, help="Markdown page with the blocks")
    parser.add_argument("--root", type=Path, default=ROOT, help="folder that gets docs/images")
    arguments = parser.parse_args(argv)
    try:
        renew(arguments.page, arguments.root)
    except ExampleError as error:
        print(f"error: {error}; the page and its figures are as they were", file=sys.stderr)
        return 1
    return 0


class ExampleError(Exception):
    """A block failed, or a figure is too large."""


def renew(page: Path, root: Path) -> None:
    """Run the blocks of a page and write the page and its figures.

    Raises:
        ExampleError: If a block fails or a figure is larger than 200 kB.
    """
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / IMAGES).mkdir(parents=True)
        with contextlib.chdir(folder):
            renewed = run_blocks(text)
        figures = sorted((Path(folder) / IMAGES).iterdir())
        for figure in figures:
            if (size := figure.stat().st_size) > MOST_BYTES:
                raise ExampleError(f"{figure.name} has {size:,} bytes, more than {MOST_BYTES:,}; draw fewer structures")
        (root / IMAGES).mkdir(parents=True, exist_ok=True)
        for figure in figures:
            shutil.copyfile(figure, root / IMAGES / figure.name)
            print(f"{IMAGES / figure.name}: {figure.stat().st_size:,} bytes")
    page.write_text(renewed, encoding="utf-8", newline="\n")
    print(page)


def run_blocks(text: str) -> str:
    """The page with new output behind each block.

    Raises:
        ExampleError: Naming the block that failed and why.
    """
    namespace: dict[str, object] = {"__name__": "examples"}

    def run(match: re.Match[str]) -> str:
        code, printed = match["code"], io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(code, "example", "exec"), namespace)
        except Exception as error:
            raise ExampleError(f"the block that starts {code.splitlines()[0]!r} failed: {error!r}") from error
        block = f"```python\n{code}```\n"
        return block + (f"\n```text\n{printed.getvalue().rstrip()}\n```\n" if printed.getvalue().strip() else "")

    return CELL.sub(run, text)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(main())
