"""Transactions on SQLite or PostgreSQL, repeated while the database is busy or comes back.

A piece of work is a function of a connection. `write` runs it in one transaction that excludes
other writers of the same rows: on SQLite the whole database is locked from the start (BEGIN
IMMEDIATE, so no transaction fails half way for want of the lock), on PostgreSQL the work itself
locks its key's row. Work may run more than once, but is committed once.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from cs336_scaling.server.tables import metadata

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

PATIENCE_SECONDS = 20.0
"""How long a transaction is repeated before the database counts as unavailable."""

_PASSING_STATES = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08000", "08003", "08006"}
"""SQLSTATEs of PostgreSQL: serialisation, deadlock, lock, shutdown and start-up, connection."""


class DatabaseUnavailable(Exception):
    """The database did not take a transaction in time, or its disk is full."""


class Database:
    """Where keys, runs and the ledger are kept. Thread-safe.

    Args:
        url: as SQLAlchemy takes it: `sqlite:///scaling.db` or
            `postgresql+psycopg://user@host/name`.
        patience: seconds for which a transaction is repeated.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self.url = url
        self.patience = patience
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        # Made once: an engine with options of its own costs as much as a statement.
        self._engines = {
            writes: self.engine.execution_options(writes=writes) for writes in (False, True)
        }
        # Threads of one process wait for each other here, in order, rather than poll SQLite's lock.
        self._writing = threading.Lock()
        self.write(metadata.create_all)

    def read(
        self,
        work: Callable[Concatenate[Connection, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Run `work(connection, …)`, which changes nothing."""
        return self._repeat(lambda: self._once(partial(_call, work, args, kwargs), writes=False))

    def write(
        self,
        work: Callable[Concatenate[Connection, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Run `work(connection, …)` in one transaction and commit it; what it raises rolls back.

        Raises:
            DatabaseUnavailable: it stayed locked or away for `patience` seconds, or is full.
        """
        once = partial(_call, work, args, kwargs)
        if not self.is_sqlite:
            return self._repeat(lambda: self._once(once, writes=True))
        with self._writing:
            return self._repeat(lambda: self._once(once, writes=True))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def _once(self, work: Callable[[Connection], Result], *, writes: bool) -> Result:
        with self._engines[writes].begin() as connection:
            return work(connection)

    def _repeat(self, attempt: Callable[[], Result]) -> Result:
        end, pause = time.monotonic() + self.patience, 0.01
        while True:
            try:
                return attempt()
            except SQLAlchemyError as error:
                if not _may_pass(error):
                    if isinstance(error, OperationalError):
                        raise DatabaseUnavailable(_first_line(error)) from error
                    raise
                if time.monotonic() + pause > end:
                    raise DatabaseUnavailable(_first_line(error)) from error
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, 1.0)


def _call(
    work: Callable[..., Result],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    connection: Connection,
) -> Result:
    return work(connection, *args, **kwargs)


def _may_pass(error: SQLAlchemyError) -> bool:
    """Whether the same transaction may go through a little later."""
    if isinstance(error, IntegrityError):
        return True  # another server inserted the same run in between: look again
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING_STATES:
        return True
    words = str(error.orig).lower()
    return any(
        part in words
        for part in ("database is locked", "connection refused", "server closed the connection",
                     "connection failed", "is starting up", "is shutting down", "terminating")
    )  # fmt: skip


def _first_line(error: SQLAlchemyError) -> str:
    origin = getattr(error, "orig", None) or error
    return str(origin).splitlines()[0]


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=56, connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: str) -> Engine:
    # No ping before each use: a connection that broke is noticed by the work, which is repeated.
    return create_engine(url, pool_size=8, max_overflow=24, pool_timeout=10)
