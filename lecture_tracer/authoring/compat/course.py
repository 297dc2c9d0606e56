"""What a course's own helper module holds beside the functions that we provide.

A course may have added helpers to its `execute_util.py`, and it may call an unrelated module of its
own `reference.py`. Such a file is loaded when a name is asked for that `adapters` lacks, with our
functions put in the place of its own, so that what its helpers show is recorded.
"""

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from lecture_tracer.authoring.compat import adapters

MODULES = Path(__file__).resolve().parent / "modules"
PREFIX = "_course_"
"""Such a file is loaded under its name with this before it."""


def own_name(module: str, name: str) -> Any:
    """`name` of the course's own file for `module`. Raises AttributeError if there is none."""
    own = None if name.startswith("__") else _load(module)
    if own is None or not hasattr(own, name):
        raise AttributeError(
            f"module {module!r} has no {name!r}; it has: {', '.join(adapters.__all__)}"
        )
    return getattr(own, name)


def _load(module: str) -> ModuleType | None:
    loaded = sys.modules.get(PREFIX + module)
    if loaded is not None:
        return loaded
    elsewhere = [folder for folder in sys.path if Path(folder).resolve() != MODULES]
    found = PathFinder.find_spec(module, elsewhere)
    if found is None or found.origin is None:
        return None
    spec = importlib.util.spec_from_file_location(PREFIX + module, found.origin)
    if spec is None or spec.loader is None:
        return None
    own = sys.modules[PREFIX + module] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(own)
    except BaseException:
        del sys.modules[PREFIX + module]
        raise
    for name in adapters.__all__:
        if hasattr(own, name):
            setattr(own, name, getattr(adapters, name))
    return own
