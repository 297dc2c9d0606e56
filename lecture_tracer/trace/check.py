"""Says in words how a lecture's new trace differs from the stored one."""

import difflib
from itertools import zip_longest

import msgspec

from lecture_tracer.trace.schema import Step, Trace

MAX_LINES = 30


def differences(stored: Trace, new: Trace) -> list[str]:
    """Readable lines, at most `MAX_LINES`; none when the traces are equal."""
    found = [*_file_differences(stored, new), *_header_differences(stored, new)]
    before, after = _step_lines(stored), _step_lines(new)
    found += [
        line
        for line in difflib.unified_diff(before, after, "stored", "now", n=1, lineterm="")
        if before != after
    ]
    if not found and stored != new:
        found.append("the frames differ")
    if len(found) > MAX_LINES:
        found = [*found[:MAX_LINES], f"… {len(found) - MAX_LINES} more lines"]
    return found


def summary(stored: Trace, new: Trace) -> str:
    """What differs, in one line: `sources lecture_01.py; steps, first lecture_01.py:41`."""
    parts = []
    if paths := [line.partition(": ")[0] for line in _file_differences(stored, new)]:
        parts.append(f"sources {', '.join(paths)}")
    parts += [line.partition(": ")[0] for line in _header_differences(stored, new)]
    pairs = zip_longest(_step_lines(stored), _step_lines(new))
    first = next((now or before for before, now in pairs if before != now), None)
    if first is not None:
        parts.append(f"steps, first {first.partition(' ')[0]}")
    if not parts:
        parts.append("frames" if stored != new else "only the way it is written")
    return "; ".join(parts)


def _file_differences(stored: Trace, new: Trace) -> list[str]:
    found = []
    for path in sorted(stored.files.keys() | new.files.keys()):
        before, after = stored.files.get(path), new.files.get(path)
        if before is None or after is None:
            found.append(f"{path}: {'new in' if before is None else 'gone from'} the trace")
        elif before.text != after.text:
            found.append(f"{path}: the source changed since the trace was stored")
    return found


def _header_differences(stored: Trace, new: Trace) -> list[str]:
    found = []
    for name in ("lecture", "main", "title", "ended", "thread", "failure", "warnings"):
        before, after = getattr(stored, name), getattr(new, name)
        if before != after:
            found.append(f"{name}: {_short(before)} → {_short(after)}")
    return found


def _step_lines(trace: Trace) -> list[str]:
    return [_step_line(trace, step) for step in trace.steps]


def _step_line(trace: Trace, step: Step) -> str:
    frame = trace.frames[step.frame]
    return f"{frame.path}:{step.line} {frame.function} {_short(step, 600)}"


def _short(value: object, limit: int = 200) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= limit else f"{text[:limit]}…"
