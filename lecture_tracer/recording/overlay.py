"""Packages of a named folder in place of the course's; what they lack is the course's.

A student's `basics` may have `model.py` and nothing else: `import basics.model` is then theirs and
`import basics.data` still works. Within a module `completion` does the same for names.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from lecture_tracer.recording.completion import Completing, Completions

STARTED = str(Path(__file__).resolve().parent / "started")
"""Folder of a `sitecustomize` that does the same in every Python that a lecture starts."""
VARIABLE = "LECTURE_TRACER_PACKAGES"
"""The folders, for the processes that a lecture starts."""


class _Overlay:
    """A finder of `sys.meta_path` for the packages that lie in `folders`."""

    def __init__(self, folders: Iterable[Path], completions: Completions) -> None:
        self._folders = [str(folder) for folder in folders]
        self._completions = completions

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A module of a named folder, with the one of the same name elsewhere behind it."""
        first, others = self._folders, [p for p in sys.path if p not in self._folders]
        if path is not None:
            first = [place for place in path if self._is_ours(place)]
            others = [place for place in path if not self._is_ours(place)]
        if not first:
            return None
        spec = PathFinder.find_spec(name, first)
        if spec is None or spec.origin is None or spec.loader is None:
            return None
        if path is None and spec.submodule_search_locations is None:
            return None  # a file at the top is no package
        behind = PathFinder.find_spec(name, others)
        if behind is None:
            return spec
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations += list(behind.submodule_search_locations or ())
        if behind.origin is not None:
            spec.loader = Completing(spec.loader, behind, self._completions)
        return spec

    def _is_ours(self, place: str) -> bool:
        return any(Path(place).is_relative_to(folder) for folder in self._folders)


@contextmanager
def packages_of(folders: Iterable[Path]) -> Iterator[Completions]:
    """Inside the block, packages of `folders` come first and are completed.

    Also in programs that are started inside it: through the environment, which whoever set up the
    lecture's surroundings puts back.
    """
    chosen = [str(folder) for folder in folders]
    completions = Completions()
    if not chosen:
        yield completions
        return
    inherited = [entry for entry in [os.environ.get("PYTHONPATH")] if entry]
    os.environ["PYTHONPATH"] = os.pathsep.join([STARTED, *inherited])
    os.environ[VARIABLE] = os.pathsep.join(chosen)
    overlay = install(chosen, completions)
    try:
        yield completions
    finally:
        sys.meta_path.remove(overlay)


def install(folders: Iterable[str], completions: Completions | None = None) -> _Overlay:
    """Put the packages of `folders` first in this process, for as long as it lives."""
    overlay = _Overlay(map(Path, folders), completions or Completions())
    sys.meta_path.insert(0, overlay)
    return overlay
