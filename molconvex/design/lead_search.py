"""The search around one lead, put together from the settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points

import torch

from molconvex.chem.kept_parts import check_something_may_change, joined_atom_lists, kept_part, read_smarts
from molconvex.chem.molecule import Molecule
from molconvex.chem.plausibility import Plausibility
from molconvex.chem.structure_rules import StructureRules
from molconvex.design.leads import PreparedLead
from molconvex.design.settings import GenerateSettings, SearchSettings
from molconvex.design.stage_settings import Stage
from molconvex.exceptions import ConfigError
from molconvex.latent import LatentModel, ReferenceSet
from molconvex.objectives.clauses import shared_structure
from molconvex.objectives.goal_scores import GoalScores
from molconvex.search import Budget, Objective, Search
from molconvex.search.goal_objective import GoalObjective
from molconvex.search.oracle_objective import OracleObjective
from molconvex.search.proposers import (
    CertifiedPrograms,
    Crossover,
    GraphGA,
    LatentMoves,
    MolecularEdits,
    Proposer,
    RandomDirections,
    ReferenceNeighbors,
)
from molconvex.search.rules import LeadRules, Protection
from molconvex.search.screening import Screen

PLUGINS = "molconvex.proposers"
STEP = 0.75  # of the lead's distance from the origin, where no other radius is known


@dataclass(frozen=True)
class SearchParts:
    """What the searches around all leads share.

    Attributes:
        settings: As given.
        scores: Goals and requirements with their surrogates.
        model: Latent model.
        reference: Molecules with latents; asked only where a proposer needs them.
        oracles: The objective, where oracles measure a goal or a requirement.
        stages: Before the run's own goals, each with the scores of its goals.
    """

    settings: GenerateSettings
    scores: GoalScores
    model: LatentModel
    reference: Callable[[], ReferenceSet]
    oracles: OracleObjective | None = None
    stages: Sequence[tuple[Stage, GoalScores]] = ()


def lead_rules(lead: Molecule, settings: GenerateSettings) -> LeadRules:
    """What the settings ask of the structure of a lead's candidates.

    Raises:
        ChemistryError: If a SMARTS cannot be read, or the lead lacks a part that is to stay.
        ConfigError: If a part that is to stay leaves nothing to change.
    """
    kept = tuple(kept_part(lead.mol, text) for text in joined_atom_lists(settings.keep))
    check_something_may_change(lead.mol, [atom for part in kept for atom in part.atoms])
    structure = StructureRules(
        lead.mol,
        kept=kept,
        avoided=tuple(settings.avoid),
        min_similarity=settings.similarity,
        max_similarity=settings.max_similarity,
        min_heavy_atoms=settings.min_heavy_atoms,
        max_heavy_atoms=settings.max_heavy_atoms,
        max_changed_atoms=settings.max_changed_atoms,
    )
    limits = shared_structure(settings.clauses)
    return LeadRules(structure, Plausibility(settings.plausibility), settings.alerts == "drop", limits)


def check_search(settings: SearchSettings) -> None:
    """Refuse what is wrong for every lead, before anything is spent on one.

    Raises:
        ChemistryError: If a SMARTS to avoid cannot be read.
        ConfigError: If a proposer is unknown, or the device is none.
    """
    for pattern in settings.avoid:
        read_smarts(pattern)
    for name in settings.proposers:
        if name not in proposer_names():
            raise _unknown_proposer(name)
    try:
        torch.empty(0, device=settings.device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0][:100]
        raise ConfigError(f"there is no device {settings.device!r} here ({reason}); use cpu") from None


def lead_search(
    lead: PreparedLead,
    parts: SearchParts,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    objective: Objective | None = None,
    further: Sequence[Proposer] = (),
    control: str | None = None,
) -> Search:
    """A search that has scored the lead and nothing else.

    Args:
        lead: Encoded.
        parts: What all searches share.
        progress: Called with (scored, budget) after each round.
        cancelled: Asked between the stages of a round.
        objective: What is sought; by default the score of the goals.
        further: Proposers beside those that the settings name.
        control: Proposer of a search without predictions, in place of those of the settings.

    Raises:
        ChemistryError, ConfigError: As `lead_rules`, or if a proposer is unknown.
    """
    settings, molecule = parts.settings, lead.molecule
    rules = lead_rules(molecule, settings)
    screen = Screen(rules.rules(), parts.model, objective or parts.oracles or GoalObjective(parts.scores))
    budget = Budget(
        settings.budget,
        settings.rounds,
        settings.patience,
        target=settings.target,
        enough=settings.enough,
        minutes=settings.minutes,
    )
    names = settings.proposers
    if control is not None:
        names, budget.pool_factor, budget.generations = [control], 1, 1
    generator = torch.Generator().manual_seed(1_000_003 * settings.seed + lead.number)
    search = Search(
        screen,
        [*(_proposer(name, lead, parts, rules.protection) for name in names), *further],
        budget,
        generator,
        progress=progress,
        cancelled=cancelled,
        ranked=control is None,
        by_properties=parts.oracles is not None,
    )
    search.start([molecule])
    return search


def proposer_names() -> list[str]:
    """Every proposer that can be named, installed plug-ins included."""
    return [*_MAKERS, *(point.name for point in entry_points(group=PLUGINS))]


def _proposer(name: str, lead: PreparedLead, parts: SearchParts, protection: Protection) -> Proposer:
    if name in _MAKERS:
        return _MAKERS[name](lead, parts, protection)
    for point in entry_points(group=PLUGINS):
        if point.name == name:
            return point.load()(parts.model, lead.molecule)
    raise _unknown_proposer(name)


def _unknown_proposer(name: str) -> ConfigError:
    return ConfigError(f"unknown proposer {name!r}; known are {', '.join(proposer_names())}")


def first_radius(lead: PreparedLead, radius: float | None) -> float:
    """How far steps and programs of proposers reach at first: as set, else in proportion to the lead's latent."""
    assert lead.z is not None
    return radius or max(STEP * float(lead.z.norm()), 1e-6)


_MAKERS: dict[str, Callable[[PreparedLead, SearchParts, Protection], Proposer]] = {
    "edits": lambda lead, parts, protection: MolecularEdits(protection),
    "crossover": lambda lead, parts, protection: Crossover(protection),
    "programs": lambda lead, parts, protection: CertifiedPrograms(
        parts.scores, parts.model, first_radius(lead, parts.settings.radius), parts.settings.device
    ),
    "latent": lambda lead, parts, protection: LatentMoves(parts.model),
    "reference": lambda lead, parts, protection: ReferenceNeighbors(parts.reference()),
    "random": lambda lead, parts, protection: RandomDirections(parts.model, first_radius(lead, parts.settings.radius)),
    "ga": lambda lead, parts, protection: GraphGA(),
}
