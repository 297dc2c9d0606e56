"""What a lecture asks of the cluster, read from its header without importing it.

A lecture may declare, at module level and as a literal:

    resources = {"gpus": 2, "nodes": 1, "tasks_per_node": 2}

so that reading it needs neither torch nor a GPU on this machine.
"""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass, fields
from pathlib import Path

from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.errors import RemoteError

_INTEGERS = {"gpus": 0, "nodes": 1, "tasks_per_node": 1, "cpus": 1}
_TEXTS = {
    "memory": (re.compile(r"\d+[KMGT]?"), '"32G"'),
    "time_limit": (re.compile(r"(\d+-)?\d+(:\d+){0,2}"), '"01:30:00"'),
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
    """The literal assigned to `resources` at module level of `path`, checked; empty without one."""
    source = path.read_text(encoding="utf-8")
    try:
        module = ast.parse(source, filename=str(path))
    except SyntaxError as error:
        where = f"{path.name}:{error.lineno}"
        raise RemoteError("resources-syntax", f"{where}: not valid Python: {error.msg}") from error
    node = _declaration(module)
    if node is None:
        return {}
    where = f"{path.name}:{node.lineno}"
    try:
        value = ast.literal_eval(node)
    except ValueError as error:
        advice = 'write a literal such as {"gpus": 2}; the file is read, not run'
        raise RemoteError("resources-syntax", f"{where}: resources: {advice}") from error
    if not isinstance(value, dict):
        raise RemoteError("resources-value", f"{where}: resources must be a dict, not {value!r}")
    return {_key(key, where): _check(key, item, where) for key, item in value.items()}


def _declaration(module: ast.Module) -> ast.expr | None:
    found = None
    for statement in module.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        if any(isinstance(target, ast.Name) and target.id == "resources" for target in targets):
            found = statement.value
    return found


def _key(key: object, where: str) -> str:
    known = [field.name for field in fields(Resources)]
    if isinstance(key, str) and key in known:
        return key
    close = difflib.get_close_matches(str(key), known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
    raise RemoteError("resources-key", f"{where}: resources: unknown key {key!r}; {hint}")


def _check(key: str, value: object, where: str) -> int | str:
    if key in _INTEGERS:
        least = _INTEGERS[key]
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        wanted = f"a whole number of at least {least}"
    else:
        pattern, example = _TEXTS[key]
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        wanted = f"a string such as {example}"
    message = f"{where}: resources: {key} must be {wanted}, not {value!r}"
    raise RemoteError("resources-value", message)
