"""`write_run`: any finished run as a folder that stands whole or not at all."""

from pathlib import Path

from molconvex.design.pareto.run import ParetoRun
from molconvex.design.paths.molecule_path import MoleculePath
from molconvex.design.run import Run
from molconvex.runs.folder import write_generation_files, write_whole
from molconvex.runs.pareto_folder import write_pareto_files
from molconvex.runs.path_folder import write_path_files


def write_run(run: Run | ParetoRun | MoleculePath, folder: str | Path, overwrite: bool = False) -> Path:
    """Write every file of a run into a new folder by way of a temporary neighbour.

    Args:
        run: What `generate`, `find_fronts` or `walk_path` returned; its `information` gets the time of writing.
        folder: Where; its parent is made if need be.
        overwrite: Replace the folder of an earlier run.

    Raises:
        OutputExistsError: If the folder exists and overwrite is False, or holds something else than a run.
        DataError: If it cannot be written.
    """
    return write_whole(folder, overwrite, lambda new: _write_files(run, new))


def _write_files(run: Run | ParetoRun | MoleculePath, folder: Path) -> None:
    if isinstance(run, ParetoRun):
        write_pareto_files(run, folder)
    elif isinstance(run, MoleculePath):
        write_path_files(run, folder)
    else:
        write_generation_files(run, folder)
