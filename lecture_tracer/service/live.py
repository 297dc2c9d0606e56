"""Live mode: records a lecture again whenever it or a project file that it imported is saved."""

import asyncio
import contextlib
from pathlib import Path

from watchfiles import awatch

from lecture_tracer.config import RunConfig
from lecture_tracer.service.broadcast import Broadcast
from lecture_tracer.service.recording import record

DEBOUNCE_MILLISECONDS = 60


class LiveLectures:
    """Watches the folders of the lectures' files; one recording a lecture at a time."""

    def __init__(self, configs: list[RunConfig], output: Path, broadcast: Broadcast) -> None:
        self._configs = {config.name: config for config in configs}
        self._output = output
        self._broadcast = broadcast
        self._sources = {config.name: {str(config.path)} for config in configs}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._folders_changed = asyncio.Event()

    async def run(self) -> None:
        """Record everything once, then on every save, until cancelled."""
        for name in self._configs:
            self._start(name)
        try:
            while True:
                self._folders_changed = asyncio.Event()
                async for changes in awatch(
                    *self._folders(),
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

    def _folders(self) -> set[Path]:
        files = set().union(*self._sources.values())
        return {Path(file).parent for file in files}

    def _saved(self, paths: set[str]) -> None:
        for name, sources in self._sources.items():
            if sources & paths:
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
        outcome = await record(self._configs[name], self._output, self._broadcast)
        known = self._sources[name]
        folders = self._folders()
        self._sources[name] = known | set(outcome.sources)
        if self._folders() != folders:
            self._folders_changed.set()
