"""The flat module `execute_util` of older lectures: see `lecture_tracer.authoring.compat`."""

from typing import Any

from lecture_tracer.authoring.compat.adapters import *
from lecture_tracer.authoring.compat.course import own_name


def __getattr__(name: str) -> Any:
    return own_name("execute_util", name)
