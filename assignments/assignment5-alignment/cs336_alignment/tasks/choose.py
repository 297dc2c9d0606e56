"""Tasks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from cs336_basics.config import ConfigError

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
    """The task in the representation; ConfigError if it has no such one."""
    if representation == "ordered" and name != "countdown":
        raise ConfigError(f"task.representation 'ordered' is countdown's, {name} has plain, steps")
    return TASKS[name](representation)
