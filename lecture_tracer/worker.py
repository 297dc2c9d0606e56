"""The process that records one lecture: `python -m lecture_tracer.worker JOB`.

A fresh interpreter for every lecture: no state leaks from one to the next, and a lecture that
crashes the interpreter ends this process only. JOB is the JSON of a `Job`; the `Outcome` goes to
the file that it names, and `[steps, line]` to a shared file while the lecture runs.
"""

import mmap
import sys
import time
from pathlib import Path

import msgspec

from lecture_tracer import store
from lecture_tracer.config import RunConfig
from lecture_tracer.errors import LectureTracerError
from lecture_tracer.job import STATUS_BYTES, Job, Outcome
from lecture_tracer.runner import project_modules, record
from lecture_tracer.schema import Trace


def main(job_text: str) -> int:
    """Record, save, report. The exit code says whether an outcome was written, nothing else."""
    job = msgspec.json.decode(job_text, type=Job)
    try:
        outcome = _record(job)
    except LectureTracerError as error:
        outcome = Outcome(
            name=Path(job.path).stem,
            ended="invalid",
            error=str(error),
            slug=error.slug,
            exit_code=error.exit_code,
            sources=project_modules(Path(job.root)),
        )
    store.write_atomic(Path(job.result), msgspec.json.encode(outcome))
    return 0


def _record(job: Job) -> Outcome:
    config = RunConfig(
        path=Path(job.path),
        root=Path(job.root),
        backend=job.backend,
        inspect_all=job.inspect_all,
        max_steps=job.max_steps,
        seed=job.seed,
        timings=job.timings,
        measure=job.measure,
    )
    started = time.perf_counter()
    with (
        Path(job.status).open("r+b") as file,
        mmap.mmap(file.fileno(), STATUS_BYTES) as shared,
        memoryview(shared) as whole,
        whole.cast("q") as status,
    ):
        result = record(config, status)
    seconds = time.perf_counter() - started
    trace = result.trace
    path = store.save(Path(job.output), trace)
    return Outcome(
        name=trace.lecture,
        ended=trace.ended,
        steps=len(trace.steps),
        seconds=seconds,
        bytes=path.stat().st_size,
        file=str(path),
        error=_error_line(trace),
        slug="" if trace.ended in ("completed", "exited") else f"lecture-{trace.ended}",
        exit_code=0 if trace.ended in ("completed", "exited") else 1,
        warnings=trace.warnings,
        backend=result.backend,
        reason=result.reason,
        sources=result.sources,
    )


def _error_line(trace: Trace) -> str:
    failure = trace.failure
    if failure is not None:
        last = failure.traceback[-1] if failure.traceback else None
        where = f"{last.path}:{last.line}: " if last else ""
        return " ".join(f"{where}{failure.type}: {failure.message}".split())
    if trace.ended == "max-steps":
        return f"{trace.main}: stopped after {len(trace.steps)} steps"
    if trace.ended == "interrupted":
        return f"{trace.main}: interrupted after {len(trace.steps)} steps"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
