"""How Alembic runs the migrations of the store: on the connection that is handed to it, in its transaction."""

from alembic import context

from molconvex.runs.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
