"""Work that nobody wants to walk: in a thread of its own, where the recorder does not look.

On Python 3.11 a recorder pays for every call of a Python function, also of those it leaves out, and
a simulation consists of little else. Only the thread that runs the lecture is recorded.
"""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")


def aside(function: Callable[P, R]) -> Callable[P, R]:
    """The function, run on one thread that is not the caller's; what it raises is raised here."""

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return pool.submit(function, *args, **kwargs).result()

    return called
