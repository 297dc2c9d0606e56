"""Runs handed to workers, and taken back from those that died.

A worker raises the `beat` of its run as long as it lives. Whoever watches notes with its own
monotonic clock when a beat last changed, so no two machines need the same time and a clock that
jumps changes nothing. A run whose worker fell silent is queued once more, then given up for free.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, func, select, update

from cs336_scaling.server import accounts
from cs336_scaling.server.accounts import QUEUED, RUNNING, Run
from cs336_scaling.server.tables import runs

MAX_ATTEMPTS = 2
SILENCE_SECONDS = 30.0
"""A worker that did not raise its beat for so long counts as dead."""


def take(connection: Connection, worker: str) -> Run | None:
    """Give the next queued run to a worker: of the key with the fewest running, the oldest."""
    busy = runs.alias()
    running = (
        select(func.count())
        .where(busy.c.key_id == runs.c.key_id, busy.c.status == RUNNING)
        .scalar_subquery()
    )
    query = (
        select(runs.c.id)
        .where(runs.c.status == QUEUED)
        .order_by(running, runs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=runs)
    )
    number = connection.execute(query).scalar_one_or_none()
    if number is None:
        return None
    connection.execute(
        update(runs)
        .where(runs.c.id == number)
        .values(
            status=RUNNING, worker=worker, beat=runs.c.beat + 1, attempts=runs.c.attempts + 1,
            done=0.0,
        )
    )  # fmt: skip
    return accounts.get_run(connection, number)


def beat(
    connection: Connection, number: int, worker: str, done: float, latest: float | None = None
) -> bool:
    """Say that the worker lives and how far it is. False: stop, the run is not wanted any more."""
    row = connection.execute(
        update(runs)
        .where(runs.c.id == number, runs.c.worker == worker, runs.c.status == RUNNING)
        .values(beat=runs.c.beat + 1, done=done, latest=latest)
        .returning(runs.c.cancel)
    ).first()
    return row is not None and not row.cancel


def finish(
    connection: Connection, number: int, worker: str, status: str, *, loss: float | None = None,
    done: float = 1.0, message: str = "",
) -> bool:  # fmt: skip
    """End the worker's run. False if it had been taken from the worker meanwhile."""
    run = accounts.get_run(connection, number, lock=True)
    if run is None or run.worker != worker or run.status != RUNNING:
        return False
    accounts.close_run(connection, run, status, loss=loss, done=done, message=message)
    return True


def give_back(connection: Connection, number: int, worker: str, message: str) -> None:
    """A run that broke off: queued once more, or given up for free. A cancelled one ends."""
    run = accounts.get_run(connection, number, lock=True)
    if run is None or run.worker != worker or run.status != RUNNING:
        return
    if run.cancel:
        accounts.close_run(connection, run, accounts.CANCELLED, done=run.done, message=message)
    elif run.attempts >= MAX_ATTEMPTS:
        accounts.close_run(connection, run, accounts.FAILED, done=0.0, message=message)
    else:
        connection.execute(
            update(runs)
            .where(runs.c.id == number)
            .values(status=QUEUED, worker="", done=0.0, latest=None)
        )


class Watch:
    """Takes runs back from workers that fell silent. Keep one and call `look` now and then."""

    def __init__(
        self, silence: float = SILENCE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._silence = silence
        self._clock = clock
        self._seen: dict[int, tuple[int, str, float]] = {}

    def look(self, connection: Connection) -> list[int]:
        """Take back what is overdue; the numbers of those runs."""
        query = select(runs.c.id, runs.c.beat, runs.c.worker).where(runs.c.status == RUNNING)
        now, seen, overdue = self._clock(), {}, []
        for number, count, worker in connection.execute(query):
            before = self._seen.get(number)
            since = before[2] if before and before[:2] == (count, worker) else now
            seen[number] = (count, worker, since)
            if now - since > self._silence:
                overdue.append(number)
                give_back(connection, number, worker, f"worker {worker} fell silent")
        self._seen = {number: row for number, row in seen.items() if number not in overdue}
        return overdue
