"""Events by `sys.settrace`, for Python 3.11 and wherever `sys.monitoring` cannot be used.

The global trace function returns None for every function that the sink declines, so those pay for
one Python call each and for no line. Yields and resumptions arrive as returns and calls; they are
told apart by the instruction at which the frame stands.
"""

import inspect
import opcode
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from lecture_tracer.recording.events import EventSink

_YIELD = opcode.opmap["YIELD_VALUE"]
_RESUME = opcode.opmap["RESUME"]
_AT_START = 0
"""Low bits of RESUME's argument at a function's start; elsewhere it follows a yield or await."""
_PAUSABLE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class SettraceSource:
    """An `EventSource` for the thread that starts it."""

    name = "settrace"

    def __init__(self) -> None:
        self._before: Any = None
        self._set_trace: Callable[[Any], None] | None = None
        self._ours: Any = None
        self.lost = False

    def start(self, sink: EventSink, codes: Iterable[CodeType], other_files: bool) -> None:
        """Install the trace function, and guard it against a lecture that replaces it."""
        # All code objects of one compilation hold the same string, so identity tells them apart
        # from every other file's, at the least cost for each foreign call.
        (filename,) = {code.co_filename for code in codes} or {""}
        self._before = sys.gettrace()
        self._set_trace = sys.settrace
        self._ours = _trace_function(sink, self, filename, other_files)

        def keep_ours(function: Any) -> None:
            """Stands in for `sys.settrace` while recording: the lecture must not end it."""

        sys.settrace(self._ours)
        sys.settrace = keep_ours

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Take the trace function off the thread inside the block."""
        set_trace, ours = self._set_trace, sys.gettrace()
        if set_trace is None:
            yield
            return
        set_trace(None)
        try:
            yield
        finally:
            set_trace(ours)

    def stop(self) -> None:
        """Put the earlier trace function back."""
        if self._set_trace is not None:
            # By a lecture that held `settrace` itself, or by the interpreter where the stack was
            # used up: it drops a trace function that it cannot call.
            self.lost = sys.gettrace() is not self._ours
            sys.settrace = self._set_trace
            self._set_trace = None
            sys.settrace(self._before)


def _at_yield(frame: FrameType) -> bool:
    """Whether a generator or coroutine stands at a yield or await.

    There `f_lasti` is at YIELD_VALUE or, where it has been stepped past, at the RESUME behind it.
    """
    code = frame.f_code
    if not code.co_flags & _PAUSABLE:
        return False
    at = frame.f_lasti
    instruction = code.co_code[at]
    return instruction == _YIELD or (
        instruction == _RESUME and code.co_code[at + 1] & 3 != _AT_START
    )


def _at_start(frame: FrameType) -> bool:
    """Whether a function begins: it stands at its first RESUME.

    A generator or coroutine that something is thrown into stands anywhere else: at a yield, behind
    one, or where it was made.
    """
    code = frame.f_code
    if not code.co_flags & _PAUSABLE:
        return True
    at = frame.f_lasti
    instructions = code.co_code
    return instructions[at] == _RESUME and instructions[at + 1] & 3 == _AT_START


def _trace_function(
    sink: EventSink, source: SettraceSource, filename: str, other_files: bool
) -> Callable[[FrameType, str, Any], Any]:
    """The global trace function, closed over everything it needs: it runs at every call."""
    on_line, on_call = sink.line, sink.call
    unwinding: dict[int, int] = {}  # id of a frame that an exception leaves, to the line

    def fail(error: Exception) -> None:
        source.stop()
        sink.fail(error)

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        try:
            if event == "line":
                if unwinding:
                    unwinding.pop(id(frame), None)
                on_line(frame, frame.f_lineno)
            elif event == "return":
                raised_at = unwinding.pop(id(frame), None)
                if raised_at is None and _at_yield(frame):
                    sink.pause(frame)
                else:
                    sink.leave(frame, raised_at)
            elif event == "exception":
                level = argument[2]
                # The end of an iterator is reported too, without a level of this frame.
                if level is not None and level.tb_frame is frame:
                    unwinding[id(frame)] = level.tb_lineno
        except RecursionError:  # the lecture has used up the stack: it meets its own limit next
            sink.missed = True
        except Exception as error:
            fail(error)
            return None
        return local

    def everywhere(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename is not filename and not other_files:
            return None
        try:
            if not _at_start(frame):
                return local if sink.resume(frame) else None
            return local if on_call(frame, frame.f_code) else None
        except RecursionError:
            sink.missed = True
            return None
        except Exception as error:
            fail(error)
            return None

    return everywhere
