"""What is to be known of goals that rest on predictions alone, in sentences."""

from typing import Any

from molconvex.objectives.requirement_notes import requirement_notes

TRAIN = (
    "train it with --refine (in the app: Also learn from the structures), so that molecules are ranked by two, or hold "
    "--control edits beside the search"
)
KEPT_NONE = "hold --control edits beside the search; --refine was tried, and structures did not refine its predictions"


def goal_notes(run: Any) -> list[str]:
    """What is proved of requirements, then which goals one model alone ranks."""
    return requirement_notes(run) + prediction_notes(run)


def prediction_notes(run: Any) -> list[str]:
    """One for every goal that nothing measures and that a surrogate of the user's own ranks without a refinement."""
    return [
        f"{part.goal.property} is ranked by one model alone, and a search finds what that model overrates: "
        + (KEPT_NONE if "refinement" in part.surrogate.card else TRAIN)
        for part in run.surrogates
        if not part.is_measurable and part.origin in ("folder", "given") and part.surrogate.refinement is None
    ]
