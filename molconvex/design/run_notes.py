"""What is to be known of a run before its candidates are read, in sentences: of its goals, and of their structures."""

from typing import TYPE_CHECKING, Any

from molconvex.chem.kept_parts import ATOM_LIST, joined_atom_lists, kept_part, like_elsewhere
from molconvex.chem.molecule import Molecule
from molconvex.objectives.clauses import shared_structure
from molconvex.objectives.prediction_notes import goal_notes

if TYPE_CHECKING:
    from molconvex.design.run import Run

BEST = 10
SMALLER = 0.75  # of the lead's heavy atoms


def run_notes(run: "Run") -> list[str]:
    """What is proved of requirements, which goals one model alone ranks, and what became of the structures."""
    return goal_notes(run) + structure_notes(run)


def structure_notes(run: "Run") -> list[str]:
    """What became of the structures of leads."""
    return size_notes(run) + part_notes(run)


def size_notes(run: "Run") -> list[str]:
    """One for every lead whose best candidates are much smaller, unless a part or a least size was asked for."""
    if _part_or_size_is_asked(run.settings):
        return []
    leads = {row["lead"]: row for _, row in run.leads.iterrows()}
    notes = []
    for number, rows in run.candidates.groupby("lead"):
        name, atoms = leads[number]["name"], float(leads[number]["heavy_atoms"])
        best = rows["heavy_atoms"].head(BEST)
        if best.median() < SMALLER * atoms:
            who = f"the {len(best)} best candidates have" if len(best) > 1 else "the only candidate has"
            median = f"{best.median():g} heavy atoms{' (median)' if len(best) > 1 else ''}"
            notes.append(
                f"{name}: {who} {median} where the lead has {atoms:g}, so a part that matters may be gone; --keep "
                "(in the app: click its atoms) names what must stay, --min-heavy-atoms (in the app: More options) how "
                "small a candidate may be"
            )
    return notes


def part_notes(run: "Run") -> list[str]:
    """One for every lead of which other atoms, not equal by symmetry, pass for the numbered ones that are to stay."""
    numbers = [text for text in joined_atom_lists(run.settings.keep) if ATOM_LIST.fullmatch(text)]
    searched = run.leads[run.leads["lead"].isin(run.candidates["lead"])] if numbers else run.leads.head(0)
    notes = []
    for _, row in searched.iterrows():
        lead = Molecule(str(row["smiles"]))
        if others := like_elsewhere(lead, kept_part(lead, numbers[0])):
            named = ",".join(str(atom + 1) for atom in others)
            notes.append(
                f"{row['name']}: its atoms {named} look like atoms {numbers[0]}, which are to stay, down to their "
                "neighbors, so a candidate may have those alone; keep more of the surroundings"
            )
    return notes


def _part_or_size_is_asked(settings: Any) -> bool:
    """Whether an option, a requirement or a condition says what must stay, or how small a candidate may be."""
    clauses = settings.clauses
    return (
        bool(settings.keep)
        or settings.min_heavy_atoms is not None
        or any(limit.kind == "has" and limit.wanted for limit in shared_structure(clauses))
        or all(clause.requirement("heavy_atoms_at_least") is not None for clause in clauses)
    )
