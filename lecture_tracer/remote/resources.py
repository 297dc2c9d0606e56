"""What a lecture asks of the cluster, read from its header without importing it.

The field `Resources: gpus=2, nodes=1, tasks_per_node=2` of the docstring (see `course`), so that
reading it needs neither torch nor a GPU on this machine.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, fields
from pathlib import Path

from lecture_tracer.course import read_header
from lecture_tracer.errors import LectureInvalid
from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.errors import RemoteError

_INTEGERS = {"gpus": 0, "nodes": 1, "tasks_per_node": 1, "cpus": 1}
_TEXTS = {
    "memory": (re.compile(r"\d+[KMGT]?"), "32G"),
    "time_limit": (re.compile(r"(\d+-)?\d+(:\d+){0,2}"), "01:30:00"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """One lecture's request. `gpus` and `memory` are per node, `cpus` per task."""

    gpus: int
    nodes: int
    tasks_per_node: int
    cpus: int
    memory: str
    time_limit: str

    @property
    def distributed(self) -> bool:
        """Whether the lecture is started with torchrun: more than one process takes part."""
        return self.nodes * self.tasks_per_node > 1


def resources_for(path: Path, config: RemoteConfig) -> Resources:
    """The lecture's declaration over the configuration's defaults.

    Tasks per node default to one per declared GPU. Raises `RemoteError` (`resources-syntax`,
    `resources-key`, `resources-value`) naming the file and line of a declaration that is wrong.
    """
    declared = declared_resources(path)
    gpus = declared.get("gpus")
    values: dict[str, int | str] = {
        "gpus": config.gpus,
        "nodes": 1,
        "tasks_per_node": max(gpus, 1) if isinstance(gpus, int) else 1,
        "cpus": config.cpus,
        "memory": config.memory,
        "time_limit": config.time_limit,
    }
    return Resources(**(values | declared))  # type: ignore[arg-type]  # checked by _check


def declared_resources(path: Path) -> dict[str, int | str]:
    """The field `Resources` of the lecture's header, checked; empty without one."""
    try:
        header = read_header(path)
    except LectureInvalid as error:
        raise RemoteError("resources-syntax", str(error)) from error
    where = f"{path.name}:{header.lines.get('resources')}"
    return {_key(key, where): _check(key, text, where) for key, text in header.resources.items()}


def _key(key: str, where: str) -> str:
    known = [field.name for field in fields(Resources)]
    if key in known:
        return key
    close = difflib.get_close_matches(key, known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
    raise RemoteError("resources-key", f"{where}: Resources: unknown key {key!r}; {hint}")


def _check(key: str, text: str, where: str) -> int | str:
    if key in _INTEGERS:
        least = _INTEGERS[key]
        if text.isdecimal() and int(text) >= least:
            return int(text)
        wanted = f"a whole number of at least {least}"
    else:
        pattern, example = _TEXTS[key]
        if pattern.fullmatch(text):
            return text
        wanted = f"written as {example}"
    raise RemoteError(
        "resources-value", f"{where}: Resources: {key} must be {wanted}, not {text!r}"
    )
