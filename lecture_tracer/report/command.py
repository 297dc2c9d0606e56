"""`python -m lecture_tracer.report`: which lectures, recorded or read, as words or JSON.

A lecture given by name is recorded anew, so that the report is of its present text and knows the
seconds; a trace given by its path is read. Exit code 0; 1 with `--strict` and an alarm, or where a
lecture gave no trace; 2 for wrong usage.
"""

import argparse
import signal
import sys
from pathlib import Path

import msgspec

from lecture_tracer.config import RunConfig, find_lecture
from lecture_tracer.course import find_lectures
from lecture_tracer.errors import LectureInvalid, LectureNotFound, LectureTracerError
from lecture_tracer.process.lecture_process import LectureProcess
from lecture_tracer.process.scratch import scratch_folder
from lecture_tracer.report.alarms import alarms
from lecture_tracer.report.figures import Report
from lecture_tracer.report.measure import measure
from lecture_tracer.report.words import words
from lecture_tracer.trace import store


def main(
    arguments: list[str] | None = None, program: str = "python -m lecture_tracer.report"
) -> int:
    """Run the command under the name `program`; gives the exit code."""
    options = _parser(program).parse_args(arguments)
    try:
        reports = [_report(name) for name in options.lecture or _every_lecture()]
    except LectureTracerError as error:
        print(f"report: {error} ({error.slug})", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("report: interrupted", file=sys.stderr)
        return 130
    if options.json:
        found = [{**msgspec.to_builtins(one), "alarms": alarms(one)} for one in reports]
        shown = found[0] if len(found) == 1 else found
        print(msgspec.json.format(msgspec.json.encode(shown), indent=1).decode())
    else:
        print("\n\n".join("\n".join(words(one)) for one in reports))
    return int(options.strict and any(alarms(one) for one in reports))


def _every_lecture() -> list[str]:
    """Paths of the course's lectures. Raises LectureNotFound if there are none."""
    found = [str(path) for path in find_lectures(Path.cwd())]
    if not found:
        raise LectureNotFound(f"no lectures in {Path.cwd().name}; name one, or a trace's file")
    return found


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Count what a lecture is made of, and say where it breaks the rules.",
    )
    parser.add_argument(
        "lecture",
        nargs="*",
        help="a lecture's name (it is recorded), or a trace's path (.json); all if left out",
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--strict", action="store_true", help="exit 1 when there is an alarm")
    return parser


def _report(name: str) -> Report:
    path = Path(name)
    if path.suffix == ".json":
        trace = store.load(path)
        return measure(trace, path.stat().st_size)
    return _recorded(RunConfig(path=find_lecture(name, Path.cwd()), root=Path.cwd().resolve()))


def _recorded(config: RunConfig) -> Report:
    """Record the lecture and measure what came of it. Raises LectureInvalid if nothing did."""
    print(f"recording {config.name} …", file=sys.stderr)
    with scratch_folder() as folder:
        running = LectureProcess(config, folder, folder)
        try:
            running.process.wait()
        finally:
            running.send(signal.SIGKILL)
        outcome = running.outcome()
        if not outcome.file:
            raise LectureInvalid(outcome.error)
        return measure(store.load(Path(outcome.file)), outcome.bytes, outcome.seconds)
