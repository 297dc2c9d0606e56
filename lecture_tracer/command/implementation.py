"""`--implementation DIR`: a lecture recorded with a student's package in place of the course's.

The student's recording goes to `var/implementation`, so that the course's stays where it is. Then
both are aligned, and the first step at which their values part is said.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from lecture_tracer.command.batch import record_all
from lecture_tracer.command.progress import reporter
from lecture_tracer.config import RunConfig
from lecture_tracer.errors import UsageError
from lecture_tracer.process.job import Outcome
from lecture_tracer.process.scratch import scratch_folder
from lecture_tracer.trace import freshness, store
from lecture_tracer.trace.alignment import Parting, first_parting
from lecture_tracer.trace.schema import Failure, Trace

ROOT_NAME = "implementation"
"""Files of the student are `@implementation/…` in the trace."""
LONGEST = 160  # characters of a value


def run(
    configs: list[RunConfig], folder: Path, output: Path, *, jobs: int = 1, quiet: bool = False
) -> int:
    """Record with the packages of `folder`, compare, say where values part; gives the exit code.

    `output` is the folder of the course's own traces; the new ones go into `implementation` beside
    it. Where values part is news and no failure: the exit code is that of the recording.
    """
    theirs = with_implementation(configs, folder)
    beside = output.absolute().parent / ROOT_NAME
    store.check_writable(beside)
    outcomes = _recorded(theirs, beside, jobs, quiet)
    store.update_index(beside, [entry for outcome in outcomes for entry in outcome.entries])
    if len(outcomes) < len(configs):
        return 1
    with scratch_folder() as scratch:
        courses = _ours(configs, output, scratch, jobs)
    for outcome in outcomes:
        if outcome.file and outcome.name in courses:
            print(said(outcome.name, courses[outcome.name], store.load(Path(outcome.file))))
    print(f"to see it: python execute.py --serve -o {os.path.relpath(beside)}")
    return max((outcome.exit_code for outcome in outcomes), default=0)


def _recorded(configs: list[RunConfig], output: Path, jobs: int, quiet: bool) -> list[Outcome]:
    report = reporter(quiet)

    def done(outcome: Outcome) -> Outcome:
        report.done(outcome)
        return outcome

    try:
        return record_all(configs, output, jobs, report.tick, done)
    finally:
        report.close()


def with_implementation(configs: list[RunConfig], folder: Path) -> list[RunConfig]:
    """The same runs with the packages of `folder` first. Raises UsageError if it has none."""
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(f"--implementation {folder.name}: no such folder")
    if not any(folder.glob("*/__init__.py")):
        raise UsageError(
            f"--implementation {folder.name}: no package in it; give the folder that holds one, "
            "such as a starter made by `make assignment`"
        )
    roots = {ROOT_NAME: folder}
    return [replace(config, roots={**config.roots, **roots}) for config in configs]


def _ours(configs: list[RunConfig], output: Path, scratch: Path, jobs: int) -> dict[str, Trace]:
    """The course's own recordings by name: the stored ones that are current, the rest made anew."""
    stale = [c for c in configs if not freshness.is_current(output, c.name, c.root)]
    outcomes = _recorded(stale, scratch, jobs, quiet=True) if stale else []
    made = {outcome.name: Path(outcome.file) for outcome in outcomes if outcome.file}
    found = {}
    for config in configs:
        path = made.get(config.name)
        if path is None and config not in stale:
            path = store.trace_path(output, config.name)
        if path is not None:
            found[config.name] = store.load(path)
    return found


def said(name: str, before: Trace, after: Trace) -> str:
    """What there is to say of a student's recording beside the course's, a few lines."""
    used = sorted({f.path for f in after.frames if f.path.startswith(f"@{ROOT_NAME}/")})
    stepped = (
        f"{name}: stepped into {', '.join(used)}"
        if used
        else (f"{name}: no line of the implementation was stepped into")
    )
    parting = first_parting(before, after)
    lines = [stepped]
    if parting is None:
        lines.append(f"{name}: every value is the course's")
    elif not _is_the_failure(parting, after):
        lines.append(_where(name, parting))
    if after.failure is not None and before.failure is None:
        lines.append(_ended(name, after.failure, len(after.steps)))
    return "\n".join(lines)


def _is_the_failure(parting: Parting, after: Trace) -> bool:
    """Whether the two part only where the implementation's recording failed."""
    return after.failure is not None and parting.what in ("the end", "the lines that run") and (
        parting.step is None or parting.step >= (after.failure.step or 0)
    )  # fmt: skip


_ADVICE = {
    "NotImplementedError": "that function is still empty: write it, and record again",
    "AttributeError": "the lecture may use what the assignment does not ask for: add it, or walk "
    "up to here",
    "TypeError": "the lecture may pass what the assignment does not ask for: take it, or walk up "
    "to here",
}


def _ended(name: str, failure: Failure, steps: int) -> str:
    """Where and why the walk ends, and what to do."""
    place = failure.traceback[-1] if failure.traceback else None
    where = f"{place.path}:{place.line}: " if place else ""
    what = f"{failure.type}: {failure.message}".rstrip(": ")
    advice = _ADVICE.get(failure.type)
    return f"{name}: ends after {steps} steps, {where}{what}" + (f"; {advice}" if advice else "")


def _where(name: str, parting: Parting) -> str:
    number = parting.step if parting.step is not None else parting.our_step
    which = "step" if parting.step is not None else "the course's step"
    texts = [readable(parting.ours), readable(parting.theirs)]
    same = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), 0)
    begin = max(0, same - LONGEST // 2) if max(map(len, texts)) > LONGEST else 0
    mine, other = (
        "…" * (begin > 0) + text[begin : begin + LONGEST] + "…" * (len(text) > begin + LONGEST)
        for text in texts
    )
    return (
        f"{name}: values part at {which} {number}, {parting.path}:{parting.line}: {parting.what}\n"
        f"  the course:     {mine}\n  implementation: {other}"
    )


def readable(value: Any) -> str:
    """A value of a trace, as plain JSON, in few characters: `[(b'a', b'b'), 1.0]`."""
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return f"[{', '.join(map(readable, value))}]"
    if isinstance(value, dict):
        if "items" in value:
            return f"({', '.join(map(readable, value['items']))})"
        if "entries" in value:
            pairs = (f"{readable(key)}: {readable(item)}" for key, item in value["entries"])
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value.get("text"), str):
            return str(value["text"])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
