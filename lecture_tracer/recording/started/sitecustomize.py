"""Python imports this as it starts, where a lecture with an implementation started it.

It puts the implementation's packages first there too, then runs the `sitecustomize` that would have
been found without this one.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)
FOLDERS = os.environ.get("LECTURE_TRACER_PACKAGES", "")

if FOLDERS:
    from lecture_tracer.recording.overlay import install

    install(FOLDERS.split(os.pathsep))

_next = PathFinder.find_spec("sitecustomize", [entry for entry in sys.path if entry != HERE])
if _next is not None and _next.loader is not None:
    _next.loader.exec_module(module_from_spec(_next))
