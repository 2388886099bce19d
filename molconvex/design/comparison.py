"""What optimisation adds: the same budget around the same leads spent by a control, and both judged alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from molconvex.chem import standardize
from molconvex.chem.molecule import Molecule
from molconvex.design.job import Job
from molconvex.design.lead_candidates import Judging, clauses_met_by, measured_table
from molconvex.design.lead_search import SearchParts, lead_search
from molconvex.design.leads import PreparedLead, lead_table
from molconvex.objectives.success import meets_every_goal
from molconvex.search import Ancestry, Member
from molconvex.search.rounds import START
from molconvex.search.rules import implausible_beside

SEARCH = "search"
COLUMNS = ("lead", "arm", "smiles", "desirability", "hit", "plausible")


@dataclass(frozen=True)
class ArmSummary:
    """What one arm came to over all leads.

    Attributes:
        arm: "search", or the name of the control.
        scored: Molecules scored.
        hits: Those of them that meet every goal and every limit.
        plausible: Those that a chemist would draw.
        plausible_hits: Both.
        best: Mean over leads of the best desirability of a plausible molecule, NaN where there is none.
    """

    arm: str
    scored: int
    hits: int
    plausible: int
    plausible_hits: int
    best: float

    def describe(self) -> str:
        """In one line."""
        share = f" ({100 * self.plausible / self.scored:.0f} %)" if self.scored else ""
        return (
            f"{self.arm}: {self.hits:,} of {self.scored:,} scored molecules meet every goal, {self.plausible_hits:,} "
            f"of them plausible; {self.plausible:,} plausible in all{share}; best desirability {self.best:.3f}"
        )


def run_controls(job: Job, leads: Sequence[PreparedLead], parts: SearchParts, judging: Judging) -> pd.DataFrame:
    """Every molecule that the search and the control scored around the leads that are finished, as in `COLUMNS`.

    Raises:
        CancelledError: If the job was stopped.
    """
    control = parts.settings.control
    assert control is not None
    found = []
    for lead, candidates, rejected in zip(finished_leads(job, leads), job.candidates, job.rejected, strict=True):
        job.stop_if_asked()
        scored = [*candidates["smiles"], *rejected.loc[rejected["similarity"].notna(), "smiles"]]
        found.append(scored_rows(SEARCH, lead, [standardize(text) for text in scored], parts, judging))
        search = lead_search(lead, parts, lambda done, total: None, job.cancelled, control=control)
        search.run()
        others = [member.molecule for member in search.archive if member.ancestry.proposer != START]
        found.append(scored_rows(control, lead, others, parts, judging))
        job.progress("control", len(found) // 2, len(job.candidates))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))


def finished_leads(job: Job, leads: Sequence[PreparedLead]) -> list[PreparedLead]:
    """Leads with a table of candidates, in the order of the tables."""
    return [lead for lead in leads if lead.z is not None and not lead.reason][: len(job.candidates)]


def scored_rows(
    arm: str, lead: PreparedLead, molecules: Sequence[Molecule], parts: SearchParts, judging: Judging
) -> pd.DataFrame:
    """Rows of one arm at one lead, each molecule judged at its own latent."""
    if not molecules:
        return pd.DataFrame(columns=list(COLUMNS))
    encoding = parts.model.try_encode(molecules)
    members = [
        Member(molecule, encoding.z[row].to("cpu", torch.float64), Ancestry(arm))
        for row, molecule in enumerate(molecules)
    ]
    table = measured_table(members, lead, judging).assign(lead=lead.number)
    goals = [item.goal for item in judging.scores.goals]
    reason = implausible_beside(lead.molecule)
    met = clauses_met_by(table, members, judging.scores).any(axis=1)
    return pd.DataFrame(
        {
            "lead": lead.number,
            "arm": arm,
            "smiles": table["smiles"],
            "desirability": table["desirability"],
            "hit": np.asarray(meets_every_goal(goals, table, lead_table([lead]))) & met,
            "plausible": [not reason(molecule) for molecule in molecules],
        }
    )


def summaries(comparison: pd.DataFrame) -> list[ArmSummary]:
    """One for each arm, in the order of the table."""
    found = []
    for arm, rows in comparison.groupby("arm", sort=False):
        hit, plausible = rows["hit"].to_numpy(dtype=bool), rows["plausible"].to_numpy(dtype=bool)
        best = rows[plausible].groupby("lead")["desirability"].max().mean()
        found.append(
            ArmSummary(
                str(arm), len(rows), int(hit.sum()), int(plausible.sum()), int((hit & plausible).sum()), float(best)
            )
        )
    return found
