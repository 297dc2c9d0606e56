"""Tasks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from cs336_alignment.tasks.addition import AdditionTask
from cs336_alignment.tasks.countdown import CountdownTask
from cs336_alignment.tasks.mod import ModTask
from cs336_alignment.tasks.problem import Representation, Task
from cs336_alignment.tasks.sort import SortTask

TaskName = Literal["sort", "countdown", "addition", "mod"]

TASKS: Mapping[TaskName, Callable[[Representation], Task]] = {
    "sort": SortTask,
    "countdown": CountdownTask,
    "addition": AdditionTask,
    "mod": ModTask,
}


def make_task(name: TaskName, representation: Representation) -> Task:
    """The task in the representation."""
    return TASKS[name](representation)
