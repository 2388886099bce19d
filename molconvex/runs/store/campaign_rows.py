"""Tables of campaigns. A compound is a molecule of a campaign's pool, known by code and number."""

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from molconvex.runs.store.tables import Base


class CampaignRow(Base):
    """A campaign; its settings never change."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    created: Mapped[float] = mapped_column(Float)


class CompoundRow(Base):
    """A molecule of the pool, with its number within the campaign."""

    __tablename__ = "campaign_compounds"
    __table_args__ = (UniqueConstraint("campaign_id", "number"), UniqueConstraint("campaign_id", "molecule_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    number: Mapped[int]
    molecule_id: Mapped[int] = mapped_column(ForeignKey("molecules.id"))


class CampaignBatchRow(Base):
    """What was proposed together: by which model (`facts`), and each compound with why and what was predicted."""

    __tablename__ = "campaign_batches"
    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    number: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposed: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created: Mapped[float] = mapped_column(Float)


class CampaignValueRow(Base):
    """What was measured of a compound, in the campaign's unit; without a value the reason why there is none."""

    __tablename__ = "campaign_values"
    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    number: Mapped[int]
    value: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")
    recorded: Mapped[float] = mapped_column(Float)
