"""Batches in the store: made whole or not at all, found by name, and the processes that work on them."""

import os
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from molconvex.exceptions import ConfigError
from molconvex.runs.store.batch_tables import BatchProcessRow, BatchRow, ShardRow
from molconvex.runs.store.shards import ShardState, free_shards

LONGEST_NAME = 120
SEPARATORS = "/\\"
SILENCE = 90.0  # seconds without a heartbeat after which a process on another machine counts as gone
PART = 1000  # rows of one INSERT


@dataclass(frozen=True)
class StoredBatch:
    """A batch as the store knows it; see `BatchRow`."""

    id: int
    name: str
    settings: dict[str, Any]
    identity: dict[str, Any]
    created: float


@dataclass(frozen=True)
class GivenLead:
    """A lead as it stands in a file; with a reason where it cannot be used."""

    line: int
    name: str
    smiles: str
    reason: str = ""


class BatchTable:
    """The batches of a store; every call is one transaction."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def find(self, name: str) -> StoredBatch | None:
        """A batch by name."""
        with self._sessions() as session:
            row = session.scalar(select(BatchRow).where(BatchRow.name == name))
            return None if row is None else _plain(row)

    def all(self) -> list[StoredBatch]:
        """Every batch, the newest first."""
        with self._sessions() as session:
            return [_plain(row) for row in session.scalars(select(BatchRow).order_by(BatchRow.created.desc()))]

    def add(
        self, name: str, settings: Mapping[str, Any], identity: Mapping[str, Any], leads: Iterable[GivenLead]
    ) -> StoredBatch:
        """Make a batch with a shard for each lead; where another process was quicker, that one's.

        Raises:
            ConfigError: If the name is empty, too long or a path.
        """
        if not 0 < len(name) <= LONGEST_NAME:
            raise ConfigError(f"a batch needs a name of 1 to {LONGEST_NAME} characters, got {len(name)}")
        if set(name) & set(SEPARATORS):
            raise ConfigError(f"a batch needs a name without / and \\, for files are called by it; got {name}")
        row = BatchRow(name=name, settings=dict(settings), identity=dict(identity), created=time.time())
        try:
            with self._sessions.begin() as session:
                session.add(row)
                session.flush()
                shards = (_shard(row.id, number, lead) for number, lead in enumerate(leads, start=1))
                while part := list(islice(shards, PART)):
                    session.execute(insert(ShardRow), part)
                return _plain(row)
        except IntegrityError:
            found = self.find(name)
            if found is None:
                raise
            return found

    def join(self, batch_id: int) -> int:
        """Say that this process works on a batch; its number from now on."""
        now = time.time()
        row = BatchProcessRow(batch_id=batch_id, host=this_host(), pid=os.getpid(), started=now, heartbeat=now)
        with self._sessions.begin() as session:
            session.add(row)
            session.flush()
            return row.id

    def beat(self, process_id: int) -> None:
        """Say that a process lives."""
        with self._sessions.begin() as session:
            mine = update(BatchProcessRow).where(BatchProcessRow.id == process_id)
            session.execute(mine.values(heartbeat=time.time(), ended=None))

    def leave(self, process_id: int) -> None:
        """Say that a process ends in order; what it had taken is free again."""
        with self._sessions.begin() as session:
            free_shards(session, [process_id], died=False)
            mine = update(BatchProcessRow).where(BatchProcessRow.id == process_id)
            session.execute(mine.values(ended=time.time()))

    def bury(self, batch_id: int, now: float | None = None) -> int:
        """Free what processes had taken that are gone: dead on this machine, or silent; how many those were."""
        at = time.time() if now is None else now
        query = select(BatchProcessRow).where(BatchProcessRow.batch_id == batch_id, BatchProcessRow.ended.is_(None))
        with self._sessions.begin() as session:
            gone = [row.id for row in session.scalars(query) if _is_gone(row, at)]
            if gone:
                free_shards(session, gone, died=True)
                session.execute(update(BatchProcessRow).where(BatchProcessRow.id.in_(gone)).values(ended=at))
        return len(gone)

    def at_work(self, batch_id: int) -> list[tuple[str, int, float]]:
        """(host, process number of the system, start) of those that work on a batch now."""
        query = select(BatchProcessRow).where(BatchProcessRow.batch_id == batch_id, BatchProcessRow.ended.is_(None))
        with self._sessions() as session:
            rows = [row for row in session.scalars(query) if not _is_gone(row, time.time())]
            return [(row.host.split("/")[0], row.pid, row.started) for row in rows]


def this_host() -> str:
    """Name of this machine, of its present start, and of the space in which its process numbers count."""
    return "/".join((socket.gethostname(), _first_line("/proc/sys/kernel/random/boot_id"), _process_space()))[:200]


def _process_space() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _is_gone(row: BatchProcessRow, now: float) -> bool:
    if now - row.heartbeat > SILENCE:
        return True
    return row.host == this_host() and not _lives(row.pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _shard(batch_id: int, number: int, lead: GivenLead) -> dict[str, Any]:
    state = ShardState.REJECTED if lead.reason else ShardState.WAITING
    return {
        "batch_id": batch_id,
        "number": number,
        "line": lead.line,
        "name": lead.name,
        "given": lead.smiles,
        "state": state,
        "tries": 0,
        "deaths": 0,
        "error_kind": "",
        "error": lead.reason,
        "summary": {},
    }


def _plain(row: BatchRow) -> StoredBatch:
    return StoredBatch(row.id, row.name, row.settings, row.identity, row.created)
