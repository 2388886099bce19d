"""The family tree of a candidate, drawn: from the lead down to it."""

from html import escape

import pandas as pd

from molconvex.runs.ancestry import Ancestor, ancestry

from .texts import image

DRAWING = (120, 84)
PROPOSERS = {
    "edits": "small edits",
    "crossover": "crossover of two molecules",
    "programs": "certified programs",
    "latent": "moves in the latent space",
    "reference": "nearest reference molecules",
    "random": "random directions",
    "ga": "a genetic algorithm",
}
KINDS = {"lead": "lead", "other": "looked at, not kept"}


def family_tree(candidates: pd.DataFrame, lead: str, smiles: str) -> str:
    """HTML: one row of drawings a generation, the oldest first; "" where nothing is known.

    Args:
        candidates: Of one lead.
        lead: Its standard SMILES.
        smiles: Of the candidate.
    """
    generations = ancestry(candidates, lead, smiles) if "parents" in candidates else []
    if len(generations) < 2:
        return ""
    rows = []
    for place, generation in enumerate(reversed(generations)):
        rows.append(_step(generation) if place else "")
        rows.append(f'<div class="mc-generation">{"".join(_figure(item, lead) for item in generation)}</div>')
    return f'<div class="mc-family" role="group" aria-label="Where it comes from">{"".join(rows)}</div>'


def proposer_words(name: str) -> str:
    """A proposer as people read it."""
    return PROPOSERS.get(name, name)


def _step(generation: list[Ancestor]) -> str:
    """What made a generation of the one above it."""
    made = [f"{proposer_words(item.proposer)}, round {item.round}" for item in generation if item.proposer]
    return f'<div class="mc-step">↓ {escape("; ".join(dict.fromkeys(made))) or "unknown"}</div>'


def _figure(item: Ancestor, lead: str) -> str:
    words = KINDS.get(item.kind) or f"#{item.rank}, {item.desirability:.2f}"
    drawing = image(item.smiles, *DRAWING, None if item.kind == "lead" else lead)
    return f"<figure>{drawing}<figcaption>{escape(words)}</figcaption></figure>"
