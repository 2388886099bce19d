"""What the commands that run a job share: options of files, progress bars, an orderly stop, plain warnings."""

import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.errors import Tell, tell_people
from molconvex.exceptions import ConfigError

if TYPE_CHECKING:
    from types import FrameType

    from molconvex.design import Lead
    from molconvex.runs.store import Store

FILES = "Files"
FILE_ENDINGS = (".smi", ".smiles", ".txt", ".csv", ".tsv", ".sdf")
HELP_OUT = "Folder for the run. [dim]\\[default: runs/DATE-TIME][/dim]"

Out = Annotated[Path | None, typer.Option("--out", "-o", help=HELP_OUT, show_default=False, rich_help_panel=FILES)]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace an earlier run in the folder.", rich_help_panel=FILES)
]
Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="TOML file of settings; flags win.", show_default=False, rich_help_panel=FILES),
]
Leads = Annotated[
    Path | None,
    typer.Option(
        "--leads", help="File of leads: .smi, .csv, .tsv or .sdf, also .gz.", show_default=False, rich_help_panel=FILES
    ),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="Where results are kept: a file of SQLite, or a URL. [dim]\\[default: your own store][/dim]",
        show_default=False,
    ),
]
HELP_LEADS = "SMILES or InChI of the leads, each with a name behind it if you like; or names of known drugs."
LeadTexts = Annotated[list[str] | None, typer.Argument(help=HELP_LEADS, show_default=False)]


def run_folder(out: Path | None) -> Path:
    """The folder asked for, else one by date and time."""
    return out or Path("runs", datetime.now().strftime("%Y-%m-%d-%H%M%S"))


def given_leads(texts: list[str] | None, file: Path | None) -> dict[str, Any]:
    """The setting `leads`, where leads were given.

    Raises:
        ConfigError: If a text is empty or names a file.
        ChemistryError: If a text is a word that is neither a known drug nor a SMILES.
        DataError: If the file cannot be read.
    """
    from molconvex.design.settings import read_leads

    leads = [given_lead(text) for text in texts or []] + (read_leads(file) if file else [])
    return {"leads": leads} if leads else {}


def given_lead(text: str) -> "Lead":
    """A molecule as it is written on a command line: SMILES or InChI with perhaps a name, or the name of a known drug.

    Raises:
        ConfigError: If it is empty or names a file.
        ChemistryError: If it is a word that is neither a known drug nor a SMILES.
    """
    from molconvex.chem.pasted_molecules import identify
    from molconvex.design.known_drugs import drugs_by_small_name
    from molconvex.design.settings import Lead

    if text.removesuffix(".gz").lower().endswith(FILE_ENDINGS):
        raise ConfigError(f"{text!r} is called like a file; a file of leads stands behind --leads")
    return Lead(*identify(text, drugs_by_small_name())) if text.strip() else Lead.from_plain(text)


@contextmanager
def opened(url: str | None, must_exist: bool = False) -> Iterator["Store"]:
    """The store at a URL or file, else the user's own; closed when the block ends.

    Raises:
        ConfigError: If there is no such file and it must exist.
        DataError: If the store cannot be opened, or fails within the block.
    """
    from contextlib import closing

    from molconvex.runs.store import open_store
    from molconvex.runs.store.store_errors import plain_store_errors

    if url is not None and "://" not in url:
        if must_exist and not Path(url).is_file():
            raise ConfigError(f"there is no store {url}")
        url = f"sqlite:///{Path(url).resolve()}"
    with plain_store_errors(), closing(open_store(url=url)) as store:
        yield store


def some_of(texts: Sequence[str], kind: str, most: int = 5) -> None:
    """The first texts on stderr, and how many more of their kind there are."""
    for text in texts[:most]:
        print(text, file=sys.stderr)
    if len(texts) > most:
        print(f"... and {len(texts) - most} {kind} more", file=sys.stderr)


def name_files(folder: Path, files: Mapping[str, str]) -> None:
    """Say what was written: name and meaning of each file."""
    from rich.text import Text

    from molconvex.cli.tables import console

    out = console()
    for name, text in files.items():
        out.print(Text(f"{folder / name}  ").append(text, style="dim"), soft_wrap=True)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Warnings as one line for people, without file and line number."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: print(f"note: {message}", file=sys.stderr)
        yield


@contextmanager
def progress_bars(shown: bool = True) -> Iterator[Callable[[str, int, int], None]]:
    """A bar per stage on stderr, where that is a terminal and bars are to be shown."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


@contextmanager
def stoppable(tell: Tell = tell_people) -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C asks the work to stop and keep what is finished, and says so; the second stops at once."""
    asked = False

    def ask(number: int, frame: "FrameType | None") -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        tell("note", "stopping; what is finished will be written (Ctrl-C again: at once)")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
