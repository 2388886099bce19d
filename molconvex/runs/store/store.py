"""`Store`: the database and the folder of files beside it."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from molconvex.exceptions import DataError
from molconvex.files import user_folder
from molconvex.runs.store.batches import BatchTable
from molconvex.runs.store.campaigns import CampaignTable
from molconvex.runs.store.database import database_url, open_database
from molconvex.runs.store.molecules import MoleculeTable
from molconvex.runs.store.profiles import ProfileTable
from molconvex.runs.store.runs import RunTable, StoredRun
from molconvex.runs.store.shards import ShardTable


@dataclass(frozen=True)
class Store:
    """What is kept.

    Attributes:
        url: Of the database.
        folder: Files of runs and models lie here.
        runs: Runs and their queue.
        molecules: Stars, notes, findings, measurements.
        profiles: Goal profiles.
        campaigns: Pools, batches and measured values of campaigns.
        batches: Many leads under one name.
        shards: The leads of batches, each with what it gave.
    """

    url: str
    folder: Path
    engine: Engine
    runs: RunTable
    molecules: MoleculeTable
    profiles: ProfileTable
    campaigns: CampaignTable
    batches: BatchTable
    shards: ShardTable

    def folder_of(self, run: StoredRun) -> Path | None:
        """Folder of a run's files, None where there are none."""
        if not run.folder:
            return None
        path = (self.folder / run.folder).resolve()
        return path if path.is_dir() and path.is_relative_to(self.folder.resolve()) else None

    def new_folder(self, run_id: str) -> Path:
        """Where the files of a run are to be written."""
        return self.folder / "runs" / run_id

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def open_store(folder: str | Path | None = None, url: str | None = None) -> Store:
    """Open the store, made if need be and brought up to date.

    Args:
        folder: Of files; MOLCONVEX_HOME or the user's data folder by default.
        url: Of the database; MOLCONVEX_STORE or SQLite in the folder by default.

    Raises:
        DataError: If it cannot be opened.
    """
    place = user_folder() if folder is None else Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"the folder of the store {place} cannot be made ({error.strerror}); set MOLCONVEX_HOME to another one"
        ) from error
    address = url or database_url(place)
    engine = open_database(address)
    sessions = sessionmaker(engine, expire_on_commit=False)
    return Store(
        address,
        place,
        engine,
        RunTable(sessions),
        MoleculeTable(sessions),
        ProfileTable(sessions),
        CampaignTable(sessions),
        BatchTable(sessions),
        ShardTable(sessions),
    )
