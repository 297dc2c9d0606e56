"""The pictures of a trace, and the one that its lecture is remembered by.

A header names that one by its section, which is a function of the lecture's file, and by its place
among the section's pictures: `Figure: roofline`, `Figure: roofline 2`.
"""

from collections.abc import Iterator

from lecture_tracer.trace.schema import GraphRendering, ImageRendering, PlotRendering, Trace

Picture = PlotRendering | ImageRendering | GraphRendering


def named_picture(trace: Trace, section: str, number: int) -> tuple[int, Picture] | None:
    """(step, picture) of the section's picture with this number, from 1; None if it has fewer."""
    within = [(step, picture) for step, name, picture in _pictures(trace) if name == section]
    return within[number - 1] if number <= len(within) else None


def chosen_picture(trace: Trace, wanted: tuple[str, int] | None) -> tuple[int, Picture] | None:
    """(step, picture) of what a header names, else the first; None for a lecture without any."""
    named = named_picture(trace, *wanted) if wanted else None
    return named or next(((step, picture) for step, _, picture in _pictures(trace)), None)


def _pictures(trace: Trace) -> Iterator[tuple[int, str, Picture]]:
    """(step, function, picture), in order."""
    for number, step in enumerate(trace.steps):
        for output in step.outputs or ():
            if isinstance(output, PlotRendering | ImageRendering | GraphRendering):
                yield number, trace.frames[step.frame].function, output
