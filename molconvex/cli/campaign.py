"""`molconvex campaign`: batches proposed from a pool, measurements taken in, round by round."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.derived import add_derived
from molconvex.cli.errors import reported
from molconvex.cli.options import given_settings
from molconvex.cli.working import StoreUrl, opened, plain_warnings, some_of, stoppable

if TYPE_CHECKING:
    import pandas as pd

    from molconvex.campaigns import Campaign

Name = Annotated[str, typer.Argument(help="Name of the campaign.", show_default=False)]
File = Annotated[Path, typer.Argument(help="File of measurements: .csv, .tsv or .txt.", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="File. [dim]\\[default: NAME-batch-N.csv][/dim]")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Propose although the last batch has no values yet.")]
Replace = Annotated[bool, typer.Option("--replace", help="Let values replace others that were measured before.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier file.")]

WIDTH = 80
HELP = """Design, make, test: batches proposed, measurements taken in.

Example:

  molconvex campaign propose kinase
"""

app = typer.Typer(no_args_is_help=True, help=HELP)


def new(store: StoreUrl = None, **values: Any) -> None:
    """Begin a campaign with a pool of molecules that can be made.

    Example:

      molconvex campaign new --name kinase --goal pIC50:max --pool runs/kinase/candidates.csv --batch 24
    """
    with reported():
        from molconvex.campaigns import CampaignSettings, start_campaign

        settings = CampaignSettings(**given_settings(CampaignSettings, values))
        with opened(store) as place:
            campaign, left_out = start_campaign(place, settings)
            some_of([f"left out {where}: {why}" for where, why in left_out.items()], "left out")
            print(f"campaign {campaign.name!r} with {len(campaign.pool):,} compounds, ids {campaign.stored.code}-...")
            print(f"next: molconvex campaign propose {campaign.name!r}")


add_derived(app, "new", new, "molconvex.campaigns.settings:CampaignSettings")


@app.command("propose")
def propose(name: Name, anyway: Anyway = False, store: StoreUrl = None) -> None:
    """Choose the next batch by what was measured until now."""
    with reported(), _campaign(name, store) as campaign:
        _propose(campaign, anyway)


@app.command("export")
def export(
    name: Name,
    batch: Annotated[int | None, typer.Option(help="Number of the batch. [dim]\\[default: the latest][/dim]")] = None,
    out: Out = None,
    overwrite: Overwrite = False,
    store: StoreUrl = None,
) -> None:
    """Write a batch as CSV with ids, for the laboratory."""
    with reported(), _campaign(name, store) as campaign:
        _export(campaign, batch, out, overwrite)


@app.command("import")
def take_in(name: Name, file: File, replace: Replace = False, store: StoreUrl = None) -> None:
    """Take in measurements of a file; all of them or, where anything is wrong, none."""
    with reported(), _campaign(name, store) as campaign:
        _import(campaign, file, replace)


@app.command("next")
def next_round(
    name: Name,
    file: File,
    replace: Replace = False,
    out: Out = None,
    overwrite: Overwrite = False,
    store: StoreUrl = None,
) -> None:
    """Take in measurements, propose the next batch and write it: import, propose and export in one."""
    with reported(), _campaign(name, store) as campaign:
        from molconvex.files import check_file_place

        check_file_place(out or _batch_file(campaign, len(campaign.batches) + 1), overwrite)
        _import(campaign, file, replace)
        _propose(campaign, anyway=False)
        _export(campaign, None, out, overwrite)


@app.command("status")
def status(name: Annotated[str | None, typer.Argument(help="Of one campaign.")] = None, store: StoreUrl = None) -> None:
    """List campaigns, or the rounds of one: predicted against measured, the best found."""
    with reported(), opened(store, must_exist=True) as place:
        from molconvex.campaigns import open_campaign, rounds

        if name is None:
            lines = [f"{item.name}  {item.code}  {item.settings['goal']}" for item in place.campaigns.all()]
            print("\n".join(lines) or "no campaigns")
            return
        table = rounds(open_campaign(place, name))
        print(rounds_text(table) if len(table) else "nothing was proposed yet")


@app.command("report")
def report(
    name: Name,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File. [dim]\\[default: NAME.html][/dim]")] = None,
    overwrite: Overwrite = False,
    store: StoreUrl = None,
) -> None:
    """Write a page: rounds, predicted against measured, what was proposed and why."""
    with reported(), _campaign(name, store) as campaign:
        from molconvex.campaigns.page import render_campaign
        from molconvex.files import write_file_whole

        print(write_file_whole(out or Path(f"{name}.html"), render_campaign(campaign), overwrite=overwrite))


def rounds_text(table: "pd.DataFrame") -> str:
    """Rounds as lines of 80 characters: the numbers, and below them by which model each batch was chosen."""
    numbers = table.drop(columns=["model", "side", "bound"]).rename(
        columns={"best_so_far": "so far", "rank_correlation": "rank"}
    )
    lines = [numbers.to_string(index=False, na_rep="", float_format="{:.3g}".format)]
    for batch, model, side, bound in zip(*(table[name] for name in ("batch", "model", "side", "bound")), strict=True):
        words = [f"batch {batch}: {model}", f"side {side}" if side else ""]
        words.append("" if math.isnan(bound) else f"proved bound {bound:.3g}")
        lines += wrap(", ".join(filter(None, words)), WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


@contextmanager
def _campaign(name: str, url: str | None) -> Iterator["Campaign"]:
    """A campaign by name; its store is closed when the block ends."""
    from molconvex.campaigns import open_campaign

    with opened(url, must_exist=True) as store:
        yield open_campaign(store, name)


def _propose(campaign: "Campaign", anyway: bool) -> None:
    from molconvex.campaigns import propose as propose_batch

    with stoppable() as asked_to_stop, plain_warnings():
        batch = propose_batch(campaign, anyway=anyway, cancelled=asked_to_stop)
    print(f"batch {batch.number}: {len(batch.proposed)} compounds; model: {batch.facts['model']}")
    if batch.facts.get("bound") is not None:
        unit = f" {campaign.settings.unit}" if campaign.settings.unit else ""
        print(
            f"proved: the surrogate predicts no mixture of the latents of the {batch.facts['hull']} most promising "
            f"compounds better than {batch.facts['bound']:.3g}{unit}"
        )


def _export(campaign: "Campaign", number: int | None, out: Path | None, overwrite: bool) -> None:
    from molconvex.campaigns import export_batch

    latest = len(campaign.batches) if number is None else number
    print(export_batch(campaign, out or _batch_file(campaign, latest), number, overwrite))


def _batch_file(campaign: "Campaign", number: int) -> Path:
    return Path(f"{campaign.name}-batch-{number}.csv")


def _import(campaign: "Campaign", file: Path, replace: bool) -> None:
    from molconvex.campaigns import import_values

    found = import_values(campaign, file, replace)
    some_of(found.notes, "notes")
    print(f"{found.measured} values, {found.failed} failed, {found.waiting} still waiting, {found.replaced} replaced")
