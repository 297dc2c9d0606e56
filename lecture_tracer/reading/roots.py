"""Where the project's files lie: in the checkout, and in folders beside it that have a name.

Input: absolute paths. Output: whether a file belongs to the project, and the name under which a
trace speaks of it: `lectures/a.py` below the checkout, `@mine/a.py` below the folder that the run
was given as `mine`. No absolute path gets into a trace.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages", "node_modules"})


@dataclass(frozen=True, slots=True)
class Roots:
    """The checkout and the named folders, all absolute."""

    checkout: Path
    named: Mapping[str, Path] = field(default_factory=dict)

    def holds(self, path: Path) -> bool:
        """Whether `path` lies in one of them and is no installed library and not this engine."""
        path = path.absolute()
        root = self._root_of(path)
        if root is None:
            return False
        parts = path.relative_to(root).parts
        if _LIBRARY_FOLDERS.intersection(parts):
            return False
        if root == self.checkout and parts[0] == "lecture_tracer":
            return False
        prefix = Path(sys.prefix)
        return not (prefix.is_relative_to(root) and path.is_relative_to(prefix))

    def name(self, path: Path) -> str:
        """The path as a trace has it, with `/`; a library file below its `site-packages` folder.

        What lies nowhere of these is named by its last two parts.
        """
        path = path.absolute()
        parts = path.parts
        for folder in _LIBRARY_FOLDERS:
            if folder in parts:
                return "/".join(parts[len(parts) - parts[::-1].index(folder) :])
        root = self._root_of(path)
        if root is None:
            return "/".join(parts[-2:])
        below = path.relative_to(root).as_posix()
        return below if root == self.checkout else f"@{self._name_of(root)}/{below}"

    def file(self, name: str) -> Path:
        """The path of what `name` gave for a file of the project."""
        if name.startswith("@"):
            root, _, below = name[1:].partition("/")
            if root in self.named:
                return self.named[root] / below
        return self.checkout / name

    def prefixes(self) -> list[tuple[str, str]]:
        """What stands for the named folders in texts: (absolute folder, `@mine`)."""
        return [(str(folder), f"@{name}") for name, folder in self.named.items()]

    def _root_of(self, path: Path) -> Path | None:
        # A named folder may lie in the checkout: it is the nearer one.
        for root in (*self.named.values(), self.checkout):
            if path.is_relative_to(root):
                return root
        return None

    def _name_of(self, root: Path) -> str:
        return next(name for name, folder in self.named.items() if folder == root)
