"""Batches: thousands of leads, each generated once, by this process or by workers, and kept in the store.

Names load on first use.
"""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.runs.batch.batch_run import BatchOptions, run_batch
    from molconvex.runs.batch.begin import begin_batch
    from molconvex.runs.batch.progress import BatchProgress, Observer, progress_of
    from molconvex.runs.batch.results import FORMATS, write_rejects, write_results
    from molconvex.runs.batch.schedulers import SCHEDULERS, check_scheduler, executor_for

_HOMES = {
    "BatchOptions": "batch_run",
    "BatchProgress": "progress",
    "FORMATS": "results",
    "Observer": "progress",
    "SCHEDULERS": "schedulers",
    "begin_batch": "begin",
    "check_scheduler": "schedulers",
    "executor_for": "schedulers",
    "progress_of": "progress",
    "run_batch": "batch_run",
    "write_rejects": "results",
    "write_results": "results",
}

__all__ = [
    "FORMATS",
    "SCHEDULERS",
    "BatchOptions",
    "BatchProgress",
    "Observer",
    "begin_batch",
    "check_scheduler",
    "executor_for",
    "progress_of",
    "run_batch",
    "write_rejects",
    "write_results",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
