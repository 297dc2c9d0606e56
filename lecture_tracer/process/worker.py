"""The process that records one lecture, started by `process` as `main(JOB)`.

A fresh interpreter for every lecture: no state leaks from one to the next, and a lecture that
crashes the interpreter ends this process only. JOB is the JSON of a `Job`; the `Outcome` goes to
the file that it names, and `[steps, line]` to a shared file while the lecture runs.
"""

import mmap
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from lecture_tracer.config import RunConfig
from lecture_tracer.errors import LectureInterrupted, LectureTracerError
from lecture_tracer.process.job import NO_OUTCOME, STATUS_BYTES, Job, Outcome
from lecture_tracer.process.lifeline import hold
from lecture_tracer.process.reads import Reads
from lecture_tracer.reading.roots import Roots
from lecture_tracer.recording.failure import printable
from lecture_tracer.recording.runner import RunResult, project_modules, record
from lecture_tracer.trace import store
from lecture_tracer.trace.assets import asset_paths
from lecture_tracer.trace.schema import Trace

MAX_STEPS = "max-steps"
"""How a run ended, and the slug of the warning that says so."""


def main(job_text: str) -> int:
    """Record, save, report. The exit code: 0, or NO_OUTCOME if the report cannot be written."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    job = msgspec.json.decode(job_text, type=Job)
    hold(job.lifeline)
    process = os.getpid()
    reads = Reads(Roots(Path(job.root)))
    sys.addaudithook(reads)
    try:
        result, seconds = _record(job)
        if os.getpid() != process:  # the lecture forked; only the first of the two records
            os._exit(result.trace.failure is not None)
        # What was recorded is to be saved, whoever is impatient now.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        outcome = _saved(job, result, seconds, reads.files())
    except LectureTracerError as error:
        outcome = _nothing_saved(job, error, "invalid", reads.files())
    except KeyboardInterrupt:
        stopped = LectureInterrupted(f"{Path(job.path).name}: interrupted before main() began")
        outcome = _nothing_saved(job, stopped, "interrupted", reads.files())
    try:
        store.write_atomic(Path(job.result), msgspec.json.encode(outcome))
    except OSError:
        return NO_OUTCOME
    # Threads that the lecture left running are waited for; Ctrl-C need not wait.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return 0


def _record(job: Job) -> tuple[RunResult, float]:
    """What was recorded, and the seconds that it took."""
    config = RunConfig(
        path=Path(job.path),
        root=Path(job.root),
        backend=job.backend,
        inspect_all=job.inspect_all,
        max_steps=job.max_steps,
        seed=job.seed,
        timings=job.timings,
        measure=job.measure,
        roots={name: Path(folder) for name, folder in job.roots.items()},
    )
    started = time.perf_counter()
    # Mapped for as long as the process lives, and closed at once: a lecture may close every
    # descriptor that it finds open.
    with Path(job.status).open("r+b") as file:
        status = memoryview(mmap.mmap(file.fileno(), STATUS_BYTES)).cast("q")
    result = record(config, status)
    return result, time.perf_counter() - started


def _saved(job: Job, result: RunResult, seconds: float, read: list[str]) -> Outcome:
    path, trace = store.save(Path(job.output), result.trace)
    # Said as the error, which names how many steps were saved, and not as a warning too.
    limit = next((w for w in trace.warnings if w.endswith(f"({MAX_STEPS})")), "")
    return Outcome(
        name=trace.lecture,
        ended=trace.ended,
        steps=len(trace.steps),
        seconds=seconds,
        bytes=path.stat().st_size,
        file=str(path),
        error=limit.removesuffix(f" ({MAX_STEPS})") or _error_line(trace),
        slug="" if trace.ended in ("completed", "exited") else f"lecture-{trace.ended}",
        exit_code=0 if trace.ended in ("completed", "exited") else 1,
        warnings=[warning for warning in trace.warnings if warning != limit],
        hints=result.hints,
        backend=result.backend,
        reason=result.reason,
        sources=sorted({*result.sources, *read, *_shown(trace, Path(job.root))}),
        entries=[store.entry_of(trace, path)],
    )


def _nothing_saved(job: Job, error: LectureTracerError, ended: str, read: list[str]) -> Outcome:
    return Outcome(
        name=Path(job.path).stem,
        ended=ended,
        error=str(error).encode("utf-8", "backslashreplace").decode(),
        slug=error.slug,
        exit_code=error.exit_code,
        sources=sorted({*project_modules(Roots(Path(job.root))), *read}),
    )


def _shown(trace: Trace, root: Path) -> list[str]:
    """Files of the project that the page shows: pictures are not opened while a lecture runs."""
    return [str(root / path) for path in asset_paths(trace) if not path.startswith("var/")]


def _error_line(trace: Trace) -> str:
    failure = trace.failure
    if failure is not None:
        last = failure.traceback[-1] if failure.traceback else None
        where = f"{last.path}:{last.line}: " if last else ""
        return where + printable(f"{failure.type}: {failure.message}")
    if trace.ended == "interrupted":
        return f"{trace.main}: interrupted after {len(trace.steps)} steps"
    return ""
