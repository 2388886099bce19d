"""Molecules in the store: what was found in runs, what people thought of them, what was measured."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from molconvex.exceptions import ConfigError
from molconvex.runs.store.tables import FindingRow, MarkRow, MeasurementRow, MoleculeRow, RoundRow, RunRow

STAR, REJECT = "star", "reject"


@dataclass(frozen=True)
class Marked:
    """A molecule that someone starred, rejected or wrote about; `run_id` is where it was seen."""

    smiles: str
    mark: str
    note: str
    run_id: str | None
    changed: float


@dataclass(frozen=True)
class Measurement:
    """A measured value of a molecule."""

    smiles: str
    property: str
    value: float
    unit: str
    source: str
    recorded: float


class MoleculeTable:
    """Molecules by standard SMILES; every call is one transaction."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def mark(self, smiles: str, mark: str, run_id: str | None = None) -> None:
        """Star or reject a molecule; "" takes the mark away and keeps the note.

        Raises:
            ConfigError: If the mark is unknown.
        """
        if mark not in ("", STAR, REJECT):
            raise ConfigError(f"a molecule is marked {STAR!r} or {REJECT!r}, got {mark!r}")
        self._set(smiles, run_id, mark=mark)

    def note(self, smiles: str, note: str, run_id: str | None = None) -> None:
        """Write a note; "" takes it away."""
        self._set(smiles, run_id, note=note.strip()[:4000])

    def marks(self, smiles: Sequence[str] | None = None) -> dict[str, Marked]:
        """Marks and notes by molecule, the latest first; of all molecules where none are named."""
        query = select(MoleculeRow.smiles, MarkRow).join(MarkRow).order_by(MarkRow.changed.desc())
        with self._sessions() as session:
            found = [Marked(text, row.mark, row.note, row.run_id, row.changed) for text, row in session.execute(query)]
        wanted = None if smiles is None else set(smiles)
        return {
            item.smiles: item
            for item in found
            if (item.mark or item.note) and (wanted is None or item.smiles in wanted)
        }

    def starred(self) -> list[Marked]:
        """The basket: starred molecules, the latest first."""
        return [item for item in self.marks().values() if item.mark == STAR]

    def record_findings(self, run_id: str, findings: Iterable[tuple[str, int, int, float | None]]) -> None:
        """Note the candidates of a run: (smiles, lead, rank, desirability); an earlier note of the run is replaced."""
        found = list(findings)
        with self._sessions.begin() as session:
            ids = molecule_ids(session, [smiles for smiles, *_ in found])
            session.execute(delete(FindingRow).where(FindingRow.run_id == run_id))
            session.add_all(
                FindingRow(run_id=run_id, molecule_id=ids[smiles], lead=lead, rank=rank, desirability=value)
                for smiles, lead, rank, value in found
            )

    def runs_with(self, smiles: str) -> list[str]:
        """Ids of the runs among whose candidates a molecule is, the newest first."""
        query = (
            select(RunRow.id)
            .join(FindingRow, FindingRow.run_id == RunRow.id)
            .join(MoleculeRow)
            .where(MoleculeRow.smiles == smiles, RunRow.deleted.is_(None))
            .order_by(RunRow.created.desc())
        )
        with self._sessions() as session:
            return list(dict.fromkeys(session.scalars(query)))

    def record_round(self, run_id: str, lead: int, number: int, facts: Mapping[str, Any]) -> None:
        """Note one round of a search; a second note of the same round replaces the first."""
        where = (RoundRow.run_id == run_id, RoundRow.lead == lead, RoundRow.number == number)
        with self._sessions.begin() as session:
            session.execute(delete(RoundRow).where(*where))
            session.add(RoundRow(run_id=run_id, lead=lead, number=number, facts=dict(facts)))

    def rounds(self, run_id: str) -> list[tuple[int, int, dict[str, Any]]]:
        """(lead, number, facts) of a run's rounds, in order."""
        query = select(RoundRow).where(RoundRow.run_id == run_id).order_by(RoundRow.lead, RoundRow.number)
        with self._sessions() as session:
            return [(row.lead, row.number, row.facts) for row in session.scalars(query)]

    def record_measurements(self, measured: Iterable[Measurement], run_id: str | None = None) -> int:
        """Add measured values; how many."""
        items = list(measured)
        with self._sessions.begin() as session:
            ids = molecule_ids(session, [item.smiles for item in items])
            for item in items:
                values = {name: getattr(item, name) for name in ("property", "value", "unit", "source", "recorded")}
                session.add(MeasurementRow(molecule_id=ids[item.smiles], run_id=run_id, **values))
        return len(items)

    def measurements(self, property: str | None = None) -> list[Measurement]:
        """Measured values, the earliest first."""
        query = select(MoleculeRow.smiles, MeasurementRow).join(MeasurementRow).order_by(MeasurementRow.recorded)
        if property is not None:
            query = query.where(MeasurementRow.property == property)
        with self._sessions() as session:
            return [
                Measurement(smiles, row.property, row.value, row.unit, row.source, row.recorded)
                for smiles, row in session.execute(query)
            ]

    def _set(self, smiles: str, run_id: str | None, **values: Any) -> None:
        with self._sessions.begin() as session:
            molecule = molecule_ids(session, [smiles])[smiles]
            row = session.get(MarkRow, molecule) or MarkRow(molecule_id=molecule, mark="", note="")
            for name, value in values.items():
                setattr(row, name, value)
            row.run_id, row.changed = run_id or row.run_id, time.time()
            session.add(row)


def molecule_ids(session: Session, smiles: Sequence[str]) -> dict[str, int]:
    """Ids of molecules, new ones added; in parts, for databases take only so many values at once.

    Several processes may add the same molecule at one moment: all insert in one order, and take what is there.
    """
    wanted, ids = sorted(set(smiles)), dict[str, int]()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        session.execute(insert(MoleculeRow).on_conflict_do_nothing(), [{"smiles": text} for text in part])
        query = select(MoleculeRow.smiles, MoleculeRow.id).where(MoleculeRow.smiles.in_(part))
        ids |= dict(session.execute(query).tuples().all())
    return ids
