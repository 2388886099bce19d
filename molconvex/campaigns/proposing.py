"""The next batch of a campaign: surrogates refitted on what was measured, orientation anew, compounds chosen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.campaigns.beliefs import fit_beliefs
from molconvex.campaigns.campaign import Campaign, plain_facts
from molconvex.campaigns.choosing import Choice, choose
from molconvex.chem import pick_diverse, standardize
from molconvex.exceptions import ConfigError
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.learned_surrogates import LearnedSurrogate, can_learn, learn_surrogate
from molconvex.objectives.oracle_goals import range_of
from molconvex.runs.store.campaigns import StoredBatch
from molconvex.search.design_region import certify_region
from molconvex.surrogate import ConvexSurrogate
from molconvex.surrogate.model.structure_features import PropertyScale, structure_features

Array = NDArray[np.float64]
LEAST_MEASURED = 4  # values before a model chooses; until then batches are chosen far apart
HULL = 300  # compounds, the most promising ones, over whose hull the surrogate's optimum is certified
GAP = 1e-3
MODELS = {
    "none": "none yet: compounds far apart from each other",
    "process": "Gaussian process on structures",
    "both": "Gaussian process on structures about a convex surrogate",
}


@dataclass(frozen=True)
class Known:
    """What is measured, as rows of the pool.

    Attributes:
        rows: With a value, ascending, (n,); a batch does not depend on the order in which values came in.
        values: In the property's unit, (n,).
        closed: Rows that cannot be proposed: measured, failed, or proposed and not yet measured.
        batches: How many were proposed.
    """

    rows: NDArray[np.int64]
    values: Array
    closed: set[int]
    batches: int


def propose(campaign: Campaign, *, anyway: bool = False, cancelled: Callable[[], bool] | None = None) -> StoredBatch:
    """Choose the next batch and note it.

    Args:
        campaign: To go on with.
        anyway: Propose although no compound of the last batch has been measured.
        cancelled: Asked while surrogates are fitted.

    Raises:
        ConfigError: If the last batch has no values yet, every compound was proposed, or another process proposed a
            batch meanwhile.
        CancelledError: If `cancelled` returned True.
    """
    known = what_is_known(campaign)
    if not anyway and waits_for_values(campaign):
        raise ConfigError(
            f"no compound of batch {known.batches} has a value yet; "
            "import its values first, or choose to propose anyway"
        )
    open_rows = [row for row in range(len(campaign.pool)) if row not in known.closed]
    if not open_rows:
        raise ConfigError(f"every compound of {campaign.name!r} was proposed; begin a campaign with a larger pool")
    size = min(campaign.settings.batch, len(open_rows))
    facts: dict[str, Any] = {"model": MODELS["none"]}
    if len(known.rows) < LEAST_MEASURED:
        choices = _far_apart(campaign, known, open_rows, size)
    else:
        choices, facts = _by_model(campaign, known, open_rows, size, cancelled)
    facts |= {"measured": len(known.rows), "latent_model": campaign.model.fingerprint}
    return campaign.store.campaigns.add_batch(
        campaign.stored, known.batches + 1, plain_facts(facts), [_entry(campaign, choice) for choice in choices]
    )


def what_is_known(campaign: Campaign) -> Known:
    """Measured rows, and those that cannot be proposed again."""
    values, batches = campaign.values, campaign.batches
    fine = {number: item.value for number, item in sorted(values.items()) if np.isfinite(item.value)}
    proposed = {int(item["number"]) for batch in batches for item in batch.proposed}
    rows = np.array([number - 1 for number in fine], dtype=np.int64)
    closed = {number - 1 for number in {*values, *proposed}}
    return Known(rows, np.array(list(fine.values())), closed, len(batches))


def waits_for_values(campaign: Campaign) -> bool:
    """Whether no compound of the last batch has a value yet, or has failed."""
    batches = campaign.batches
    return bool(batches) and not {item["number"] for item in batches[-1].proposed} & set(campaign.values)


def _far_apart(campaign: Campaign, known: Known, open_rows: list[int], size: int) -> list[Choice]:
    """Compounds far from each other and from those that were proposed or measured."""
    nan, before = float("nan"), sorted(known.closed)
    rows = [*before, *open_rows]
    picked = pick_diverse(
        [campaign.pool[row] for row in rows],
        min(len(rows), len(before) + size),
        campaign.settings.seed,
        first=list(range(len(before))),
    )
    return [Choice(rows[place], "diversity", nan, nan, nan) for place in picked if place >= len(before)]


def _by_model(
    campaign: Campaign,
    known: Known,
    open_rows: list[int],
    size: int,
    cancelled: Callable[[], bool] | None,
) -> tuple[list[Choice], dict[str, Any]]:
    scores = campaign.scores(known.values)
    learned, taught, z = _learned(campaign, known, cancelled)
    features = structure_features([standardize(text) for text in campaign.pool])
    predicted = None if learned is None else _predicted_scores(campaign, learned, taught, z)
    beliefs = fit_beliefs(PropertyScale.of(features)(features), known.rows, scores, predicted)
    facts: dict[str, Any] = {
        "model": MODELS["both" if beliefs.uses_surrogate else "process"],
        "error": beliefs.error,
        "noise": beliefs.noise,
        "best": float(campaign.as_value(scores.max(keepdims=True))[0]),
    }
    if learned is not None:
        facts |= _evidence(learned) | _bound(campaign, learned.surrogate, taught, z, beliefs.mean)
    choices = choose(beliefs, open_rows, float(scores.max()), size, campaign.settings.learning)
    return choices, facts


def _learned(
    campaign: Campaign, known: Known, cancelled: Callable[[], bool] | None
) -> tuple[LearnedSurrogate | None, Known, Tensor]:
    """The convex surrogate of what was measured, if there is enough; what it learned from; and the pool's latents."""
    if not can_learn(known.values):
        return None, known, torch.zeros(0, 0)
    z = campaign.latents()
    fine = torch.isfinite(z).all(dim=1).numpy()[known.rows]
    taught = replace(known, rows=known.rows[fine], values=known.values[fine])
    if not can_learn(taught.values):
        return None, taught, z
    learned = learn_surrogate(
        z[torch.from_numpy(taught.rows)],
        taught.values,
        campaign.target,
        campaign.model.fingerprint,
        seed=campaign.settings.seed,
        cancelled=cancelled,
    )
    return learned, taught, z


def _predicted_scores(campaign: Campaign, learned: LearnedSurrogate, taught: Known, z: Tensor) -> Array:
    """Scores (m,) by the surrogate; held-out ones for what it learned from, their mean where there is no latent."""
    fine = torch.isfinite(z).all(dim=1)
    values = np.full(len(z), float(np.mean(learned.held_out)))
    values[fine.numpy()] = learned.surrogate.predict(z[fine]).numpy()
    values[taught.rows] = learned.held_out
    return values if campaign.goal.kind == "maximize" else -values


def _evidence(learned: LearnedSurrogate) -> dict[str, Any]:
    return {
        "orientation": learned.surrogate.orientation,
        "held_out_r2": {side: 1.0 - float(np.mean(loss)) for side, loss in learned.loss.items()},
    }


def _bound(campaign: Campaign, surrogate: ConvexSurrogate, known: Known, z: Tensor, mean: Array) -> dict[str, Any]:
    """The best value that the surrogate predicts for any mixture of the best measured and the most promising compounds,
    proved, and how many compounds those are; nothing where its cost is concave, since optimality cannot be proved
    then."""
    if surrogate.orientation != "convex":
        return {}
    best = int(known.rows[np.argmax(campaign.scores(known.values))])
    fine = torch.isfinite(z).all(dim=1).numpy()
    promising = [row for row in np.argsort(-mean, kind="stable") if fine[row]][:HULL]
    part = GoalSurrogate(campaign.goal, surrogate, "oracle", range_of(known.values, [campaign.goal]))
    region = certify_region(
        GoalScores([part]), z[[best, *promising]], torch.ones(1, 1, dtype=torch.float64), gap_tol=GAP
    )
    bound = float(surrogate.value_of(float(region.solution.lower_bound[0])))
    return {"bound": bound, "hull": len({best, *promising})}


def _entry(campaign: Campaign, choice: Choice) -> dict[str, Any]:
    return plain_facts(
        {
            "number": choice.row + 1,
            "why": choice.why,
            "predicted": float(campaign.as_value(np.array([choice.mean]))[0]),
            "deviation": choice.deviation,
            "improvement": choice.improvement,
        }
    )
