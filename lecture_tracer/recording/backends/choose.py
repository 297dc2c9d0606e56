"""Picks an event source, with the reason."""

import sys
from collections.abc import Callable
from types import CodeType

from lecture_tracer.errors import BackendUnavailable
from lecture_tracer.recording.backends.monitoring import MonitoringSource
from lecture_tracer.recording.backends.settrace import SettraceSource
from lecture_tracer.recording.events import EventSource


def choose_source(
    name: str, may_ever_record: Callable[[CodeType], bool]
) -> tuple[EventSource, str]:
    """The source called `name` and why it was taken.

    Raises BackendUnavailable if it was asked for by name and cannot be had.
    """
    if name == "settrace":
        return SettraceSource(), "asked for"
    if name == "monitoring":
        return MonitoringSource(may_ever_record), "asked for"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        source = MonitoringSource(may_ever_record)
    except BackendUnavailable:
        return SettraceSource(), f"Python {version} has no sys.monitoring"
    if all(sys.monitoring.get_tool(tool) is not None for tool in range(6)):
        return SettraceSource(), "every sys.monitoring tool id is taken"
    return source, f"Python {version} has sys.monitoring: libraries run at full speed"
