"""Opening a database: ours is brought up to date whole or not at all, another program's is left alone."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from molconvex.exceptions import DataError
from molconvex.runs.store import Store, database, open_store
from molconvex.runs.store.batches import GivenLead
from molconvex.runs.store.database import open_database
from molconvex.runs.store.profiles import Profile
from molconvex.runs.store.shards import ShardResult


def tables_of(url: str) -> set[str]:
    return set(sa.inspect(sa.create_engine(database._with_driver(url))).get_table_names())


def go_back(store: Store, revision: str) -> None:
    """Bring the tables of a store to an earlier version."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_another_programs_database_is_left_alone(tmp_path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite") as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    with pytest.raises(DataError, match=r"another program's tables \(invoices\)"):
        open_database(url)
    assert tables_of(url) == {"invoices"}


def test_alembic_of_another_program_is_not_taken_for_a_later_version(tmp_path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('ab12')")
    with pytest.raises(DataError, match="another program's tables"):
        open_database(f"sqlite:///{tmp_path / 'other.sqlite'}")


def test_a_read_only_database_is_said_so(tmp_path) -> None:
    open_database(f"sqlite:///{tmp_path / 'store.sqlite'}").dispose()
    with sqlite3.connect(tmp_path / "store.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        for name in ("shard_results", "shards", "batch_processes", "batches"):
            connection.execute(f"DROP TABLE {name}")
    with pytest.raises(DataError, match=r"readonly database.*can be written"):
        open_database(f"sqlite:///file:{tmp_path / 'store.sqlite'}?mode=ro&uri=true")


def test_a_migration_that_breaks_leaves_nothing_behind(tmp_path, monkeypatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    from alembic.operations import Operations

    made, create = [], Operations.create_table

    def breaks_at_the_third(self, name, *columns, **more):
        made.append(name)
        if len(made) == 3:
            raise OSError("the machine went down")
        return create(self, name, *columns, **more)

    monkeypatch.setattr(Operations, "create_table", breaks_at_the_third)
    with pytest.raises(DataError, match="the machine went down"):
        open_database(url)
    assert tables_of(url) == set()
    open_database(url).dispose()
    assert "shards" in tables_of(url)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_store_of_an_earlier_version_keeps_its_campaigns_and_results(tmp_path, kind, request) -> None:
    url = request.getfixturevalue("postgres").new_url() if kind == "postgres" else f"sqlite:///{tmp_path / 's'}"
    store = open_store(tmp_path / "home", url)
    begun = store.campaigns.add("first", {"goal": "logp:max"}, ["CC", "CCO"])
    batch = store.batches.add("b", {}, {}, [GivenLead(1, "m", "CC")])
    (shard,) = store.shards.claim(batch.id, mine := store.batches.join(batch.id), 1)
    store.shards.finish(shard.id, mine, ShardResult(b"candidates", {}, 1.0))
    go_back(store, "0003")
    assert "shard_findings" in tables_of(url)
    store.close()
    again = open_store(tmp_path / "home", url)
    assert "shard_findings" not in tables_of(url)
    assert again.campaigns.get("first") == begun
    assert again.campaigns.pool(begun) == ["CC", "CCO"]
    assert [content for _, content in again.shards.results(batch.id)] == [b"candidates"]
    again.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_profile_of_an_earlier_version_has_no_condition(tmp_path, kind, request) -> None:
    url = request.getfixturevalue("postgres").new_url() if kind == "postgres" else f"sqlite:///{tmp_path / 's'}"
    store = open_store(tmp_path / "home", url)
    store.profiles.save(Profile("soft", ("qed:max",), ("logp:<4",), "logp < 3 or tpsa < 90"))
    go_back(store, "0004")
    assert "where" not in {column["name"] for column in sa.inspect(store.engine).get_columns("profiles")}
    store.close()
    again = open_store(tmp_path / "home", url)
    assert list(again.profiles.all()) == [Profile("soft", ("qed:max",), ("logp:<4",))]
    again.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_several_processes_open_a_new_database_at_once(tmp_path, kind, request) -> None:
    url = request.getfixturevalue("postgres").new_url() if kind == "postgres" else f"sqlite:///{tmp_path / 's'}"
    together = threading.Barrier(4)

    def go(_: int) -> None:
        together.wait()
        open_database(url).dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(go, range(4)))
    assert {"molecules", "shards"} <= tables_of(url)


def test_migrations_make_the_same_tables_on_postgres(postgres, tmp_path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from molconvex.runs.store import batch_tables  # noqa: F401  (its tables belong to Base)
    from molconvex.runs.store.tables import Base

    store = open_store(tmp_path / "home", postgres.new_url())
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    store.close()


def test_a_server_that_is_down_is_named(tmp_path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(DataError, match="that the PostgreSQL server runs"):
        open_database("postgresql://tester@127.0.0.1:1/postgres")


def test_the_same_molecules_from_several_processes(tmp_path, postgres) -> None:
    from molconvex.runs.store.molecules import molecule_ids

    store = open_store(tmp_path / "home", postgres.new_url())
    smiles = ["C" * n for n in range(1, 700)]

    def go(turn: int) -> dict[str, int]:
        from sqlalchemy.orm import Session

        with Session(store.engine) as session, session.begin():
            return molecule_ids(session, smiles[::-1] if turn % 2 else smiles)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(go, range(8)))
    assert all(ids == found[0] for ids in found)
    assert len(set(found[0].values())) == len(smiles)
    store.close()


def test_what_is_no_database_is_named_by_its_place(tmp_path) -> None:
    (tmp_path / "text").write_text("no database at all")
    with pytest.raises(DataError, match=r"/text is no database of SQLite; name another file by --store"):
        open_database(f"sqlite:///{tmp_path / 'text'}")
    with pytest.raises(DataError, match=r"the store .*/none/s cannot be opened .* check that its folder is there"):
        open_database(f"sqlite:///{tmp_path / 'none' / 's'}")


@pytest.mark.parametrize("url", ["mysql://me:secret@host/x", "duckdb:///x"])
def test_a_database_of_another_kind_is_refused_without_its_password(url) -> None:
    with pytest.raises(DataError, match=r"begins with postgresql://, got one of (mysql|duckdb)") as raised:
        open_database(url)
    assert "secret" not in str(raised.value)
