"""What nothing reads goes: the molecules of shards, and the latent model of a campaign's start.

The former stand in the shards' results, and each batch of a campaign says by which model it was chosen.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Take them away."""
    op.drop_table("shard_findings")
    op.drop_column("campaigns", "fingerprint")


def downgrade() -> None:
    """Make them anew, empty."""
    op.add_column("campaigns", sa.Column("fingerprint", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "shard_findings",
        sa.Column("shard_id", sa.Integer, sa.ForeignKey("shards.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True),
        sa.Column("molecule_id", sa.Integer, sa.ForeignKey("molecules.id"), nullable=False, index=True),
        sa.Column("desirability", sa.Float),
    )
