"""The basket: starred molecules with their properties, notes and measurements, and its files."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape

from molconvex.chem import PROPERTIES, compute_properties, draw_svg, find_alerts, parse, svg_data_uri, write_sdf
from molconvex.runs.store.store import Store
from molconvex.tables import csv_text


def basket_table(store: Store) -> pd.DataFrame:
    """One row a starred molecule, the latest first: smiles, note, run, starred, properties, alerts, measured values."""
    starred = store.molecules.starred()
    smiles = [item.smiles for item in starred]
    runs = {item.run_id: store.runs.get(item.run_id) for item in starred}
    table = pd.DataFrame(
        {
            "smiles": smiles,
            "note": [item.note for item in starred],
            "run": [run.title if (run := runs[item.run_id]) else "" for item in starred],
            "starred": [datetime.fromtimestamp(item.changed, UTC).strftime("%Y-%m-%d") for item in starred],
        }
    )
    table = pd.concat([table, compute_properties(smiles).reset_index(drop=True)], axis=1)
    table["alerts"] = ["; ".join(find_alerts(parse(text))) for text in smiles]
    for name, values in _measured(store, smiles).items():
        table[f"measured_{name}"] = [values.get(text) for text in smiles]
    return table


def _measured(store: Store, smiles: list[str]) -> dict[str, dict[str, float]]:
    """The latest measured value by property and molecule."""
    found: dict[str, dict[str, float]] = {}
    wanted = set(smiles)
    for item in store.molecules.measurements():
        if item.smiles in wanted:
            found.setdefault(item.property, {})[item.smiles] = item.value
    return found


def basket_csv(table: pd.DataFrame) -> bytes:
    """The table as CSV, cells that a spreadsheet would run made harmless."""
    return csv_text(table).encode("utf-8")


def basket_sdf(table: pd.DataFrame) -> bytes:
    """The table as SDF."""
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        path = Path(folder, "basket.sdf")
        write_sdf(path, table)
        return path.read_bytes()


def basket_report(table: pd.DataFrame) -> bytes:
    """The table as one page of HTML with drawings, which opens anywhere."""
    environment = Environment(loader=PackageLoader("molconvex.runs.store"), autoescape=select_autoescape(["html"]))
    shown = ("molecular_weight", "logp", "qed", "tpsa", "sa_score")
    molecules = [
        {
            "smiles": row["smiles"],
            "note": row["note"],
            "run": row["run"],
            "alerts": row["alerts"],
            "picture": svg_data_uri(draw_svg(str(row["smiles"]), 260, 170)),
            "values": [
                (PROPERTIES[name].label, PROPERTIES[name].format(row[name]), PROPERTIES[name].unit) for name in shown
            ],
            "measured": [
                (str(name).removeprefix("measured_"), f"{value:g}")
                for name, value in row.items()
                if str(name).startswith("measured_") and pd.notna(value)
            ],
        }
        for _, row in table.iterrows()
    ]
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return environment.get_template("basket.html").render(molecules=molecules, made=made).encode("utf-8")
