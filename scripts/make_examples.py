"""Run the blocks of the example pages in order, and put what they print and draw back into the pages.

    python scripts/make_examples.py                                      # every page: some minutes on one core
    python scripts/make_examples.py --page docs/tutorials/chemist.md     # one page

Each ```python block of a page runs in one namespace, each ```bash block in a shell that knows `molconvex`; the ```text
block behind it is replaced by what it printed. Blocks run in an empty folder that holds data/examples alone, and files
that they write under docs/images are copied to the repository in the end: a page and its figures are renewed together
or not at all.
"""

import argparse
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "docs" / "examples" / "README.md",
    *(ROOT / "docs" / "tutorials" / f"{reader}.md" for reader in ("chemist", "cheminformatician", "scientist")),
]
IMAGES, DATA = Path("docs", "images"), Path("data", "examples")
CELL = re.compile(r"```(?P<language>python|bash)\n(?P<code>.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)
SHELL = 'set -e\nmolconvex() { "$PYTHON" -m molconvex.cli "$@"; }\n'
WIDTH = "100"  # columns of the terminal of commands
MOST_BYTES = 200_000


def main(argv: Sequence[str] | None = None) -> int:
    """Renew the page; 0 if all went well, 1 with a message if a block failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--page", type=Path, action="append", help="Markdown page with the blocks; repeat")
    parser.add_argument("--root", type=Path, default=ROOT, help="folder that gets docs/images")
    arguments = parser.parse_args(argv)
    for page in arguments.page or PAGES:
        try:
            renew(page, arguments.root)
        except ExampleError as error:
            print(f"error: {page.name}: {error}; the page and its figures are as they were", file=sys.stderr)
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
        shutil.copytree(ROOT / DATA, Path(folder) / DATA)
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
        code, language = match["code"], match["language"]
        printed = run_shell(code) if language == "bash" else run_python(code, namespace)
        return f"```{language}\n{code}```\n" + (f"\n```text\n{printed.rstrip()}\n```\n" if printed.strip() else "")

    return CELL.sub(run, text)


def run_python(code: str, namespace: dict[str, object]) -> str:
    """What a block prints.

    Raises:
        ExampleError: If it fails.
    """
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "example", "exec"), namespace)
    except Exception as error:
        raise ExampleError(f"the block that starts {code.splitlines()[0]!r} failed: {error!r}") from error
    return printed.getvalue()


def run_shell(code: str) -> str:
    """What commands print on standard output, without blanks at the ends of lines.

    Raises:
        ExampleError: If one fails.
    """
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHON": sys.executable, "COLUMNS": WIDTH, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(["bash", "-c", SHELL + code], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise ExampleError(f"the block that starts {code.splitlines()[0]!r} failed: {done.stderr.strip()[-300:]}")
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(main())
