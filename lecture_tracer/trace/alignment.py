"""Aligns two recordings of one lecture and says where their values part.

Input: a trace, and one of the same lecture with other code behind it. Output: the first step of the
lecture's own file at which the two show different things. Steps inside the code that was exchanged
are not compared: it may take other ways to the same values. Pure: no files, no printing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from lecture_tracer.trace.schema import Step, Trace

TOLERANCE = 1e-4
"""Numbers that differ by less, relative, are equal: other code adds in another order."""
_PLACES = frozenset({"path", "line", "first", "last", "provenance", "data"})
"""Fields of a value or an output that say where code stands, or that a picture is made of."""
_PICTURES = frozenset({"source", "image", "plot", "benchmark"})
"""Kinds of outputs that show code, or are drawn from values that are compared themselves."""


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two recordings part: `ours` is None where the first has ended, `theirs` likewise."""

    what: str
    """The expression that differs, such as `indices`; `the lines that run` and the like else."""
    step: int | None
    """Index of the step in the second trace."""
    our_step: int | None
    path: str
    line: int
    ours: Any
    theirs: Any


def first_parting(ours: Trace, theirs: Trace) -> Parting | None:
    """The first step of the lecture's file at which the two differ, or None."""
    before, after = list(_own_steps(ours)), list(_own_steps(theirs))
    for (our_index, old), (index, new) in zip(before, after, strict=False):
        place = (our_index, index, theirs, new)
        if _where(ours, old) != _where(theirs, new):
            return _parting("the lines that run", place, _where(ours, old), _where(theirs, new))
        found = _difference(old, new)
        if found is not None:
            return _parting(found[0], place, found[1], found[2])
    if len(before) == len(after):
        return None
    longer, trace = (before, ours) if len(before) > len(after) else (after, theirs)
    index, step = longer[min(len(before), len(after))]
    ended = f"the lecture {theirs.ended if trace is ours else ours.ended}"
    mine = trace is ours
    return Parting(
        what="the end", step=None if mine else index, our_step=index if mine else None,
        path=trace.frames[step.frame].path, line=step.line,
        ours="goes on" if mine else ended, theirs=ended if mine else "goes on",
    )  # fmt: skip


def _own_steps(trace: Trace) -> Iterator[tuple[int, Step]]:
    """Steps in the lecture's own file, with their numbers."""
    for index, step in enumerate(trace.steps):
        if trace.frames[step.frame].path == trace.main:
            yield index, step


def _where(trace: Trace, step: Step) -> str:
    return f"{trace.frames[step.frame].function}:{step.line}{' again' * step.resumed}"


def _parting(what: str, place: tuple[int, int, Trace, Step], ours: Any, theirs: Any) -> Parting:
    our_index, index, trace, step = place
    path = trace.frames[step.frame].path
    return Parting(what, index, our_index, path, step.line, ours, theirs)


def _difference(old: Step, new: Step) -> tuple[str, Any, Any] | None:
    """(expression or stream, ours, theirs) of the first thing that two steps show differently."""
    before, after = _plain(old.changes or {}), _plain(new.changes or {})
    for name in [*before, *(name for name in after if name not in before)]:
        if not alike(before.get(name), after.get(name)):
            return narrowed(name, before.get(name), after.get(name))
    for stream in ("stdout", "stderr"):
        if getattr(old, stream) != getattr(new, stream):
            return f"what is printed ({stream})", getattr(old, stream), getattr(new, stream)
    shown = [
        [o for o in _plain(step.outputs or []) if o.get("kind") not in _PICTURES]
        for step in (old, new)
    ]
    return None if alike(*shown) else ("what is shown", shown[0], shown[1])


def narrowed(what: str, one: Any, other: Any) -> tuple[str, Any, Any]:
    """The first part of two unlike values that differs itself: `found[8][0]` and both parts."""
    if isinstance(one, dict) and isinstance(other, dict):
        if "entries" in one and "entries" in other:
            pairs = (sorted(value["entries"], key=repr) for value in (one, other))
            for (key, a), (same, b) in zip(*pairs, strict=False):
                if not alike(key, same):
                    break
                if not alike(a, b):
                    shown = key.get("text", "…") if isinstance(key, dict) else key
                    return narrowed(f"{what}[{shown}]", a, b)
        for field in ("items", "numbers"):
            if field in one and field in other and not alike(one[field], other[field]):
                return narrowed(what, one[field], other[field])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (a, b) in enumerate(zip(one, other, strict=True)):
            if not alike(a, b):
                return narrowed(f"{what}[{index}]", a, b)
    return what, one, other


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def alike(one: Any, other: Any) -> bool:
    """Whether two values of a trace, as plain JSON, show the same, numbers within the tolerance."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() - _PLACES != other.keys() - _PLACES:
            return False
        if "entries" in one:  # equal mappings may be in another order
            one, other = ({**d, "entries": sorted(d["entries"], key=repr)} for d in (one, other))
        return all(alike(value, other[key]) for key, value in one.items() if key not in _PLACES)
    if isinstance(one, list) and isinstance(other, list):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(alike(a, b) for a, b in pairs)
    if type(one) is bool or type(other) is bool:
        return one is other
    a, b = _number(one), _number(other)
    if a is not None and b is not None:
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-7) or (a != a and b != b)
    return bool(one == other)


def _number(value: Any) -> float | None:
    """The number that a plain value is, or writes as Python prints floats: `0.5`, `nan`."""
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and ("." in value or "e" in value or value in ("nan", "inf")):
        try:
            return float(value)
        except ValueError:
            return None
    return None
