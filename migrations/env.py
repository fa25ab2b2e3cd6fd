"""Runs migrations as the owner role, on a connection that `app.migrate` hands over."""

from alembic import context

from app.core.migrate import ours
from app.models import Base

config = context.config


def run() -> None:
    """Migrate on the given connection; limits keep a migration from waiting on, or blocking,
    the program."""
    connection = config.attributes["connection"]
    connection.exec_driver_sql("set lock_timeout = '5s'")
    connection.exec_driver_sql("set statement_timeout = '60s'")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        include_name=ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
