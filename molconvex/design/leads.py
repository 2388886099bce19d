"""Leads: as given, standardized, measured and encoded; one that fails keeps its reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.chem import compute_properties, standardize
from molconvex.chem.molecule import Molecule
from molconvex.design.settings import Lead
from molconvex.exceptions import ChemistryError
from molconvex.latent import LatentModel
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.goals import overall_desirability


@dataclass
class PreparedLead:
    """One lead.

    Attributes:
        number: From 1, in the order of the settings.
        given: As the user wrote it.
        smiles: Standard SMILES, "" where it failed.
        notes: What standardizing changed.
        z: Latent, shape (d,), or None where it failed.
        reason: Why it failed, "" where it did not.
        properties: Measured ones by name.
        desirability: How well the lead itself meets the goals, NaN where unknown.
        molecule: Standardized.
        radius: Latent distance from the lead to the farthest point of its region.
        spread: Largest latent distance of anchors from it, where programs have some.
        stopped: Why its search ended.
    """

    number: int
    given: Lead
    smiles: str = ""
    notes: tuple[str, ...] = ()
    z: Tensor | None = field(default=None, repr=False)
    reason: str = ""
    molecule: Molecule = field(default=Molecule(""), repr=False)
    properties: dict[str, float] = field(default_factory=dict)
    desirability: float = float("nan")
    radius: float = float("nan")
    spread: float = float("nan")
    stopped: str = ""

    @property
    def name(self) -> str:
        """The given name, or "lead 1"."""
        return self.given.name or f"lead {self.number}"


def prepare_leads(leads: Sequence[Lead], model: LatentModel, first: int = 1) -> list[PreparedLead]:
    """Standardize, encode and measure leads, numbered from `first`.

    Raises:
        ChemistryError: If none can be used; with a single lead the text is that lead's own reason.
    """
    prepared = [_standardized(number, lead) for number, lead in enumerate(leads, start=first)]
    _mark_repeats(prepared)
    readable = [lead for lead in prepared if not lead.reason]
    molecules = [lead.molecule for lead in readable]
    encoding = model.try_encode(molecules)
    table = compute_properties(molecules)
    for row, (lead, reason) in enumerate(zip(readable, encoding.reasons, strict=True)):
        lead.reason = reason
        lead.z = None if reason else encoding.z[row].to("cpu", torch.float64)
        lead.properties = {str(name): float(value) for name, value in table.iloc[row].items()}
    if not any(lead.z is not None for lead in prepared):
        raise ChemistryError(_none_usable(prepared))
    return prepared


def lead_desirability(lead: PreparedLead, parts: Sequence[GoalSurrogate]) -> float:
    """How well an encoded lead meets the goals: measured where RDKit can, else predicted and refined."""
    each = [float(item.desirability(pd.Series([lead_value(lead, item)]))[0]) for item in parts]
    return float(overall_desirability(np.array([each]), [item.goal.weight for item in parts])[0])


def lead_value(lead: PreparedLead, item: GoalSurrogate) -> float:
    """Of the goal's property: measured where RDKit can, else predicted and refined; for a window that is a distance."""
    assert lead.z is not None
    if item.is_measurable:
        return lead.properties[item.goal.property]
    return float(item.surrogate.predict_refined(lead.z[None], [lead.molecule])[0])


def lead_table(leads: Sequence[PreparedLead]) -> pd.DataFrame:
    """One row a lead, as in `Run.leads`."""
    columns = ["lead", "name", "given", "smiles", "notes", "reason", "radius", "spread", "desirability", "stopped"]
    rows = [
        {
            "lead": lead.number,
            "name": lead.name,
            "given": lead.given.smiles,
            "smiles": lead.smiles,
            "notes": "; ".join(lead.notes),
            "reason": lead.reason,
            "radius": lead.radius,
            "spread": lead.spread,
            "desirability": lead.desirability,
            "stopped": lead.stopped,
            **lead.properties,
        }
        for lead in leads
    ]
    table = pd.DataFrame(rows)
    return table[columns + [name for name in table.columns if name not in columns]]


def _standardized(number: int, lead: Lead) -> PreparedLead:
    try:
        standard = standardize(lead.smiles)
    except ChemistryError as error:
        return PreparedLead(number, lead, reason=str(error))
    return PreparedLead(number, lead, standard.smiles, standard.notes, molecule=standard)


def _mark_repeats(leads: Sequence[PreparedLead]) -> None:
    first: dict[str, PreparedLead] = {}
    for lead in leads:
        if lead.smiles and first.setdefault(lead.smiles, lead) is not lead:
            lead.reason = f"the same molecule as {first[lead.smiles].name}"


def _none_usable(leads: Sequence[PreparedLead]) -> str:
    if len(leads) == 1:
        return f"{leads[0].name}: {leads[0].reason}" if leads[0].given.name else leads[0].reason
    reasons = "; ".join(f"{lead.name}: {lead.reason}" for lead in leads[:5])
    return f"none of the {len(leads)} leads can be used: {reasons}"
