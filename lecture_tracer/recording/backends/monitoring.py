"""Events by `sys.monitoring` (PEP 669, Python 3.12 and later), set on the lecture's code objects.

Local events cost nothing in code that they are not set on, so libraries run at full speed.
Two events cannot be local, PY_UNWIND and PY_THROW: they are set globally and filtered; they fire
only where an exception leaves a function. With `other_files`, PY_START is global too, and each
code object that the sink declines for good is switched off at its first call.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import get_ident
from types import CodeType, FrameType
from typing import Any

from lecture_tracer.errors import BackendUnavailable
from lecture_tracer.recording.events import EventSink

_TOOL_NAME = "lecture_tracer"
_TOOL_IDS = (3, 4, 2, 1, 0)


class MonitoringSource:
    """An `EventSource` for the thread that starts it."""

    name = "monitoring"
    lost = False

    def __init__(self, may_ever_record: Callable[[CodeType], bool] = lambda code: False) -> None:
        if not hasattr(sys, "monitoring"):
            raise BackendUnavailable(
                "backend 'monitoring' needs Python 3.12 or later; use --backend settrace"
            )
        self._may_ever_record = may_ever_record
        self._tool: int | None = None
        self._codes: dict[int, tuple[CodeType, int]] = {}
        self._sink: EventSink | None = None

    def start(self, sink: EventSink, codes: Iterable[CodeType], other_files: bool) -> None:
        """Claim a free tool id and set the events. Raises BackendUnavailable if none is free."""
        monitoring = sys.monitoring
        tool = next((t for t in _TOOL_IDS if monitoring.get_tool(t) is None), None)
        if tool is None:
            holders = ", ".join(f"{t}: {monitoring.get_tool(t)}" for t in _TOOL_IDS)
            raise BackendUnavailable(
                f"every sys.monitoring tool id is taken ({holders}); use --backend settrace"
            )
        monitoring.use_tool_id(tool, _TOOL_NAME)
        self._tool, self._sink = tool, sink
        events = monitoring.events
        for event, callback in _callbacks(sink, self).items():
            monitoring.register_callback(tool, event, callback)
        for code in codes:
            self.watch(code)
        everywhere = events.PY_UNWIND | events.PY_THROW
        if other_files:
            everywhere |= events.PY_START
        monitoring.set_events(tool, everywhere)

    def watch(self, code: CodeType) -> None:
        """Set the local events on one more code object."""
        if self._tool is not None and self._sink is not None and id(code) not in self._codes:
            events = sys.monitoring.events
            local = (
                events.PY_START
                | events.LINE
                | events.PY_RETURN
                | events.PY_YIELD
                | events.PY_RESUME
            )
            if self._sink.turns(code):
                local |= events.JUMP
            self._codes[id(code)] = code, local
            sys.monitoring.set_local_events(self._tool, code, local)

    def is_watched(self, code: CodeType) -> bool:
        """Whether `watch` was called for it."""
        return id(code) in self._codes

    def declines(self, code: CodeType) -> bool:
        """Whether the code object will not be recorded at any later call either."""
        return not self._may_ever_record(code)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Zero the events of every code object inside the block."""
        tool = self._tool
        if tool is None:
            yield
            return
        everywhere = sys.monitoring.get_events(tool)
        self._set_events(tool, 0, on=False)
        try:
            yield
        finally:
            self._set_events(tool, everywhere, on=True)

    def _set_events(self, tool: int, everywhere: int, on: bool) -> None:
        sys.monitoring.set_events(tool, everywhere)
        for code, local in self._codes.values():
            sys.monitoring.set_local_events(tool, code, local if on else 0)

    def stop(self) -> None:
        """Zero the events of every code object, unregister the callbacks, free the id.

        `free_tool_id` alone leaves local events and callbacks live before Python 3.14.
        """
        tool, self._tool = self._tool, None
        if tool is None:
            return
        monitoring = sys.monitoring
        self._set_events(tool, 0, on=False)
        self._codes.clear()
        for event in _event_numbers():
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)


def _event_numbers() -> list[int]:
    events = sys.monitoring.events
    return [
        events.PY_START,
        events.LINE,
        events.PY_RETURN,
        events.PY_YIELD,
        events.PY_RESUME,
        events.PY_UNWIND,
        events.PY_THROW,
        events.JUMP,
    ]


def _callbacks(sink: EventSink, source: MonitoringSource) -> dict[int, Callable[..., Any]]:
    """The callbacks, closed over everything they need: these run at every line.

    Each finds the frame that the event is about with `sys._getframe(1)`: the caller of a callback
    is the monitored code. An exception of the sink would be raised into the lecture, so it is
    given to `sink.fail` instead; only a request to stop (not an `Exception`) passes. Where the
    lecture has used up the stack, an event is missed, and the lecture meets its own limit.
    """
    thread = get_ident()
    getframe = sys._getframe
    disable = sys.monitoring.DISABLE
    on_line, on_call = sink.line, sink.call

    def line(code: CodeType, number: int) -> None:
        if get_ident() == thread:
            try:
                on_line(getframe(1), number)
            except RecursionError:
                sink.missed = True
            except Exception as error:
                source.stop()
                sink.fail(error)

    def start(code: CodeType, offset: int) -> Any:
        if get_ident() != thread:
            return None
        try:
            watched = source.is_watched(code)
            if not watched and source.declines(code):
                return disable
            if on_call(getframe(1), code) and not watched:
                source.watch(code)
        except RecursionError:
            sink.missed = True
        except Exception as error:
            source.stop()
            sink.fail(error)
        return None

    def guarded(method: Callable[..., object], told: bool = False) -> Callable[..., None]:
        """The callback; `told`: the method is also given what the event tells."""

        def callback(code: CodeType, *rest: Any) -> None:
            if get_ident() == thread:
                try:
                    if source.is_watched(code):
                        if told:
                            method(getframe(1), *rest)
                        else:
                            method(getframe(1))
                except RecursionError:
                    sink.missed = True
                except Exception as error:
                    source.stop()
                    sink.fail(error)

        return callback

    def jump(code: CodeType, offset: int, destination: int) -> None:
        if get_ident() == thread:
            try:
                if offset in sink.turns(code):
                    frame = getframe(1)
                    on_line(frame, frame.f_lineno)
            except RecursionError:
                sink.missed = True
            except Exception as error:
                source.stop()
                sink.fail(error)

    def unwind(frame: FrameType, offset: int, error: BaseException) -> None:
        level = error.__traceback__
        here = level is not None and level.tb_frame is frame
        sink.leave(frame, level.tb_lineno if here and level is not None else 0)

    returned = guarded(sink.leave)
    paused = guarded(sink.pause)
    resumed = guarded(sink.resume)
    numbers = _event_numbers()
    handlers: list[Callable[..., Any]] = [
        start,
        line,
        returned,
        paused,
        resumed,
        guarded(unwind, told=True),
        resumed,
        jump,
    ]
    return dict(zip(numbers, handlers, strict=True))
