"""Shards are found in the order in which they are taken, however many wait."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """An index in that order, in the place of one by state alone."""
    op.create_index("shards_in_order", "shards", ["batch_id", "state", "deaths", "tries", "number"])
    op.drop_index("shards_by_state", "shards")


def downgrade() -> None:
    """The earlier one again."""
    op.create_index("shards_by_state", "shards", ["batch_id", "state"])
    op.drop_index("shards_in_order", "shards")
