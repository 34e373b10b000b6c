"""Alembic environment: runs on the connection `server.storage.migrate` hands over."""

from alembic import context
from sqlalchemy import Connection

from server.storage.tables import Base

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("use `python -m server migrate`: it opens the database of the settings")

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
