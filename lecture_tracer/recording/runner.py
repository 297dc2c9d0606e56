"""Runs one lecture in this process and gives its trace.

Loads the file as a module, connects a backend to a recorder, calls `main()`, and puts everything
back: hooks, streams, working directory, `sys.path`, environment, modules. The lecture's own
failure is part of the trace; an error of ours is raised.
"""

import inspect
import random
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from msgspec.structs import replace

from lecture_tracer.authoring import compat, sink
from lecture_tracer.config import RunConfig
from lecture_tracer.course import parse_header
from lecture_tracer.errors import LectureInvalid, StepLimitReached
from lecture_tracer.reading.roots import Roots
from lecture_tracer.reading.scope import Scope
from lecture_tracer.reading.source import LectureSource, read_source
from lecture_tracer.recording import effects
from lecture_tracer.recording.backends.choose import choose_source
from lecture_tracer.recording.children import captured_children
from lecture_tracer.recording.events import EventSource
from lecture_tracer.recording.failing_step import failing_step
from lecture_tracer.recording.failure import describe, one_line
from lecture_tracer.recording.recorder import Recorder
from lecture_tracer.recording.streams import captured
from lecture_tracer.recording.surroundings import everything_put_back
from lecture_tracer.trace.compact import say_provenance_once
from lecture_tracer.trace.outline import first_heading
from lecture_tracer.trace.pictures import named_picture
from lecture_tracer.trace.questions import question_warnings
from lecture_tracer.trace.schema import (
    SCHEMA_VERSION,
    BenchmarkRendering,
    Failure,
    LectureInfo,
    QuestionRendering,
    Rendering,
    SourceFile,
    Timings,
    Trace,
)
from lecture_tracer.values import encodable, passes_through

MAX_EMBEDDED_BYTES = 2_000_000
MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class RunResult:
    """A trace, and which backend made it and why."""

    trace: Trace
    backend: str
    reason: str
    sources: list[str]
    """Absolute paths of the lecture and of every project file that it imported."""
    hints: list[str]
    """What the author may like to know and no reader of the trace: never an error."""


class Recording:
    """The `RenderingSink` of a run: renderings to the recorder, linked files to the trace."""

    def __init__(self, config: RunConfig, recorder: Recorder, events: EventSource) -> None:
        self.root = config.root
        self.roots = roots_of(config)
        self.name = config.name
        self.measure = config.measure
        self.embedded: dict[str, SourceFile] = {}
        self.kinds: set[type] = set()
        """Kinds of renderings that were shown."""
        self.unobserved = events.suspended
        self._recorder = recorder
        self._lacking: dict[str, tuple[str, str]] = {}

    def output(self, rendering: Rendering) -> None:
        """Attach to the running step; said where there is none yet."""
        if not self._recorder.frames:
            self.warn("shown before main() began, so in no step; move it into main() (not-kept)")
        self.kinds.add(type(rendering))
        self._recorder.output(rendering)

    def embed(self, path: Path) -> str:
        """Put a whole source file into the trace."""
        key = self.roots.name(path)
        if key not in self.embedded:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            if len(text) > MAX_EMBEDDED_BYTES:
                text = text[:MAX_EMBEDDED_BYTES] + "\n# … cut here\n"
            self.embedded[key] = _source_file(key, text)
        return key

    def warn(self, message: str, *, here: bool = True) -> None:
        """Keep a warning once, with the innermost line of the project that runs (`here`)."""
        place = self._place() if here else ""
        message = encodable(f"{place}: {message}" if place else message)
        if message not in self._recorder.warnings:
            self._recorder.warnings.append(message)

    def lacks(self, what: str, reason: str) -> None:
        """Remember what could not be had; `say_what_lacks` warns of all at once."""
        self._lacking.setdefault(what, (self._place(), reason))

    def say_what_lacks(self) -> None:
        """One warning for all, at the line of the first and for its reason."""
        if self._lacking:
            place, reason = next(iter(self._lacking.values()))
            named = ", ".join([*self._lacking][:MAX_NAMED])
            more = len(self._lacking) - MAX_NAMED
            rest = f" and {more} more" if more > 0 else ""
            self.warn(f"{place}: {named}{rest}: {reason} (asset)", here=False)

    def is_ours(self, path: str) -> bool:
        """Whether a file of this name is the project's own code."""
        return not path.startswith("<") and self.roots.holds(Path(path))

    def _place(self) -> str:
        """`lecture_01.py:12`; empty where no code of the project runs."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            path = frame.f_code.co_filename
            if self.is_ours(path):
                return f"{self.roots.name(Path(path))}:{frame.f_lineno}"
            frame = frame.f_back
        return ""


def record(config: RunConfig, status: Any = None) -> RunResult:
    """Record the lecture of `config`.

    `status` is a writable sequence of two ints that always holds the number of the last step and
    its line. Raises LectureInvalid if the lecture cannot start, BackendUnavailable if the backend
    that was asked for cannot be had.
    """
    text = _read_text(config.path)
    source, code = _parse(config, text)
    scope = Scope(roots_of(config), config.path, source, _all_codes(code))
    started = time.perf_counter()
    recorder = Recorder(
        scope,
        inspect_all=config.inspect_all,
        max_steps=config.max_steps,
        clock=(lambda: time.perf_counter() - started) if config.timings else None,
        status=status,
    )
    events, reason = choose_source(
        config.backend, lambda code: scope.decide(code).source is not None
    )
    recording = Recording(config, recorder, events)
    _check_header(source, recording)
    with everything_put_back(config) as completions, _gettrace_named(recording, events):
        with sink.activate(recording):
            module = _load(config, code)
        _refuse_other_engine(config, source)
        _seed_libraries(config.seed)
        with (
            captured(recorder.write),
            captured_children(recorder.write, recording.is_ours, recorder.poll_at_every_line),
            sink.activate(recording),
        ):
            started = time.perf_counter()
            events.start(recorder, _all_codes(code), source.steps_into)
            try:
                ended, error = _call_main(module.main)
            finally:
                events.stop()
                recorder.finish()
        seconds = time.perf_counter() - started
        if recorder.error is not None:
            raise recorder.error
        failure = _failure(error, config, recorder) if error else None
        other = compat.other_engine()
        if other is not None:
            recording.warn(_lost_to(Path(other), roots_of(config), source), here=False)
    recording.say_what_lacks()
    if recorder.stopped_at_limit:
        ended = "max-steps"
        recording.warn(
            f"{source.path}: stopped after {config.max_steps} steps; "
            "call long loops with @stepover or raise --max-steps (max-steps)",
            here=False,
        )
    elif events.lost and ended != "interrupted":
        recording.warn(
            f"{source.path}: lines after step {len(recorder.steps)} are not recorded: the lecture "
            "replaced the trace function or used up the stack; record it with Python 3.12 or later "
            "(events-lost)",
            here=False,
        )
    hints = completions.said()
    if ended in ("completed", "exited"):  # else a line may have been cut short
        hints += _judge_directives(source, recorder, recording)
    timings = None
    if config.timings:
        timings = Timings(step_seconds=recorder.step_times, total_seconds=seconds)
    trace = _assemble(config, source, scope, recorder, recording, ended, failure, timings)
    sources = sorted({str(config.path), *project_modules(roots_of(config))})
    return RunResult(trace, events.name, reason, sources, hints)


@contextmanager
def _gettrace_named(recording: Recording, events: EventSource) -> Iterator[None]:
    """Warn where the project's code asks `sys.gettrace()` and no trace function is set.

    Old lectures ask it whether they are being recorded, and leave out what they would show.
    """
    before = sys.gettrace

    def gettrace() -> Any:
        """Stands in for `sys.gettrace`."""
        if recording.is_ours(sys._getframe(1).f_code.co_filename):
            recording.warn(
                "asks sys.gettrace(), which is None here though the lecture is being recorded; to "
                "record what it does under a trace function, use --backend settrace (gettrace)"
            )
        return before()

    if events.name == "settrace":
        yield
        return
    sys.gettrace = gettrace
    try:
        yield
    finally:
        sys.gettrace = before


def roots_of(config: RunConfig) -> Roots:
    """Where the files of a run lie."""
    return Roots(config.root, config.roots)


def project_modules(roots: Roots) -> list[str]:
    """Files of the project's own modules that this process has imported."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return sorted({f for f in files if f and roots.holds(Path(f))})


def _check_header(source: LectureSource, recording: Recording) -> None:
    """Warn of a header that cannot be understood; other engines may write what they like."""
    try:
        parse_header(source.text, source.path)
    except LectureInvalid as error:
        if not compat.is_written_for_another_engine(source.text):
            recording.warn(f"{error} (header)")


def _judge_directives(source: LectureSource, recorder: Recorder, recording: Recording) -> list[str]:
    """Warn of every `@stepinto` that recorded nothing; one hint for all useless `@stepover`."""
    frames, steps = recorder.frames, recorder.steps
    for line in effects.useless_stepintos(source, frames, steps):
        recording.warn(
            f"{source.path}:{line}: '@stepinto' recorded no step: the line calls no function of "
            "another file of this checkout (stepinto-nothing)"
        )
    lines = effects.useless_stepovers(source, frames, steps, recorder.stepped_over)
    if not lines or compat.is_written_for_another_engine(source.text):
        return []
    these = "line" if len(lines) == 1 else "lines"
    return [
        f"{source.path}: '@stepover' does nothing on {these} {', '.join(map(str, lines))}: what is "
        "called there is not recorded anyway; take it out (useless-directive)"
    ]


def _lecture_info(source: LectureSource) -> LectureInfo | None:
    """What the lecture's header says; None without one, or where it cannot be understood."""
    try:
        header = parse_header(source.text, source.path)
    except LectureInvalid:
        return None
    numbers = [re.search(r"\d+", name) for name in header.assignments]
    info = LectureInfo(
        unit=header.unit,
        minutes=header.minutes,
        prerequisites=list(header.prerequisites),
        assignments=[int(number[0]) for number in numbers if number],
    )
    return info if info != LectureInfo() else None


def _of_figure(trace: Trace, source: LectureSource) -> list[str]:
    """A warning where the header names a picture that the lecture did not show."""
    try:
        header = parse_header(source.text, source.path)
    except LectureInvalid:
        return []
    if header.figure is None or trace.ended != "completed" or named_picture(trace, *header.figure):
        return []
    name, number = header.figure
    return [
        f"{source.path}:{header.lines['figure']}: Figure: {name} {number}: the section showed no "
        "such plot, picture or graph (header)"
    ]


def _of_questions(trace: Trace, recording: Recording) -> list[str]:
    asks = QuestionRendering in recording.kinds
    return question_warnings(trace) if asks else []  # a pass over all steps


def _assemble(
    config: RunConfig,
    source: LectureSource,
    scope: Scope,
    recorder: Recorder,
    recording: Recording,
    ended: str,
    failure: Failure | None,
    timings: Timings | None,
) -> Trace:
    shown = {frame.path for frame in recorder.frames} | {source.path}
    if failure:
        shown |= {entry.path for entry in failure.traceback}
    raised = [(entry.path, entry.line) for entry in failure.traceback] if failure else []
    files = {
        s.path: s.to_schema({line for path, line in raised if path == s.path})
        for s in scope.sources()
        if s.path in shown
    }
    for key in sorted(shown - files.keys()):
        if (file := recording.roots.file(key)).is_file():
            recording.embed(file)
    warnings = list(dict.fromkeys([w for s in scope.sources() for w in s.warnings]))
    if BenchmarkRendering in recording.kinds:
        say_provenance_once(recorder.steps)
    trace = Trace(
        schema=SCHEMA_VERSION,
        lecture=config.name,
        main=source.path,
        title=first_heading(recorder.steps),
        lecture_info=_lecture_info(source),
        files={**recording.embedded, **files},
        frames=recorder.frames,
        steps=recorder.steps,
        ended=ended,
        failure=failure,
        thread=threading.current_thread().name,
        timings=timings,
    )
    warnings += [*recorder.warnings, *_of_questions(trace, recording), *_of_figure(trace, source)]
    return replace(trace, warnings=warnings)


def _call_main(main: Callable[[], Any]) -> tuple[str, BaseException | None]:
    """(how it ended, the exception that ended it)."""
    try:
        if inspect.iscoroutinefunction(main):
            import asyncio  # slow to import, and few lectures need it

            asyncio.run(main())
        else:
            main()
    except StepLimitReached:
        return "max-steps", None
    except KeyboardInterrupt:
        return "interrupted", None
    except SystemExit as error:
        if error.code in (None, 0):
            return "exited", None
        return "failed", error
    except BaseException as error:
        return "failed", error
    return "completed", None


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise LectureInvalid(
            f"{path.name}:{line}: byte {error.start} is not UTF-8; save it as UTF-8"
        ) from None
    except OSError as error:
        raise LectureInvalid(f"{path.name}: cannot be read: {error.strerror}") from None


def _parse(config: RunConfig, text: str) -> tuple[LectureSource, CodeType]:
    path = roots_of(config).name(config.path)
    try:
        return read_source(path, text), compile(text, str(config.path), "exec")
    except SyntaxError as error:
        line = f": {error.text.strip()}" if error.text else ""
        raise LectureInvalid(
            f"{path}:{error.lineno or 1}: syntax error: {error.msg}{line}"
        ) from None
    except ValueError as error:
        raise LectureInvalid(f"{path}: {error}") from None


def _load(config: RunConfig, code: CodeType) -> ModuleType:
    """Run the lecture's module code. Raises LectureInvalid with file and line, or Ctrl-C."""
    module = ModuleType(config.name)
    module.__file__ = str(config.path)
    sys.modules[config.name] = module
    try:
        exec(code, module.__dict__)
    except BaseException as error:
        if passes_through(error):
            raise
        failure = describe(error, roots_of(config), lambda levels: None)
        place = failure.traceback[-1] if failure.traceback else None
        where = f"{place.path}:{place.line}" if place else config.path.name
        raise LectureInvalid(f"{where}: import fails: {one_line(error)}") from error
    _check_main(getattr(module, "main", None), config.path.name)
    return module


def _refuse_other_engine(config: RunConfig, source: LectureSource) -> None:
    """Raises LectureInvalid where the lecture would show everything to another engine."""
    other = compat.other_engine()
    if other is not None:
        raise LectureInvalid(_lost_to(Path(other), roots_of(config), source))


def _lost_to(other: Path, roots: Roots, source: LectureSource) -> str:
    line = next(
        (n for n, t in enumerate(source.text.splitlines(), 1) if "import" in t and other.stem in t),
        1,
    )
    return (
        f"{source.path}:{line}: what it shows would go to {roots.name(other)}, not into "
        "the trace; import these functions from lecture_tracer, edtrace or execute_util "
        "(other-engine)"
    )


def _check_main(main: Any, file: str) -> None:
    """Raises LectureInvalid for what cannot be called, or would not run when it is."""
    if not callable(main):
        raise LectureInvalid(f"{file}: no function main(); put the lecture into it")
    place = f"{file}:{main.__code__.co_firstlineno}" if inspect.isfunction(main) else file
    if inspect.isgeneratorfunction(main) or inspect.isasyncgenfunction(main):
        raise LectureInvalid(f"{place}: main() is a generator and would not run; take `yield` out")
    if inspect.isfunction(main):
        try:
            inspect.signature(main).bind()
        except TypeError as error:
            raise LectureInvalid(f"{place}: main() is called without arguments: {error}") from None


def _all_codes(code: CodeType) -> Iterator[CodeType]:
    """The code objects of every function and class of a module, nested ones included."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _all_codes(constant)


def _failure(error: BaseException, config: RunConfig, recorder: Recorder) -> Failure:
    recorder.show_hidden_raise()
    sources = {source.path: source for source in recorder.sources()}

    def first_line(path: str, line: int) -> int:
        return sources[path].statement_at(line).first if path in sources else line

    return describe(
        error,
        roots_of(config),
        lambda levels: failing_step(levels, recorder.frames, recorder.steps, first_line),
    )


def _source_file(key: str, text: str) -> SourceFile:
    if not key.endswith(".py"):
        return SourceFile(text=text, language=Path(key).suffix.lstrip(".") or "text")
    try:
        return read_source(key, text).to_schema()
    except SyntaxError:
        return SourceFile(text=text)


def _seed_libraries(seed: int) -> None:
    """Seed the generators that are loaded, so that two runs draw the same numbers."""
    random.seed(seed)
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed(seed % 2**32)
    if (torch := sys.modules.get("torch")) is not None:
        torch.manual_seed(seed)
