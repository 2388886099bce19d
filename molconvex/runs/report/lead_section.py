"""What a page tells of one lead: key figures, goals, its best candidates, plots, and a table of all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup

from molconvex.assays.atom_contributions import AtomContributions
from molconvex.chem import PROPERTIES
from molconvex.chem.contribution_drawing import draw_contributions
from molconvex.columns import MEASURED, PREDICTED, ranked_key
from molconvex.design.settings import GenerateSettings
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.success import meets_every_goal
from molconvex.runs.report.candidate_values import (
    Badge,
    ValueRow,
    badges,
    certificate_badge,
    origin,
    value_rows,
)
from molconvex.runs.report.numbers import label, plain, plural, share, shown_properties, value
from molconvex.runs.report.plots import Point, scatter
from molconvex.runs.report.predictions import Row, prediction_text

CARDS, CARDS_OF_MANY = 12, 6
ROWS, ROWS_OF_MANY = 300, 40
MOST_REASONS = 10

Contributions = Mapping[str, Mapping[str, AtomContributions]]


@dataclass(frozen=True)
class ContributionDrawing:
    """A candidate with the atoms colored that a prediction comes from, and what that means."""

    drawing: Markup
    caption: str


@dataclass(frozen=True)
class Card:
    """A candidate as a card."""

    row: dict[str, Any]
    values: list[ValueRow]
    badges: list[Badge]
    origin: list[str]
    contributions: list[ContributionDrawing]


@dataclass(frozen=True)
class GoalRow:
    """A property with what is wanted of it, and the values of the lead and of the best candidate."""

    name: str
    wanted: str
    lead: str
    best: str


@dataclass(frozen=True)
class LeadSection:
    """One lead with its candidates.

    Attributes:
        lead: Its row of the table of leads.
        candidates: Of this lead, best first.
        programs: Of this lead.
        parts: Goals with their surrogates.
        many: Whether other leads stand beside it, so that less is shown of each.
        contributions: Of the best candidates, by id and property.
    """

    lead: dict[str, Any]
    candidates: pd.DataFrame
    programs: pd.DataFrame
    parts: Sequence[GoalSurrogate]
    many: bool
    contributions: Contributions = field(default_factory=dict)

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Key figures with their words; first what was asked for."""
        count, programs = len(self.candidates), self.programs
        certified = int((programs["status"] == "certified").sum())
        best = self.candidates["desirability"].max() if count else float("nan")
        return [
            (f"{self._meeting_every_goal():,}", "meet every goal"),
            (f"{count:,}", "candidate" if count == 1 else "candidates"),
            (share(self.lead["desirability"]), "lead's desirability"),
            (share(best), "best desirability"),
            (f"{certified:,}/{len(programs):,}", "programs certified"),
        ]

    def _meeting_every_goal(self) -> int:
        goals = [part.goal for part in self.parts]
        return (
            int(meets_every_goal(goals, self.candidates, pd.DataFrame([self.lead])).sum())
            if len(self.candidates)
            else 0
        )

    @property
    def goals(self) -> list[GoalRow]:
        """Goals, then the other usual properties."""
        best: Row = self.candidates.iloc[0] if len(self.candidates) else {}
        goals = {part.goal.property: part.goal for part in self.parts}
        rows = []
        for name in dict.fromkeys([*goals, *shown_properties(self.parts)]):
            goal = goals.get(name)
            weight = f" (weight {plain(goal.weight)})" if goal is not None and goal.weight != 1.0 else ""
            wanted = "" if goal is None else goal.describe() + weight
            values = [value(name, float(row.get(name, float("nan")))) for row in (self.lead, best)]
            if name in self.predicted and len(best):
                values = ["not measured", f"{prediction_text(best, name)}, predicted"]
            rows.append(GoalRow(label(name), wanted, *values))
        return rows

    @property
    def cards(self) -> list[Card]:
        """The best candidates."""
        shown = self.candidates.head(CARDS_OF_MANY if self.many else CARDS).to_dict("records")
        rows = [{str(name): item for name, item in row.items()} for row in shown]
        return [self._card(row) for row in rows]

    def _card(self, row: dict[str, Any]) -> Card:
        parts, found = self.parts, self.contributions.get(str(row.get("id")), {})
        drawings = [_contribution_drawing(row, name, item) for name, item in found.items()]
        return Card(row, value_rows(row, self.lead, parts), badges(row, parts), origin(row, parts), drawings)

    @property
    def properties(self) -> list[str]:
        """Measured properties shown in the table."""
        return shown_properties(self.parts)

    @property
    def predicted(self) -> list[str]:
        """Goals of the table that nothing measures."""
        return [part.goal.property for part in self.parts if not part.is_measurable]

    @property
    def rows(self) -> list[tuple[dict[str, Any], Badge]]:
        """Candidates of the table, with their certificates."""
        shown = self.candidates.head(ROWS_OF_MANY if self.many else ROWS).to_dict("records")
        rows = [{str(name): item for name, item in row.items()} for row in shown]
        return [(row, certificate_badge(row)) for row in rows]

    @property
    def plots(self) -> list[tuple[Markup, str]]:
        """Charts with captions: how far the gain lies, and predicted against measured for each goal."""
        if self.candidates.empty:
            return []
        return [self._trade(), *(self._agreement(part) for part in self.parts if part.is_measurable)]

    def _trade(self) -> tuple[Markup, str]:
        points = [Point(r["similarity"], r["desirability"], _hover(r)) for _, r in self.candidates.iterrows()]
        lead = Point(1.0, self.lead["desirability"], "the lead")
        svg = scatter(points, "similarity to the lead", "desirability", lead=lead)
        return svg, "How far from the lead the gain lies."

    def _agreement(self, part: GoalSurrogate) -> tuple[Markup, str]:
        name, table = part.goal.property, self.candidates
        window = ", distance to window" if part.goal.kind in ("window", "target") else ""
        points = [Point(r[PREDICTED(name)], r[MEASURED(name)], _hover(r)) for _, r in table.iterrows()]
        error = float((table[PREDICTED(name)] - table[MEASURED(name)]).abs().mean())
        quantity = f"{label(name, False)}{window}"
        svg = scatter(points, f"predicted at its own latent: {quantity}", "measured on the molecule", diagonal=True)
        caption = f"{quantity}: on the dashed line the surrogate was right; mean difference {plain(error, 2)}."
        if part.origin == "oracle":
            caption += " It learned from these very values; how it predicts others stands with the surrogates."
        return svg, caption


def _contribution_drawing(row: Row, name: str, found: AtomContributions) -> ContributionDrawing:
    """Of the prediction at the molecule's own latent, and how it differs from the refined one where that ranks."""
    svg = draw_contributions(row["smiles"], found.values)
    largest = value(name, max(abs(number) for number in found.values))
    ranked, quantity = ranked_key(row, name), label(name, False)
    whose, beside = f"the predicted {quantity}", ""
    if ranked != name:
        whose = f"the convex prediction of {quantity}, {value(name, found.predicted)},"
        refined_one = value(name, float(row[PREDICTED(ranked)]))
        beside = f" The refined one, {refined_one}, also rests on molecules that are alike, and is not taken apart."
    caption = (
        f"Where {whose} comes from: amber atoms raise it, blue ones lower it, in full color by {largest}. "
        f"{found.parts} parts were left out and the rest predicted again; {found.explained:.0%} of what changed adds "
        f"up so. Of the model, not of the molecule.{beside}"
    )
    return ContributionDrawing(Markup(svg), caption)


def lead_sections(
    leads: pd.DataFrame,
    candidates: pd.DataFrame,
    programs: pd.DataFrame,
    parts: Sequence[GoalSurrogate],
    contributions: Contributions | None = None,
) -> list[LeadSection]:
    """A section for each lead of a table of leads."""
    many = len(leads) > 1
    return [
        LeadSection(
            {str(name): item for name, item in lead.items()},
            candidates[candidates["lead"] == lead["lead"]] if len(candidates) else candidates,
            programs[programs["lead"] == lead["lead"]],
            parts,
            many,
            contributions or {},
        )
        for _, lead in leads.iterrows()
    ]


def asked(settings: GenerateSettings) -> str:
    """What was asked, in one line."""
    goals = "; ".join(goal.describe() for goal in settings.goals)
    measured = {*PROPERTIES, *settings.oracles}
    words = [f"{'' if item.property in measured else 'predicted '}{item.describe()}" for item in settings.require]
    limits = "".join(f"; required: {text}" for text in words)
    if settings.where is not None:
        clauses = [clause.describe() for clause in settings.clauses]
        numbered = [f"({k}) {text}" for k, text in enumerate(clauses, start=1)]
        limits += f"; one of: {', '.join(numbered)}" if len(clauses) > 1 else f"; where {clauses[0]}"
    return f"{goals}{limits}; similarity to the lead at least {settings.similarity:g}"


def why_left_out(rejected: pd.DataFrame) -> str:
    """How many molecules were left out for which reasons; "" for none."""
    if rejected.empty:
        return ""
    counts = rejected["reason"].map(kind_of_reason).value_counts()
    shown = [f"{reason} ({count:,})" for reason, count in counts.head(MOST_REASONS).items()]
    if len(counts) > MOST_REASONS:
        shown.append(f"other reasons ({counts.iloc[MOST_REASONS:].sum():,})")
    return f"{plural(len(rejected), 'molecule')} left out: {', '.join(shown)}. All are in rejected.csv."


def kind_of_reason(reason: str) -> str:
    """A reason without its numbers and structures, and only the first of several."""
    first = re.split(r"[;:,] | as in ", str(reason))[0]
    words = [word for word in first.split() if not re.search(r"[()\[\]=#]|^[\d.+-]+$", word)]
    return " ".join(words) or str(reason)


def _hover(row: pd.Series) -> str:
    return f"#{row['rank']}: {row['smiles']}"
