"""What the certificates prove, which surrogates were used, and everything needed to repeat a run, as texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.learned_surrogates import is_constant
from molconvex.runs.report.numbers import label, plain, plural
from molconvex.settings import Settings

ORIGINS = {
    "given": "given to the run",
    "folder": "own folder",
    "bundled": "bundled",
    "trained": "trained for this run on the reference set",
    "oracle": "learned from what the oracle measured",
}
REGIONS = {
    "ball": "balls",
    "box": "boxes",
    "ellipsoid": "ellipsoids",
    "hull": "hulls of the leads' analogues",
}
METRICS = {"r2": "R²", "rmse": "RMSE", "spearman": "Spearman", "roc_auc": "ROC-AUC"}


@dataclass(frozen=True)
class SurrogateRow:
    """A surrogate with what its test molecules showed."""

    name: str
    trained_to: str
    origin: str
    molecules: str
    metrics: str


def surrogate_rows(parts: Sequence[GoalSurrogate]) -> list[SurrogateRow]:
    """One row for each surrogate."""
    return [_surrogate_row(part) for part in parts]


def _surrogate_row(part: GoalSurrogate) -> SurrogateRow:
    card = part.surrogate.card
    metrics = card.get("metrics", {})
    shown = ", ".join(
        f"{text} {plain(metrics[name]['value'])}"
        for name, text in METRICS.items()
        if metrics.get(name, {}).get("value") is not None
    )
    molecules = card.get("data", {}).get("molecules")
    return SurrogateRow(
        label(part.goal.property, False),
        part.surrogate.target.describe(),
        ORIGINS[part.origin],
        "" if molecules is None else f"{molecules:,}",
        shown or "not recorded",
    )


def what_is_certified(programs: pd.DataFrame, gap_tol: float, region: str) -> str:
    """How many programs are certified, to which gap, over which regions."""
    certified = int((programs["status"] == "certified").sum())
    lost = int((programs["status"] == "infeasible").sum())
    infeasible = f"{lost:,} are proved to have no point that meets every requirement. " if lost else ""
    nearest, farthest = plain(float(programs["radius"].min())), plain(float(programs["radius"].max()))
    spread = float(programs["anchor_distance"].max())
    place = f", which lie up to {plain(spread)} from the lead" if spread > 0 else ""
    clauses = int(programs["clause"].max()) if "clause" in programs else 1
    least = f"What is claimed of molecules rests on the least bound of the {clauses} clauses. " if clauses > 1 else ""
    return (
        f"{certified:,} of {len(programs):,} programs are certified to a relative gap of {plain(gap_tol)}; the median "
        f"gap is {plain(float(programs['gap'].median()), 2)}, the largest {plain(float(programs['gap'].max()), 2)}. "
        f"{infeasible}{least}The regions are {REGIONS[region]}{place}, and reach {nearest} to {farthest} from them in "
        "latent space."
    )


def settings_list(settings: Settings) -> dict[str, str]:
    """Settings as people read them, but for the leads."""
    return {name: _text(item) for name, item in settings.to_dict().items() if name != "leads"}


def versions_list(information: Mapping[str, Any]) -> dict[str, str]:
    """Latent model, versions and time of a run."""
    latent = information.get("latent", {})
    return {
        "latent model": f"{latent.get('fingerprint', '')[:16]}, {latent.get('dim', '')} dimensions",
        **{f"oracle {name}": _asked(facts) for name, facts in information.get("oracles", {}).items()},
        **{str(name): str(text) for name, text in information.get("versions", {}).items()},
        "seconds": str(information.get("seconds", "")),
        "finished": str(information.get("finished", "")),
    }


def left_out_leads(leads: pd.DataFrame, most: int = 10) -> list[str]:
    """A sentence for each lead that could not be used, the first ones of many."""
    failed = leads[leads["reason"] != ""]
    texts = [f"Left out: {row['name']} ({row['given']}): {row['reason']}" for _, row in failed.head(most).iterrows()]
    if len(failed) > most:
        texts.append(f"{len(failed) - most} more leads were left out; see leads.csv.")
    return texts


def oracle_warnings(parts: Sequence[GoalSurrogate]) -> list[str]:
    """A sentence for each property of which too little was measured for a surrogate."""
    names = dict.fromkeys(part.goal.property for part in parts if is_constant(part.surrogate))
    return [f"Too few values of {name} for a surrogate: the certificates say nothing of it." for name in names]


def _asked(facts: Mapping[str, Any]) -> str:
    """What was called, how often, and what came of it."""
    return (
        f"{facts['called']}: {plural(facts['molecules'], 'molecule')} in {plural(facts['calls'], 'call')}, "
        f"{facts['remembered']:,} remembered from earlier runs, {facts['missing']:,} without a value"
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if value is None or value == {}:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
