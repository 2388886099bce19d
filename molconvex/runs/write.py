"""`write_run`: any finished run as a folder that stands whole or not at all."""

from pathlib import Path

from molconvex.design.pareto.run import ParetoRun
from molconvex.design.paths.molecule_path import MoleculePath
from molconvex.design.run import Run
from molconvex.files import write_folder_whole
from molconvex.runs.folder import RECORD, RUN
from molconvex.runs.generation_files import write_generation_files
from molconvex.runs.pareto_files import write_pareto_files
from molconvex.runs.path_files import write_path_files


def write_run(run: Run | ParetoRun | MoleculePath, folder: str | Path, overwrite: bool = False) -> Path:
    """Write every file of a run into a new folder, which then stands whole, flushed to disk, or not at all.

    Finished work is never thrown away: where another writer has taken the folder in the meantime, the run gets the next
    free name beside it ("toy-2") and a warning says so. What killed writers left is tidied.

    Args:
        run: What `generate`, `find_fronts` or `walk_path` returned; its `information` gets the time of writing.
        folder: Where; its parent is made if need be.
        overwrite: Replace the folder of an earlier run.

    Returns:
        Where the run stands: `folder`, or the free name beside it.

    Raises:
        OutputExistsError: If the folder exists and overwrite is False, or holds something else than a run.
        DataError: If it cannot be written.
    """
    return write_folder_whole(
        folder, lambda draft: _write_files(run, draft), marker=RECORD, kind=RUN, overwrite=overwrite
    )


def _write_files(run: Run | ParetoRun | MoleculePath, folder: Path) -> None:
    if isinstance(run, ParetoRun):
        write_pareto_files(run, folder)
    elif isinstance(run, MoleculePath):
        write_path_files(run, folder)
    else:
        write_generation_files(run, folder)
