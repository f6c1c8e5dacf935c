"""Alembic's environment: bare, with a version table of its own."""

import os

from alembic import context
from sqlalchemy import create_engine

url = os.environ["LIBRARY_STORE"].replace("postgresql:", "postgresql+psycopg:")
if context.is_offline_mode():
    context.configure(url=url, version_table="schema_version", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url).connect() as connection:
        context.configure(connection=connection, version_table="schema_version")
        with context.begin_transaction():
            context.run_migrations()
