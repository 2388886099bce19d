"""Campaigns in the store: pool, batches, measured values; every call is one transaction."""

import math
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from molconvex.exceptions import ConfigError, DataError
from molconvex.runs.store.campaign_rows import CampaignBatchRow, CampaignRow, CampaignValueRow, CompoundRow
from molconvex.runs.store.molecules import molecule_ids
from molconvex.runs.store.tables import MoleculeRow

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like a digit
CODE = 4
CODES_TRIED = 20


@dataclass(frozen=True)
class StoredCampaign:
    """A campaign; `code` begins the ids of its compounds, `settings` are those of its beginning."""

    id: int
    name: str
    code: str
    settings: dict[str, Any]
    created: float

    def compound_id(self, number: int) -> str:
        """What people call a compound."""
        return f"{self.code}-{number:05d}"


@dataclass(frozen=True)
class StoredBatch:
    """A batch: number from 1, facts of the model, and per compound its number, why, and what was predicted."""

    number: int
    facts: dict[str, Any]
    proposed: list[dict[str, Any]]
    created: float


@dataclass(frozen=True)
class CampaignValue:
    """A measured value by the compound's number; NaN with a reason where measuring failed."""

    number: int
    value: float
    reason: str
    source: str
    recorded: float


class CampaignTable:
    """The campaigns of a store."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def add(self, name: str, settings: Mapping[str, Any], pool: Sequence[str]) -> StoredCampaign:
        """Begin a campaign with the standard SMILES of its pool, each once, numbered from 1.

        Raises:
            ConfigError: If there is one of this name.
        """
        for _ in range(CODES_TRIED):
            row = CampaignRow(name=name, code=_new_code(), settings=dict(settings), created=time.time())
            try:
                with self._sessions.begin() as session:
                    session.add(row)
                    session.flush()
                    ids = molecule_ids(session, pool)
                    session.add_all(
                        CompoundRow(campaign_id=row.id, number=number, molecule_id=ids[smiles])
                        for number, smiles in enumerate(pool, start=1)
                    )
                    return _plain(row)
            except IntegrityError:
                known = self.all()
                if any(item.name == name for item in known):
                    raise ConfigError(f"there is a campaign {name!r} already; choose another name") from None
                if all(item.code != row.code for item in known):
                    raise
        raise DataError(f"no free code of {CODE} letters was found for the campaign {name!r}; try again")

    def get(self, name: str) -> StoredCampaign:
        """A campaign by name.

        Raises:
            ConfigError: If there is none; the text names those that there are.
        """
        with self._sessions() as session:
            row = session.scalar(select(CampaignRow).where(CampaignRow.name == name))
        if row is None:
            known = ", ".join(item.name for item in self.all()) or "none"
            raise ConfigError(f"there is no campaign {name!r}; there are: {known}")
        return _plain(row)

    def all(self) -> list[StoredCampaign]:
        """Every campaign, the newest first."""
        with self._sessions() as session:
            return [_plain(row) for row in session.scalars(select(CampaignRow).order_by(CampaignRow.created.desc()))]

    def pool(self, campaign: StoredCampaign) -> list[str]:
        """SMILES of the compounds in the order of their numbers."""
        query = (
            select(MoleculeRow.smiles)
            .join(CompoundRow)
            .where(CompoundRow.campaign_id == campaign.id)
            .order_by(CompoundRow.number)
        )
        with self._sessions() as session:
            return list(session.scalars(query))

    def add_batch(
        self, campaign: StoredCampaign, number: int, facts: Mapping[str, Any], proposed: Sequence[Mapping[str, Any]]
    ) -> StoredBatch:
        """Note what was proposed, as the batch of a number.

        Raises:
            ConfigError: If the campaign has a batch of this number.
        """
        row = CampaignBatchRow(
            campaign_id=campaign.id,
            number=number,
            facts=dict(facts),
            proposed=[dict(item) for item in proposed],
            created=time.time(),
        )
        try:
            with self._sessions.begin() as session:
                session.add(row)
                session.flush()
                return StoredBatch(row.number, row.facts, row.proposed, row.created)
        except IntegrityError:
            raise ConfigError(
                f"batch {number} of {campaign.name!r} was proposed by another process meanwhile; use that one, "
                "or propose again"
            ) from None

    def batches(self, campaign: StoredCampaign) -> list[StoredBatch]:
        """What was proposed, in order."""
        query = select(CampaignBatchRow).where(CampaignBatchRow.campaign_id == campaign.id)
        with self._sessions() as session:
            rows = session.scalars(query.order_by(CampaignBatchRow.number))
            return [StoredBatch(row.number, row.facts, row.proposed, row.created) for row in rows]

    def record(self, campaign: StoredCampaign, values: Iterable[CampaignValue]) -> None:
        """Write values; those of compounds that have one are replaced. All or none."""
        found = list(values)
        own = CampaignValueRow.campaign_id == campaign.id
        with self._sessions.begin() as session:
            for start in range(0, len(found), 500):
                numbers = [item.number for item in found[start : start + 500]]
                session.execute(delete(CampaignValueRow).where(own, CampaignValueRow.number.in_(numbers)))
            session.add_all(
                CampaignValueRow(
                    campaign_id=campaign.id,
                    number=item.number,
                    value=item.value if math.isfinite(item.value) else None,
                    reason=item.reason,
                    source=item.source,
                    recorded=item.recorded,
                )
                for item in found
            )

    def values(self, campaign: StoredCampaign) -> dict[int, CampaignValue]:
        """What was measured, by the compound's number, in the order of recording."""
        query = select(CampaignValueRow).where(CampaignValueRow.campaign_id == campaign.id)
        with self._sessions() as session:
            rows = session.scalars(query.order_by(CampaignValueRow.recorded, CampaignValueRow.number))
            return {
                row.number: CampaignValue(
                    row.number, math.nan if row.value is None else row.value, row.reason, row.source, row.recorded
                )
                for row in rows
            }


def _plain(row: CampaignRow) -> StoredCampaign:
    return StoredCampaign(row.id, row.name, row.code, row.settings, row.created)


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(CODE))
