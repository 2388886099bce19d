"""The front drawn: what is predicted and proved, what was measured, and the molecules themselves."""

from html import escape

import numpy as np
import pandas as pd

from molconvex.chem import PROPERTIES, draw_svg
from molconvex.design.pareto.measured import shown_value, value_column
from molconvex.design.pareto.run import LeadFront, ParetoRun
from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal
from molconvex.runs.report.front_panel import INK, RED, TEAL, WIDTH, Box, Panel, text
from molconvex.runs.report.numbers import label, value

PANEL_HEIGHT, LEGEND = 400, 30
ACROSS, CELL_HEIGHT = 4, 196


def draw_front(run: ParetoRun, lead: int | None = None, *, structures: int = 8) -> str:
    """The front around one lead as a self-contained SVG: predicted and measured, with up to `structures` drawings.

    Two goals share one panel, in which what the certificates exclude is shaded; three goals make a panel for each
    pair.

    Args:
        run: A Pareto run.
        lead: Number of the lead; the first with a front where None.
        structures: Molecules of the measured front drawn below, spread along it and numbered as in the panel.

    Raises:
        ConfigError: If the lead has no front.
    """
    item = _front_of(run, lead)
    molecules = run.candidates[run.candidates["lead"] == item.lead] if len(run.candidates) else run.candidates
    shown = _shown(run, molecules, structures)
    rows = -(-len(shown) // ACROSS)
    height = PANEL_HEIGHT + LEGEND + rows * CELL_HEIGHT
    parts = [*_panels(run, item, molecules, shown), _legend(PANEL_HEIGHT + 16, len(run.settings.goals) == 2)]
    parts += [_cell(run, item, row, place) for place, (_, row) in enumerate(shown.iterrows())]
    title = escape("Pareto front: " + ", ".join(goal.describe() for goal in run.settings.goals))
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' role='img' aria-label='{title}'>"
        f"<rect width='{WIDTH}' height='{height}' fill='#fff'/>{''.join(parts)}</svg>"
    )


def _front_of(run: ParetoRun, lead: int | None) -> LeadFront:
    for item in run.fronts:
        if lead is None or item.lead == lead:
            return item
    known = ", ".join(str(item.lead) for item in run.fronts) or "none"
    raise ConfigError(f"there is no front of lead {1 if lead is None else lead}; finished are: {known}")


def _shown(run: ParetoRun, molecules: pd.DataFrame, most: int) -> pd.DataFrame:
    """Molecules of the measured front, evenly along the first goal, its ends among them."""
    if molecules.empty or most < 1:
        return molecules.head(0)
    kept = molecules[molecules["non_dominated"].astype(bool)].sort_values(value_column(run.settings.goals[0]))
    places = np.unique(np.linspace(0, len(kept) - 1, min(most, len(kept))).round().astype(int))
    return kept.iloc[places]


def _panels(run: ParetoRun, item: LeadFront, molecules: pd.DataFrame, shown: pd.DataFrame) -> list[str]:
    goals = run.settings.goals
    if len(goals) == 2:
        return [_panel(run, item, molecules, shown, (0, 1), Box(64, 14, WIDTH - 16, PANEL_HEIGHT - 48))]
    third = WIDTH / 3
    boxes = [Box(third * i + 52, 14, third * (i + 1) - 10, PANEL_HEIGHT - 48) for i in range(3)]
    return [
        _panel(run, item, molecules, shown, pair, box)
        for pair, box in zip([(0, 1), (0, 2), (1, 2)], boxes, strict=True)
    ]


def _panel(
    run: ParetoRun, item: LeadFront, molecules: pd.DataFrame, shown: pd.DataFrame, pair: tuple[int, int], box: Box
) -> str:
    goals = [run.settings.goals[g] for g in pair]
    scalers = [run.scalers[goal.property] for goal in goals]
    predicted = np.stack([s.value_of(item.front.costs[:, g].numpy()) for s, g in zip(scalers, pair, strict=True)], 1)
    measured = molecules[[value_column(goal) for goal in goals]].to_numpy(dtype=float) if len(molecules) else None
    lead = np.array([item.lead_values[goal.property] for goal in goals])
    panel = Panel.over(box, [predicted, lead[None], *([] if measured is None else [measured])])
    labels = [_axis_label(goal) for goal in goals]
    parts = [panel.frame(*labels)]
    if len(run.settings.goals) == 2:
        parts.append(panel.excluded(item.front, scalers))
        parts.append(panel.line(predicted))
    parts += [panel.diamond(row) for row in predicted]
    if measured is not None:
        on_front = molecules["non_dominated"].to_numpy(dtype=bool)
        names = molecules["smiles"].tolist()
        parts += [panel.dot(measured[i], names[i], on_front[i]) for i in np.argsort(on_front, kind="stable")]
        numbers = shown[[value_column(goal) for goal in goals]].to_numpy(dtype=float)
        parts += [panel.number(row, i) for i, row in enumerate(numbers, start=1)]
    parts.append(panel.ring(lead))
    return "".join(parts)


def _axis_label(goal: Goal) -> str:
    """The property; dots are measured, but where only the surrogate knows it also they are predicted."""
    distance = ", distance to window" if goal.kind in ("window", "target") else ""
    predicted = "" if goal.property in PROPERTIES else ", predicted on the molecule"
    return f"{label(goal.property)}{distance}{predicted}"


def _legend(y: float, shaded: bool) -> str:
    marks = [
        (f"<path d='M0 -4L4 0L0 4L-4 0Z' fill='#fff' stroke='{INK}'/>", "predicted front, certified"),
        (f"<circle r='4.5' fill='{TEAL}'/>", "measured, dominated by none"),
        ("<circle r='3.5' fill='#9aa7b4' fill-opacity='.6'/>", "measured, dominated"),
        (f"<circle r='5.5' fill='none' stroke='{RED}' stroke-width='2'/>", "lead"),
        ("<rect x='-7' y='-6' width='14' height='12' fill='#f0e6d6'/>", "proved beyond prediction"),
    ]
    parts, x = [], 24.0
    for mark, words in marks if shaded else marks[:-1]:
        parts.append(f"<g transform='translate({x:.0f} {y})'>{mark}</g>{text(x + 11, y + 4, words)}")
        x += 30 + 6.9 * len(words)
    return "".join(parts)


def _cell(run: ParetoRun, item: LeadFront, row: pd.Series, place: int) -> str:
    """One structure with its number and its values."""
    width = WIDTH / ACROSS
    x, y = width * (place % ACROSS), PANEL_HEIGHT + LEGEND + CELL_HEIGHT * (place // ACROSS)
    lead = run.run.leads.set_index("lead").loc[item.lead, "smiles"]
    drawing = draw_svg(row["smiles"], round(width - 20), 140, highlight=str(lead))
    drawing = drawing.replace("<svg ", f"<svg x='{x + 10:.0f}' y='{y + 14:.0f}' ", 1)
    values = " · ".join(
        f"{label(goal.property, False)} {value(goal.property, shown_value(row, goal))}" for goal in run.settings.goals
    )
    middle, similar = x + width / 2, f"similarity {row['similarity']:.2f}"
    return (
        f"{drawing}{text(x + 12, y + 18, str(place + 1), weight=700, color=TEAL)}"
        f"{text(middle, y + 168, values, anchor='middle', color=INK)}"
        f"{text(middle, y + 184, similar, anchor='middle')}"
    )
