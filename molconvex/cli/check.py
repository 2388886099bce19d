"""`molconvex check`: verify a finished run without trusting what made it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from molconvex.cli.errors import FAILED, reported


def check(
    run: Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)],
    key: Annotated[
        Path | None,
        typer.Option("--key", "-k", help="Public ed25519 key with which the run must be signed.", show_default=False),
    ] = None,
) -> None:
    """Verify every checksum, certificate, table and measured property of a run, and its signature.

    Example:

      molconvex check runs/gefitinib

    What only checksums protect is listed: whoever can write the folder could forge it.
    """
    with reported():
        from molconvex.runs import check_run

        report = check_run(run, public_key=key)
        for line in report.passed:
            print(f"ok      {line}")
        for text in report.unverified:
            print(f"not checked  {text}")
        for problem in report.problems:
            print(f"FAILED  {problem}", file=sys.stderr)
        if report.problems:
            print(f"{run}: {len(report.problems)} problems; the run is not what was written", file=sys.stderr)
            raise typer.Exit(FAILED)
        print(f"{run}: all that was checked holds, {report.certificates} certificates verified")
