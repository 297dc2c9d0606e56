"""The ordered map: order, few tasks in flight, errors that reach the caller."""

from __future__ import annotations

import os
from itertools import count, islice

import pytest
from cs336_basics.support.parallel import available_workers, ordered_map


def square(number: int) -> int:
    return number * number


def process_id(_: int) -> int:
    return os.getpid()


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    assert list(ordered_map(square, range(10), workers)) == [n * n for n in range(10)]


def test_tasks_may_be_endless() -> None:
    assert list(islice(ordered_map(square, count(), 2), 5)) == [0, 1, 4, 9, 16]


def test_one_worker_is_this_process() -> None:
    assert set(ordered_map(process_id, range(3), 1)) == {os.getpid()}
    assert os.getpid() not in set(ordered_map(process_id, range(3), 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_reaches_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match="three"):
        list(ordered_map(fail_at_three, range(6), workers))


def die(_: int) -> None:
    os._exit(1)


def test_a_worker_that_dies_is_reported() -> None:
    with pytest.raises(ChildProcessError, match="a worker process died"):
        list(ordered_map(die, range(4), 2))


def test_workers_are_at_least_one() -> None:
    assert available_workers() >= 1
    with pytest.raises(ValueError, match="workers must be at least 1, got 0"):
        list(ordered_map(square, [1], 0))
