"""How a candidate came to be: the molecules that it was made from, back to its lead."""

from dataclasses import dataclass

import pandas as pd

DEPTH = 6  # generations that are followed
WIDTH = 4  # molecules of one generation


@dataclass(frozen=True)
class Ancestor:
    """One molecule of a family tree.

    Attributes:
        smiles: Standard SMILES.
        kind: "lead"; "candidate" where the table holds it; "other" where it was looked at and not kept.
        proposer: What proposed it, "" where that is not known.
        parents: SMILES of what it was made from, empty where that is not known.
        round: In which it was proposed, None where that is not known.
        rank: Among the candidates, None for others.
        desirability: Measured, None where that is not known.
    """

    smiles: str
    kind: str
    proposer: str = ""
    parents: tuple[str, ...] = ()
    round: int | None = None
    rank: int | None = None
    desirability: float | None = None


def ancestry(candidates: pd.DataFrame, lead: str, smiles: str) -> list[list[Ancestor]]:
    """Generations, the molecule's own first; each holds what the one before was made from, once.

    Args:
        candidates: Of one lead, with the columns proposer, parents and round.
        lead: Its standard SMILES.
        smiles: Of a candidate.
    """
    rows = {str(row["smiles"]): row for _, row in candidates.iterrows()}
    generations, known = [[_ancestor(smiles, rows, lead)]], {smiles}
    while len(generations) < DEPTH:
        wanted = dict.fromkeys(parent for member in generations[-1] for parent in member.parents)
        new = [text for text in wanted if text not in known][:WIDTH]
        if not new:
            break
        known.update(new)
        generations.append([_ancestor(text, rows, lead) for text in new])
    return generations


def _ancestor(smiles: str, rows: dict[str, pd.Series], lead: str) -> Ancestor:
    if smiles == lead:
        return Ancestor(smiles, "lead")
    row = rows.get(smiles)
    if row is None:
        return Ancestor(smiles, "other")
    parents, number = row.get("parents"), row.get("round")
    return Ancestor(
        smiles,
        "candidate",
        str(row.get("proposer", "")),
        tuple(parents.split()) if isinstance(parents, str) else (),
        int(number) if number is not None and number == number else None,
        int(row["rank"]),
        float(row["desirability"]),
    )
