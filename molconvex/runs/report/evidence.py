"""What the certificates prove, which surrogates were used, and everything needed to repeat the run."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from molconvex.design.settings import GenerateSettings
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.runs.report.numbers import label, plain

ORIGINS = {
    "given": "given to the run",
    "folder": "own folder",
    "bundled": "bundled",
    "trained": "trained for this run on the reference set",
}
REGIONS = {
    "ball": "balls around anchors",
    "box": "boxes around anchors",
    "ellipsoid": "ellipsoids around anchors",
    "hull": "hulls between the lead and known molecules",
}
METRICS = {"r2": "R²", "rmse": "RMSE", "spearman": "Spearman", "roc_auc": "ROC-AUC"}


def certificate_section(programs: pd.DataFrame, gap_tol: float, region: str = "ball") -> str:
    """What was proved and what was not."""
    if programs.empty:
        return ""
    certified = int((programs["status"] == "certified").sum())
    lost = int((programs["status"] == "infeasible").sum())
    infeasible = f"{lost:,} are proved to have no point that meets every requirement. " if lost else ""
    nearest, farthest = plain(float(programs["radius"].min())), plain(float(programs["radius"].max()))
    spread = float(programs["anchor_distance"].max())
    place = f", which lie up to {plain(spread)} from the lead" if spread > 0 else ""
    return f"""
<h2>Certificates</h2>
<div class="panel certificate">
<p>{certified:,} of {len(programs):,} programs are certified to a relative gap of {plain(gap_tol)}; the median gap is
{plain(float(programs["gap"].median()), 2)}, the largest {plain(float(programs["gap"].max()), 2)}. {infeasible}The
regions are {REGIONS[region]}{place}, and reach {nearest} to {farthest} from them in latent space: each program improves
on its own anchor.</p>
<p>For each program the certificate gives a lower bound: <b>no point of that region of latent space has a smaller
predicted cost.</b> It speaks of the surrogate over the region and never of the molecule. What RDKit measured on each
decoded molecule stands beside it.</p>
<p class="note">The bound follows from the surrogate's weights and the stored multipliers alone, without trusting the
solver. <code>molconvex check</code> on the folder of this report computes it again, with every measured property and
checksum.</p>
</div>"""


def surrogate_table(parts: Sequence[GoalSurrogate]) -> str:
    """Surrogates with what their test molecules showed."""
    rows = []
    for part in parts:
        metrics = part.surrogate.card.get("metrics", {})
        shown = ", ".join(
            f"{text} {plain(metrics[name]['value'])}"
            for name, text in METRICS.items()
            if metrics.get(name, {}).get("value") is not None
        )
        molecules = part.surrogate.card.get("data", {}).get("molecules")
        rows.append(
            f"<tr><td>{label(part.goal.property, False)}</td><td>{escape(part.surrogate.target.describe())}</td>"
            f"<td>{ORIGINS[part.origin]}</td><td class='n'>{'' if molecules is None else f'{molecules:,}'}</td>"
            f"<td>{shown or 'not recorded'}</td></tr>"
        )
    return (
        "<table><thead><tr><th>Surrogate</th><th>Trained to</th><th>Origin</th><th class='n'>Molecules</th>"
        f"<th>On test molecules</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def repeat_section(settings: GenerateSettings, parts: Sequence[GoalSurrogate], information: Mapping[str, Any]) -> str:
    """Surrogates, settings and versions."""
    plain_settings = {name: value for name, value in settings.to_dict().items() if name != "leads"}
    versions = information.get("versions", {})
    latent = information.get("latent", {})
    facts = {
        "latent model": f"{latent.get('fingerprint', '')[:16]}, {latent.get('dim', '')} dimensions",
        **{str(name): str(text) for name, text in versions.items()},
        "seconds": str(information.get("seconds", "")),
        "finished": str(information.get("finished", "")),
    }
    return f"""
<h2>How it was made</h2>
<div class="panel" style="margin-bottom:16px">{surrogate_table(parts)}</div>
<div class="columns">
<div class="panel"><h3>Settings</h3>{_list(plain_settings)}</div>
<div class="panel"><h3>Versions</h3>{_list(facts)}</div>
</div>"""


def _list(items: Mapping[str, Any]) -> str:
    return (
        '<dl class="settings">'
        + "".join(f"<dt>{escape(str(k))}</dt><dd>{escape(_text(v))}</dd>" for k, v in items.items())
        + "</dl>"
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if value is None or value == {}:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
