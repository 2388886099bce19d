"""The page of a path: both molecules, the prediction along the way, and every molecule met."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from molconvex.columns import MEASURED, PREDICTED
from molconvex.design.paths.settings import METHODS
from molconvex.design.paths.table import SHOWN, merged
from molconvex.design.paths.walk import JUMP, REGIONS
from molconvex.runs.report.candidate_values import Badge, ValueRow, alert_badge, domain_badges
from molconvex.runs.report.charts import draw_chart
from molconvex.runs.report.evidence import surrogate_rows
from molconvex.runs.report.numbers import label, plain, plural, share, short_label, unit, value
from molconvex.runs.report.path_plot import HEIGHT, WIDTH, path_chart
from molconvex.runs.report.predictions import distance_text, prediction_text
from molconvex.runs.report.rendering import render

if TYPE_CHECKING:
    from molconvex.design.paths.molecule_path import MoleculePath


@dataclass(frozen=True)
class StopCard:
    """A molecule of the way, with the consecutive stops that gave it."""

    stops: str
    way: str
    smiles: str
    reason: str
    values: list[ValueRow]
    badges: list[Badge]


def render_path(path: "MoleculePath") -> str:
    """The page as one HTML document without external resources."""
    start, end, name = path.start.name, path.end.name, path.property_name
    toward = "toward" if path.settings.method == "descent" else "to"
    named = path.start.given.name and path.end.given.name
    chart, legend = path_chart(path.stops, name)
    return render(
        "path.html.j2",
        title=f"{start} to {end}",
        heading=f"From {start} {toward} {end}" if named else "Between two molecules",
        subtitle=f"{label(name)}: {METHODS[path.settings.method]}",
        remarks=[f"{text[:1].upper()}{text[1:]}." for text in path.remarks()],
        figures=_figures(path),
        property_label=label(name),
        chart=draw_chart([chart], WIDTH, HEIGHT, f"{label(name)} along the path", legend),
        start=path.start,
        cards=[_card(stops, path) for stops in merged(path.stops)],
        surrogates=surrogate_rows([path.part]),
        proof=_proof(path),
        made=_made(path),
    )


def _figures(path: "MoleculePath") -> list[tuple[str, str]]:
    name, predicted = path.property_name, path.stops[PREDICTED(path.property_name)]
    shown = [(value(name, predicted.iloc[0]), f"predicted {short_label(name)} at the start")]
    if path.settings.method == "descent":
        shown.append((value(name, predicted.iloc[-1]), "at the end of the descent"))
        shown.append((plain(path.walk.gap, 2), "certified gap: the cost cannot rise by more"))
        shown.append((plain(path.largest_rise, 2), "largest rise of the cost"))
    else:
        shown.append((plain(path.worst_predicted_deviation, 2), "worst predicted deviation from it"))
        shown.append((_deviation(path), "worst measured deviation"))
    shown.append((str(path.stops["smiles"].replace("", pd.NA).nunique()), f"molecules at {len(path.stops)} stops"))
    return shown


def _deviation(path: "MoleculePath") -> str:
    number = path.worst_measured_deviation
    return value(path.property_name, number) if number == number else "n/a"


def _card(stops: pd.DataFrame, path: "MoleculePath") -> StopCard:
    first, last = stops.iloc[0], stops.iloc[-1]
    which, way = f"Stop {first['stop']}", f"{100 * first['share']:.0f}"
    if len(stops) > 1:
        which, way = f"Stops {first['stop']}–{last['stop']}", f"{way}–{100 * last['share']:.0f}"
    if not first["smiles"]:
        return StopCard(which, way, "", first["reason"], [], [])
    names = str(first["alerts"])
    count = len([text for text in names.split("; ") if text])
    jump = [Badge("another level", "alert")] if first["part"] == JUMP else []
    far = [] if path.part.is_measurable else domain_badges(first, [path.property_name])
    return StopCard(which, way, first["smiles"], "", _values(stops, path), [*jump, alert_badge(count, names), *far])


def _values(stops: pd.DataFrame, path: "MoleculePath") -> list[ValueRow]:
    name, first = path.property_name, stops.iloc[0]
    predicted = stops[PREDICTED(name)]
    low, high = value(name, predicted.min()), value(name, predicted.max())
    shown = low if low == high else f"{low} to {high}"
    rows = [ValueRow(f"{label(name, False)}, predicted", shown, unit(name), is_goal=True)]
    if first[MEASURED(name)] == first[MEASURED(name)]:
        measured = value(name, first[MEASURED(name)])
        rows.append(ValueRow(f"{label(name, False)}, measured", measured, unit(name), is_goal=True))
    if not path.part.is_measurable:
        beside = f"{distance_text(first, name)}"
        shown = prediction_text(first, name)
        rows.append(ValueRow(f"{label(name, False)}, of the molecule", shown, unit(name), beside, is_goal=True))
    rows.append(ValueRow(f"Similarity to {path.start.name}", share(first["similarity_to_start"])))
    rows.append(ValueRow(f"Similarity to {path.end.name}", share(first["similarity_to_end"])))
    others = [other for other in SHOWN if other != name]
    return rows + [ValueRow(short_label(other), value(other, first[other]), unit(other)) for other in others]


def _proof(path: "MoleculePath") -> list[str]:
    solution, where = path.walk.solution, REGIONS[path.walk.program.region.kind]
    texts = [
        f"In {where}, the least predicted cost is {plain(float(solution.value[0]), 5)}, "
        f"and no point has less than {plain(float(solution.lower_bound[0]), 5)}. The stops' predictions are held in "
        "float64; what each latent decodes to is another matter, which is why the measured values stand beside them."
    ]
    if path.settings.method == "descent":
        texts.append(
            "The cost is convex, so on the segment to the minimum of a region it falls all the way: it can rise by at "
            f"most the gap, {plain(path.walk.gap, 2)}."
        )
    return texts


def _made(path: "MoleculePath") -> str:
    seconds = plain(float(path.information.get("seconds", float("nan"))))
    versions = ", ".join(f"{name} {text}" for name, text in path.information.get("versions", {}).items())
    return f"{plural(len(path.stops), 'stop')}, {seconds} s; {versions}."
