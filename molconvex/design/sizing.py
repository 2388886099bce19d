"""How large the regions of a lead are and how far from it they lie: as set, else tried out on the lead."""

from collections.abc import Sequence

import torch
from torch import Tensor

from molconvex.design.leads import PreparedLead
from molconvex.design.plan import Calibration
from molconvex.design.proposals import pose
from molconvex.design.settings import GenerateSettings
from molconvex.design.shapes import Shape
from molconvex.latent import LatentModel
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.optimize import solve

LEAST_SIMILARITY = 0.05  # taken for a similarity floor of 0
PILOT_GAP = 1e-2


def size_regions(
    lead: PreparedLead,
    parts: Sequence[GoalSurrogate],
    shape: Shape,
    settings: GenerateSettings,
    model: LatentModel,
) -> None:
    """Set the lead's `spread` and `radius`."""
    assert lead.z is not None
    weights = torch.tensor([part.goal.weight for part in parts], dtype=torch.float64)

    def optimum(anchors: Tensor, radii: Tensor) -> Tensor:
        program = pose(parts, anchors, radii, (weights / weights.sum()).expand(len(radii), -1), shape=shape)
        return solve(program, gap_tol=PILOT_GAP, device=settings.device).z

    similarity = max(settings.similarity, LEAST_SIMILARITY)
    calibration = Calibration(lead.z, lead.smiles, similarity, model, settings.seed)
    if not shape.is_around_anchors:
        lead.spread = 0.0
    else:
        lead.spread = calibration.spread() if settings.spread is None else settings.spread
    lead.radius = calibration.radius(lead.spread, optimum) if settings.radius is None else settings.radius
