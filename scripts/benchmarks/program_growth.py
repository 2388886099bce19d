"""How the time of certified convex programs grows with batch, width, depth and latent dimension."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from program_sets import TOLERANCES, random_programs, timed
from rich.table import Table

from molconvex.optimize import solve

SWEEPS: dict[str, tuple[int, ...]] = {
    "batch": (1, 16, 256, 1024, 4096, 16384),
    "width": (64, 128, 256, 512, 1024),
    "depth": (1, 2, 3, 4),
    "dimension": (16, 32, 64, 128, 256, 512),
}


@dataclass(frozen=True)
class Point:
    """CPU milliseconds and mean steps a program, and the share certified, by tolerance."""

    sweep: str
    size: int
    milliseconds: tuple[float, ...]
    steps: tuple[float, ...]
    certified: tuple[float, ...]


def sweep_points(batch: int, dim: int, radius: float) -> Iterator[Point]:
    """One size grows, the others stay: `batch` programs, dimension `dim`, 2 x 256 units."""
    for sweep, sizes in SWEEPS.items():
        for size in sizes:
            at = {"batch": batch, "width": 256, "depth": 2, "dimension": dim} | {sweep: size}
            program = random_programs(at["dimension"], (at["width"],) * at["depth"], at["batch"], radius)
            runs = [timed(lambda p=program, t=t: solve(p, gap_tol=t)) for t in TOLERANCES]
            yield Point(
                sweep,
                size,
                tuple(1000 * run.cpu / program.n for run in runs),
                tuple(float(run.result.steps.double().mean()) for run in runs),
                tuple(run.result.certified / program.n for run in runs),
            )


def growth_table(points: list[Point], batch: int, dim: int) -> Table:
    table = Table("grows", "size", *(f"CPU ms a program, gap {t:g}" for t in TOLERANCES), "mean steps", "certified")
    for point in points:
        table.add_row(
            point.sweep,
            f"{point.size:,}",
            *(f"{ms:.2f}" for ms in point.milliseconds),
            " / ".join(f"{s:.0f}" for s in point.steps),
            " / ".join(f"{100 * share:.0f} %" for share in point.certified),
        )
    table.title = f"Growth on random networks; elsewhere batch {batch}, 2 x 256 units, latent dimension {dim}"
    return table


def draw_growth(points: list[Point], path: Path) -> None:
    """One panel a sweep, logarithmic axes; the ending of the path gives the format."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(SWEEPS), figsize=(12, 3), sharey=True, layout="constrained")
    for panel, sweep in zip(panels, SWEEPS, strict=True):
        rows = [p for p in points if p.sweep == sweep]
        for column, tolerance in enumerate(TOLERANCES):
            costs = [p.milliseconds[column] for p in rows]
            panel.loglog([p.size for p in rows], costs, marker="o", label=f"relative gap {tolerance:g}")
        panel.set_xlabel(sweep)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("CPU ms a program")
    panels[0].legend()
    figure.savefig(path)
    pyplot.close(figure)
