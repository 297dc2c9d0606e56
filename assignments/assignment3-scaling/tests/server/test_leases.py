"""Runs handed to workers, and taken back from those that fall silent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cs336_scaling.config import RunConfig
from cs336_scaling.server import accounts, leases
from cs336_scaling.server.accounts import Run
from cs336_scaling.server.database import Database
from cs336_scaling.server.leases import Watch
from cs336_scaling.server.service import Queued, Service

Config = Callable[..., RunConfig]


class Queue:
    """A queued service with two keys, and workers played by hand."""

    def __init__(self, database: Database, config: Config) -> None:
        self.database = database
        for name in ("ada", "bob"):
            database.write(lambda c, name=name: accounts.add_key(c, name, 10**15, name))  # type: ignore[misc]
        self.service = Service(database, Queued(config().domain))
        self.config = config

    def ask(self, who: str, width: int) -> Run:
        return self.service.ask(who, self.config(d_model=width)).run

    def take(self, worker: str) -> Run:
        run = self.database.write(lambda c: leases.take(c, worker))
        assert run is not None
        return run

    def read(self, who: str, run: Run) -> Run:
        return self.service.run(who, run.id)


@pytest.fixture
def queue(database: Database, run_config: Config) -> Queue:
    return Queue(database, run_config)


def test_the_key_with_the_fewest_running_comes_first(queue: Queue) -> None:
    first, _, third = queue.ask("ada", 64), queue.ask("ada", 128), queue.ask("bob", 64)
    assert queue.take("w1").id == first.id
    assert queue.take("w2").id == third.id


def test_an_empty_queue_gives_nothing(queue: Queue) -> None:
    assert queue.database.write(lambda c: leases.take(c, "w")) is None


def test_a_finished_run_has_its_loss(queue: Queue) -> None:
    queue.ask("ada", 64)
    run = queue.take("w")
    queue.database.write(
        lambda c: leases.finish(c, run.id, "w", accounts.COMPLETED, loss=2.5, done=1.0)
    )
    found = queue.read("ada", run)
    assert (found.status, found.loss, found.charged) == (accounts.COMPLETED, 2.5, 10**13)


def test_an_early_stop_is_charged_for_what_ran(queue: Queue) -> None:
    queue.ask("ada", 64)
    run = queue.take("w")
    queue.database.write(
        lambda c: leases.finish(c, run.id, "w", accounts.COMPLETED, loss=float("nan"), done=0.25)
    )
    assert queue.read("ada", run).charged == 10**13 // 4
    assert queue.service.total("ada")[0] == 10**13 // 4


def test_a_waiting_run_is_cancelled_at_once_for_free(queue: Queue) -> None:
    run = queue.ask("ada", 64)
    assert queue.service.cancel("ada", run.id).status == accounts.CANCELLED
    assert queue.service.total("ada")[0] == 0


def test_a_cancelled_run_can_be_asked_for_again(queue: Queue) -> None:
    run = queue.ask("ada", 64)
    queue.service.cancel("ada", run.id)
    again = queue.ask("ada", 64)
    assert (again.id, again.status, again.charged) == (run.id, accounts.QUEUED, 10**13)


def test_a_running_run_is_told_to_stop(queue: Queue) -> None:
    queue.ask("ada", 64)
    run = queue.take("w")
    assert queue.database.write(lambda c: leases.beat(c, run.id, "w", 0.5))
    queue.service.cancel("ada", run.id)
    assert not queue.database.write(lambda c: leases.beat(c, run.id, "w", 0.5))


def test_a_silent_worker_loses_its_run_once_and_then_it_is_given_up_for_free(queue: Queue) -> None:
    now = 0.0
    watch = Watch(silence=30, clock=lambda: now)
    queue.ask("ada", 64)
    for attempt, status in ((1, accounts.QUEUED), (2, accounts.FAILED)):
        run = queue.take("w")
        assert run.attempts == attempt
        assert queue.database.write(watch.look) == []
        now += 31
        assert queue.database.write(watch.look) == [run.id]
        assert queue.read("ada", run).status == status
    assert queue.service.total("ada")[0] == 0


def test_a_beating_worker_keeps_its_run_however_long(queue: Queue) -> None:
    now = 0.0
    watch = Watch(silence=30, clock=lambda: now)
    queue.ask("ada", 64)
    run = queue.take("w")
    for _ in range(10):
        now += 29
        queue.database.write(lambda c: leases.beat(c, run.id, "w", 0.1))
        assert queue.database.write(watch.look) == []


def test_a_worker_that_lost_its_run_changes_nothing(queue: Queue) -> None:
    now = 0.0
    watch = Watch(silence=30, clock=lambda: now)
    queue.ask("ada", 64)
    run = queue.take("slow")
    queue.database.write(watch.look)
    now += 31
    queue.database.write(watch.look)
    assert queue.take("quick").id == run.id
    assert not queue.database.write(
        lambda c: leases.finish(c, run.id, "slow", accounts.COMPLETED, loss=9.0)
    )
    queue.database.write(lambda c: leases.finish(c, run.id, "quick", accounts.COMPLETED, loss=2.0))
    assert queue.read("ada", run).loss == 2.0


def test_two_watchers_take_a_run_back_once(queue: Queue) -> None:
    now = 0.0
    watches = [Watch(silence=30, clock=lambda: now) for _ in range(2)]
    queue.ask("ada", 64)
    run = queue.take("w")
    for watch in watches:
        queue.database.write(watch.look)
    now += 31
    queue.database.write(watches[0].look)
    assert queue.database.write(watches[1].look) == []
    assert queue.read("ada", run).status == accounts.QUEUED
