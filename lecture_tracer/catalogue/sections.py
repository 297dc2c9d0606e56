"""The sections of a recorded lecture: the functions of its file, each with its first step."""

from lecture_tracer.trace.outline import headings
from lecture_tracer.trace.schema import Node, Rendering, TextRendering, Trace


class Section(Node, frozen=True, kw_only=True):
    """A function of the lecture's file that ran: the unit that task sheets refer to."""

    function: str
    """Such as `vocabulary_size`."""
    title: str
    """The first heading that it shows, else the heading above it; Markdown."""
    step: int
    """Its first step."""


def sections(trace: Trace) -> list[Section]:
    """Every function of the lecture's own file, at its first activation, `main` left out."""
    first: dict[str, int] = {}
    above: dict[str, str] = {}
    own: dict[str, str] = {}
    heading = trace.title
    for number, step in enumerate(trace.steps):
        frame = trace.frames[step.frame]
        name = frame.function
        shown = [title for output in step.outputs or () for title in _headings(output)]
        if frame.path == trace.main and name != "main":
            if first.setdefault(name, number) == number:
                above[name] = heading
            if shown:
                own.setdefault(name, shown[0])
        if shown:
            heading = shown[-1]
    return [
        Section(function=name, title=own.get(name, above[name]), step=step)
        for name, step in first.items()
    ]


def _headings(output: Rendering) -> list[str]:
    if not isinstance(output, TextRendering) or output.verbatim:
        return []
    return [title for _, title in headings(output.text)]
