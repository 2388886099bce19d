"""The certificate of a proposal, shown with what it does and does not say."""

from html import escape
from math import isnan

import pandas as pd

from .texts import chip

MEANING = (
    "No point of the region that this program searched scores better by more than this gap, as the surrogates see it: "
    "proved, and checkable without trusting the solver."
)
LIMIT = (
    "It speaks of the surrogates over the region, never of the molecule. What was measured on the molecule stands "
    "beside it."
)
STATUSES = {
    "certified": ("Certified", "good"),
    "step_budget": ("Bound, not tight", "warn"),
    "cancelled": ("Stopped early", "warn"),
}


def percent(gap: float) -> str:
    """A relative gap as a percentage with two digits, as in "0.0031 %"."""
    if not gap >= 0:
        return "n/a"
    share = 100 * gap
    if share < 1e-6:
        return "0 %"
    text = f"{share:.2g}"
    return (f"{share:.8f}".rstrip("0") if "e" in text else text) + " %"


def short(status: str, gap: float) -> str:
    """For a table's cell."""
    words, _ = STATUSES.get(status, (status.replace("_", " ").capitalize(), "warn"))
    return f"{'✓ ' if status == 'certified' else ''}{words}, gap {percent(gap)}"


def badge(status: str, gap: float) -> str:
    """For a panel: a chip."""
    _, tone = STATUSES.get(status, ("", "warn"))
    return chip(short(status, gap), "good" if tone == "good" else "warn", MEANING)


def explained(candidate: pd.Series) -> str:
    """For a panel: the proposal's badge with the two sentences, and how far the molecule lies from the proposal."""
    numbers = (
        ("Cost at the proposal", f"{candidate['value']:.5f}"),
        ("Proved lower bound", f"{candidate['lower_bound']:.5f}"),
        ("Radius of the region", f"{candidate['radius']:.2f}"),
        ("From proposal to molecule", _number(candidate["drift"])),
    )
    cells = "".join(f"<div><span>{name}</span><b>{value}</b></div>" for name, value in numbers)
    return (
        f'<div class="mc-certificate"><b>The proposal</b> {badge(candidate["status"], candidate["gap"])}'
        f"<p>{escape(MEANING)} <b>{escape(LIMIT)} {escape(_distance(candidate))}</b></p>"
        f'<div class="mc-grid mc-grid-tight">{cells}</div></div>'
    )


def _number(value: float) -> str:
    return "n/a" if isnan(value) else f"{value:.2f}"


def _distance(candidate: pd.Series) -> str:
    drift, radius = candidate["drift"], candidate["radius"]
    if isnan(drift):
        return "The model cannot encode this molecule again, so how far it lies from the proposal is not known."
    if drift > radius:
        return f"This molecule lies {drift / radius:.1f} radii from it, outside the region: nothing is proved of it."
    return f"This molecule lies {drift / radius:.1f} radii from it."
