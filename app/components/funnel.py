"""Where molecules were lost: each step's count beside what it was tried on."""

from html import escape

from molconvex.design import Funnel, FunnelStep

SHORT = {  # in the order in which they are drawn: what happens to molecules, then what is proved
    "proposed": "Proposed",
    "unique": "Different",
    "fitting": "Fit the lead",
    "plausible": "Plausible",
    "clean": "No alerts",
    "encoded": "Known",
    "scored": "Scored",
    "measured": "Measurable",
    "required": "Meet limits",
    "kept": "Kept",
    "programs": "Programs solved",
    "certified": "Certified",
}
ADVICE = {
    "fitting": "No molecule is similar enough and keeps what must stay. Lower the similarity, or keep fewer atoms.",
    "plausible": "No molecule is such as a chemist would draw. Mark them instead of leaving them out, and look.",
    "clean": "Every similar molecule has a structural alert. Show molecules with alerts and judge for yourself.",
    "measured": "No property could be measured for the molecules that were left. Choose other goals.",
    "required": "New molecules came, but none meets the requirements when measured. Loosen them, or raise the effort.",
}
MOST_ACROSS = 9  # in a row of a laptop's window
STOPPED = "The run was stopped before the first molecule was scored. Start again and give it a little more time."


def funnel(counts: Funnel) -> str:
    """The steps side by side; "" where the run did not come to the first."""
    steps = [_step(counts[name]) for name in SHORT if name in counts.counts]
    across = len(steps) if len(steps) <= MOST_ACROSS else (len(steps) + 1) // 2
    return f'<div class="mc-funnel" style="--across:{across}">{"".join(steps)}</div>' if steps else ""


def _step(step: FunnelStep) -> str:
    share = 100 * step.share if step.of else 0.0
    return (
        f'<div title="{escape(step.label)}"><span>{SHORT[step.name]}</span><b>{step.count:,}</b>'
        f'<i>of {step.of:,}</i><div class="mc-bar"><div style="width:{share:.1f}%"></div></div></div>'
    )


def advice(counts: Funnel, status: str) -> str:
    """What to do where no candidate was found."""
    for step in counts:
        if step.count == 0 and step.of > 0 and step.name in ADVICE:
            return ADVICE[step.name]
    return STOPPED if status == "partial" else "Lower the similarity or raise the effort."
