"""`molconvex sign`: a detached signature as proof of a run's origin."""

from pathlib import Path
from typing import Annotated

import typer

from molconvex.cli.errors import reported


def sign(
    run: Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)],
    key: Annotated[
        Path, typer.Option("--key", "-k", help="File of your ed25519 key, PEM or OpenSSH.", show_default=False)
    ],
) -> None:
    """Sign a run with your ed25519 key, so that others can tell that it is yours.

    Example:

      molconvex sign runs/gefitinib --key ~/.ssh/id_ed25519

    The signature stands in run.json.sig and covers every file that run.json names. Verify it with
    `molconvex check RUN --key PUBLIC_KEY`.
    """
    with reported():
        from molconvex.runs import check_run, sign_run

        check_run(run).raise_if_failed()
        print(f"{sign_run(run, key)}: signed")
