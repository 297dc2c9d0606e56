"""Module names of other lecture engines, for lectures written for them.

While a lecture runs, `edtrace` (and its submodules) and the flat helper modules `execute_util`,
`reference`, `file_util` and `arxiv_util` can be imported, unless a real module of that name is
found: all of them give the functions of `adapters`.
"""

import ast
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_FLAT = ("execute_util", "reference", "file_util", "arxiv_util")
NAMES = frozenset({"edtrace", *_FLAT, *(f"edtrace.{name}" for name in _FLAT)})


class _Loader(Loader):
    """Fills a module with the adapters."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        from lecture_tracer.authoring.compat import adapters

        public = {name: getattr(adapters, name) for name in adapters.__all__}
        module.__dict__.update(public, __all__=list(public))


class _Finder(MetaPathFinder):
    """Last on `sys.meta_path`: asked only when no real module was found."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name not in NAMES:
            return None
        return importlib.util.spec_from_loader(name, _Loader(), is_package=name == "edtrace")


def is_written_for_another_engine(text: str) -> bool:
    """Whether a lecture imports one of `NAMES` anywhere."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in NAMES:
            return True
        if isinstance(node, ast.Import) and any(alias.name in NAMES for alias in node.names):
            return True
    return False


@contextmanager
def installed() -> Iterator[None]:
    """Provide the names inside the block; afterwards no trace of them is left."""
    finder = _Finder()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in NAMES:
            module = sys.modules.get(name)
            if isinstance(getattr(module, "__loader__", None), _Loader):
                del sys.modules[name]
