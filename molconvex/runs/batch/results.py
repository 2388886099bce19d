"""The results of a batch as files: candidates of all leads, a summary of each lead, what was left out, a report."""

import io
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from molconvex.columns import REFINED
from molconvex.exceptions import ConfigError, OutputExistsError
from molconvex.files import write_file_whole, write_folder_whole
from molconvex.runs.batch.candidate_files import KINDS
from molconvex.runs.report.batch_page import render_batch
from molconvex.runs.report.numbers import plural
from molconvex.runs.store import Store
from molconvex.runs.store.batches import StoredBatch
from molconvex.runs.store.shards import Shard, ShardState
from molconvex.tables import csv_text

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = (*KINDS, "report")
MARKER = "batch.json"
LEFT_OUT = (ShardState.REJECTED, ShardState.FAILED)
REJECTS = ("line", "name", "given", "state", "reason")


def write_results(
    store: Store, batch: StoredBatch, folder: Path, formats: Collection[str] = FORMATS, overwrite: bool = False
) -> Path:
    """Write what is finished by now into a folder that stands whole or not at all; memory stays flat.

    Always leads.csv, a summary of each lead, rejects.csv, rows that gave nothing with the reason, and batch.json, the
    settings with what is to be known of the whole; by format candidates.csv, candidates.parquet, candidates.sdf and
    report.html.

    Raises:
        ConfigError: If a format is unknown.
        OutputExistsError: If the folder exists and overwrite is False.
        DataError: If nothing can be written.
    """
    if unknown := set(formats) - set(FORMATS):
        raise ConfigError(f"no format {min(unknown)!r}; known are {', '.join(FORMATS)}")
    return write_folder_whole(
        folder,
        lambda draft: _write(store, batch, draft, formats),
        marker=MARKER,
        kind="results of a batch",
        overwrite=overwrite,
    )


def rejects_table(store: Store, batch: StoredBatch) -> pd.DataFrame:
    """Rows of the file of leads that gave nothing: line, name, as given, state, reason."""
    rows = [
        (shard.line, shard.name, shard.given, shard.state.value, shard.error)
        for shard in store.shards.each(batch.id, LEFT_OUT)
    ]
    return pd.DataFrame(rows, columns=list(REJECTS))


def write_rejects(store: Store, batch: StoredBatch, path: Path) -> int:
    """Write the rows that gave nothing by now, how many; no file where there are none, and no row in an earlier file.

    Raises:
        OutputExistsError: If another file stands there.
        DataError: If it cannot be written.
    """
    table = rejects_table(store, batch)
    if path.is_file() and not _holds_rejects(path):
        raise OutputExistsError(f"{path} exists and holds no rejects of a batch; give the rejects another name")
    if len(table) or path.exists():
        write_file_whole(path, csv_text(table))
    return len(table)


def _holds_rejects(path: Path) -> bool:
    """Whether a file is empty or begins as ours do."""
    header = (",".join(REJECTS) + "\n").encode()
    with path.open("rb") as file:
        return file.read(len(header)) in (b"", header)


def lead_summary(store: Store, batch: StoredBatch, refined: Mapping[int, bool] | None = None) -> pd.DataFrame:
    """One row a lead: where it stands, itself, its best candidate, realised shares, where molecules were lost.

    Args:
        store: That the batch is in.
        batch: The batch.
        refined: Whether candidates were ranked by a refined prediction, by number of the lead; shown where some were
            and some were not.
    """
    rows = [_lead_row(shard) for shard in store.shards.each(batch.id)]
    table = pd.DataFrame(rows)
    if refined and len(set(refined.values())) > 1:
        table["refined"] = table["lead"].map(refined)
    for name in table.columns:
        if name in ("candidates", "meeting", "better") or name.startswith("funnel_"):
            table[name] = table[name].astype("Int64")
    last = [name for name in table.columns if name.startswith("funnel_")]
    return table[[name for name in table.columns if name not in last] + last]


def _lead_row(shard: Shard) -> dict[str, Any]:
    summary, best = shard.summary, shard.summary.get("best") or {}
    row: dict[str, Any] = {
        "lead": shard.number,
        "line": shard.line,
        "name": shard.name,
        "given": shard.given,
        "state": shard.state.value,
        "reason": shard.error,
        **{name: summary.get(name) for name in ("smiles", "notes", "desirability", "stopped")},
        "remarks": "; ".join(summary.get("remarks", [])),
        **{name: summary.get(name) for name in ("candidates", "meeting", "better")},
        **{f"best_{name}": best.get(name) for name in ("smiles", "desirability", "gain", "similarity")},
        "best_realised_share": best.get("realised_share"),
        "greatest_realised_share": summary.get("realised_share"),
        "seconds": shard.seconds,
    }
    for name, (count, of) in summary.get("funnel", {}).items():
        row |= {f"funnel_{name}": count, f"funnel_{name}_of": of}
    return row


def _write(store: Store, batch: StoredBatch, folder: Path, formats: Collection[str]) -> None:
    schema, refined = _schema(store, batch)
    summary = lead_summary(store, batch, refined)
    notes = _notes(refined) + _goal_notes(store, batch) + _remark_notes(summary)
    (folder / "leads.csv").write_text(csv_text(summary), encoding="utf-8", newline="")
    (folder / "rejects.csv").write_text(csv_text(rejects_table(store, batch)), encoding="utf-8", newline="")
    if "report" in formats:
        (folder / "report.html").write_text(render_batch(batch, summary, notes), encoding="utf-8", newline="\n")
    if schema is not None:
        _write_candidates(store, batch, folder, [name for name in KINDS if name in formats], schema)
    counts = {state.value: count for state, count in store.shards.counts(batch.id).items()}
    settings = {name: value for name, value in batch.settings.items() if name != "leads"}  # one that stands in for all
    record = {"format": "molconvex-batch", "name": batch.name, "settings": settings, "leads": counts}
    if notes:
        record["notes"] = notes
    (folder / MARKER).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _notes(refined: Mapping[int, bool]) -> list[str]:
    """That leads were done by versions that rank differently, where they were."""
    count, without = len(refined), sum(not was for was in refined.values())
    if without in (0, count):
        return []
    return [
        f"Of the {count} leads with candidates {without} {'was' if without == 1 else 'were'} done by a version that "
        "did not rank by refined predictions: there the columns of these are empty, and molecules are ranked by the "
        "convex prediction alone (refined is False in leads.csv). A batch under another name does all leads alike."
    ]


def _goal_notes(store: Store, batch: StoredBatch) -> list[str]:
    """Of goals that one model alone ranks; the same for every lead that was done by one version."""
    said = (note for shard in store.shards.each(batch.id) for note in shard.summary.get("goal_notes", []))
    return list(dict.fromkeys(said))


def _remark_notes(summary: pd.DataFrame) -> list[str]:
    """That some leads lost much of themselves, or parts that were to stay may be others."""
    count, remarked = int((summary["state"] == "done").sum()), int((summary["remarks"] != "").sum())
    if not remarked:
        return []
    return [
        f"Of {plural(count, 'lead')} {remarked:,} {'has' if remarked == 1 else 'have'} a remark in leads.csv: best "
        "candidates much smaller than the lead, or other atoms that pass for those to keep"
    ]


def _write_candidates(
    store: Store, batch: StoredBatch, folder: Path, formats: Collection[str], schema: "pa.Schema"
) -> None:
    """Candidates, lead by lead, in every format at once."""
    files = [KINDS[name](folder / f"candidates.{name}", schema) for name in formats]
    for table in _tables(store, batch, schema):
        for file in files:
            file.add(table)
    for file in files:
        file.close()


def _tables(store: Store, batch: StoredBatch, schema: "pa.Schema") -> Iterator["pa.Table"]:
    """Candidates of each lead that has some, with the same columns and types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for _, content in store.shards.results(batch.id):
        table = pq.read_table(io.BytesIO(content))
        if table.num_rows:
            columns = [
                table[name].cast(kind) if name in table.column_names else pa.nulls(len(table), kind)
                for name, kind in zip(schema.names, schema.types, strict=True)
            ]
            yield pa.table(columns, schema=schema)


def _schema(store: Store, batch: StoredBatch) -> "tuple[pa.Schema | None, dict[int, bool]]":
    """Columns and types that hold the candidates of all leads, None where there is no candidate; a column that is empty
    everywhere is text. And whether those of a lead have refined predictions, by its number."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: pa.Schema | None = None
    refined: dict[int, bool] = {}
    for shard, content in store.shards.results(batch.id):
        parquet = pq.ParquetFile(io.BytesIO(content))
        if parquet.metadata.num_rows:
            own = parquet.schema_arrow.remove_metadata()
            refined[shard.number] = any(REFINED.covers(name) for name in own.names)
            found = own if found is None else pa.unify_schemas([found, own], promote_options="permissive")
    if found is None:
        return None, refined
    typed = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in found]
    return pa.schema(typed), refined
