"""What the training API does, without HTTP: ask for a run, look at it, cancel it, add up.

Two back ends. `Simulated` answers at once from a loss function; `Queued` leaves the run to workers
(`worker`) and the caller comes back for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, update

from cs336_scaling.config import CONTRACT_DOMAIN, Domain, RunConfig
from cs336_scaling.server import accounts
from cs336_scaling.server.accounts import Key, Run
from cs336_scaling.server.database import Database
from cs336_scaling.server.tables import runs

LossFunction = Callable[[RunConfig], float]
"""Final loss of a run in nats; NaN where it diverged."""


class LossFunctionFailed(Exception):
    """The simulated back end's function raised; nothing was charged."""


class NoSuchRun(Exception):
    """The key has no run of that number."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Answers at once."""

    loss_fn: LossFunction
    domain: Domain = CONTRACT_DOMAIN


@dataclass(frozen=True, slots=True)
class Queued:
    """Leaves runs to workers."""

    domain: Domain


@dataclass(frozen=True, slots=True)
class Answer:
    """A run, and the FLOPs that its key has used with it."""

    run: Run
    total: int


class Service:
    """One training API over one database; any number may share the database.

    Args:
        database: where it keeps keys, runs and charges.
        backend: who trains.
    """

    def __init__(self, database: Database, backend: Simulated | Queued) -> None:
        self.database = database
        self.backend = backend
        self.domain = backend.domain
        # The same question from many threads is worked out once.
        self._turns = [threading.Lock() for _ in range(64)]

    def key(self, secret: str | None) -> Key:
        """The key of a secret. Raises UnknownKey."""
        return self.database.read(lambda connection: accounts.find_key(connection, secret))

    def ask(self, secret: str | None, config: RunConfig) -> Answer:
        """The run of a configuration: ended on the simulated back end, maybe queued on the other.

        Raises:
            UnknownKey, BudgetExceeded, LossFunctionFailed: nothing was charged.
            DatabaseUnavailable: ask again; what was charged then is not charged twice.
        """
        if isinstance(self.backend, Queued):
            return self.database.write(_open, secret, config)
        with self._turns[hash((secret, config)) % len(self._turns)]:
            known = self.database.read(lambda connection: _known(connection, secret, config))
            return known or self._simulate(self.backend.loss_fn, secret, config)

    def _simulate(self, loss_fn: LossFunction, secret: str | None, config: RunConfig) -> Answer:
        try:
            loss = float(loss_fn(config))
        except Exception as error:
            raise LossFunctionFailed(
                f"the loss function raised {type(error).__name__}: {error}; nothing was charged"
            ) from error

        return Answer(*self.database.write(accounts.store_completed, secret, config, loss))

    def run(self, secret: str | None, number: int) -> Run:
        """The key's run of a number. Raises UnknownKey, NoSuchRun."""
        return self.database.read(lambda connection: _own(connection, secret, number))

    def runs(
        self,
        secret: str | None,
        *,
        statuses: tuple[str, ...] = (),
        after: int = 0,
        limit: int | None = None,
    ) -> list[Run]:
        """The key's runs, oldest first."""

        def work(connection: Connection) -> list[Run]:
            key = accounts.find_key(connection, secret)
            return accounts.list_runs(connection, key, statuses=statuses, after=after, limit=limit)

        return self.database.read(work)

    def total(self, secret: str | None) -> tuple[int, Key]:
        """FLOPs used, and the key with its budget."""

        def work(connection: Connection) -> tuple[int, Key]:
            key = accounts.find_key(connection, secret)
            return accounts.flops_used(connection, key), key

        return self.database.read(work)

    def cancel(self, secret: str | None, number: int) -> Run:
        """Stop a run: at once if it waits, soon if it runs; one that has ended stays as it is.

        Raises:
            UnknownKey, NoSuchRun.
        """

        def work(connection: Connection) -> Run:
            accounts.find_key(connection, secret, lock=True)
            run = _own(connection, secret, number, lock=True)
            if run.status == accounts.QUEUED:
                accounts.close_run(connection, run, accounts.CANCELLED, done=0.0)
            elif run.status == accounts.RUNNING:
                connection.execute(update(runs).where(runs.c.id == number).values(cancel=1))
            return _read(connection, number)

        return self.database.write(work)


def _open(connection: Connection, secret: str | None, config: RunConfig) -> Answer:
    key = accounts.find_key(connection, secret, lock=True)
    run = accounts.open_run(connection, key, config)
    return Answer(run, accounts.flops_used(connection, key))


def _known(connection: Connection, secret: str | None, config: RunConfig) -> Answer | None:
    """The run if it completed. Raises what opening it would, before anything is worked out."""
    now = accounts.standing(connection, secret, config)
    if now.run is not None and now.run.status == accounts.COMPLETED:
        return Answer(now.run, now.used)
    accounts.check_budget(now.key, config, now.used)
    return None


def _own(connection: Connection, secret: str | None, number: int, *, lock: bool = False) -> Run:
    key = accounts.find_key(connection, secret)
    run = accounts.get_run(connection, number, lock=lock)
    if run is None or run.key_id != key.id:
        raise NoSuchRun(f"you have no run {number}")
    return run


def _read(connection: Connection, number: int) -> Run:
    run = accounts.get_run(connection, number)
    if run is None:
        raise NoSuchRun(f"there is no run {number}")
    return run
