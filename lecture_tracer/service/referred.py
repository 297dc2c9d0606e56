"""Which files of the checkout the stored traces show: no other picture or film is served."""

from pathlib import Path

import msgspec

from lecture_tracer.trace import store
from lecture_tracer.trace.assets import asset_paths_in


class ReferredFiles:
    """Paths in the traces of a folder, read again when a trace changes."""

    def __init__(self, traces: Path) -> None:
        self._traces = traces
        self._known: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}

    def holds(self, path: str) -> bool:
        """Whether a trace shows the file at this path, relative to the checkout."""
        names = [entry.file for entry in store.read_index(self._traces).traces]
        return any(path in self._of(name) for name in names)

    def _of(self, name: str) -> frozenset[str]:
        file = self._traces / name
        try:
            stat = file.stat()
            version = (stat.st_mtime_ns, stat.st_size)
            known = self._known.get(name)
            if known is None or known[0] != version:
                known = (version, frozenset(asset_paths_in(file.read_bytes())))
                self._known[name] = known
        except (OSError, msgspec.MsgspecError):
            return frozenset()
        return known[1]
