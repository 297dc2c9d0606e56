"""Events by `sys.settrace`, for Python 3.11 and wherever `sys.monitoring` cannot be used.

The global trace function returns None for every function that the sink declines, so those pay for
one Python call each and for no line. Yields and resumptions arrive as returns and calls; they are
told apart by the frame's identity and by the instruction at which it stopped.
"""

import inspect
import opcode
import sys
from collections.abc import Callable, Iterable
from types import CodeType, FrameType
from typing import Any

from lecture_tracer.events import EventSink

_YIELD = opcode.opmap["YIELD_VALUE"]
_PAUSABLE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class SettraceSource:
    """An `EventSource` for the thread that starts it."""

    name = "settrace"

    def __init__(self) -> None:
        self._before: Any = None
        self._set_trace: Callable[[Any], None] | None = None

    def start(self, sink: EventSink, codes: Iterable[CodeType], other_files: bool) -> None:
        """Install the trace function, and guard it against a lecture that replaces it."""
        filenames = frozenset(code.co_filename for code in codes)
        self._before = sys.gettrace()
        self._set_trace = sys.settrace
        trace = _trace_function(sink, self, filenames, other_files)

        def keep_ours(function: Any) -> None:
            """Stands in for `sys.settrace` while recording: the lecture must not end it."""

        sys.settrace(trace)
        sys.settrace = keep_ours

    def stop(self) -> None:
        """Put the earlier trace function back."""
        if self._set_trace is not None:
            sys.settrace = self._set_trace
            self._set_trace = None
            sys.settrace(self._before)


def _trace_function(
    sink: EventSink, source: SettraceSource, filenames: frozenset[str], other_files: bool
) -> Callable[[FrameType, str, Any], Any]:
    on_line, on_call, on_leave = sink.line, sink.call, sink.leave
    paused: set[int] = set()
    unwinding: set[int] = set()

    def fail(error: Exception) -> None:
        source.stop()
        sink.fail(error)

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        try:
            if event == "line":
                if unwinding:
                    unwinding.discard(id(frame))
                on_line(frame, frame.f_lineno)
            elif event == "return":
                finish(frame)
            elif event == "exception":
                unwinding.add(id(frame))
        except Exception as error:
            fail(error)
            return None
        return local

    def finish(frame: FrameType) -> None:
        key = id(frame)
        code = frame.f_code
        raised = key in unwinding
        unwinding.discard(key)
        if code.co_flags & _PAUSABLE and not raised and code.co_code[frame.f_lasti] == _YIELD:
            paused.add(key)
            sink.pause(frame)
        else:
            on_leave(frame)

    def everywhere(frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if not other_files and code.co_filename not in filenames:
            return None
        try:
            if code.co_flags & _PAUSABLE and id(frame) in paused:
                paused.discard(id(frame))
                sink.resume(frame)
                return local
            return local if on_call(frame, code) else None
        except Exception as error:
            fail(error)
            return None

    return everywhere
