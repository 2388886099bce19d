"""The certificate of a proposal, shown with what it does and does not say."""

from html import escape

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


def explained(status: str, gap: float, value: float, lower_bound: float, radius: float) -> str:
    """For a panel: the badge, the numbers and the two sentences."""
    return (
        f'<div class="mc-certificate">{badge(status, gap)}'
        f"<p>{escape(MEANING)} <b>{escape(LIMIT)}</b></p>"
        f'<div class="mc-grid mc-grid-tight"><div><span>Cost at the proposal</span><b>{value:.5f}</b></div>'
        f"<div><span>Proved lower bound</span><b>{lower_bound:.5f}</b></div>"
        f"<div><span>Radius of the region</span><b>{radius:.2f}</b></div></div></div>"
    )
