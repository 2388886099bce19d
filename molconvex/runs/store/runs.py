"""Runs in the store: asked for, claimed by a worker, watched, ended, listed, deleted with undo."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from molconvex.runs.store.tables import RunRow

STALE = 90.0  # seconds without a heartbeat after which a worker counts as gone


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    LOST = "lost"

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self in (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True)
class StoredRun:
    """A run as the store knows it; see `RunRow` for the entries. `stages` keeps the order in which stages began."""

    id: str
    kind: str
    title: str
    owner: str
    settings: dict[str, Any]
    state: RunState
    stages: dict[str, tuple[int, int]]
    summary: dict[str, Any]
    notes: list[str]
    error_kind: str
    error: str
    folder: str
    stop_asked: bool
    time_limit: float | None
    created: float
    started: float | None
    ended: float | None
    deleted: float | None
    origin: str | None

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.state.is_active

    @property
    def seconds(self) -> float:
        """Time since it began, or that it took; 0 while it waits."""
        return 0.0 if self.started is None else (self.ended or time.time()) - self.started


class RunTable:
    """The runs of a store; every call is one transaction."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def add(
        self,
        kind: str,
        settings: Mapping[str, Any],
        *,
        title: str = "",
        owner: str = "",
        time_limit: float | None = None,
        origin: str | None = None,
    ) -> StoredRun:
        """Put a run at the end of the queue."""
        row = RunRow(
            id=secrets.token_urlsafe(9),
            kind=kind,
            settings=dict(settings),
            title=title,
            owner=owner,
            time_limit=time_limit,
            origin=origin,
            created=time.time(),
        )
        with self._sessions.begin() as session:
            session.add(row)
            session.flush()
            return _plain(row)

    def get(self, run_id: str | None) -> StoredRun | None:
        """A run by id, deleted ones too; None if it is unknown."""
        if not run_id:
            return None
        with self._sessions() as session:
            row = session.get(RunRow, run_id)
            return None if row is None else _plain(row)

    def find(
        self, text: str = "", *, kinds: Sequence[str] = (), states: Sequence[str] = (), limit: int = 200
    ) -> list[StoredRun]:
        """Runs whose title or settings hold a text, the newest first, without deleted ones."""
        query = select(RunRow).where(RunRow.deleted.is_(None)).order_by(RunRow.created.desc()).limit(limit)
        if kinds:
            query = query.where(RunRow.kind.in_(kinds))
        if states:
            query = query.where(RunRow.state.in_(states))
        if text.strip():
            query = query.where(_holds(text.strip()))
        with self._sessions() as session:
            return [_plain(row) for row in session.scalars(query)]

    def active(self) -> list[StoredRun]:
        """Runs that wait or run, the oldest first."""
        query = select(RunRow).where(RunRow.state.in_([RunState.QUEUED, RunState.RUNNING])).order_by(RunRow.created)
        with self._sessions() as session:
            return [_plain(row) for row in session.scalars(query)]

    def served(self) -> dict[str, float]:
        """When the last run of each owner began."""
        query = select(RunRow.owner, func.max(RunRow.started)).where(RunRow.started.is_not(None)).group_by(RunRow.owner)
        with self._sessions() as session:
            return {owner: began for owner, began in session.execute(query).tuples() if began is not None}

    def claim(self, run_id: str, worker: str) -> bool:
        """Take a waiting run for a worker; False where another one was quicker or it was withdrawn."""
        now = time.time()
        values = {"state": RunState.RUNNING, "worker": worker, "started": now, "heartbeat": now}
        return self._change(run_id, values, RunRow.state == RunState.QUEUED)

    def beat(self, run_id: str, stages: Mapping[str, tuple[int, int]] | None = None) -> bool:
        """Say that the worker lives, and how far it is; True where it was asked to stop."""
        values: dict[str, Any] = {"heartbeat": time.time()}
        if stages is not None:
            values["stages"] = {name: list(counts) for name, counts in stages.items()}
        self._change(run_id, values, RunRow.state == RunState.RUNNING)
        run = self.get(run_id)
        return run is None or run.stop_asked or not run.is_active

    def end(
        self,
        run_id: str,
        state: RunState,
        *,
        folder: str = "",
        summary: Mapping[str, Any] | None = None,
        notes: Sequence[str] = (),
        error: BaseException | None = None,
    ) -> bool:
        """Note how a run ended; False where that is known already."""
        values: dict[str, Any] = {"state": state, "ended": time.time(), "notes": list(notes), "folder": folder}
        values["summary"] = dict(summary or {})
        if error is not None:
            values |= {"error_kind": type(error).__name__, "error": str(error)[:2000]}
        return self._change(run_id, values, RunRow.state.in_([RunState.QUEUED, RunState.RUNNING]))

    def stop(self, run_id: str) -> None:
        """Ask a run to stop and keep what is finished; one that waits is withdrawn at once."""
        withdrawn = {"state": RunState.WITHDRAWN, "ended": time.time(), "stop_asked": True}
        if not self._change(run_id, withdrawn, RunRow.state == RunState.QUEUED):
            self._change(run_id, {"stop_asked": True}, RunRow.state == RunState.RUNNING)

    def lose(self, run_id: str, reason: str) -> bool:
        """Note that the worker of a running run is gone; False where it ended in order."""
        values = {"state": RunState.LOST, "ended": time.time(), "error": reason}
        return self._change(run_id, values, RunRow.state == RunState.RUNNING)

    def lose_stale(self, now: float | None = None) -> int:
        """Note all whose workers fell silent; how many those were."""
        before = (time.time() if now is None else now) - STALE
        query = (
            update(RunRow)
            .where(RunRow.state == RunState.RUNNING, RunRow.heartbeat < before)
            .values(state=RunState.LOST, ended=time.time(), error="its worker fell silent")
        )
        with self._sessions.begin() as session:
            return int(session.execute(query).rowcount)  # type: ignore[attr-defined]

    def rename(self, run_id: str, title: str) -> None:
        """Give a run another title."""
        self._change(run_id, {"title": title.strip()[:200]})

    def delete(self, run_id: str) -> None:
        """Take a run out of the lists; `restore` brings it back."""
        self._change(run_id, {"deleted": time.time()}, RunRow.state.notin_([RunState.QUEUED, RunState.RUNNING]))

    def restore(self, run_id: str) -> None:
        """Undo a deletion."""
        self._change(run_id, {"deleted": None})

    def _change(self, run_id: str, values: dict[str, Any], *conditions: ColumnElement[bool]) -> bool:
        with self._sessions.begin() as session:
            found = session.execute(update(RunRow).where(RunRow.id == run_id, *conditions).values(**values))
            return bool(found.rowcount)  # type: ignore[attr-defined]


def _holds(text: str) -> ColumnElement[bool]:
    """Whether a run's title or settings hold a text; signs of patterns stand for themselves."""
    from sqlalchemy import Text, cast

    return or_(
        RunRow.title.icontains(text, autoescape=True), cast(RunRow.settings, Text).icontains(text, autoescape=True)
    )


def _plain(row: RunRow) -> StoredRun:
    values = {name: getattr(row, name) for name in StoredRun.__dataclass_fields__}
    values["state"] = RunState(row.state)
    values["stages"] = (
        {name: (int(done), int(total)) for name, (done, total) in row.stages.items()} if row.stages else {}
    )
    return StoredRun(**{**values, "summary": row.summary or {}, "notes": row.notes or []})
