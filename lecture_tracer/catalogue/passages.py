"""What a trace shows, with the step that shows it first and the heading above it."""

from collections.abc import Iterator
from dataclasses import dataclass

from lecture_tracer.trace.outline import headings
from lecture_tracer.trace.schema import Rendering, TextRendering, Trace


@dataclass(frozen=True, slots=True)
class Shown:
    """One rendering of a lecture."""

    step: int
    section: str
    """The last heading before it or at its beginning, Markdown."""
    output: Rendering


def shown(trace: Trace) -> Iterator[Shown]:
    """Every rendering of a lecture in order."""
    section = trace.title
    for number, step in enumerate(trace.steps):
        for output in step.outputs or ():
            titles = _titles(output)
            yield Shown(number, titles[0] if titles else section, output)
            section = titles[-1] if titles else section


def texts(trace: Trace) -> Iterator[tuple[Shown, str]]:
    """Every text with its Markdown, each once."""
    seen: set[str] = set()
    for one in shown(trace):
        text = one.output
        if isinstance(text, TextRendering) and not text.verbatim and text.text not in seen:
            seen.add(text.text)
            yield one, text.text


def _titles(output: Rendering) -> list[str]:
    if not isinstance(output, TextRendering) or output.verbatim:
        return []
    return [title for _, title in headings(output.text)]
