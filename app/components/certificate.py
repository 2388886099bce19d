"""What is proved, in words: at the molecule where the engine says so, else of the proposal that it came from."""

from html import escape
from math import isnan
from typing import Any

import pandas as pd

from molconvex.columns import REFINED

from .texts import chip

MEANING = (
    "No point of the region that this program searched scores better by more than this gap, as the surrogates see it: "
    "proved, and checkable without trusting the solver."
)
LIMIT = (
    "It speaks of the surrogates over the region, never of the molecule. What was measured on the molecule stands "
    "beside it."
)
SHARE = "0: predicted as the lead; 1: predicted as good as anything can be between the lead and its analogues, proved."
BEHIND = "What is measured ranks it; the surrogates alone would not have told that it is better than the lead."
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


def badge(status: str, gap: float) -> str:
    """For a panel: a chip."""
    words, tone = STATUSES.get(status, (status.replace("_", " ").capitalize(), "warn"))
    mark = "✓ " if status == "certified" else ""
    return chip(f"{mark}{words}, gap {percent(gap)}", "good" if tone == "good" else "warn", MEANING)


def explained(candidate: pd.Series) -> str:
    """For a panel: the claim about the molecule where there is one, else the proposal's certificate."""
    if "inside_region" in candidate:
        return at_molecule(candidate)
    return of_proposal(candidate)


def at_molecule(candidate: pd.Series) -> str:
    """How much better any point of the design region is predicted than this molecule."""
    if not _is_true(candidate["inside_region"]):
        away = candidate.get("region_distance", float("nan"))
        far = "" if isnan(away) else f" ({away:.2f} from it)"
        return _framed(
            chip("Outside the region: no claim", "warn"),
            f"This molecule lies outside the region that the proof speaks of{far}. Its predictions are extrapolations; "
            "rely on what is measured.",
        )
    share = float(candidate.get("realised_share", float("nan")))
    bound = float(candidate.get("gap_to_bound", float("nan")))
    words = (
        "Proved: no point of the region between the lead and its real analogues is predicted more than "
        f"{bound:.3f} (in cost) better than this molecule. It speaks of {_predictions(candidate)}, not of the molecule "
        "in the flask."
    )
    if isnan(share):
        return _framed(chip("Inside the region", "good"), words)
    return _framed(share_chip(share, "what the model believes possible here"), words + _meter(share))


def share_chip(share: float, whole: str = "possible") -> str:
    """The realised share in a word; a molecule that is predicted to be worse than the lead has none."""
    if share < 0.0:
        return chip("predicted no better than the lead", "plain", BEHIND)
    return chip(f"{share:.2f} of {whole}", "good" if share >= 0.5 else "plain", SHARE)


def _predictions(candidate: pd.Series) -> str:
    """Which predictions a proof speaks of, said where there are others."""
    has_refined = any(REFINED.covers(str(name)) for name in candidate.index)
    return "the convex predictions, not of the refined ones that rank" if has_refined else "predictions"


def _meter(share: float) -> str:
    share = min(max(share, 0.0), 1.0)
    bar = f'<div style="width:{100 * share:.0f}%"></div>'
    return (
        f'<div class="mc-meter" role="img" aria-label="{share:.2f} of 1">{bar}</div>'
        '<div class="mc-curve-ends"><span>the lead</span><span>proved optimum</span></div>'
    )


def _framed(head: str, body: str) -> str:
    return f'<div class="mc-certificate">{head}<p>{body}</p></div>'


def of_proposal(candidate: pd.Series) -> str:
    """The proposal's badge with the two sentences, and how far the molecule lies from the proposal."""
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


def _is_true(value: Any) -> bool:
    return str(value) in ("True", "1", "1.0")
