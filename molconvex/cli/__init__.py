"""The command line: `molconvex COMMAND`. Heavy imports happen inside the commands."""

import os
import sys
from collections.abc import Sequence

import typer

from molconvex.cli import app as app_command
from molconvex.cli import check, evaluate, generate, info, latents, pareto, path, train

app = typer.Typer(
    name="molconvex",
    help="Better molecules by convex optimization in the latent space of a molecular autoencoder, with certificates.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("generate")(generate.generate)
app.command("pareto")(pareto.pareto)
app.command("check")(check.check)
app.command("encode")(latents.encode)
app.command("decode")(latents.decode)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("path")(path.path)
app.command("info")(info.info)
app.command("app")(app_command.app)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 0, 2 for errors, 130 for Ctrl-C."""
    # torch's idle threads spin by default: on a machine with other work small steps then take fifty times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        app(args=None if argv is None else list(argv))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
