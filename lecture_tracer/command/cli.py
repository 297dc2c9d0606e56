"""The command: arguments to run configurations, outcomes to words and an exit code.

Exit code 0: all is well; 1: a lecture failed or, with `--check`, changed; 2: wrong usage.
"""

import argparse
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from msgspec import structs

from lecture_tracer.catalogue.build import write_documents
from lecture_tracer.command import handouts, implementation, links
from lecture_tracer.command.arguments import PASSED_ON, parse
from lecture_tracer.command.batch import record_all, with_error
from lecture_tracer.command.progress import print_table, reporter, size
from lecture_tracer.config import RunConfig, find_lecture
from lecture_tracer.course import course_info, find_lectures
from lecture_tracer.course_file import read_course_file
from lecture_tracer.errors import (
    LectureNotFound,
    LectureTracerError,
    OutputError,
    TraceFormatError,
    UsageError,
)
from lecture_tracer.process.job import Outcome
from lecture_tracer.process.scratch import scratch_folder
from lecture_tracer.trace import freshness, store
from lecture_tracer.trace.check import differences, summary
from lecture_tracer.viewer import viewer_folder


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    program = _program()
    if words and words[0] in PASSED_ON:
        return _passed_on(f"{program} {words[0]}", words)
    options = parse(program, words)
    name = program.removesuffix(".py").split()[-1]
    try:
        return _run(options)
    except LectureTracerError as error:
        print(f"{name}: {error} ({error.slug})", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        return _cannot_go_on(name, error)


def _program() -> str:
    """What the user called: `execute.py`, `lecture-tracer` or `python -m lecture_tracer`."""
    called = Path(sys.argv[0]).name
    if called == "__main__.py":
        return "python -m lecture_tracer"
    return called if called == "execute.py" else "lecture-tracer"


def _passed_on(program: str, words: list[str]) -> int:
    """Commands that read their own arguments."""
    if words[0] == "remote":
        from lecture_tracer.remote.cli import main as remote

        return remote(words[1:])
    from lecture_tracer.report.command import main as report

    return report(words[1:], program)


def _cannot_go_on(name: str, error: OSError) -> int:
    """Say that a disk is full or the like; where the reader of our words has left, say nothing."""
    with suppress(OSError):
        if not isinstance(error, BrokenPipeError):
            print(f"{name}: {error} ({OutputError.slug})", file=sys.stderr, flush=True)
    # What waits in the buffer would be tried again at the exit and end in a traceback.
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return OutputError.exit_code


def _serve(options: argparse.Namespace) -> int:
    from lecture_tracer.service.serve import serve
    from lecture_tracer.service.settings import ServiceSettings

    root = Path.cwd().resolve()
    wanted = options.module or options.all or (options.word and find_lectures(root))
    token = {"token": options.token, "token_given": True} if options.token else {}
    settings = ServiceSettings(
        root=root,
        traces=options.output.absolute(),
        viewer=viewer_folder(),
        host=options.host,
        port=options.port,
        extra_hosts=tuple(options.allowed_host),
        allow_run=options.allow_run,
        max_steps=options.max_steps,
        **token,
    )
    store.check_writable(settings.traces)
    store.update_index(settings.traces, course=course_info(root))
    serve(settings, _configs(options) if wanted else [], options.open)
    return 0


def _init(folder: Path) -> int:
    from lecture_tracer.starter.start import start_course

    for path in start_course(folder):
        print(folder / path)
    print(f"next: cd {folder} && lecture-tracer serve --open")
    return 0


def _run(options: argparse.Namespace) -> int:
    if options.word == "init":
        return _init(options.folder)
    if options.word == "links":
        return links.run(options.folder, online=options.online)
    if options.serve:
        return _serve(options)
    if options.word == "pdf":
        if options.check_printed:
            return handouts.check(options, _configs)
        configs = handouts.waiting(options, _configs)
        if not options.handouts:
            return 0
    else:
        configs = _configs(options)
    _check_publishing(options, configs)
    if options.implementation:
        return _with_implementation(options, configs)
    if not options.check:
        store.check_writable(options.output)
    names = [config.name for config in configs]
    if options.changed:
        configs = [c for c in configs if not freshness.is_current(options.output, c.name, c.root)]
        if names:
            print(f"{len(names) - len(configs)} of {len(names)} lectures are as recorded")
    with scratch_folder() as scratch:
        output = scratch if options.check else options.output.absolute()
        report = reporter(options.quiet)

        begun = time.time()

        def done(outcome: Outcome) -> Outcome:
            judged = _judged(outcome, options)
            report.done(judged)
            if judged.file and not options.check:  # at once: a batch may be cut off
                store.update_index(options.output, outcome.entries)
                root = configs[0].root
                freshness.remember(options.output, outcome.name, outcome.sources, root, begun)
            return judged

        try:
            outcomes = record_all(configs, output, options.jobs, report.tick, done)
        finally:
            report.close()
        course = course_info(Path.cwd())
        if not options.check:
            if course != store.read_index(options.output).course:
                store.update_index(options.output, course=course)
            write_documents(Path.cwd(), options.output)
    if len(configs) > 1 and not options.quiet:
        print_table(outcomes)
    if len(outcomes) < len(configs):
        return 1
    codes = [outcome.exit_code for outcome in outcomes]
    if not options.check:
        codes.append(_publish(options, names))
    return max(codes, default=0)


def _with_implementation(options: argparse.Namespace, configs: list[RunConfig]) -> int:
    refused = ("check", "changed", "site", "single_file", "pdf")
    for name in refused:
        if getattr(options, name):
            raise UsageError(f"--{name.replace('_', '-')} does not go with --implementation")
    return implementation.run(
        configs, options.implementation, options.output, jobs=options.jobs, quiet=options.quiet
    )


def _check_publishing(options: argparse.Namespace, configs: list[RunConfig]) -> None:
    for name in ("single_file", "pdf"):
        if getattr(options, name) and len(configs) != 1 and not options.word:
            raise UsageError(f"--{name.replace('_', '-')} takes one lecture, not {len(configs)}")
    if options.pdf:
        from lecture_tracer.publish.chromium import find_chromium

        find_chromium()  # so that nobody waits for a recording to be told


def _publish(options: argparse.Namespace, names: list[str]) -> int:
    """Write what was asked for from the stored traces, also failed ones; gives the exit code."""
    root = Path.cwd().resolve()
    code = 0
    if options.site:
        from lecture_tracer.publish.site import write_site

        course = read_course_file(root)
        if options.site_url:
            course = structs.replace(course, address=options.site_url.rstrip("/"))
        count = write_site(root, options.output, names, options.site, course)
        print(f"{options.site}: {count} files")
        code = links.report_broken(options.site)
    if options.single_file:
        from lecture_tracer.publish.single_file import write_single_file

        trace = store.load(store.trace_path(options.output, names[0]))
        written = write_single_file(trace, root, options.single_file)
        print(f"{options.single_file}: {size(written)}")
    if options.pdf:
        handouts.print_all(options, options.handouts or names)
    return code


def _configs(options: argparse.Namespace) -> list[RunConfig]:
    root = Path.cwd()
    if options.jobs < 1:
        raise UsageError(f"-j {options.jobs}: give at least 1")
    paths = [find_lecture(name, root) for name in options.module]
    everything = options.all or (options.word and not paths)
    if everything:
        paths += find_lectures(root)
    if not paths and everything:
        patterns = " or ".join(read_course_file(root).lectures)
        raise LectureNotFound(f"no {patterns} in {root.name or root}")
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


def _judged(outcome: Outcome, options: argparse.Namespace) -> Outcome:
    """The outcome in the light of `--strict` and `--check`."""
    if options.strict and outcome.ok and outcome.warnings:
        outcome = with_error(outcome, f"{outcome.warnings[0]} [--strict]", "warning")
    if options.check and outcome.file:
        stored = store.trace_path(options.output, outcome.name)
        if options.word and not stored.exists():
            print(f"{outcome.name}: recorded as it should be; no {stored} to compare it with")
            return outcome
        return _checked(outcome, stored, options.quiet)
    return outcome


def _checked(outcome: Outcome, stored: Path, quiet: bool) -> Outcome:
    """The outcome, a failure if the new trace is not the stored one to the byte.

    The new one is thrown away, so the file of the outcome is the stored one, if they are equal.
    """
    new = Path(outcome.file)
    if not stored.exists():
        error = f"no stored trace {stored}; record it first"
    elif stored.read_bytes() == new.read_bytes():
        if not quiet:
            print(f"{outcome.name}: as stored", flush=True)
        return structs.replace(outcome, file=str(stored))
    else:
        try:
            before, now = store.load(stored), store.load(new)
        except TraceFormatError as unreadable:
            error = f"{stored}: {unreadable}"
        else:
            error = f"the trace differs from {stored}: {summary(before, now)}"
            print("\n".join([f"{outcome.name}:", *differences(before, now)]), flush=True)
    return with_error(structs.replace(outcome, file=""), error, "check")


if __name__ == "__main__":
    sys.exit(main())
