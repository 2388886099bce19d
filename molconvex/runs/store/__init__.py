"""Everything that is kept: runs and their queue, molecules with stars and notes, measurements, goal profiles.

One database for the app and for batches: SQLite in the user's data folder, or any that SQLAlchemy knows by URL. Files
of runs and models lie in a folder beside it. Names load on first use.
"""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.runs.store.dispatcher import Dispatcher
    from molconvex.runs.store.queue import QueueLimits
    from molconvex.runs.store.runs import RunState, StoredRun
    from molconvex.runs.store.store import Store, open_store

_HOMES = {
    "Dispatcher": "dispatcher",
    "QueueLimits": "queue",
    "RunState": "runs",
    "Store": "store",
    "StoredRun": "runs",
    "open_store": "store",
}

__all__ = ["Dispatcher", "QueueLimits", "RunState", "Store", "StoredRun", "open_store"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
