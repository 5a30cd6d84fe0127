"""Alembic's door: the caller hands over a connection whose transaction is already open (leadq/upgrading.py)."""

from alembic import context
from sqlmodel import SQLModel

import leadq.db  # noqa: F401 - declares the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transaction_per_migration=False,
    render_as_batch=True,
)
context.run_migrations()
