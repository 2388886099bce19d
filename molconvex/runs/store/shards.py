"""Shards of a batch: taken by one process at a time, finished once, set aside where they keep failing."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Update, case, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from molconvex.runs.store.batch_tables import ShardResultRow, ShardRow

MOST_DEATHS = 10  # of processes at work on a shard, after which it is set aside
PAGE = 100  # shards with their results that are read at once


class ShardState(StrEnum):
    """Where a shard stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Shard:
    """One lead of a batch as the store knows it; see `ShardRow`."""

    id: int
    number: int
    line: int
    name: str
    given: str
    state: ShardState
    tries: int
    deaths: int
    error_kind: str
    error: str
    seconds: float | None
    ended: float | None
    summary: dict[str, Any]


@dataclass(frozen=True)
class ShardResult:
    """What a shard gave.

    Attributes:
        candidates: A Parquet file of its candidates with all their columns.
        summary: Few numbers for tables of leads.
        seconds: That it took.
    """

    candidates: bytes = field(repr=False)
    summary: dict[str, Any]
    seconds: float


class ShardTable:
    """The shards of a store; every call is one transaction."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def claim(self, batch_id: int, process_id: int, count: int) -> list[Shard]:
        """Take waiting shards for a process: those first that brought no process down and failed least, in order."""
        waiting = (ShardRow.batch_id == batch_id, ShardRow.state == ShardState.WAITING)
        order = (ShardRow.deaths, ShardRow.tries, ShardRow.number)
        free = select(ShardRow.id).where(*waiting).order_by(*order).limit(count).with_for_update(skip_locked=True)
        chosen = free.cte("chosen")  # else PostgreSQL may run it for every row, and take more each time
        values = {"state": ShardState.WORKING, "process_id": process_id, "tries": ShardRow.tries + 1}
        query = (
            update(ShardRow).where(ShardRow.id.in_(select(chosen.c.id))).values(values)
        )  # chosen ones wait, and are locked
        with self._sessions.begin() as session:
            ids = list(session.scalars(query.returning(ShardRow.id)))
            rows = session.scalars(select(ShardRow).where(ShardRow.id.in_(ids)).order_by(*order))
            return [_plain(row) for row in rows]

    def finish(self, shard_id: int, process_id: int, result: ShardResult) -> bool:
        """Keep what a shard gave, all of it or nothing; False where it is no longer the process's own.

        A second call after one whose answer was lost on the way changes nothing and is True.
        """
        values = {"state": ShardState.DONE, "summary": result.summary, "seconds": result.seconds, "ended": time.time()}
        with self._sessions.begin() as session:
            ended = session.execute(_own(shard_id, process_id).values(values | {"error": "", "error_kind": ""}))
            if not ended.rowcount:  # type: ignore[attr-defined]
                row = session.get(ShardRow, shard_id)
                return row is not None and row.state == ShardState.DONE and row.process_id == process_id
            session.add(ShardResultRow(shard_id=shard_id, candidates=result.candidates))
        return True

    def fail(self, shard_id: int, process_id: int, kind: str, error: str, state: ShardState) -> bool:
        """Note that a shard failed, and whether it waits for another try, is set aside or was no usable lead."""
        ended = None if state is ShardState.WAITING else time.time()
        values = {"state": state, "error_kind": kind[:64], "error": error[:2000], "ended": ended}
        with self._sessions.begin() as session:
            found = session.execute(_own(shard_id, process_id).values(values))
            return bool(found.rowcount)  # type: ignore[attr-defined]

    def lose(self, shard_id: int, process_id: int) -> Shard:
        """Note that the worker of a shard died: it comes last from now on, and is set aside after many deaths."""
        with self._sessions.begin() as session:
            session.execute(_own(shard_id, process_id).values(_lost()))
            return _plain(session.get_one(ShardRow, shard_id))

    def give_back(self, process_id: int, shard_ids: Sequence[int] | None = None) -> int:
        """Let what a process has taken, by default all, wait again as if it had not been taken; how many."""
        with self._sessions.begin() as session:
            return free_shards(session, [process_id], died=False, shard_ids=shard_ids)

    def retry(self, batch_id: int) -> int:
        """Let the shards wait again that were set aside; how many."""
        failed = update(ShardRow).where(ShardRow.batch_id == batch_id, ShardRow.state == ShardState.FAILED)
        with self._sessions.begin() as session:
            found = session.execute(failed.values(state=ShardState.WAITING, tries=0, deaths=0, ended=None))
            return int(found.rowcount)  # type: ignore[attr-defined]

    def counts(self, batch_id: int) -> dict[ShardState, int]:
        """How many shards stand where."""
        query = select(ShardRow.state, func.count()).where(ShardRow.batch_id == batch_id).group_by(ShardRow.state)
        with self._sessions() as session:
            found = dict(session.execute(query).tuples().all())
        return {state: int(found.get(state, 0)) for state in ShardState}

    def ended_since(self, batch_id: int, moment: float) -> int:
        """How many shards became over after a moment."""
        query = select(func.count()).where(ShardRow.batch_id == batch_id, ShardRow.ended > moment)
        with self._sessions() as session:
            return int(session.scalar(query) or 0)

    def each(self, batch_id: int, states: Sequence[ShardState] = ()) -> Iterator[Shard]:
        """Shards in order, few in memory at a time."""
        query = select(ShardRow).where(ShardRow.batch_id == batch_id).order_by(ShardRow.number).limit(10 * PAGE)
        if states:
            query = query.where(ShardRow.state.in_(states))
        after = 0
        while True:
            with self._sessions() as session:
                page = [_plain(row) for row in session.scalars(query.where(ShardRow.number > after))]
            if not page:
                return
            yield from page
            after = page[-1].number

    def results(self, batch_id: int) -> Iterator[tuple[Shard, bytes]]:
        """Finished shards in order with the Parquet files of their candidates, few in memory at a time."""
        done = (ShardRow.batch_id == batch_id, ShardRow.state == ShardState.DONE)
        query = select(ShardRow, ShardResultRow.candidates).join(ShardResultRow).where(*done)
        after = 0
        while True:
            with self._sessions() as session:
                page = query.where(ShardRow.number > after).order_by(ShardRow.number).limit(PAGE)
                found = [(_plain(row), content) for row, content in session.execute(page).tuples()]
            if not found:
                return
            yield from found
            after = found[-1][0].number


def free_shards(session: Session, processes: Sequence[int], died: bool, shard_ids: Sequence[int] | None = None) -> int:
    """Let the shards of processes wait again, how many; those of dead ones come last, many deaths set them aside."""
    taken = update(ShardRow).where(ShardRow.process_id.in_(processes), ShardRow.state == ShardState.WORKING)
    if shard_ids is not None:
        taken = taken.where(ShardRow.id.in_(shard_ids))
    values = _lost() if died else {"state": ShardState.WAITING, "process_id": None, "tries": ShardRow.tries - 1}
    return int(session.execute(taken.values(values)).rowcount)  # type: ignore[attr-defined]


def _lost() -> dict[Any, Any]:
    last = ShardRow.deaths + 1 >= MOST_DEATHS
    return {
        "deaths": ShardRow.deaths + 1,
        "tries": ShardRow.tries - 1,
        "state": case((last, ShardState.FAILED.value), else_=ShardState.WAITING.value),
        "error_kind": case((last, "WorkerDied"), else_=""),
        "error": case((last, f"the processes at work on it died {MOST_DEATHS} times"), else_=""),
        "ended": case((last, time.time()), else_=None),
        "process_id": None,
    }


def _own(shard_id: int, process_id: int) -> Update:
    return update(ShardRow).where(
        ShardRow.id == shard_id, ShardRow.process_id == process_id, ShardRow.state == ShardState.WORKING
    )


def _plain(row: ShardRow) -> Shard:
    values = {name: getattr(row, name) for name in Shard.__dataclass_fields__}
    return Shard(**values | {"state": ShardState(row.state)})
