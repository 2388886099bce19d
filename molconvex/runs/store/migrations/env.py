"""How Alembic runs the migrations of the store: on the connection that is handed to it."""

from alembic import context

from molconvex.runs.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
