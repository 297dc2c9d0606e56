"""Charges: what a run costs, when it is free, and that nothing is overspent or lost."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cs336_scaling.config import RunConfig
from cs336_scaling.server import accounts
from cs336_scaling.server.accounts import BudgetExceeded, UnknownKey
from cs336_scaling.server.database import Database
from cs336_scaling.server.service import LossFunctionFailed, Service
from cs336_scaling.server.tables import ledger, runs
from sqlalchemy import func, select

SECRET = "a-key-for-tests"
Config = Callable[..., RunConfig]
MakeService = Callable[..., Service]


def ledger_equals_runs(database: Database) -> bool:
    """Whether the sum of the ledger is the sum of what the runs were charged."""
    entered = database.read(lambda c: c.execute(select(func.sum(ledger.c.amount))).scalar() or 0)
    charged = database.read(lambda c: c.execute(select(func.sum(runs.c.charged))).scalar() or 0)
    return bool(entered == charged)


def test_a_run_is_charged_once_however_it_is_written(
    make_service: MakeService, run_config: Config
) -> None:
    service = make_service()
    first = service.ask(SECRET, run_config(learning_rate=1e-3, train_flops=1e13)).run
    again = service.ask(SECRET, run_config(learning_rate=0.001, train_flops=10**13)).run
    assert (first.id, first.loss) == (again.id, again.loss)
    assert service.total(SECRET)[0] == 10**13


def test_the_run_that_exactly_exhausts_the_budget_is_allowed(
    make_service: MakeService, run_config: Config
) -> None:
    service = make_service(budget=2 * 10**18)
    service.ask(SECRET, run_config(train_flops=10**18))
    service.ask(SECRET, run_config(train_flops=6 * 10**17))
    service.ask(SECRET, run_config(train_flops=3 * 10**17))
    service.ask(SECRET, run_config(train_flops=10**17))
    assert service.total(SECRET)[0] == 2 * 10**18
    with pytest.raises(BudgetExceeded, match="only 0 are left; nothing was charged"):
        service.ask(SECRET, run_config(train_flops=10**13))


def test_a_repeated_query_is_free_when_nothing_is_left(
    make_service: MakeService, run_config: Config
) -> None:
    service = make_service(budget=10**13)
    service.ask(SECRET, run_config())
    assert service.ask(SECRET, run_config()).run.status == accounts.COMPLETED


def test_the_same_question_from_200_threads_is_one_charge_and_one_evaluation(
    make_service: MakeService, run_config: Config, database: Database
) -> None:
    calls: list[RunConfig] = []

    def loss_fn(config: RunConfig) -> float:
        calls.append(config)
        return 3.0

    service = make_service(loss_fn)
    with ThreadPoolExecutor(40) as pool:
        found = list(pool.map(lambda _: service.ask(SECRET, run_config()).run, range(200)))
    assert {run.id for run in found} == {found[0].id}
    assert len(calls) == 1
    assert service.total(SECRET)[0] == 10**13
    assert ledger_equals_runs(database)


def test_contested_last_flops_are_never_overspent(
    make_service: MakeService, run_config: Config, database: Database
) -> None:
    service = make_service(budget=10 * 10**13)
    start = threading.Barrier(30)

    def ask(number: int) -> bool:
        start.wait()
        try:
            service.ask(SECRET, run_config(d_model=64 + number))
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(30) as pool:
        allowed = sum(pool.map(ask, range(30)))
    assert allowed == 10
    assert service.total(SECRET)[0] == 10 * 10**13
    assert ledger_equals_runs(database)


def test_a_loss_function_that_raises_costs_nothing(
    make_service: MakeService, run_config: Config
) -> None:
    def broken(config: RunConfig) -> float:
        raise ZeroDivisionError("oh")

    service = make_service(broken)
    with pytest.raises(LossFunctionFailed, match="ZeroDivisionError: oh; nothing was charged"):
        service.ask(SECRET, run_config())
    assert service.total(SECRET)[0] == 0


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_diverged_run_is_stored_and_charged(
    make_service: MakeService, run_config: Config, loss: float
) -> None:
    service = make_service(lambda config: loss)
    assert math.isnan(service.ask(SECRET, run_config()).run.loss or 0)
    assert service.total(SECRET)[0] == 10**13


@pytest.mark.parametrize("secret", [None, "", "wrong", "\ud800", "x" * 10_000])
def test_an_unknown_key_is_refused(make_service: MakeService, secret: str | None) -> None:
    with pytest.raises(UnknownKey):
        make_service().total(secret)


def test_a_revoked_key_is_refused_and_its_runs_stay(
    make_service: MakeService, run_config: Config, database: Database
) -> None:
    service = make_service()
    service.ask(SECRET, run_config())
    database.write(lambda connection: accounts.revoke_key(connection, "ada"))
    with pytest.raises(UnknownKey):
        service.ask(SECRET, run_config())
    assert database.read(lambda c: c.execute(select(func.count()).select_from(runs)).scalar()) == 1


@pytest.mark.parametrize(
    ("name", "budget", "words"),
    [
        ("", 1, "1 to 200 characters"),
        ("ada", 1, "already"),
        ("bob", 0, "from 1"),
        ("bob", 2**63, "from 1"),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    make_service: MakeService, database: Database, name: str, budget: int, words: str
) -> None:
    make_service()
    with pytest.raises(accounts.AccountError, match=words):
        database.write(lambda connection: accounts.add_key(connection, name, budget))


def test_secrets_are_not_stored(make_service: MakeService, database: Database) -> None:
    make_service()
    from cs336_scaling.server.tables import keys

    rows: list[Any] = database.read(lambda c: list(c.execute(select(keys))))
    assert SECRET not in str(rows)
