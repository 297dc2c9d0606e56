"""Module names of other lecture engines, for lectures written for them.

While a lecture runs, `edtrace` (and its submodules) and the flat helper modules `execute_util`,
`reference`, `file_util` and `arxiv_util` are those in `modules`, whatever else is installed or lies
in the lecture's folder: they give the functions of `adapters`, whose output is recorded. The folder
is on `sys.path` and in `PYTHONPATH` too, for the processes that a lecture starts.
"""

import ast
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

_FOLDER = str(Path(__file__).resolve().parent / "modules")
_ENGINE = str(Path(__file__).resolve().parents[3])
_NAMES = frozenset({"edtrace", "execute_util", "reference", "file_util", "arxiv_util"})


class _Finder(MetaPathFinder):
    """First on `sys.meta_path`: a lecture may put its own folder before ours on `sys.path`."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return PathFinder.find_spec(name, [_FOLDER]) if name in _NAMES else None


def is_written_for_another_engine(text: str) -> bool:
    """Whether a lecture imports one of `_NAMES`, or a module inside it, anywhere."""
    for node in ast.walk(ast.parse(text)):
        imported: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            imported = [node.module or ""]
        elif isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        if any(name.split(".")[0] in _NAMES for name in imported):
            return True
    return False


@contextmanager
def installed() -> Iterator[None]:
    """Provide the names inside the block; afterwards no trace of them is left.

    `sys.path` and the environment are put back by who set up the lecture's surroundings.
    """
    finder = _Finder()
    before = _taken_out()
    sys.meta_path.insert(0, finder)
    sys.path.insert(0, _FOLDER)
    inherited = [folder for folder in [os.environ.get("PYTHONPATH")] if folder]
    os.environ["PYTHONPATH"] = os.pathsep.join([_FOLDER, *inherited, _ENGINE])
    try:
        yield
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
        _taken_out()
        sys.modules.update(before)


def other_engine() -> str | None:
    """File of another engine's module that the lecture loaded in spite of this; None if none.

    What its functions show is kept in a list of its own and is lost to the recording.
    """
    for name, module in list(sys.modules.items()):
        names = getattr(module, "__dict__", {})
        if "_current_renderings" in names and "pop_renderings" in names:
            file = getattr(module, "__file__", None)
            if file and not name.startswith("_course_"):
                return str(file)
    return None


def _taken_out() -> dict[str, ModuleType]:
    """Take the modules of these names out of `sys.modules`, with what was loaded beside them."""
    ours = [
        name
        for name in sys.modules
        if name.split(".")[0] in _NAMES or name.removeprefix("_course_") in _NAMES
    ]
    return {name: sys.modules.pop(name) for name in ours}
