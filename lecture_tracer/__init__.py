"""Authoring API of executable lectures: `from lecture_tracer import text, image, link`."""

from lecture_tracer.benchmark import benchmark
from lecture_tracer.references import Reference
from lecture_tracer.renderings import (
    code,
    graph,
    image,
    link,
    note,
    plot,
    system_text,
    table,
    text,
    video,
)

__all__ = [
    "Reference",
    "benchmark",
    "code",
    "graph",
    "image",
    "link",
    "note",
    "plot",
    "system_text",
    "table",
    "text",
    "video",
]
