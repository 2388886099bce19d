"""The commands of `molconvex COMMAND`. Heavy imports happen inside them."""

from typing import Annotated

import typer

from molconvex import __version__
from molconvex.cli import app as app_command
from molconvex.cli import (
    atoms,
    batch,
    campaign,
    check,
    evaluate,
    generate,
    info,
    latents,
    pareto,
    path,
    predict,
    sign,
    train,
)
from molconvex.cli.derived import add_derived


def show_version(asked: bool) -> None:
    """Print the version and stop, if asked."""
    if asked:
        print(f"molconvex {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="molconvex",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
add_derived(app, "generate", generate.generate, "molconvex.design.settings:GenerateSettings", without={"leads"})
add_derived(
    app,
    "batch",
    batch.batch,
    "molconvex.design.settings:GenerateSettings",
    "molconvex.runs.batch.settings:BatchSettings",
    without={"leads"},
)
app.command("status")(batch.status)
app.command("results")(batch.results)
add_derived(app, "pareto", pareto.pareto, "molconvex.design.pareto.settings:ParetoSettings", without={"leads"})
app.command("check")(check.check)
app.command("sign")(sign.sign)
app.command("atoms")(atoms.atoms)
app.command("encode")(latents.encode)
app.command("decode")(latents.decode)
add_derived(
    app,
    "train",
    train.train,
    "molconvex.assays.settings:TrainSettings",
    "molconvex.surrogate.fit.settings:FitSettings",
    without={"evidence", "rivals", "training"},
)
add_derived(app, "evaluate", evaluate.evaluate, "molconvex.assays.settings:EvaluateSettings")
add_derived(app, "predict", predict.predict, "molconvex.assays.settings:PredictSettings")
add_derived(app, "path", path.path, "molconvex.design.paths.settings:PathSettings")
app.add_typer(campaign.app, name="campaign")
app.command("info")(info.info)
app.command("app")(app_command.app)


@app.callback()
def everywhere(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Better molecules by convex optimization in the latent space of a molecular autoencoder, with certificates.

    Example:

      molconvex generate "CC(=O)Oc1ccccc1C(=O)O" -g qed:max -g logp:1..3
    """
