"""The page of a path: both molecules, the prediction along the way, and every molecule met."""

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from molconvex.chem import draw_svg
from molconvex.columns import MEASURED, PREDICTED
from molconvex.design.paths.settings import METHODS
from molconvex.design.paths.table import SHOWN, merged
from molconvex.design.paths.walk import JUMP, REGIONS
from molconvex.runs.report.cards import alert_badge
from molconvex.runs.report.evidence import surrogate_table
from molconvex.runs.report.numbers import label, plain, plural, share, short_label, unit, value
from molconvex.runs.report.page import fill_page
from molconvex.runs.report.path_plot import path_plot

if TYPE_CHECKING:
    from molconvex.design.paths.molecule_path import MoleculePath

CARD_WIDTH, CARD_HEIGHT = 262, 180


def render_path(path: "MoleculePath") -> str:
    """The page as one HTML document without external resources."""
    start, end = escape(path.start.name), escape(path.end.name)
    name = path.property_name
    toward = "toward" if path.settings.method == "descent" else "to"
    between = (
        f"From {start} {toward} {end}" if path.start.given.name and path.end.given.name else "Between two molecules"
    )
    body = [
        _remarks(path),
        _figures(path),
        f'<h2>{label(name)} along the way</h2><div class="panel">{path_plot(path.stops, name)}</div>',
        _strip(path),
        _made(path),
    ]
    subtitle = f"{label(name)}: {METHODS[path.settings.method]}"
    return fill_page("molecular path", f"{start} to {end}", between, subtitle, "\n".join(body))


def _remarks(path: "MoleculePath") -> str:
    shown = "".join(f'<p class="note">{escape(text[:1].upper() + text[1:])}.</p>' for text in path.remarks())
    return f'<div class="panel" style="margin-top:20px">{shown}</div>' if shown else ""


def _figures(path: "MoleculePath") -> str:
    name = path.property_name
    level = path.stops[PREDICTED(name)].iloc[0]
    shown = [(value(name, level), f"predicted {short_label(name)} at the start")]
    if path.settings.method == "descent":
        shown.append((value(name, path.stops[PREDICTED(name)].iloc[-1]), "at the end of the descent"))
        shown.append((plain(path.walk.gap, 2), "certified gap: the cost cannot rise by more"))
        shown.append((plain(path.largest_rise, 2), "largest rise of the cost"))
    else:
        shown.append((plain(path.worst_predicted_deviation, 2), "worst predicted deviation from it"))
        shown.append((_deviation(path), "worst measured deviation"))
    shown.append((str(path.stops["smiles"].replace("", pd.NA).nunique()), f"molecules at {len(path.stops)} stops"))
    return (
        '<div class="figures" style="margin-top:22px">'
        + "".join(f'<div class="figure"><b>{number}</b><span>{text}</span></div>' for number, text in shown)
        + "</div>"
    )


def _deviation(path: "MoleculePath") -> str:
    number = path.worst_measured_deviation
    return value(path.property_name, number) if number == number else "n/a"


def _strip(path: "MoleculePath") -> str:
    cards = "".join(_card(run, path) for run in merged(path.stops))
    return f"""
<h2>Molecules on the way</h2>
<p class="note">Consecutive stops with the same molecule share a card. Amber is what {escape(path.start.name)} does not
have. The path decides on the prediction; the measured value is the molecule's own.</p>
<div class="cards">{cards}</div>"""


def _card(stops: pd.DataFrame, path: "MoleculePath") -> str:
    first, last = stops.iloc[0], stops.iloc[-1]
    which, way = f"Stop {first['stop']}", f"{100 * first['share']:.0f}"
    if len(stops) > 1:
        which, way = f"Stops {first['stop']}–{last['stop']}", f"{way}–{100 * last['share']:.0f}"
    head = f'<div class="head"><span class="rank">{which}</span><span class="score">{way} % of the way</span></div>'
    if not first["smiles"]:
        return f'<article class="card">{head}<p class="note">{escape(first["reason"])}</p></article>'
    jump = '<span class="badge alert">another level</span>' if first["part"] == JUMP else ""
    counted = first.copy()
    counted["alert_count"] = len([text for text in str(first["alerts"]).split("; ") if text])
    return f"""
<article class="card">{head}
{draw_svg(first["smiles"], CARD_WIDTH, CARD_HEIGHT, highlight=path.start.smiles)}
<table>{_rows(stops, path)}</table>
<div class="badges">{jump}{alert_badge(counted)}</div>
<details><summary>SMILES</summary><p class="smiles">{escape(first["smiles"])}</p></details>
</article>"""


def _rows(stops: pd.DataFrame, path: "MoleculePath") -> str:
    name, first = path.property_name, stops.iloc[0]
    predicted = stops[PREDICTED(name)]
    low, high = value(name, predicted.min()), value(name, predicted.max())
    shown = low if low == high else f"{low} to {high}"
    rows = [_row(f"{label(name, False)}, predicted", shown, unit(name), True)]
    if first[MEASURED(name)] == first[MEASURED(name)]:
        rows.append(_row(f"{label(name, False)}, measured", value(name, first[MEASURED(name)]), unit(name), True))
    rows.append(_row(f"Similarity to {escape(path.start.name)}", share(first["similarity_to_start"])))
    rows.append(_row(f"Similarity to {escape(path.end.name)}", share(first["similarity_to_end"])))
    rows += [_row(short_label(other), value(other, first[other]), unit(other)) for other in SHOWN if other != name]
    return "".join(rows)


def _row(text: str, number: str, of: str = "", goal: bool = False) -> str:
    mark = " class=goal" if goal else ""
    return f'<tr{mark}><td>{text}</td><td class="n">{number} <span class="unit">{of}</span></td></tr>'


def _made(path: "MoleculePath") -> str:
    solution, information = path.walk.solution, path.information
    bound = f"{plain(float(solution.lower_bound[0]), 5)}"
    seconds = plain(float(information.get("seconds", float("nan"))))
    versions = ", ".join(f"{escape(name)} {escape(text)}" for name, text in information.get("versions", {}).items())
    least = plain(float(solution.value[0]), 5)
    guarantee = (
        "<p>The cost is convex, so on the segment to the minimum of a region it falls all the way: it can rise by at "
        f"most the gap, {plain(path.walk.gap, 2)}.</p>"
        if path.settings.method == "descent"
        else ""
    )
    return f"""
<h2>How it was made</h2>
<div class="panel" style="margin-bottom:16px">{surrogate_table([path.part])}</div>
<div class="panel certificate">
<p>In {REGIONS[path.walk.program.region.kind]}, the least predicted cost is {least}, and no point has less than
{bound}. The stops' predictions are held in float64; what each latent decodes to is another matter, which is why the
measured values stand beside them.</p>
{guarantee}
<p class="note">{plural(len(path.stops), "stop")}, {seconds} s; {versions}.
<code>molconvex check</code> on this folder computes predictions, deviations and measured values again.</p>
</div>"""
