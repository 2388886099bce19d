"""Batches: their processes, their shards, what each shard gave."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False, unique=True),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("identity", sa.JSON, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
    )
    op.create_table(
        "batch_processes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("batch_id", sa.Integer, _batch(), nullable=False, index=True),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started", sa.Float, nullable=False),
        sa.Column("heartbeat", sa.Float, nullable=False),
        sa.Column("ended", sa.Float),
    )
    _shards()
    op.create_table(
        "shard_results",
        sa.Column("shard_id", sa.Integer, _shard(), primary_key=True),
        sa.Column("candidates", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "shard_findings",
        sa.Column("shard_id", sa.Integer, _shard(), primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True),
        sa.Column("molecule_id", sa.Integer, sa.ForeignKey("molecules.id"), nullable=False, index=True),
        sa.Column("desirability", sa.Float),
    )


def _shards() -> None:
    op.create_table(
        "shards",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("batch_id", sa.Integer, _batch(), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("given", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("deaths", sa.Integer, nullable=False),
        sa.Column("process_id", sa.Integer, sa.ForeignKey("batch_processes.id", ondelete="SET NULL")),
        sa.Column("error_kind", sa.String(64), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("ended", sa.Float),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.UniqueConstraint("batch_id", "number"),
    )
    op.create_index("shards_by_state", "shards", ["batch_id", "state"])


def _batch() -> sa.ForeignKey:
    return sa.ForeignKey("batches.id", ondelete="CASCADE")


def _shard() -> sa.ForeignKey:
    return sa.ForeignKey("shards.id", ondelete="CASCADE")


def downgrade() -> None:
    """Take them away."""
    for name in ("shard_findings", "shard_results", "shards", "batch_processes", "batches"):
        op.drop_table(name)
