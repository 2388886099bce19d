"""The front drawn: what is predicted and proved, what was measured, and the molecules themselves."""

import numpy as np
import pandas as pd
from markupsafe import Markup

from molconvex.chem import PROPERTIES
from molconvex.design.pareto.measured import shown_value, value_column
from molconvex.design.pareto.run import LeadFront, ParetoRun
from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal
from molconvex.runs.report.charts import Box, Cell, Chart, Legend, Shape, draw_chart
from molconvex.runs.report.front_chart import add_excluded, add_molecule, add_number, chart_over
from molconvex.runs.report.numbers import label, value
from molconvex.runs.report.rendering import structure

WIDTH, PANEL_HEIGHT, LEGEND_HEIGHT = 860, 400, 30
ACROSS, CELL_HEIGHT = 4, 220
PAIRS = ((0, 1), (0, 2), (1, 2))


def draw_front(run: ParetoRun, lead: int | None = None, *, structures: int = 8) -> str:
    """The front around one lead as a self-contained SVG: predicted and measured, with up to `structures` drawings.

    Two goals share one panel, in which what the certificates exclude is shaded; three goals make a panel for each
    pair.

    Args:
        run: A Pareto run.
        lead: Number of the lead; the first with a front where None.
        structures: Molecules of the measured front drawn below, spread along it, with their ranks as in the panel.

    Raises:
        ConfigError: If the lead has no front.
    """
    return str(_drawn(run, front_of(run, lead), structures, for_file=True))


def draw_front_page(run: ParetoRun, item: LeadFront) -> Markup:
    """The same in the colors of a page, with eight structures."""
    return _drawn(run, item, 8, for_file=False)


def _drawn(run: ParetoRun, item: LeadFront, structures: int, for_file: bool) -> Markup:
    charts, shown = front_charts(run, item, structures)
    rows = -(-len(shown) // ACROSS)
    cells = [_cell(run, item, row, place) for place, (_, row) in enumerate(shown.iterrows())]
    height = PANEL_HEIGHT + LEGEND_HEIGHT + rows * CELL_HEIGHT
    title = "Pareto front: " + ", ".join(goal.describe() for goal in run.settings.goals)
    return draw_chart(charts, WIDTH, height, title, front_legend(run), cells, for_file=for_file)


def front_of(run: ParetoRun, lead: int | None) -> LeadFront:
    """The front of a lead, the first one where None.

    Raises:
        ConfigError: If the lead has none.
    """
    for item in run.fronts:
        if lead is None or item.lead == lead:
            return item
    known = ", ".join(str(item.lead) for item in run.fronts) or "none"
    raise ConfigError(f"there is no front of lead {1 if lead is None else lead}; finished are: {known}")


def front_charts(run: ParetoRun, item: LeadFront, structures: int) -> tuple[list[Chart], pd.DataFrame]:
    """Panels of a front, and the molecules whose ranks stand in them: at most `structures`, along the first goal."""
    molecules = run.candidates[run.candidates["lead"] == item.lead] if len(run.candidates) else run.candidates
    shown = _shown(run, molecules, structures)
    if len(run.settings.goals) == 2:
        box = Box(64, 14, WIDTH - 16, PANEL_HEIGHT - 48)
        return [_panel(run, item, molecules, shown, (0, 1), box)], shown
    third = WIDTH / 3
    boxes = [Box(third * i + 52, 14, third * (i + 1) - 10, PANEL_HEIGHT - 48) for i in range(3)]
    panels = zip(PAIRS, boxes, strict=True)
    return [_panel(run, item, molecules, shown, pair, box) for pair, box in panels], shown


def front_legend(run: ParetoRun) -> Legend:
    """What the marks mean; only two goals have a shaded part."""
    entries: list[tuple[Shape, str, float, str]] = [
        ("diamond", "", 4, "predicted front, certified"),
        ("dot", "", 4.5, "measured, dominated by none"),
        ("dot", "faint", 3.5, "measured, dominated"),
        ("ring", "", 5.5, "lead"),
        ("area", "excluded", 0, "proved beyond prediction"),
    ]
    return Legend(24, PANEL_HEIGHT + 16, entries if len(run.settings.goals) == 2 else entries[:-1])


def _shown(run: ParetoRun, molecules: pd.DataFrame, most: int) -> pd.DataFrame:
    """Molecules of the measured front, evenly along the first goal, its ends among them."""
    if molecules.empty or most < 1:
        return molecules.head(0)
    kept = molecules[molecules["non_dominated"].astype(bool)].sort_values(
        value_column(run.settings.goals[0], molecules)
    )
    places = np.unique(np.linspace(0, len(kept) - 1, min(most, len(kept))).round().astype(int))
    return kept.iloc[places]


def _panel(
    run: ParetoRun, item: LeadFront, molecules: pd.DataFrame, shown: pd.DataFrame, pair: tuple[int, int], box: Box
) -> Chart:
    goals = [run.settings.goals[g] for g in pair]
    scalers = [run.scalers[goal.property] for goal in goals]
    columns = [value_column(goal, molecules) for goal in goals]
    predicted = np.stack([s.value_of(item.front.costs[:, g].numpy()) for s, g in zip(scalers, pair, strict=True)], 1)
    measured = molecules[columns].to_numpy(dtype=float) if len(molecules) else np.zeros((0, 2))
    lead = np.array([item.lead_values[goal.property] for goal in goals])
    chart = chart_over(box, [predicted, lead[None], measured], (_axis_label(goals[0]), _axis_label(goals[1])))
    if len(run.settings.goals) == 2:
        add_excluded(chart, item.front, scalers)
        chart.add("line", predicted.tolist(), "front")
    for row in predicted:
        chart.add("diamond", [tuple(row)], "predicted")
    _add_molecules(chart, molecules, measured)
    numbered = shown[columns].to_numpy(dtype=float) if len(shown) else np.zeros((0, 2))
    for rank, row in zip(shown["rank"], numbered, strict=True):
        add_number(chart, row, int(rank))
    chart.add("ring", [tuple(lead)], "", "lead", size=5.5)
    return chart


def _add_molecules(chart: Chart, molecules: pd.DataFrame, measured: np.ndarray) -> None:
    """Dots, those of the front on top."""
    if not len(measured):
        return
    on_front = molecules["non_dominated"].to_numpy(dtype=bool)
    names = molecules["smiles"].tolist()
    for row in np.argsort(on_front, kind="stable"):
        add_molecule(chart, measured[row], names[row], bool(on_front[row]))


def _axis_label(goal: Goal) -> str:
    """The property; dots are measured, but where only the surrogate knows it also they are predicted."""
    distance = ", distance to window" if goal.kind in ("window", "target") else ""
    predicted = "" if goal.property in PROPERTIES else ", predicted on the molecule"
    return f"{label(goal.property)}{distance}{predicted}"


def _cell(run: ParetoRun, item: LeadFront, row: pd.Series, place: int) -> Cell:
    """One structure with its number and its values."""
    width = WIDTH / ACROSS
    lead = str(run.run.leads.set_index("lead").loc[item.lead, "smiles"])
    values = " · ".join(
        f"{label(goal.property, False)} {value(goal.property, shown_value(row, goal))}" for goal in run.settings.goals
    )
    return Cell(
        x=width * (place % ACROSS),
        y=PANEL_HEIGHT + LEGEND_HEIGHT + CELL_HEIGHT * (place // ACROSS),
        width=width,
        drawing=structure(row["smiles"], round(width - 16), 140, lead),
        heading=f"#{row['rank']}",
        lines=[(values, "ink"), (f"similarity {row['similarity']:.2f}", "")],
    )
