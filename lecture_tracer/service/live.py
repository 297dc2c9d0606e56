"""Live mode: records a lecture again whenever something that it was recorded from changes.

That is the lecture, every project file that it imported or read, every picture that it shows, and,
where an import failed, the file that would have made it succeed.
"""

import asyncio
import contextlib
import os
import re
import time
from pathlib import Path

from watchfiles import awatch

from lecture_tracer.config import RunConfig
from lecture_tracer.course import package_folders
from lecture_tracer.service.broadcast import Broadcast
from lecture_tracer.service.recording import record
from lecture_tracer.trace import freshness

DEBOUNCE_MILLISECONDS = 60
AT_ONCE = max(2, (os.cpu_count() or 1) // 2)
"""Recordings side by side, such as at the start of a whole course."""
_MISSING_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_MISSING_NAME = re.compile(r"ImportError: cannot import name '(\w+)' from '([\w.]+)'")


class LiveLectures:
    """Watches the folders of the lectures' files; one recording a lecture at a time."""

    def __init__(self, configs: list[RunConfig], output: Path, broadcast: Broadcast) -> None:
        self._configs = {config.name: config for config in configs}
        self._output = output
        self._broadcast = broadcast
        self._sources = {config.name: {str(config.path)} for config in configs}
        self._seen: dict[str, dict[str, tuple[int, int]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._watched: set[Path] = set()
        self._folders_changed = asyncio.Event()
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Record what is not as recorded, then everything on every save, until cancelled."""
        for name, config in self._configs.items():
            if sources := self._recorded_from(config):
                self._sources[name] |= sources
                self._seen[name] = {path: _state(path) for path in self._sources[name]}
            else:
                self._start(name)
        try:
            while True:
                self._folders_changed = asyncio.Event()
                self._watched = self._folders()
                async for changes in awatch(
                    *self._watched,
                    debounce=DEBOUNCE_MILLISECONDS,
                    step=20,
                    recursive=False,
                    stop_event=self._folders_changed,
                ):
                    self._saved({path for _, path in changes})
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _recorded_from(self, config: RunConfig) -> set[str]:
        """Sources of a trace that need not be recorded again; empty if it has to be."""
        plain = RunConfig(path=config.path, root=config.root, max_steps=config.max_steps)
        if config != plain:
            return set()
        return set(map(str, freshness.current_sources(self._output, config.name, config.root)))

    def _folders(self) -> set[Path]:
        files = set().union(*self._sources.values())
        return {folder for file in files if (folder := Path(file).parent).is_dir()}

    def _saved(self, paths: set[str]) -> None:
        for name, sources in self._sources.items():
            seen = self._seen.get(name, {})
            if any(seen.get(path) != _state(path) for path in sources & paths):
                self._start(name)

    def _start(self, name: str) -> None:
        """Begin a recording; one that is going on is cancelled."""
        before = self._tasks.get(name)
        self._tasks[name] = asyncio.create_task(self._record(name, before))

    async def _record(self, name: str, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            before.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await before
        started = time.time()
        before_it = {path: _state(path) for path in self._sources[name] if path.endswith(".py")}
        async with self._at_once:
            outcome = await record(self._configs[name], self._output, self._broadcast)
        missing = awaited(outcome.error, self._configs[name])
        self._sources[name] |= {*outcome.sources, *missing}
        # A source that was saved meanwhile differs from this; data that the lecture or a program
        # of its own wrote meanwhile does not, or it would be recorded without an end.
        self._seen[name] = {path: _state(path) for path in self._sources[name]} | before_it
        if self._folders() != self._watched:
            self._folders_changed.set()
        if any(_made_since(path, started) for path in missing):
            self._start(name)  # what was missing came while nobody waited for it yet


def awaited(error: str, config: RunConfig) -> list[str]:
    """Files that would mend the failed import that `error` tells of, if one appeared."""
    if match := _MISSING_MODULE.search(error):
        module = match[1]
    elif match := _MISSING_NAME.search(error):
        module = f"{match[2]}.{match[1]}"
    else:
        return []
    below = Path(*module.split("."))
    folders = dict.fromkeys([config.path.parent, config.root, *package_folders(config.root)])
    places = [folder / below for folder in folders]
    candidates = [(place.with_suffix(".py"), place, place / "__init__.py") for place in places]
    return [str(path) for candidate in candidates for path in candidate]


def _made_since(path: str, moment: float) -> bool:
    """Whether the file came into being or was changed after the moment."""
    try:
        return Path(path).stat().st_ctime >= moment
    except OSError:
        return False


def _state(path: str) -> tuple[int, int]:
    """What a save changes: time and size; zeros where there is no file."""
    try:
        stat = Path(path).stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
