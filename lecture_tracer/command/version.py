"""What is installed, in one line: `lecture-tracer 1.0.0, trace format 2, viewer 3f2a9c1d`."""

from importlib import metadata

from lecture_tracer.errors import ViewerNotBuilt
from lecture_tracer.trace.schema import SCHEMA_VERSION
from lecture_tracer.viewer import viewer_build


def version_line() -> str:
    """Engine, format of the traces that it writes, and build of the viewer."""
    try:
        engine = metadata.version("lecture-tracer")
    except metadata.PackageNotFoundError:
        engine = "(not installed: run from its checkout)"
    try:
        viewer = viewer_build()
    except ViewerNotBuilt:
        viewer = "not built"
    return f"lecture-tracer {engine}, trace format {SCHEMA_VERSION}, viewer {viewer}"
