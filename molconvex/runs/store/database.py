"""Opening the database: where it lies, how SQLite is set, and bringing its tables up to date."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from molconvex.exceptions import DataError

MIGRATIONS = Path(__file__).parent / "migrations"
WAIT = 30  # seconds that a writer waits for another one


def data_folder() -> Path:
    """Folder of what a user keeps: MOLCONVEX_HOME, else the one that the operating system names."""
    from platformdirs import user_data_path

    return Path(os.environ.get("MOLCONVEX_HOME") or user_data_path("molconvex", appauthor=False))


def database_url(folder: Path) -> str:
    """MOLCONVEX_STORE where it is set, else SQLite in the folder."""
    return os.environ.get("MOLCONVEX_STORE") or f"sqlite:///{(folder / 'store.sqlite').resolve()}"


def open_database(url: str) -> Engine:
    """An engine whose tables are up to date.

    Raises:
        DataError: If the database cannot be opened, or was made by a later version.
    """
    try:
        engine = create_engine(url, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_sqlite)
        _migrate(engine)
    except (SQLAlchemyError, ImportError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DataError(
            f"the store cannot be opened ({reason}); check MOLCONVEX_STORE and that its folder can be written"
        ) from error
    return engine


def _set_sqlite(connection: Any, _: object) -> None:
    """Readers never wait for a writer, writers wait for each other, references are kept."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={WAIT * 1000}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise DataError(f"the store was made by a later version of molconvex ({error}); update molconvex") from error
