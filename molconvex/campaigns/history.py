"""What became of a campaign's batches: predicted against measured, round by round, and the best found."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from molconvex.campaigns.campaign import Campaign

ROUND_COLUMNS = (
    "batch", "proposed", "measured", "failed", "best", "best_so_far", "error", "inside", "rank_correlation", "model",
    "side", "bound",
)  # fmt: skip
LEAST_RANKED = 3


def predictions(campaign: Campaign) -> pd.DataFrame:
    """One row a proposed compound: batch, id, smiles, why, predicted, deviation, measured (in what predictions speak
    of), value (as measured) and reason."""
    values = campaign.values
    rows = []
    for batch in campaign.batches:
        for item in batch.proposed:
            found = values.get(item["number"])
            value = np.nan if found is None else found.value
            rows.append(
                {
                    "batch": batch.number,
                    "id": campaign.stored.compound_id(item["number"]),
                    "smiles": campaign.pool[item["number"] - 1],
                    "why": item["why"],
                    "predicted": _number(item["predicted"]),
                    "deviation": _number(item["deviation"]),
                    "measured": float(campaign.as_predicted(np.array([value]))[0]),
                    "value": value,
                    "reason": "" if found is None else found.reason,
                }
            )
    columns = ["batch", "id", "smiles", "why", "predicted", "deviation", "measured", "value", "reason"]
    return pd.DataFrame(rows, columns=columns)


def rounds(campaign: Campaign) -> pd.DataFrame:
    """One row a batch: how many were proposed and measured, the best value in it and until then, mean absolute error of
    the predictions made before measuring, share within two standard deviations of prediction and measurement together,
    rank correlation, model and bound."""
    table, rows = predictions(campaign), []
    best_score = -np.inf
    for batch in campaign.batches:
        own = table[table["batch"] == batch.number]
        known = own[own["value"].notna()]
        scores = campaign.scores(known["value"].to_numpy(dtype=np.float64))
        best_score = max(best_score, float(scores.max(initial=-np.inf)))
        rows.append(
            {
                "batch": batch.number,
                "proposed": len(own),
                "measured": len(known),
                "failed": int((own["reason"] != "").sum()),
                "best": _value(campaign, float(scores.max(initial=-np.inf))),
                "best_so_far": _value(campaign, best_score),
                **_agreement(known, _number(batch.facts.get("noise", 0.0))),
                "model": batch.facts.get("model", ""),
                "side": batch.facts.get("orientation", ""),
                "bound": _number(batch.facts.get("bound")),
            }
        )
    return pd.DataFrame(rows, columns=list(ROUND_COLUMNS))


def _agreement(known: pd.DataFrame, noise: float) -> dict[str, float]:
    """How well the values of a batch were predicted before they were measured.

    Args:
        known: What was measured of it.
        noise: Standard deviation of a measurement, which a prediction's own deviation does not hold; 0 where the batch
            was chosen before that was noted.
    """
    fine = known[known["predicted"].notna()]
    if fine.empty:
        return {"error": np.nan, "inside": np.nan, "rank_correlation": np.nan}
    away = (fine["predicted"] - fine["measured"]).abs()
    ranked = len(fine) >= LEAST_RANKED and fine["predicted"].nunique() > 1 and fine["measured"].nunique() > 1
    return {
        "error": float(away.mean()),
        "inside": float((away <= 2.0 * np.hypot(fine["deviation"], noise)).mean()),
        "rank_correlation": float(spearmanr(fine["predicted"], fine["measured"]).statistic) if ranked else np.nan,
    }


def _value(campaign: Campaign, score: float) -> float:
    return float(campaign.as_value(np.array([score]))[0]) if np.isfinite(score) else np.nan


def _number(item: Any) -> float:
    return np.nan if item is None else float(item)
