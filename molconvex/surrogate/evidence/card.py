"""The model card of a surrogate as Markdown, from the plain record that is stored with it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from molconvex.surrogate.evidence.card_contributions import contributions_lines
from molconvex.surrogate.evidence.evidence_text import coverage_lines, evidence_lines, refinement_lines
from molconvex.surrogate.evidence.metric_names import METRIC_NAMES, MODEL_NAMES
from molconvex.surrogate.model.target import TargetScaler


def card_markdown(card: Mapping[str, Any], scaler: TargetScaler) -> str:
    """The card in Markdown; parts that the record lacks are left out."""
    target = scaler.target
    lines = [f"# Surrogate: {target.property}", "", f"Goal: {target.describe()}."]
    lines += ["", _quantity(scaler), ""]
    lines += _data(card) if "data" in card else []
    lines += _orientation(card["orientation"]) if "orientation" in card else []
    lines += _metrics(card, target.unit) if card.get("metrics") else []
    lines += _price(card["price_of_convexity"]) if card.get("price_of_convexity") else []
    lines += evidence_lines(card["evidence"]) if card.get("evidence") else []
    lines += coverage_lines(card["conformal"]) if card.get("conformal") else []
    lines += refinement_lines(card["refinement"]) if "refinement" in card else []
    lines += _calibration(card["calibration"]) if card.get("calibration") else []
    lines += contributions_lines(card.get("contributions", []), target, is_refined=bool(card.get("refinement")))
    lines += _limits(card.get("kind", "convex"))
    if "versions" in card:
        lines += ["", "Made with " + ", ".join(f"{name} {version}" for name, version in card["versions"].items()) + "."]
    return "\n".join(lines) + "\n"


def _quantity(scaler: TargetScaler) -> str:
    target = scaler.target
    unit = f" {target.unit}" if target.unit else ""
    if target.sense == "classify":
        return "Predicts the probability of class 1; the cost is the log-odds of the class that is not wanted."
    if target.sense == "window":
        return f"Predicts the distance to the window; a cost of 1 is {scaler.scale:.4g}{unit} outside it."
    return f"A cost of 1 is {scaler.scale:.4g}{unit}; a cost of 0 is {scaler.mean:.4g}{unit}."


def _data(card: Mapping[str, Any]) -> list[str]:
    data, split, latents = card["data"], card["split"], card["latents"]
    bounds = f", {data['bounds']} of them bounds" if data["bounds"] else ""
    classes = f" ({data['class_1']} of class 1)" if "class_1" in data else ""
    fingerprint = f"`{latents['fingerprint'][:16]}`" if latents["fingerprint"] else "not recorded"
    return [
        "## Data",
        "",
        f"* {data['molecules']} molecules with a value{classes}{bounds}; sha256 of latents and labels "
        f"`{data['sha256'][:16]}`",
        f"* {split['method']} split: {split['train']} training, {split['valid']} validation, {split['test']} test "
        f"(seed {split['seed']}; all goals of the fit together)",
        f"* latent model {fingerprint}, {latents['dim']} dimensions",
        *_final(card),
        f"* {card['ensemble']['members']} members, aggregate {card['ensemble']['aggregate']}",
        "",
    ]


def _final(card: Mapping[str, Any]) -> list[str]:
    if "final" not in card:
        return []
    return [f"* judged as divided above, then trained once more on all {card['final']} molecules"]


def _metrics(card: Mapping[str, Any], unit: str) -> list[str]:
    rows = [
        "## Test molecules",
        "",
        "| metric | value | 95 % interval (bootstrap) | molecules |",
        "|---|---:|---|---:|",
    ]
    for name, metric in card["metrics"].items():
        shown = METRIC_NAMES[name] + (f" ({unit})" if unit and name in ("rmse", "mae") else "")
        rows.append(f"| {shown} | {_number(metric['value'])} | {_interval(metric)} | {metric['n']} |")
    return [*rows, ""]


def _price(table: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Of cards made before there were repeated splits."""
    names = list(next(iter(table.values())))
    rows = [
        "## Price of convexity",
        "",
        "| model on the same split | " + " | ".join(METRIC_NAMES[name] for name in names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for model, metrics in table.items():
        cells = [f"{_number(metrics[name]['value'])} ({_interval(metrics[name])})" for name in names]
        rows.append(f"| {MODEL_NAMES[model]} | " + " | ".join(cells) + " |")
    return [*rows, ""]


def _calibration(record: Mapping[str, Any]) -> list[str]:
    if "expected_calibration_error" in record:
        gap = record["expected_calibration_error"]
        rows = ["| predicted probability of class 1 | observed share | molecules |", "|---:|---:|---:|"]
        rows += [f"| {b['probability']:.3f} | {b['frequency']:.3f} | {b['molecules']} |" for b in record["bins"]]
        return ["## Calibration", "", f"Expected calibration error {gap:.3f}.", "", *rows, ""]
    rows = ["| mean spread | RMSE | molecules |", "|---:|---:|---:|"]
    rows += [f"| {b['spread']:.3g} | {b['rmse']:.3g} | {b['molecules']} |" for b in record["bins"]]
    text = (
        f"The spread is scaled to the error on the test molecules; rank correlation of spread and error "
        f"{_number(record['rank_correlation'])}; {record['within_one']:.0%} of errors lie within one spread, "
        f"{record['within_two']:.0%} within two (68 % and 95 % for a normal error)."
    )
    return ["## Calibration of the spread", "", text, "", *rows, ""]


def orientation_sentences(choice: Mapping[str, Any]) -> list[str]:
    """Which molecules are taken as one convex set, and which proof follows."""
    taken = choice["orientation"]
    why = "as asked" if choice["asked"] else "chosen on held-out molecules"
    convex_set = choice["convex_set"]
    lines = [
        f"{convex_set[0].upper()}{convex_set[1:]} are taken as one convex set ({taken}, {why}).",
        f"Proof that follows: {choice['proof']}.",
    ]
    if choice["better"] != taken:
        lines.append(f"The data speak for the other orientation, {choice['better']}.")
    return lines


def _orientation(choice: Mapping[str, Any]) -> list[str]:
    lines = ["## Orientation", "", *orientation_sentences(choice)]
    rows = [
        f"| {side} | {np.mean(loss):.4f} | {', '.join(f'{value:.4f}' for value in loss)} |"
        for side, loss in choice["validation_loss"].items()
    ]
    return [*lines, "", "| orientation | mean validation loss | of each member |", "|---|---:|---|", *rows, ""]


def _limits(kind: str) -> list[str]:
    certificate = {
        "convex": "Certificates made with this surrogate speak of its cost over a region of latent space, not of "
        "molecules. ",
        "concave": "Proofs made with this surrogate bound its predictions over a part of latent space, not molecules. ",
    }.get(kind, "This surrogate is not convex: what minimizes it is a local minimum without a certificate. ")
    return [
        "## Limits",
        "",
        f"{certificate}Predictions far from the training latents (distance above 1) are extrapolation, "
        "and the spread of the members does not show that.",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(metric: Mapping[str, Any]) -> str:
    if metric["low"] is None:
        return "-"
    return f"{metric['low']:.3f} to {metric['high']:.3f}"
