"""Campaigns: their pool with ids, their batches with what was proposed and why, what was measured."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False, unique=True),
        sa.Column("code", sa.String(16), nullable=False, unique=True),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
    )
    op.create_table(
        "campaign_compounds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign_id", sa.Integer, _campaign(), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("molecule_id", sa.Integer, sa.ForeignKey("molecules.id"), nullable=False),
        sa.UniqueConstraint("campaign_id", "number"),
        sa.UniqueConstraint("campaign_id", "molecule_id"),
    )
    op.create_table(
        "campaign_batches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign_id", sa.Integer, _campaign(), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("proposed", sa.JSON, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.UniqueConstraint("campaign_id", "number"),
    )
    op.create_table(
        "campaign_values",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign_id", sa.Integer, _campaign(), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("recorded", sa.Float, nullable=False),
        sa.UniqueConstraint("campaign_id", "number"),
    )


def _campaign() -> sa.ForeignKey:
    return sa.ForeignKey("campaigns.id", ondelete="CASCADE")


def downgrade() -> None:
    """Take them away."""
    for name in ("campaign_values", "campaign_batches", "campaign_compounds", "campaigns"):
        op.drop_table(name)
