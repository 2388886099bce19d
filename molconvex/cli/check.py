"""`molconvex check`: verify a finished run without trusting what made it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from molconvex.cli.errors import FAILED, reported


def check(run: Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]) -> None:
    """Verify every checksum, certificate, table and measured property of a run.

    Example:

      molconvex check runs/gefitinib
    """
    with reported():
        from molconvex.runs import check_run

        report = check_run(run)
        for line in report.passed:
            print(f"ok      {line}")
        for problem in report.problems:
            print(f"FAILED  {problem}", file=sys.stderr)
        if report.problems:
            print(f"{run}: {len(report.problems)} problems; the run is not what was written", file=sys.stderr)
            raise typer.Exit(FAILED)
        print(f"{run}: everything verified")
