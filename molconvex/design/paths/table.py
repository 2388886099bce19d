"""The stops of a path as a table: what each latent predicts, decodes to, and measures."""

from itertools import groupby

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from molconvex.chem import PROPERTIES, compute_properties, find_alerts, parse, tanimoto
from molconvex.columns import MEASURED, PREDICTED, REENCODED
from molconvex.design.paths.ends import PathEnd, decode_greedily
from molconvex.design.paths.walk import JUMP, Walk
from molconvex.latent import LatentModel
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.goals import Goal
from molconvex.surrogate.model.uncertainty import uncertainty_columns

NO_MOLECULE = "the latent decodes to no molecule"
SHOWN = ("qed", "logp", "tpsa", "sa_score", "molecular_weight")
"""Properties measured on every stop, beside the one of the path."""


def stop_table(walk: Walk, model: LatentModel, ends: tuple[PathEnd, PathEnd], part: GoalSurrogate) -> pd.DataFrame:
    """One row a stop.

    Columns: stop, share (of the way's latent length), part (the method, or "jump"), smiles, reason ("" unless there is
    no molecule), repeats (same molecule as the stop before), cost, predicted_P, predicted_deviation, measured_P,
    measured_deviation, similarity_to_start, similarity_to_end, alerts, the measured properties, and of the molecule
    encoded again its prediction reencoded_P and its distance drift from the stop; where nothing measures P, also its
    interval and applicability domain. Deviations are differences from the
    start: from its prediction, and from the measured value of the start molecule itself.

    Args:
        walk: n points.
        model: Decodes them greedily, and encodes the molecules again.
        ends: The two molecules.
        part: Surrogate and wish.
    """
    smiles = decode_greedily(model, walk.z)
    name = part.goal.property
    predicted = part.surrogate.value_of(walk.cost).numpy()
    measured = measured_as_predicted([ends[0].smiles, *smiles], part.goal)
    table = pd.DataFrame(
        {
            "stop": np.arange(1, len(smiles) + 1),
            "share": shares(walk.z),
            "part": walk.parts,
            "smiles": smiles,
            "reason": ["" if text else NO_MOLECULE for text in smiles],
            "repeats": [bool(a) and a == b for a, b in zip(smiles, ["", *smiles], strict=False)],
            "cost": walk.cost.numpy(),
            PREDICTED(name): predicted,
            "predicted_deviation": predicted - predicted[0],
            MEASURED(name): measured[1:],
            "measured_deviation": measured[1:] - measured[0],
            "similarity_to_start": tanimoto(ends[0].smiles, smiles),
            "similarity_to_end": tanimoto(ends[1].smiles, smiles),
            "alerts": ["; ".join(find_alerts(parse(text))) if text else "" for text in smiles],
        }
    )
    others = compute_properties(smiles, list(dict.fromkeys([name] * (name in PROPERTIES) + list(SHOWN))))
    again = _encoded_again(smiles, model)
    drift = {REENCODED(name): _predictions(again, part), "drift": (again - walk.z).norm(dim=1).numpy()}
    beside = [] if part.is_measurable else [uncertainty_columns(part.surrogate, again)]
    return pd.concat([table, others.reset_index(drop=True), pd.DataFrame(drift), *beside], axis=1)


def _encoded_again(smiles: list[str], model: LatentModel) -> torch.Tensor:
    """Latents of the molecules, (n, d), float64; NaN where there is no molecule or it cannot be encoded."""
    present = [row for row, text in enumerate(smiles) if text]
    z = torch.full((len(smiles), model.latent_dim), torch.nan, dtype=torch.float64)
    if present:
        z[present] = model.try_encode([smiles[row] for row in present]).z.to("cpu", torch.float64)
    return z


def _predictions(z: torch.Tensor, part: GoalSurrogate) -> NDArray[np.float64]:
    known = torch.isfinite(z).all(dim=1)
    values = np.full(len(z), np.nan)
    if bool(known.any()):
        values[known.numpy()] = part.surrogate.value_of(part.surrogate.cost(z[known])).numpy()
    return values


def measured_as_predicted(smiles: list[str], goal: Goal) -> NDArray[np.float64]:
    """What RDKit measures, in the quantity that is predicted (a distance for windows); NaN where it cannot."""
    if goal.property not in PROPERTIES:
        return np.full(len(smiles), np.nan)
    values = compute_properties(smiles, [goal.property])[goal.property].to_numpy(dtype=np.float64)
    return goal.distance(values) if goal.kind in ("window", "target") else values


def shares(z: torch.Tensor) -> NDArray[np.float64]:
    """How much of the way's latent length lies before each stop, 0 to 1: (n, d) to (n,)."""
    lengths = (z[1:] - z[:-1]).norm(dim=1).numpy()
    before = np.concatenate([[0.0], np.cumsum(lengths)])
    return np.asarray(before / before[-1])


def worst(table: pd.DataFrame, column: str) -> float:
    """Largest size of a deviation over the stops of the way itself, the jump left out; NaN where none is known."""
    values = table.loc[table["part"] != JUMP, column].abs().dropna()
    return float(values.max()) if len(values) else float("nan")


def merged(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Runs of consecutive stops with one molecule and one part, for drawing."""
    keys = list(zip(table["smiles"], table["part"] == JUMP, strict=True))
    runs = [list(rows) for _, rows in groupby(range(len(keys)), key=lambda row: keys[row])]
    return [table.iloc[rows] for rows in runs]
