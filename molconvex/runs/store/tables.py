"""Tables of the store. Times are seconds since 1970 (UTC); ids of runs are random, so no one guesses an address."""

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Declarative base."""


class MoleculeRow(Base):
    """A molecule, once, by its standard SMILES."""

    __tablename__ = "molecules"

    id: Mapped[int] = mapped_column(primary_key=True)
    smiles: Mapped[str] = mapped_column(Text, unique=True)


class RunRow(Base):
    """A piece of work: asked for, waiting, running, over; its files lie in `folder`, relative to the store's."""

    __tablename__ = "runs"
    __table_args__ = (Index("runs_by_state", "state", "created"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(64), default="")
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    stages: Mapped[dict[str, list[int]]] = mapped_column(JSON, default=dict)
    summary: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    notes: Mapped[list[str]] = mapped_column(JSON, default=list)
    error_kind: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    folder: Mapped[str] = mapped_column(Text, default="")
    worker: Mapped[str] = mapped_column(String(128), default="")
    stop_asked: Mapped[bool] = mapped_column(default=False)
    time_limit: Mapped[float | None] = mapped_column(Float)
    created: Mapped[float] = mapped_column(Float)
    started: Mapped[float | None] = mapped_column(Float)
    ended: Mapped[float | None] = mapped_column(Float)
    heartbeat: Mapped[float | None] = mapped_column(Float)
    deleted: Mapped[float | None] = mapped_column(Float)
    origin: Mapped[str | None] = mapped_column(String(24))


class RoundRow(Base):
    """One round of a search: how many molecules were proposed and scored, and the best so far."""

    __tablename__ = "rounds"
    __table_args__ = (UniqueConstraint("run_id", "lead", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    lead: Mapped[int]
    number: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class FindingRow(Base):
    """A molecule among the candidates of a run; all its columns are in the run's files."""

    __tablename__ = "findings"
    __table_args__ = (UniqueConstraint("run_id", "lead", "rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    molecule_id: Mapped[int] = mapped_column(ForeignKey("molecules.id"), index=True)
    lead: Mapped[int]
    rank: Mapped[int]
    desirability: Mapped[float | None] = mapped_column(Float)


class MarkRow(Base):
    """What was thought of a molecule: "star" or "reject", and a note; in which run it was seen."""

    __tablename__ = "marks"

    molecule_id: Mapped[int] = mapped_column(ForeignKey("molecules.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(8), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    changed: Mapped[float] = mapped_column(Float)


class MeasurementRow(Base):
    """A measured value of a molecule."""

    __tablename__ = "measurements"

    id: Mapped[int] = mapped_column(primary_key=True)
    molecule_id: Mapped[int] = mapped_column(ForeignKey("molecules.id"), index=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    property: Mapped[str] = mapped_column(String(128))
    value: Mapped[float] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(32), default="")
    source: Mapped[str] = mapped_column(Text, default="")
    recorded: Mapped[float] = mapped_column(Float)


class ProfileRow(Base):
    """Goals, requirements and a condition ("" for none) under a name, to be used again."""

    __tablename__ = "profiles"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    goals: Mapped[list[str]] = mapped_column(JSON)
    require: Mapped[list[str]] = mapped_column(JSON, default=list)
    where: Mapped[str] = mapped_column(Text, default="", server_default="")
    changed: Mapped[float] = mapped_column(Float)
