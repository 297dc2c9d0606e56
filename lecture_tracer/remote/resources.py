"""What a lecture asks of the cluster, read from its header without importing it.

The field `Resources: gpus=2, gpu_type=h100, nodes=1` of the docstring (see `course`), so that
reading it needs neither torch nor a GPU on this machine.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, fields
from pathlib import Path

from lecture_tracer.course import read_header
from lecture_tracer.errors import LectureInvalid
from lecture_tracer.remote.config import CONSTRAINT, NAME, RemoteConfig
from lecture_tracer.remote.errors import RemoteError

_INTEGERS = {"gpus": 0, "nodes": 1, "tasks_per_node": 1, "cpus": 1}
_TEXTS = {
    "memory": (re.compile(r"\d+[KMGT]?"), "32G"),
    "time_limit": (re.compile(r"(\d+-)?\d+(:\d+){0,2}"), "01:30:00"),
    "gpu_type": (NAME, "h100"),
    "constraint": (CONSTRAINT, "a100|h100"),
    "partition": (NAME, "gpu"),
    "account": (NAME, "my-group"),
    "qos": (NAME, "normal"),
}
_SWITCHES = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """One lecture's request. `gpus` and `memory` are per node, `cpus` per task."""

    gpus: int
    nodes: int
    tasks_per_node: int
    cpus: int
    memory: str
    time_limit: str
    gpu_type: str = ""
    constraint: str = ""
    partition: str = ""
    account: str = ""
    qos: str = ""
    requeue: bool = False

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
        **usual_request(config),
        "tasks_per_node": max(gpus, 1) if isinstance(gpus, int) else 1,
    }
    return Resources(**(values | declared))  # type: ignore[arg-type]  # checked by _check


def usual_request(config: RemoteConfig) -> dict[str, int | str]:
    """What an ordinary lecture asks for, by the configuration."""
    own = {"nodes": 1, "tasks_per_node": 1}
    names = (field.name for field in fields(Resources))
    return {name: own[name] if name in own else getattr(config, name) for name in names}


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
    elif key == "requeue":
        if text in _SWITCHES:
            return _SWITCHES[text]
        wanted = "yes or no"
    else:
        pattern, example = _TEXTS[key]
        if pattern.fullmatch(text):
            return text
        wanted = f"written as {example}"
    raise RemoteError(
        "resources-value", f"{where}: Resources: {key} must be {wanted}, not {text!r}"
    )
