"""The files that a trace shows: pictures and films, as paths relative to the checkout."""

from pathlib import PurePosixPath

import msgspec

from lecture_tracer.trace.schema import ImageRendering, Trace, VideoRendering

FOLDER = PurePosixPath("var/files")
"""Where files that are made or fetched lie, relative to the root."""
ADDRESSES = FOLDER / "addresses.json"
"""Address to the name of the file in `FOLDER` that was fetched from it."""


class _Output(msgspec.Struct):
    kind: str = ""
    src: str = ""


class _Step(msgspec.Struct):
    outputs: list[_Output] | None = None


class _Pictures(msgspec.Struct):
    """The parts of a trace that name files; all else is skipped while it is read."""

    steps: list[_Step] = []


def asset_paths(trace: Trace) -> list[str]:
    """Paths of the pictures and films of a trace, each once, in the order of the steps."""
    outputs = (output for step in trace.steps for output in step.outputs or ())
    shown = (o.src for o in outputs if isinstance(o, ImageRendering | VideoRendering))
    return list(dict.fromkeys(shown))


def asset_paths_in(content: bytes) -> list[str]:
    """The same of a trace as a file, without reading more of it. Raises msgspec.MsgspecError."""
    steps = msgspec.json.decode(content, type=_Pictures).steps
    outputs = (output for step in steps for output in step.outputs or ())
    return list(dict.fromkeys(o.src for o in outputs if o.kind in ("image", "video")))
