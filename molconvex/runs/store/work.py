"""What each kind of run does: settings in plain values to a finished run and a summary of it."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from molconvex.exceptions import ConfigError, SurrogateError
from molconvex.runs.store.pipelines import Pipeline

if TYPE_CHECKING:
    from molconvex.search import RoundReport


class Hooks(Protocol):
    """What a piece of work tells while it goes on, and what it asks."""

    def report(self, stage: str, done: int, total: int) -> None:
        """Tell how far a stage is."""

    def point(self, lead: int, number: int, facts: dict[str, Any]) -> None:
        """Tell the numbers of one round, or of one step of a curve."""

    def is_stopped(self) -> bool:
        """Whether to stop and keep what is finished."""


@dataclass(frozen=True)
class Outcome:
    """What a piece of work gave.

    Attributes:
        write: Writes its files into a folder that does not exist yet.
        summary: Few numbers for lists of runs.
        notes: What the user should know.
        findings: Candidates: (smiles, lead, rank, desirability).
    """

    write: Callable[[Path], object]
    summary: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    findings: list[tuple[str, int, int, float | None]] = field(default_factory=list)


def do(kind: str, settings: Mapping[str, Any], pipeline: Pipeline, hooks: Hooks) -> Outcome:
    """Do one piece of work.

    Raises:
        MolconvexError: If it cannot be done; see `generate`, `find_fronts`, `walk_path` and `train_assays`.
    """
    if kind not in WORK:
        raise ConfigError(f"no work is called {kind!r}; known are {', '.join(WORK)}")
    return WORK[kind](dict(settings), pipeline, hooks)


def _generate(settings: dict[str, Any], pipeline: Pipeline, hooks: Hooks) -> Outcome:
    from molconvex.design import GenerateSettings, generate
    from molconvex.design.run_notes import run_notes
    from molconvex.objectives import meets_every_goal
    from molconvex.optimize import ThresholdWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ThresholdWarning)
        run = generate(
            GenerateSettings(**settings),
            latent_model=pipeline.latent_model(),
            reference=pipeline.reference(),
            progress=hooks.report,
            cancelled=hooks.is_stopped,
            observe=lambda lead, report: hooks.point(lead, report.number, round_facts(report)),
        )
    notes = [str(item.message) for item in caught if issubclass(item.category, ThresholdWarning)]
    table = run.candidates
    summary: dict[str, Any] = {
        "status": run.status,
        "candidates": len(table),
        "meeting": int(meets_every_goal(run.settings.goals, table, run.leads).sum()) if len(table) else 0,
        "better": int((table["gain"] > 0).sum()) if len(table) else 0,
    }
    columns = ("smiles", "lead", "rank", "desirability")
    findings: list[tuple[str, int, int, float | None]] = [
        (str(s), int(n), int(r), float(d)) for s, n, r, d in zip(*(table[name] for name in columns), strict=True)
    ]
    if findings:
        summary["best"] = {"smiles": findings[0][0], "desirability": findings[0][3]}
    return Outcome(_writer(run), summary, notes + run_notes(run), findings)


def round_facts(report: "RoundReport") -> dict[str, Any]:
    """A round's numbers as the store keeps them; what is not a number is left out."""
    facts = asdict(report) | {"shares": dict(report.shares)}
    return {name: value for name, value in facts.items() if value == value}


def _pareto(settings: dict[str, Any], pipeline: Pipeline, hooks: Hooks) -> Outcome:
    from molconvex.design.pareto import ParetoSettings, find_fronts
    from molconvex.design.run_notes import run_notes

    run = find_fronts(
        ParetoSettings(**settings),
        latent_model=pipeline.latent_model(),
        reference=pipeline.reference(),
        progress=hooks.report,
        cancelled=hooks.is_stopped,
    )
    summary = {"status": run.status, "candidates": len(run.candidates)}
    return Outcome(_writer(run), summary, run_notes(run.run))


def _path(settings: dict[str, Any], pipeline: Pipeline, hooks: Hooks) -> Outcome:
    from molconvex.design import PathSettings, walk_path

    path = walk_path(
        PathSettings(**settings),
        latent_model=pipeline.latent_model(),
        reference=pipeline.reference(),
        progress=hooks.report,
    )
    return Outcome(_writer(path), {"status": "complete", "stops": len(path.stops)})


def _train(settings: dict[str, Any], pipeline: Pipeline, hooks: Hooks) -> Outcome:
    from molconvex.assays.training import AssayColumns, train_assays
    from molconvex.surrogate import ConvexSurrogate, FitSettings, Progress, Target, save_surrogates
    from molconvex.surrogate import Hooks as TrainingHooks

    target, steps = Target(**settings["target"]), count(1)

    def report(at: Progress) -> None:
        hooks.report(f"train {target.property}: {at.stage}", at.done, at.total)
        hooks.point(
            0, next(steps), {"stage": at.stage, "done": at.done, "train": at.train_loss, "valid": at.valid_loss}
        )

    trained = train_assays(
        Path(settings["table"]),
        [target],
        pipeline.latent_model(),
        columns=AssayColumns({target.property: settings["column"]}, settings.get("smiles_column")),
        settings=FitSettings(**settings.get("fit", {})),
        hooks=TrainingHooks(report, hooks.is_stopped),
    )
    (surrogate,) = trained.surrogates
    if not isinstance(surrogate, ConvexSurrogate):
        raise SurrogateError("only convex surrogates can be goals; train without differences")
    summary: dict[str, Any] = {
        "status": "complete",
        "property": target.property,
        "molecules": len(trained.table.smiles),
        "refused": [[line, reason] for line, reason in list(trained.refused.items())[:200]],
        "conflicts": [str(item) for item in trained.conflicts[:200]],
    }
    return Outcome(lambda folder: save_surrogates(folder, [surrogate]), summary, list(trained.notes))


def _writer(run: Any) -> Callable[[Path], object]:
    def write(folder: Path) -> object:
        from molconvex.runs.write import write_run

        return write_run(run, folder)

    return write


WORK: dict[str, Callable[[dict[str, Any], Pipeline, Hooks], Outcome]] = {
    "generate": _generate,
    "pareto": _pareto,
    "path": _path,
    "train": _train,
}
