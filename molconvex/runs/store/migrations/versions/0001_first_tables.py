"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "molecules",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("smiles", sa.Text, nullable=False, unique=True),
    )
    _runs()
    run = sa.ForeignKey("runs.id", ondelete="CASCADE")
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String(24), run, nullable=False),
        sa.Column("lead", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.UniqueConstraint("run_id", "lead", "number"),
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String(24), sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("molecule_id", sa.Integer, sa.ForeignKey("molecules.id"), nullable=False),
        sa.Column("lead", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("desirability", sa.Float),
        sa.UniqueConstraint("run_id", "lead", "rank"),
    )
    op.create_index("ix_findings_molecule_id", "findings", ["molecule_id"])
    _thoughts()
    op.create_table(
        "profiles",
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("goals", sa.JSON, nullable=False),
        sa.Column("require", sa.JSON, nullable=False),
        sa.Column("changed", sa.Float, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(24), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stages", sa.JSON, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("notes", sa.JSON, nullable=False),
        sa.Column("error_kind", sa.String(64), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("worker", sa.String(128), nullable=False),
        sa.Column("stop_asked", sa.Boolean, nullable=False),
        sa.Column("time_limit", sa.Float),
        sa.Column("created", sa.Float, nullable=False),
        *(sa.Column(name, sa.Float) for name in ("started", "ended", "heartbeat", "deleted")),
        sa.Column("origin", sa.String(24)),
    )
    op.create_index("runs_by_state", "runs", ["state", "created"])


def _thoughts() -> None:
    op.create_table(
        "marks",
        sa.Column("molecule_id", sa.Integer, sa.ForeignKey("molecules.id"), primary_key=True),
        sa.Column("mark", sa.String(8), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("run_id", sa.String(24), sa.ForeignKey("runs.id", ondelete="SET NULL")),
        sa.Column("changed", sa.Float, nullable=False),
    )
    op.create_table(
        "measurements",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("molecule_id", sa.Integer, sa.ForeignKey("molecules.id"), nullable=False),
        sa.Column("run_id", sa.String(24), sa.ForeignKey("runs.id", ondelete="SET NULL")),
        sa.Column("property", sa.String(128), nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("recorded", sa.Float, nullable=False),
    )
    op.create_index("ix_measurements_molecule_id", "measurements", ["molecule_id"])


def downgrade() -> None:
    """Take them away."""
    for name in ("profiles", "measurements", "marks", "findings", "rounds", "runs", "molecules"):
        op.drop_table(name)
