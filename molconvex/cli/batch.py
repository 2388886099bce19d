"""`molconvex batch`, `status` and `results`: many leads, started again as often as need be, and what came of them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.batch_display import LOG_FORMATS, batch_display, duration
from molconvex.cli.errors import STOPPED, Tell, reported
from molconvex.cli.json_log import speaking, write_event
from molconvex.cli.options import given_settings
from molconvex.cli.working import Config, Overwrite, StoreUrl, name_files, opened, progress_bars, stoppable
from molconvex.exceptions import ConfigError

if TYPE_CHECKING:
    from molconvex.design.settings import GenerateSettings
    from molconvex.runs.batch.progress import BatchProgress, Observer
    from molconvex.runs.batch.settings import BatchSettings
    from molconvex.runs.store import Store
    from molconvex.runs.store.batches import StoredBatch

AT_ONCE = "stopped at once; leads that are done are kept: start the same command again to go on"
LeadsFile = Annotated[
    Path, typer.Argument(help="File of leads: .smi, .csv, .tsv or .sdf, also .gz.", show_default=False)
]
LogFormat = Annotated[str, typer.Option("--log-format", help="text, or json: one object a line.")]
BatchName = Annotated[str | None, typer.Argument(help="Name of the batch; the newest one by default.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Folder. [dim]\\[default: NAME-results][/dim]", show_default=False),
]


def batch(leads: LeadsFile, config: Config = None, **values: Any) -> None:
    """Generate around thousands of leads, each once; kill it anywhere and start it again to go on.

    Example:

      molconvex batch leads.csv --config goals.toml --scheduler local:4

    Each lead is kept in the store when it is done. `molconvex status` says how far a batch is, `molconvex results`
    writes what came of it.
    """
    with speaking(values.get("log_format")) as tell, reported(tell, AT_ONCE):
        from molconvex.runs.batch import check_scheduler
        from molconvex.runs.batch.settings import BatchSettings

        how = BatchSettings(**given_settings(BatchSettings, values))
        check_scheduler(how.scheduler)
        settings = batch_settings(config, values)
        with opened(how.store) as store:
            now = _worked_on(store, leads, settings, how, tell)
        _say_the_end(now, how.log_format)
        if not now.is_over:
            raise typer.Exit(STOPPED)


def _worked_on(
    store: "Store", leads: Path, settings: "GenerateSettings", how: "BatchSettings", tell: Tell
) -> "BatchProgress":
    """Begin or go on, work until all is over or stopped, and write what gave nothing."""
    from molconvex.runs.batch import BatchOptions, executor_for, progress_of, run_batch

    with batch_display(how.log_format) as display, stoppable(tell) as asked_to_stop:
        found = _begun(store, how.name or leads.name.lstrip(".").split(".")[0], settings, leads, how.log_format)
        if how.retry and (again := store.shards.retry(found.id)):
            display.note(f"{again} leads are tried again")
        said_before = _write_rejects(store, found, how.rejects, 0, display)
        now = progress_of(store, found)
        if not now.is_over:
            executor = executor_for(how.scheduler, asked_to_stop)
            options = BatchOptions(how.tries, how.store_wait, settings.to_dict())
            now = run_batch(store, found, executor, display, asked_to_stop, options)
            _write_rejects(store, found, how.rejects, said_before, display)
    return now


def status(
    name: BatchName = None,
    store: StoreUrl = None,
    log_format: LogFormat = "text",
) -> None:
    """Say how far batches are, how fast they go, and which leads were set aside.

    Example:

      molconvex status leads --store runs.sqlite
    """
    with speaking(log_format) as tell, reported(tell):
        check_log_format(log_format)
        with opened(store, must_exist=True) as place:
            from molconvex.runs.batch import progress_of

            batches = place.batches.all() if name is None else [named(place, name)]
            if not batches and log_format != "json":
                print("no batches")
            for one in batches:
                now = progress_of(place, one)
                if log_format == "json":
                    print(json.dumps(now.to_dict() | {"failures": _failures(place, one) if name else None}))
                    continue
                print(said(now))
                if name is not None:
                    for failure in _failures(place, one):
                        print(f"  set aside: {failure['name']} (line {failure['line']}): {failure['error']}")


def results(
    name: BatchName = None,
    store: StoreUrl = None,
    out: Out = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="csv, parquet, sdf or report. Repeat. [dim]\\[default: all][/dim]"),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write what came of a batch so far: candidates, a summary of each lead, a report.

    Example:

      molconvex results leads --store runs.sqlite --format csv --format report
    """
    with reported(), opened(store, must_exist=True) as place:
        from molconvex.runs.batch import FORMATS, write_results
        from molconvex.runs.batch.results import MARKER

        found = named(place, name)
        folder = write_results(place, found, out or Path(f"{found.name}-results"), formats or FORMATS, overwrite)
        for note in json.loads((folder / MARKER).read_text(encoding="utf-8")).get("notes", []):
            print(note, file=sys.stderr)
        meanings = {
            "leads.csv": "one row a lead: its best candidate, realised shares, where molecules were lost",
            "rejects.csv": "rows that gave nothing, with the reason",
            "candidates.csv": "every candidate",
            "candidates.parquet": "the same for programs",
            "candidates.sdf": "the same with structures",
            "report.html": "for people",
        }
        name_files(folder, {file: text for file, text in meanings.items() if (folder / file).is_file()})


def named(store: "Store", name: str | None) -> "StoredBatch":
    """A batch by name, or the newest.

    Raises:
        ConfigError: If there is none.
    """
    batches = store.batches.all()
    for one in batches:
        if name is None or one.name == name:
            return one
    if not batches:
        raise ConfigError("the store has no batches yet; begin one by molconvex batch")
    known = ", ".join(item.name for item in batches)
    raise ConfigError(f"the store has no batch {name!r}; it has {known}")


def batch_settings(config: Path | None, values: dict[str, Any]) -> "GenerateSettings":
    """Settings of a batch, whose leads are in a file of their own; one stands in for them.

    Raises:
        ConfigError: As `load_settings`, or if nothing measures or predicts a property.
    """
    from molconvex.design.settings import GenerateSettings, load_settings
    from molconvex.objectives.bundled_surrogates import known_properties
    from molconvex.objectives.goals import check_known

    settings = load_settings(config, given_settings(GenerateSettings, values) | {"leads": ["C"]}, GenerateSettings)
    if settings.control is not None:
        raise ConfigError("a batch runs no control; compare with one by molconvex generate --control")
    check_known(settings.properties, known_properties(settings.own_properties))
    return settings


def check_log_format(log_format: str) -> None:
    """Refuse an unknown one.

    Raises:
        ConfigError: With the known ones.
    """
    if log_format not in LOG_FORMATS:
        raise ConfigError(f"no log format {log_format!r}; known are {' and '.join(LOG_FORMATS)}")


def said(now: "BatchProgress") -> str:
    """Progress in one line."""
    text = f"{now.name}: {now.done:,} of {now.total:,} leads done"
    text += f", {now.failed:,} set aside" if now.failed else ""
    text += f", {now.rejected:,} {'row' if now.rejected == 1 else 'rows'} rejected" if now.rejected else ""
    if now.is_over:
        return text
    text += f", {now.working:,} at work, {now.waiting:,} waiting"
    if now.per_minute is not None and now.seconds_left is not None:
        text += f"; {now.per_minute:.3g} a minute, {duration(now.seconds_left)} left"
    return text


def _say_the_end(now: "BatchProgress", log_format: str) -> None:
    if log_format == "json":
        write_event("over" if now.is_over else "stopped", said(now), **now.to_dict())
        return
    print(said(now))
    if not now.is_over:
        print("stopped; start the same command again to go on", file=sys.stderr)


def _begun(store: "Store", name: str, settings: "GenerateSettings", leads: Path, log_format: str) -> "StoredBatch":
    from molconvex.runs.batch import begin_batch

    with progress_bars(shown=log_format != "json") as report:
        return begin_batch(store, name, settings, leads, lambda done, total: report("check leads", done, total))


def _write_rejects(
    store: "Store", found: "StoredBatch", path: Path | None, said_before: int, display: "Observer"
) -> int:
    """Write rows that gave nothing by now, with their lines; how many."""
    from molconvex.runs.batch import write_rejects

    place = path or Path(f"{found.name}-rejects.csv")
    count = write_rejects(store, found, place)
    if count not in (0, said_before):
        display.note(f"{count:,} {'row' if count == 1 else 'rows'} gave nothing; see {place}")
    return count


def _failures(store: "Store", found: "StoredBatch") -> list[dict[str, Any]]:
    from molconvex.runs.store.shards import ShardState

    return [
        {"lead": shard.number, "line": shard.line, "name": shard.name, "kind": shard.error_kind, "error": shard.error}
        for shard in store.shards.each(found.id, [ShardState.FAILED])
    ]
