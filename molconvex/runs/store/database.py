"""Opening the database: where it lies, how SQLite is set, and bringing its tables up to date."""

import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from molconvex.exceptions import DataError, MissingExtraError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"
KINDS = ("sqlite", "postgresql")
WAIT = 30  # seconds that a writer waits for another one
PAUSE = 0.02  # seconds between two tries to change the journal
MIGRATION_LOCK = 7_301_977  # of PostgreSQL's advisory locks, which are numbers
OURS = {"molecules", "runs", "alembic_version"}


def database_url(folder: Path) -> str:
    """MOLCONVEX_STORE where it is set, else SQLite in the folder."""
    return os.environ.get("MOLCONVEX_STORE") or f"sqlite:///{(folder / 'store.sqlite').resolve()}"


def open_database(url: str) -> Engine:
    """An engine whose tables are up to date.

    Args:
        url: As SQLAlchemy takes it; "postgresql://..." uses psycopg.

    Raises:
        DataError: If the database cannot be opened, is another program's, or was made by a later version.
        MissingExtraError: If it needs a driver that is not installed.
    """
    try:
        _check_kind(url)
        engine = create_engine(_with_driver(url), pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_sqlite)
        migrate(engine)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the store needs {error.name}, which is not installed: pip install 'molconvex[postgres]'"
        ) from error
    except (SQLAlchemyError, ImportError, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(_unopened(url, error)) from error
    return engine


def _with_driver(url: str) -> str:
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def _check_kind(url: str) -> None:
    """Refuse what is neither SQLite nor PostgreSQL.

    Raises:
        DataError: With the kind that was asked for.
    """
    kind = make_url(_with_driver(url)).get_backend_name()
    if kind not in KINDS:
        raise DataError(f"a store is a file of SQLite or begins with postgresql://, got one of {kind}")


def _unopened(url: str, error: Exception) -> str:
    """Why a database cannot be opened, and what to do."""
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if url.startswith("postgres"):
        return f"the store cannot be opened ({reason}); check its URL, and that the PostgreSQL server runs"
    place = url.removeprefix("sqlite:///")
    if "not a database" in reason:
        return f"{place} is no database of SQLite; name another file by --store or MOLCONVEX_STORE"
    return (
        f"the store {place} cannot be opened ({reason}); check that its folder is there and can be written, or name "
        "another place by --store or MOLCONVEX_STORE"
    )


def _set_sqlite(connection: Any, _: object) -> None:
    """Readers never wait for a writer, writers wait for each other, references are kept."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={WAIT * 1000}")
    _set_journal(cursor)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _set_journal(cursor: Any) -> None:
    """Change the journal; SQLite does not wait for another process that does the same just now, so this does."""
    until = time.monotonic() + WAIT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(PAUSE)


def migrate(engine: Engine) -> None:
    """Bring the tables up to date, whole or not at all; two processes at once wait for each other.

    Raises:
        DataError: If the tables are another program's, or a later version's.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if _revision(connection, scripts) == scripts.get_current_head():
            return
    with engine.connect() as connection:
        try:
            _take_alone(connection)
            if _revision(connection, scripts) != scripts.get_current_head():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.detach()  # it was set apart for this, and is of no further use


def _take_alone(connection: Connection) -> None:
    """Begin a transaction that only one process has; Python's SQLite would put tables outside of transactions."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")


def _revision(connection: Connection, scripts: "ScriptDirectory") -> str | None:
    """The revision of the tables, None where there are none.

    Raises:
        DataError: If they are not ours, or of a later version.
    """
    from alembic.migration import MigrationContext

    tables = set(inspect(connection).get_table_names())
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {item.revision for item in scripts.walk_revisions()}
    if revision not in known and tables >= OURS:
        raise DataError(
            f"the store was made by a later version of molconvex (its tables are of revision {revision}); "
            "update molconvex"
        )
    if (tables and revision is None and tables != {"alembic_version"}) or (revision and revision not in known):
        raise DataError(
            f"the store holds another program's tables ({', '.join(sorted(tables)[:5])}); name a database of its own"
        )
    return revision
