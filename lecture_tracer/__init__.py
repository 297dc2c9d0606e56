"""Authoring API of executable lectures: `from lecture_tracer import text, image, link`.

The names are looked up when they are first asked for, so that the command starts quickly.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lecture_tracer.authoring.benchmarks import benchmark
    from lecture_tracer.authoring.questions import predict, reveal
    from lecture_tracer.authoring.ranks import ranks, run_ranks
    from lecture_tracer.authoring.references import Reference
    from lecture_tracer.authoring.renderings import (
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
    "predict",
    "ranks",
    "reveal",
    "run_ranks",
    "system_text",
    "table",
    "text",
    "video",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    homes = {
        "benchmark": "benchmarks",
        "predict": "questions",
        "ranks": "ranks",
        "Reference": "references",
        "reveal": "questions",
        "run_ranks": "ranks",
    }
    return getattr(import_module(f"{__name__}.authoring.{homes.get(name, 'renderings')}"), name)
