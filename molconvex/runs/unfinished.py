"""What is finished of a run of several leads, kept on disk while the others go on."""

import contextlib
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from molconvex.design.run import Run
from molconvex.drafts import remove_folder
from molconvex.exceptions import MolconvexError
from molconvex.runs.folder import RECORD
from molconvex.runs.write import write_run

WORK_PER_WRITING = 10.0  # so that keeping takes at most a tenth of the time


class Unfinished:
    """Writes the leads that are finished into NAME-unfinished beside the run's folder, a run like any other.

    Pass `keep` to `generate` as `after_lead`; after the run is written, `remove` what it then holds twice. If the
    process is killed, the folder stays. One that an earlier process left is not touched.

    Args:
        folder: Where the run will be written.
        clock: Seconds; a lead is kept as soon as ten times as long has passed as the last writing took.
    """

    def __init__(self, folder: str | Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = _free(Path(folder))
        self._clock = clock
        self._written, self._took = clock(), 0.0
        self._kept: Path | None = None

    def keep(self, run: Run) -> None:
        """Write what is finished; where that fails, the run goes on and a warning says why."""
        began = self._clock()
        if began - self._written < WORK_PER_WRITING * self._took:
            return
        try:
            self._kept = write_run(run, self.folder, overwrite=self._kept is not None)
        except MolconvexError as error:
            warnings.warn(f"finished leads could not be kept meanwhile: {error}", stacklevel=2)
        self._written = self._clock()
        self._took = self._written - began

    def remove(self) -> None:
        """Remove the folder, if this object wrote it."""
        if self._kept is not None and (self._kept / RECORD).is_file():
            with contextlib.suppress(OSError):
                remove_folder(self._kept)
        self._kept = None


def left_unfinished(folder: str | Path) -> list[Path]:
    """Runs that killed processes left beside the folder of a run."""
    folder = Path(folder)
    found = folder.parent.glob(f"{folder.name}-unfinished*") if folder.parent.is_dir() else ()
    return sorted(path for path in found if (path / RECORD).is_file())


def _free(folder: Path) -> Path:
    name, number = f"{folder.name}-unfinished", 2
    while (free := folder.with_name(name)).exists():
        name, number = f"{folder.name}-unfinished-{number}", number + 1
    return free
