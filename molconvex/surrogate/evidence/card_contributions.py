"""Where a surrogate's predictions come from, on its card: the atoms of some well-known drugs, in words and drawn."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from molconvex.surrogate.model.target import Target

Record = Mapping[str, Any]
HONESTLY = (
    "Parts of these molecules were left out, the rest encoded and predicted again; the contributions of atoms are the "
    "smallest that add up to the differences. They speak of this model at latents of rests that may lie outside its "
    "domain, not of the molecules. Amber atoms raise the prediction, blue ones lower it."
)


CONVEX = " The prediction taken apart is the convex one; the refined one, which differs from it, is not."


def contributions_lines(records: Sequence[Record], target: Target, *, is_refined: bool = False) -> list[str]:
    """Section of the card; a refined surrogate has another prediction beside the one that is taken apart."""
    if not records:
        return []
    unit = "probability of class 1" if target.kind == "classification" else target.unit
    predicted = f"predicted ({unit})" if unit else "predicted"
    rows = [
        "## Where predictions come from",
        "",
        f"![contributions of atoms]({contributions_file(target.property)})",
        "",
        HONESTLY + (CONVEX if is_refined else ""),
        "",
        f"| molecule | {predicted} | largest rise of one atom | largest fall | adds up to |",
        "|---|---:|---:|---:|---:|",
    ]
    for record in records:
        high, low = max(*record["values"], 0.0), min(*record["values"], 0.0)
        rows.append(
            f"| {record['molecule']} | {record['predicted']:.3g} | {high:+.2g} | {low:+.2g} | "
            f"{record['explained']:.0%} of the differences |"
        )
    return [*rows, ""]


def contributions_file(name: str) -> str:
    """Name of the drawing of a property beside its card."""
    return f"contributions_{re.sub(r'[^A-Za-z0-9]+', '_', name)}.svg"


def contributions_svg(card: Mapping[str, Any]) -> str:
    """The drawing, "" where the card knows no contributions."""
    records = card.get("contributions") or []
    if not records:
        return ""
    from molconvex.chem.contribution_drawing import contribution_sheet

    captions = [f"{record['molecule']}: {record['predicted']:.3g}" for record in records]
    return contribution_sheet(
        [(caption, record["smiles"], record["values"]) for caption, record in zip(captions, records, strict=True)]
    )
