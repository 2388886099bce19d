"""What the comparison of a card means, in sentences and tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from molconvex.surrogate.evidence.metric_names import METRIC_NAMES, MODEL_NAMES

LINEAR_NAMES = {"roc_auc": "logistic regression", "r2": "ridge regression"}
METHOD_NAMES = {"scaffold": "scaffold splits", "random": "random splits"}


def verdict(evidence: Mapping[str, Any]) -> list[str]:
    """Sentences on the price of convexity, linear models and fingerprints, per kind of split."""
    sentences = []
    for method, record in evidence["methods"].items():
        differences, metric = record["differences"], METRIC_NAMES[evidence["metric"]]
        where = _where(method, record)
        if "mlp" in differences:
            sentences.append(f"{where} the price of convexity is {_with_interval(differences['mlp'])} of {metric}.")
        linear = differences.get("linear")
        if linear and (linear["high"] is None or linear["high"] >= 0):
            sentences.append(
                f"{where} this surrogate is no better than {LINEAR_NAMES[evidence['metric']]} "
                f"({_with_interval(linear)}): prefer that for predictions."
            )
        if "refined" in differences:
            sentences.append(_refined_sentence(where, differences["refined"], metric))
        others = {name: differences[name] for name in ("svm", "random_forest") if name in differences}
        name, best = max(others.items(), key=lambda item: item[1]["mean"], default=("", {"mean": 0.0}))
        if best["mean"] > 0:
            sentences.append(f"{where} the best other model is a {MODEL_NAMES[name]}: {_with_interval(best)}.")
    return sentences


def refined_sentences(evidence: Mapping[str, Any]) -> list[str]:
    """How much better predictions refined by structure are, per kind of split; none where that was not tried."""
    return [
        _refined_sentence(_where(method, record), record["differences"]["refined"], METRIC_NAMES[evidence["metric"]])
        for method, record in evidence["methods"].items()
        if "refined" in record["differences"]
    ]


def refinement_sentence(card: Mapping[str, Any]) -> str:
    """Whether the surrogate kept what refines its predictions; "" where that was not tried."""
    if "refinement" not in card:
        return ""
    if card["refinement"] is None:
        return "Predictions refined by structure were tried and not kept: there is the convex prediction alone."
    return (
        "Predictions refined by structure are kept: they come first where molecules are predicted, and searches rank "
        "by them; proofs speak of the convex ones."
    )


def evidence_lines(evidence: Mapping[str, Any]) -> list[str]:
    """Section of the card."""
    lines = ["## Evidence", "", *verdict(evidence), ""]
    for method, record in evidence["methods"].items():
        names = list(record["scores"]["convex"])
        tested = record["tested"]
        sizes = f"{min(tested)}" if min(tested) == max(tested) else f"{min(tested)} to {max(tested)}"
        lines += [
            f"{len(tested)} {METHOD_NAMES.get(method, method + ' split')}, {sizes} test molecules each; mean and, of "
            f"{METRIC_NAMES[evidence['metric']]}, the difference to this surrogate with its 95 % interval over "
            f"{'splits' if len(tested) > 1 else 'molecules'}:",
            "",
            "| model | " + " | ".join(METRIC_NAMES[name] for name in names) + " | difference |",
            "|---|" + "---:|" * len(names) + "---|",
        ]
        for model, scores in record["scores"].items():
            cells = [_score(scores[name], model, name) for name in names]
            difference = "" if model == "convex" else _with_interval(record["differences"][model])
            lines.append(f"| {MODEL_NAMES[model]} | " + " | ".join(cells) + f" | {difference} |")
        lines.append("")
    return [*lines, *[f"* {note}" for note in evidence["notes"]], ""]


def refinement_lines(record: Mapping[str, Any] | None) -> list[str]:
    """Section of the card on the refined prediction; None where it was tried and not kept."""
    lines = ["## Refined prediction", ""]
    if record is None:
        return [
            *lines,
            "What structures say was tried beside the latents and did not refine the predictions: not kept.",
            "",
        ]
    lines += [
        "There are two numbers. The prediction of the convex networks is what requirements, certificates and every "
        f"proof speak of. The refined one is {1 - record['share']:.0%} of that and {record['share']:.0%} of a Gaussian "
        f"process over fingerprints and properties of {record['molecules']} molecules trained on, which this "
        "surrogate keeps; searches rank by it, and nothing is proved of it.",
        "",
    ]
    return lines if record["conformal"] is None else [*lines, *coverage_lines(record["conformal"])[2:]]


def coverage_lines(record: Mapping[str, Any]) -> list[str]:
    """Section of the card on conformal intervals."""
    lines = ["## Intervals", ""]
    sizes = ", ".join(f"{count} {group.replace('_', ' ')}" for group, count in record["molecules"].items())
    lines.append(f"From errors on held-out molecules ({record['method']} splits; {sizes}).")
    if not record["coverage"]:
        return [*lines, "Coverage was not measured: it takes repeated splits.", ""]
    lines += [
        "Share of molecules, not used for the intervals, whose value or class they hold:",
        "",
        "| molecules | tested | " + " | ".join(f"at {level:.0%}" for level in record["levels"]) + " |",
        "|---|---:|" + "---:|" * len(record["levels"]),
    ]
    for group, found in record["coverage"].items():
        lines.append(f"| {group} | {found['tested']} | " + " | ".join(f"{x:.0%}" for x in found["share"]) + " |")
    return [*lines, ""]


def _where(method: str, record: Mapping[str, Any]) -> str:
    return f"On {len(record['seeds'])} {METHOD_NAMES.get(method, method + ' split')}"


def _refined_sentence(where: str, difference: Mapping[str, Any], metric: str) -> str:
    return (
        f"{where} predictions refined by structure, of which nothing is proved, are better by "
        f"{_with_interval(difference)} of {metric}."
    )


def _score(values: list[float], model: str, name: str) -> str:
    return f"{np.nanmean(values):.3f}" if np.isfinite(values).any() else "-"


def _with_interval(difference: Mapping[str, Any]) -> str:
    if difference["low"] is None:
        return f"{difference['mean']:+.3f}"
    return f"{difference['mean']:+.3f} ({difference['low']:+.3f} to {difference['high']:+.3f})"
