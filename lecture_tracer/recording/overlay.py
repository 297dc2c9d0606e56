"""Packages of a named folder in place of the course's; modules that they lack are the course's.

A student's `basics` may have `model.py` and nothing else: `import basics.model` is then theirs and
`import basics.data` still works. Names are looked up module by module, never within one.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType


class _Overlay:
    """A finder of `sys.meta_path` for the top packages that lie in `folders`."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [str(folder) for folder in folders]

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The package of a named folder, with the folder of the same package elsewhere behind."""
        if path is not None:
            return None
        spec = PathFinder.find_spec(name, self._folders)
        if spec is None or spec.submodule_search_locations is None or spec.origin is None:
            return None
        others = [entry for entry in sys.path if entry not in self._folders]
        behind = PathFinder.find_spec(name, others)
        locations = list(spec.submodule_search_locations)
        if behind is not None:
            locations += list(behind.submodule_search_locations or ())
        spec.submodule_search_locations = locations
        return spec


@contextmanager
def packages_of(folders: Iterable[Path]) -> Iterator[None]:
    """Inside the block, packages of `folders` come first and are completed."""
    overlay = _Overlay(folders)
    sys.meta_path.insert(0, overlay)
    try:
        yield
    finally:
        sys.meta_path.remove(overlay)
