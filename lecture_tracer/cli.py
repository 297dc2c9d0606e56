"""The command: arguments to run configurations, outcomes to words and an exit code.

Exit code 0: all is well; 1: a lecture failed or, with `--check`, changed; 2: wrong usage.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from lecture_tracer import store
from lecture_tracer.backends.choose import NAMES as BACKENDS
from lecture_tracer.batch import record_all, with_error
from lecture_tracer.check import differences
from lecture_tracer.config import (
    DEFAULT_MAX_STEPS,
    DEFAULT_OUTPUT,
    RunConfig,
    find_all,
    find_lecture,
)
from lecture_tracer.errors import LectureTracerError, UsageError
from lecture_tracer.job import Outcome
from lecture_tracer.progress import print_table, reporter


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except LectureTracerError as error:
        print(f"execute: {error} ({error.slug})", file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="execute.py",
        description="Run lectures and record every line with its variables and outputs.",
        epilog="See docs/authoring.md for how to write a lecture.",
    )
    what = parser.add_argument_group("what to record")
    what.add_argument(
        "-m",
        "--module",
        nargs="+",
        default=[],
        metavar="LECTURE",
        help="module name, file name or path",
    )
    what.add_argument("--all", action="store_true", help="every lecture_*.py of this folder")
    how = parser.add_argument_group("how")
    how.add_argument(
        "-o",
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT,
        metavar="DIR",
        help="folder for the traces (default: %(default)s)",
    )
    how.add_argument(
        "-I",
        "--inspect-all-variables",
        action="store_true",
        help="show all local variables at every line",
    )
    how.add_argument("--backend", choices=BACKENDS, default="auto", help="source of events")
    how.add_argument(
        "--max-steps",
        type=int,
        default=DEFAULT_MAX_STEPS,
        metavar="N",
        help="stop a lecture after N steps (default: %(default)s)",
    )
    how.add_argument("--seed", type=int, default=0, help="for random, numpy and torch (default: 0)")
    how.add_argument("-j", "--jobs", type=int, default=1, metavar="N", help="lectures side by side")
    how.add_argument("--measure", action="store_true", help="measure benchmarks again")
    how.add_argument("--timings", action="store_true", help="write clock readings into the trace")
    how.add_argument("--strict", action="store_true", help="a warning is an error")
    how.add_argument(
        "--check", action="store_true", help="compare with the stored trace instead of replacing it"
    )
    how.add_argument("-q", "--quiet", action="store_true", help="say errors only")
    _add_serving(parser.add_argument_group("live mode"))
    return parser


def _add_serving(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--serve", action="store_true", help="serve the viewer and record again on every save"
    )
    group.add_argument("--port", type=int, default=5173, help="0 takes a free one (default: 5173)")
    group.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: loopback)"
    )
    group.add_argument("--open", action="store_true", help="open the page in the browser")
    group.add_argument(
        "--allow-run", action="store_true", help="let pages run lectures, with a token"
    )
    group.add_argument("--token", help="token for --allow-run (default: a random one)")


def _serve(options: argparse.Namespace) -> int:
    try:
        from lecture_tracer.service.serve import serve
        from lecture_tracer.service.settings import ServiceSettings, find_viewer
    except ImportError as error:
        raise UsageError(
            f"--serve needs {error.name}; install it with `pip install 'lecture-tracer[serve]'`"
        ) from error
    root = Path.cwd().resolve()
    wanted = options.module or options.all
    token = {"token": options.token, "token_given": True} if options.token else {}
    settings = ServiceSettings(
        root=root,
        viewer=find_viewer(root),
        host=options.host,
        port=options.port,
        allow_run=options.allow_run,
        max_steps=options.max_steps,
        **token,
    )
    store.check_writable(settings.traces)
    serve(settings, _configs(options) if wanted else [], options.open)
    return 0


def _run(options: argparse.Namespace) -> int:
    if options.serve:
        return _serve(options)
    configs = _configs(options)
    if not options.check:
        store.check_writable(options.output)
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) if options.check else options.output.absolute()
        report = reporter(options.quiet)
        try:
            outcomes = record_all(configs, output, options.jobs, report.tick, report.done)
        finally:
            report.close()
        if options.strict:
            outcomes = [_strict(outcome) for outcome in outcomes]
        if options.check:
            outcomes = [_checked(outcome, options.output) for outcome in outcomes]
        elif any(outcome.file for outcome in outcomes):
            store.update_index(options.output)
    if len(configs) > 1 and not options.quiet:
        print_table(outcomes)
    if len(outcomes) < len(configs):
        return 1
    return max((outcome.exit_code for outcome in outcomes), default=0)


def _configs(options: argparse.Namespace) -> list[RunConfig]:
    root = Path.cwd()
    if options.jobs < 1:
        raise UsageError(f"-j {options.jobs}: give at least 1")
    paths = [find_lecture(name, root) for name in options.module]
    if options.all:
        paths += find_all(root)
    if not paths:
        raise UsageError("nothing to record; give -m LECTURE or --all")
    names: dict[str, Path] = {}
    for path in dict.fromkeys(paths):
        if names.setdefault(path.stem, path) != path:
            raise UsageError(f"two lectures are called {path.stem!r}: {names[path.stem]}, {path}")
    return [
        RunConfig(
            path=path,
            root=root.resolve(),
            backend=options.backend,
            inspect_all=options.inspect_all_variables,
            max_steps=options.max_steps,
            seed=options.seed,
            timings=options.timings,
            measure=options.measure,
        )
        for path in names.values()
    ]


def _strict(outcome: Outcome) -> Outcome:
    if outcome.ok and outcome.warnings:
        print(f"{outcome.name}: {outcome.warnings[0]} [--strict]", file=sys.stderr)
        return with_error(outcome, outcome.warnings[0], "warning")
    return outcome


def _checked(outcome: Outcome, folder: Path) -> Outcome:
    """The outcome, a failure if the new trace is not the stored one to the byte."""
    if not outcome.file:
        return outcome
    stored, new = store.trace_path(folder, outcome.name), Path(outcome.file)
    if not stored.exists():
        error = f"no stored trace {stored}; record it first"
    elif stored.read_bytes() == new.read_bytes():
        print(f"{outcome.name}: as stored")
        return outcome
    else:
        error = f"the trace differs from {stored}"
        print("\n".join(differences(store.load(stored), store.load(new))))
    print(f"{outcome.name}: {error} (check)", file=sys.stderr)
    return with_error(outcome, error, "check")


if __name__ == "__main__":
    sys.exit(main())
