"""The state machine: events and what they produced in, frames and steps out.

Input: `EventSink` calls, renderings and printed text as they come. Output: `frames` and `steps` of
the trace. Invariant: `stack` holds the recorded activations that are running, outermost first, and
each has at most one open statement. What a statement produced goes to the step that opened it, or,
if recorded functions ran since, to a second step of the same statement marked `resumed`. A check is
no step: it is noted at the step before it, which also takes what it prints. A check that raises is
a step, and so is a hidden statement whose exception ends the lecture.

Knows nothing of interpreter hooks and files; it reads a frame only during the call it came with.
"""

import opcode
import sys
from collections.abc import Callable, Mapping
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR
from types import CodeType
from typing import Any

from lecture_tracer.errors import StepLimitReached
from lecture_tracer.reading.scope import Scope
from lecture_tracer.reading.source import Expression, LectureSource, Statement
from lecture_tracer.reading.turns import turn_offsets
from lecture_tracer.recording.events import FrameView
from lecture_tracer.recording.printed import settled
from lecture_tracer.recording.raising import came_by_exception, left_by_exception
from lecture_tracer.trace.schema import Failed, Frame, Rendering, Step, Tensor, Value
from lecture_tracer.values import failed_value, serialize, storage_key, with_shares

MAX_STREAM_CHARACTERS = 100_000
_MISSING = object()
_GENERATOR = CO_GENERATOR | CO_ASYNC_GENERATOR
_PUSH_EXC_INFO = opcode.opmap["PUSH_EXC_INFO"]


class Activation:
    """One running call of a recorded function."""

    __slots__ = (
        "by_line",
        "code",
        "depth_left",
        "entering",
        "fading",
        "frame_id",
        "inspects_all",
        "key",
        "known",
        "offset",
        "paused",
        "source",
        "statement",
        "step",
        "turns",
        "unsure",
    )

    def __init__(
        self, key: int, code: CodeType, frame_id: int, source: LectureSource, depth_left: int
    ) -> None:
        self.key = key
        self.code = code
        self.frame_id = frame_id
        self.source = source
        self.by_line: list[Statement | None] = source.by_line
        self.depth_left = depth_left
        """Levels of other files still to be stepped into."""
        self.inspects_all = False
        self.statement: Statement | None = None
        self.step = -1
        """Index of the open step, or of the one before a check; -1 when the statement is hidden."""
        self.offset = 0
        """Instruction at which the open statement began."""
        self.paused = False
        """A generator was left at the open check: what raises there may be its end, `close()`."""
        self.known: dict[str, Value] = {}
        self.entering: Statement | None = None
        """The `def` whose parameters are still to be shown, at the first step."""
        self.fading: object = None
        """The exception that the open statement inspects, whose name may be gone when it ends."""
        self.turns: Mapping[int, bool] = {}
        self.unsure = False
        """The open step is a turn of a `for` that may have found its iterator at the end."""


class Recorder:
    """An `EventSink` that writes steps. `status[0]`, `status[1]` hold steps and line, live."""

    def __init__(
        self,
        scope: Scope,
        *,
        inspect_all: bool = False,
        max_steps: int = 10_000_000,
        clock: Callable[[], float] | None = None,
        status: Any = None,
    ) -> None:
        self.frames: list[Frame] = []
        self.steps: list[Step] = []
        self.step_times: list[float] = []
        self.stack: list[Activation] = []
        self.warnings: list[str] = []
        self.error: BaseException | None = None
        self.stopped_at_limit = False
        self.stepped_over: set[Statement] = set()
        """Statements whose `@stepover` kept a call out of the trace."""
        self.missed = False
        self._scope = scope
        self._root = str(scope.roots.checkout)
        self._named = scope.roots.prefixes()
        self._inspect_all = inspect_all
        self._max_steps = max_steps
        self._clock = clock
        self._status = status if status is not None else [0, 0]
        self._parked: dict[int, Activation] = {}
        self._turns: dict[int, tuple[CodeType, dict[int, bool]]] = {}
        self._poll: Callable[[], None] | None = None
        self._polling = False
        self._streams: tuple[int, dict[str, list[str]]] = (-1, {})
        self._early_checks: list[tuple[int, int]] = []
        """Checks that held before the first step."""
        self._hidden_raise: tuple[int, Step | None] = (-1, None)
        """A hidden statement that raised: steps before it, and the step that it may become."""

    # --- events -------------------------------------------------------------------------------

    def call(self, frame: FrameView, code: CodeType) -> bool:
        """Push an activation if its code is to be recorded here."""
        decision = self._scope.decide(code)
        source = decision.source
        if source is None:
            return False
        if self.missed:
            self._forget_ended(frame)
        stack = self.stack
        parent = stack[-1] if stack else None
        depth_left = 0
        if parent is not None:
            statement = parent.statement
            if statement is None or statement.check or parent.step < 0:
                return False
            depth_left = max(statement.stepinto, parent.depth_left)
        if not decision.is_main_file:
            if depth_left <= 0:
                return False
            depth_left -= 1
        if parent is not None and parent.statement is not None and parent.statement.stepover:
            self.stepped_over.add(parent.statement)
            return False
        self._push(frame, code, source, parent, depth_left, decision.shows_all)
        return True

    def line(self, frame: FrameView, line: int) -> None:
        """Close the open statement of the running activation and open the next."""
        if self.missed:
            self._forget_ended(frame)
        stack = self.stack
        if not stack:
            return
        activation = stack[-1]
        if activation.key != id(frame):
            return
        by_line = activation.by_line
        statement = by_line[line] if line < len(by_line) else None
        if statement is None:
            statement = activation.source.statement_at(line)
        if statement is activation.statement and frame.f_lasti > activation.offset:
            if statement.loop is not None and not statement.check:
                self._turn(activation, statement, frame)
            return
        before = activation.statement
        if before is not None:
            if before.check:
                raised = came_by_exception(activation.code, activation.offset, frame.f_lasti)
                self._check_ends(activation, raised)
            self._close(activation, frame, line)
        activation.statement = statement
        activation.offset = frame.f_lasti
        if statement.hidden:
            activation.step = -1
        elif statement.check:
            self._begin_check(activation)
        else:
            self._open(activation, statement)
            if activation.entering is not None:
                self._enter(activation, frame)
            if statement.asks and statement.fading:
                activation.fading = frame.f_locals.get(statement.fading, sys.exception())

    def turns(self, code: CodeType) -> dict[int, bool]:
        """Where loops of one line go back in `code`; found once for each."""
        known = self._turns.get(id(code))
        if known is None:
            source = self._scope.decide(code).source
            found = turn_offsets(code, source.loops) if source is not None else {}
            known = self._turns[id(code)] = code, found
        return known[1]

    def leave(self, frame: FrameView, raised_at: int | None = None) -> None:
        """Close the open statement, unless it is the one that raised, and pop the activation."""
        if self._is_top(frame):
            activation = self.stack[-1]
            statement = activation.statement
            if statement is not None and (statement.check or statement.hidden):
                self._leave_silently(activation, frame)
            if not raised_at or activation.source.statement_at(raised_at) is not statement:
                self._close(activation, frame)
            self.stack.pop()
        else:
            self._parked.pop(id(frame), None)

    def pause(self, frame: FrameView) -> None:
        """Park the activation; what it shows is read now, in case it is never resumed."""
        if self._is_top(frame):
            activation = self.stack[-1]
            self._close(activation, frame, pausing=True)
            activation.paused = bool(activation.code.co_flags & _GENERATOR)
            self.stack.pop()
            self._parked[activation.key] = activation

    def resume(self, frame: FrameView) -> bool:
        """Put a parked activation back on top, unless a check resumes it."""
        activation = self._parked.get(id(frame))
        if activation is None:
            return False
        if self._in_check():
            activation.statement = None  # what it stood at ends unseen
            return False
        del self._parked[id(frame)]
        if activation.statement is not None and activation.statement.check:
            activation.step = len(self.steps) - 1
        self.stack.append(activation)
        return True

    def fail(self, error: BaseException) -> None:
        """Keep the first error of our own, to be raised after the run."""
        if self.error is None:
            self.error = error

    # --- what a statement produces --------------------------------------------------------------

    def output(self, rendering: Rendering) -> None:
        """Attach a rendering to the running statement; dropped if that is hidden."""
        step = self._current_step()
        if step is not None:
            if step.outputs is None:
                step.outputs = []
            step.outputs.append(rendering)

    def write(self, stream: str, text: str) -> None:
        """Attach printed text; `stream` is `stdout` or `stderr`."""
        if self._poll is not None and not self._polling:
            self._polled()
        if self._current_step() is None:
            return
        index = self.stack[-1].step if self.stack else len(self.steps) - 1
        if self._streams[0] != index:
            self._flush_streams()
            self._streams = (index, {})
        self._streams[1].setdefault(stream, []).append(text)

    def poll_at_every_line(self, poll: Callable[[], None]) -> None:
        """Call `poll` before a statement ends or prints: it writes what a program has printed."""
        self._poll = poll

    def _polled(self) -> None:
        self._polling = True
        try:
            if self._poll is not None:
                self._poll()
        finally:
            self._polling = False

    def sources(self) -> list[LectureSource]:
        """Sources of the files that were looked at."""
        return self._scope.sources()

    def finish(self) -> None:
        """Write out what is still held back. Call once, after the run."""
        self._flush_streams()

    def show_hidden_raise(self) -> None:
        """Make the hidden statement a step whose exception has ended the lecture, if one did."""
        count, step = self._hidden_raise
        if step is not None and count == len(self.steps):
            self.steps.append(step)
            if self._clock is not None:
                self.step_times.append(self._clock())

    # --- inside ---------------------------------------------------------------------------------

    def _is_top(self, frame: FrameView) -> bool:
        if self.missed:
            self._forget_ended(frame)
        return bool(self.stack) and self.stack[-1].key == id(frame)

    def _forget_ended(self, frame: FrameView) -> None:
        """After missed events: pop every activation that `frame` was not called from."""
        running: set[int] = set()
        level: FrameView | None = frame
        while level is not None:
            running.add(id(level))
            level = level.f_back
        while self.stack and self.stack[-1].key not in running:
            self.stack.pop()
        self.missed = False

    def _push(
        self,
        frame: FrameView,
        code: CodeType,
        source: LectureSource,
        parent: Activation | None,
        depth_left: int,
        shows_all: bool,
    ) -> None:
        frame_id = len(self.frames)
        activation = Activation(id(frame), code, frame_id, source, depth_left)
        name = getattr(code, "co_qualname", code.co_name).replace("<locals>.", "")
        parent_id: int | None = None
        call_step: int | None = None
        if parent is not None:
            parent_id, call_step = parent.frame_id, parent.step
        elif frame_id:
            # A task of an event loop has no caller on the stack: it belongs to main.
            parent_id, call_step = 0, len(self.steps) - 1
        self.frames.append(
            Frame(path=source.path, function=name, parent=parent_id, call_step=call_step)
        )
        # A generator that was dropped while parked may have had the same id.
        self._parked.pop(id(frame), None)
        header = source.functions.get(code.co_firstlineno)
        activation.inspects_all = (
            self._inspect_all or shows_all or (header is not None and header.shows_function)
        )
        if header is not None and header.on_entry:
            activation.entering = header
        activation.turns = self.turns(code)
        self.stack.append(activation)

    def _open(self, activation: Activation, statement: Statement) -> None:
        steps = self.steps
        count = len(steps)
        if count >= self._max_steps:
            self.stopped_at_limit = True
            raise StepLimitReached
        step = Step(activation.frame_id, statement.first)
        if not count and self._early_checks:
            step.checks = self._early_checks
        if statement.animate:
            step.animate = True
        steps.append(step)
        activation.step = count
        status = self._status
        status[0] = count
        status[1] = statement.first
        if self._clock is not None:
            self.step_times.append(self._clock())

    def _turn(self, activation: Activation, statement: Statement, frame: FrameView) -> None:
        """A loop of one line goes back: its turn is over, and another may begin."""
        known = activation.turns.get(frame.f_lasti)
        if known is None or statement.stepover or activation.step < 0:
            return
        activation.unsure = False
        self._close(activation, frame, statement.last)
        self._open(activation, statement)
        activation.unsure = not known

    def _enter(self, activation: Activation, frame: FrameView) -> None:
        """What a `def` line inspects, at the function's first step."""
        header, activation.entering = activation.entering, None
        assert header is not None
        changes: dict[str, Value] = {}
        for expression in header.on_entry:
            self._evaluate(activation, expression, changes, frame, header.first)
        if changes:
            self._step_of(activation).changes = changes

    def _close(
        self, activation: Activation, frame: FrameView, line: int = 0, pausing: bool = False
    ) -> None:
        """Read what the open statement asks for. `line` is where the frame goes on, if it does."""
        if self._poll is not None:
            self._polled()
        statement = activation.statement
        if statement is None or activation.step < 0:
            return
        if statement.asks or (activation.inspects_all and not statement.check):
            if _raised(activation, frame, line):
                activation.unsure = False
                return
            self._read_all(activation, statement, frame, line, pausing)
        if activation.unsure and not pausing:
            activation.unsure = False
            self._drop_empty(activation)

    def _drop_empty(self, activation: Activation) -> None:
        """Take back the turn that was no turn."""
        step = self.steps[-1]
        nothing = not (step.changes or step.outputs or step.cleared)
        nothing = nothing and self.frames[-1].call_step != activation.step
        if activation.step == len(self.steps) - 1 != self._streams[0] and nothing:
            self.steps.pop()
            if self._clock is not None:
                self.step_times.pop()

    def _read_all(
        self,
        activation: Activation,
        statement: Statement,
        frame: FrameView,
        line: int,
        pausing: bool,
    ) -> None:
        body = statement.body
        # A block that is not entered has bound no names.
        quiet = pausing or (body is not None and not body[0] <= line <= body[1])
        changes: dict[str, Value] = {}
        local: dict[str, Any] = frame.f_locals
        if activation.inspects_all or statement.inspects_all:
            for name in list(local):
                if not name.startswith((".", "__")):
                    self._read(activation, name, local[name], changes, frame)
        for expression in statement.inspects:
            self._evaluate(activation, expression, changes, frame, 0 if quiet else statement.first)
        if changes:
            step = self._step_of(activation)
            step.changes = {**step.changes, **changes} if step.changes else changes
        if not pausing:
            activation.fading = None
        if statement.clears and not pausing:
            for name in statement.clears:
                activation.known.pop(name, None)
            self._step_of(activation).cleared = list(statement.clears)

    def _evaluate(
        self,
        activation: Activation,
        expression: Expression,
        changes: dict[str, Value],
        frame: FrameView,
        line: int,
    ) -> None:
        """Read one expression. `line` names it where it has no value; 0: that is no fault."""
        local: Mapping[str, Any] = frame.f_locals
        statement = activation.statement
        fading = activation.fading
        if fading is not None and statement is not None:
            # A handler of one line has not taken what is still being handled.
            of_one_line = statement.body is not None
            if not (of_one_line and sys.exception() is fading):
                local = {statement.fading: fading, **local}
        try:
            found = _look_up(expression, local, frame.f_globals)
        except BaseException as error:
            failed = failed_value(error)
            if line:
                self._note_change(activation, expression.label, failed, changes)
                self._warn_failed_inspect(activation, expression, failed, line)
            return
        self._read(activation, expression.label, found, changes, frame)

    def _read(
        self,
        activation: Activation,
        label: str,
        found: object,
        changes: dict[str, Value],
        frame: FrameView,
    ) -> None:
        value = serialize(found, root=self._root, named=self._named)
        if isinstance(value, Tensor):
            value = with_shares(value, _sharers(activation, label, found, frame))
        self._note_change(activation, label, value, changes)

    def _note_change(
        self, activation: Activation, label: str, value: Value, changes: dict[str, Value]
    ) -> None:
        before = activation.known.get(label, _MISSING)
        # 1 == True == 1.0 in Python, so types are compared too.
        if before is _MISSING or type(before) is not type(value) or before != value:
            activation.known[label] = value
            changes[label] = value

    def _warn_failed_inspect(
        self, activation: Activation, expression: Expression, failed: Failed, line: int
    ) -> None:
        warning = (
            f"{activation.source.path}:{line}: "
            f"cannot inspect '{expression.label}': {failed.text} (inspect-failed)"
        )
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _current_step(self) -> Step | None:
        """Step that what is produced now belongs to; None if hidden or before the first.

        Where no recorded function runs, as in a callback of an event loop, that is the last one.
        """
        if not self.stack:
            return self.steps[-1] if self.steps else None
        activation = self.stack[-1]
        return self._step_of(activation) if activation.step >= 0 else None

    def _in_check(self) -> bool:
        statement = self.stack[-1].statement if self.stack else None
        return statement is not None and statement.check

    def _begin_check(self, activation: Activation) -> None:
        assert activation.statement is not None
        activation.step = len(self.steps) - 1
        activation.paused = False
        self._status[1] = activation.statement.first

    def _check_ends(self, activation: Activation, raised: bool) -> None:
        """A check is over: a step if it raised, else a mark at the step before it."""
        assert activation.statement is not None
        if raised and not self.stopped_at_limit:
            self._open(activation, activation.statement)
        elif not raised:
            mark = (activation.frame_id, activation.statement.first)
            marks = self.steps[-1].checks if self.steps else self._early_checks
            if marks is None:
                self.steps[-1].checks = [mark]
            elif mark not in marks:
                marks.append(mark)

    def _leave_silently(self, activation: Activation, frame: FrameView) -> None:
        """A function is left at a check or a hidden statement."""
        statement, count = activation.statement, len(self.steps)
        assert statement is not None
        raised = left_by_exception(activation.code, frame.f_lasti)
        if statement.check and not (activation.paused and raised):
            self._check_ends(activation, raised)
        elif statement.hidden and raised and self._hidden_raise[0] != count:
            self._hidden_raise = (count, Step(activation.frame_id, statement.first))

    def _step_of(self, activation: Activation) -> Step:
        """The open step, or a resumed one if other steps came after it."""
        steps = self.steps
        if activation.step != len(steps) - 1:
            assert activation.statement is not None
            self._open(activation, activation.statement)
            steps[activation.step].resumed = True
        return steps[activation.step]

    def _flush_streams(self) -> None:
        index, streams = self._streams
        if index >= 0:
            step = self.steps[index]
            for name, parts in streams.items():
                text = settled(getattr(step, name) + "".join(parts), self._root, self._named)
                if len(text) > MAX_STREAM_CHARACTERS:
                    cut = len(text) - MAX_STREAM_CHARACTERS
                    text = f"{text[:MAX_STREAM_CHARACTERS]}\n… {cut} more characters"
                setattr(step, name, text)
        self._streams = (-1, {})


def _look_up(
    expression: Expression, local: Mapping[str, Any], everywhere: dict[str, Any]
) -> object:
    if expression.scoped:
        return eval(expression.code or expression.label, {**everywhere, **local})
    if expression.code is not None:
        return eval(expression.code, everywhere, local)
    label = expression.label
    for names in (local, everywhere):
        if label in names:
            return names[label]
    return eval(label, everywhere)


def _raised(activation: Activation, frame: FrameView, line: int) -> bool:
    """Whether the open statement did not end, but raised what is being handled now.

    A `with` is told of it at its own line, one instruction before it counts as being handled.
    """
    if line and activation.source.statement_at(line).is_with:
        return activation.code.co_code[frame.f_lasti] == _PUSH_EXC_INFO
    error = sys.exception()
    level = None if error is None else error.__traceback__
    if level is None or level.tb_frame is not frame:
        return False
    return activation.source.statement_at(level.tb_lineno) is activation.statement


def _sharers(activation: Activation, label: str, found: object, frame: FrameView) -> list[str]:
    """Inspected variables of this activation whose storage is the one of `found`."""
    key = storage_key(found)
    if key is None:
        return []
    local = frame.f_locals
    return [
        name
        for name, value in activation.known.items()
        if isinstance(value, Tensor)
        and name != label
        and name in local
        and storage_key(local[name]) == key
    ]
