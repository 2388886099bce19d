"""Tables of batches: thousands of leads under one name, each a shard that is done once, by whichever process takes it.

Times are seconds since 1970 (UTC), as in `tables`.
"""

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from molconvex.runs.store.tables import Base


class BatchRow(Base):
    """Many leads with one set of settings; `identity` is what must be the same for a start to be a continuation."""

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    identity: Mapped[dict[str, Any]] = mapped_column(JSON)
    created: Mapped[float] = mapped_column(Float)


class BatchProcessRow(Base):
    """A process at work on a batch: it beats while it lives, and what it had taken is free again when it does not."""

    __tablename__ = "batch_processes"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), index=True)
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    started: Mapped[float] = mapped_column(Float)
    heartbeat: Mapped[float] = mapped_column(Float)
    ended: Mapped[float | None] = mapped_column(Float)


class ShardRow(Base):
    """One lead of a batch: as given and on which line, where it stands, who works on it, what came out in brief."""

    __tablename__ = "shards"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        Index("shards_in_order", "batch_id", "state", "deaths", "tries", "number"),  # as they are taken
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    number: Mapped[int]
    line: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    given: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0)
    process_id: Mapped[int | None] = mapped_column(ForeignKey("batch_processes.id", ondelete="SET NULL"))
    error_kind: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    seconds: Mapped[float | None] = mapped_column(Float)
    ended: Mapped[float | None] = mapped_column(Float)
    summary: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class ShardResultRow(Base):
    """All columns of a shard's candidates as the bytes of a Parquet file; apart, so that lists of shards stay quick."""

    __tablename__ = "shard_results"

    shard_id: Mapped[int] = mapped_column(ForeignKey("shards.id", ondelete="CASCADE"), primary_key=True)
    candidates: Mapped[bytes] = mapped_column(LargeBinary)
