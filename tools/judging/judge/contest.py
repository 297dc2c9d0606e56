"""What a contest of the leaderboard is, and how one is run in a process of its own.

An assignment declares its contests in `judge/contests.py`, each a function of the adapters that
gives one number. It is called with the student's adapters and with the course's, each in a fresh
process on as many cores as the contest says, in turns.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, Literal

OVERTIME = 1.5
"""A function that is given a time may take this much of it, and a second."""


class ContestError(Exception):
    """A contest that cannot be run, or that gives no figure; the message says why."""


@dataclass(frozen=True)
class Settings:
    """What both implementations get."""

    seed: int
    seconds: float
    """The time that a contest at equal time is given, by the clock."""
    text: str | None = None
    """Text to use in place of the made-up one, where a contest needs text."""


@dataclass(frozen=True)
class Contest:
    """One number that solutions are ranked by."""

    name: str
    run: Callable[[Any, Settings], float]
    """Gives the figure of the adapters."""
    unit: str
    """`tokens/s`; shown beside the figure."""
    better: Literal["higher", "lower"]
    needs: Sequence[str]
    """Problems that the judge has to find right first."""
    seconds: float
    """Time that is given if none is said; 0 where time plays no part."""
    cores: int = 1
    gpu: bool = False
    """Whether it needs a GPU; left out elsewhere."""

    @property
    def about(self) -> str:
        """What is measured, in a line."""
        return (self.run.__doc__ or self.name).strip().partition("\n")[0]


CONTESTS: dict[str, Contest] = {}


def contest(
    name: str,
    *,
    unit: str,
    better: Literal["higher", "lower"],
    needs: Sequence[str],
    seconds: float,
    cores: int = 1,
    gpu: bool = False,
) -> Callable[[Callable[[Any, Settings], float]], Callable[[Any, Settings], float]]:
    """Declare the function below it as a contest."""

    def declared(run: Callable[[Any, Settings], float]) -> Callable[[Any, Settings], float]:
        CONTESTS[name] = Contest(name, run, unit, better, needs, seconds, cores, gpu)
        return run

    return declared


def load_contests() -> dict[str, Contest]:
    """The contests of the assignment. Raises ContestError where it has none."""
    try:
        importlib.import_module("judge.contests")
    except ModuleNotFoundError as error:
        if error.name != "judge.contests":
            raise
        raise ContestError("this assignment has no contests") from None
    return dict(CONTESTS)


def run(adapters: Any, name: str, settings: Settings) -> float:
    """Called in the process of one implementation: the figure of contest `name`."""
    chosen = load_contests()[name]
    _keep_to(chosen.cores)
    return float(chosen.run(adapters, settings))


def _keep_to(cores: int) -> None:
    """Threads and children of this process share `cores` cores, so that time means the same."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[-cores:])
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
        # The first optimizer loads modules for seconds; that is not to count.
        torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1).zero_grad()


class TimeIsUp(BaseException):
    """Raised in what runs when its time is over; no `except Exception` holds it up."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TimeIsUp in the block when the time is over."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def within(settings: Settings, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function that was told its time. Raises ContestError where it took much longer."""
    started = time.perf_counter()
    value = function(*arguments)
    took = time.perf_counter() - started
    if took > settings.seconds * OVERTIME + 1:
        raise ContestError(f"{what} took {took:.1f} s of the {settings.seconds:g} s that it has")
    return value


def with_defaults(chosen: Contest, settings: Settings) -> Settings:
    """The settings with the contest's own time where none was said (0)."""
    if settings.seconds and chosen.seconds:
        return settings
    return replace(settings, seconds=chosen.seconds)
