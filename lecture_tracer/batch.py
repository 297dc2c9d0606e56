"""Records several lectures, each in a process of its own, some of them side by side.

Input: jobs. Output: outcomes, as they finish; in between `tick` is called about ten times a second
with what runs. Ctrl-C is passed on to the workers once, and each saves what it has recorded.
"""

import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lecture_tracer.config import RunConfig
from lecture_tracer.job import STATUS_BYTES, Job, Outcome

POLL_SECONDS = 0.02
TICK_SECONDS = 0.1
GRACE_SECONDS = 20.0
"""After Ctrl-C a worker has this long to save its trace."""


@dataclass(frozen=True, slots=True)
class Running:
    """A lecture that is being recorded, at one moment."""

    name: str
    steps: int
    line: int
    seconds: float


class _Worker:
    """One process and the files it reports through."""

    def __init__(self, config: RunConfig, output: Path, folder: Path) -> None:
        self.config = config
        self._result = folder / f"{config.name}.result"
        self._status = folder / f"{config.name}.status"
        self._status.write_bytes(bytes(STATUS_BYTES))
        self._started = time.monotonic()
        job = Job(
            path=str(config.path),
            root=str(config.root),
            output=str(output),
            result=str(self._result),
            status=str(self._status),
            backend=config.backend,
            inspect_all=config.inspect_all,
            max_steps=config.max_steps,
            seed=config.seed,
            timings=config.timings,
            measure=config.measure,
        )
        package = str(Path(__file__).resolve().parent.parent)
        environment = dict(os.environ, PYTHONHASHSEED="0")
        environment["PYTHONPATH"] = os.pathsep.join(
            [package, *filter(None, [environment.get("PYTHONPATH")])]
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lecture_tracer.worker", msgspec.json.encode(job).decode()],
            env=environment,
            cwd=config.root,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def running(self) -> Running:
        """Steps and line now."""
        steps, line = struct.unpack("qq", self._status.read_bytes())
        return Running(self.config.name, steps, line, time.monotonic() - self._started)

    def outcome(self) -> Outcome:
        """Call when the process has ended."""
        try:
            return msgspec.json.decode(self._result.read_bytes(), type=Outcome)
        except FileNotFoundError:
            now = self.running()
            return Outcome(
                name=self.config.name,
                ended="crashed",
                steps=now.steps,
                seconds=now.seconds,
                error=f"{self.config.path.name}:{now.line}: {self._how_it_died()}",
                slug="lecture-crashed",
                exit_code=1,
            )

    def _how_it_died(self) -> str:
        code = self.process.returncode
        if code < 0:
            return f"the interpreter died ({signal.Signals(-code).name}); no trace was saved"
        return f"the interpreter ended with exit code {code}; no trace was saved"


def record_all(
    configs: list[RunConfig],
    output: Path,
    at_once: int,
    tick: Callable[[list[Running]], None],
    done: Callable[[Outcome], None],
) -> list[Outcome]:
    """Outcomes in the order of `configs`. After Ctrl-C the lectures not yet begun are left out."""
    outcomes: dict[str, Outcome] = {}
    waiting = list(configs)
    workers: list[_Worker] = []
    interrupted_at = 0.0
    last_tick = 0.0
    with tempfile.TemporaryDirectory(prefix="lecture_tracer.") as folder:
        try:
            while waiting or workers:
                try:
                    while waiting and len(workers) < at_once:
                        workers.append(_Worker(waiting.pop(0), output, Path(folder)))
                    for worker in [w for w in workers if w.process.poll() is not None]:
                        workers.remove(worker)
                        outcomes[worker.config.name] = outcome = worker.outcome()
                        done(outcome)
                    if time.monotonic() - last_tick > TICK_SECONDS:
                        last_tick = time.monotonic()
                        tick([worker.running() for worker in workers])
                    if interrupted_at and time.monotonic() - interrupted_at > GRACE_SECONDS:
                        _signal_all(workers, signal.SIGKILL)
                    time.sleep(POLL_SECONDS)
                except KeyboardInterrupt:
                    _signal_all(workers, signal.SIGKILL if interrupted_at else signal.SIGINT)
                    interrupted_at = interrupted_at or time.monotonic()
                    waiting.clear()
        finally:
            _signal_all(workers, signal.SIGKILL)
    return [outcomes[config.name] for config in configs if config.name in outcomes]


def with_error(outcome: Outcome, error: str, slug: str) -> Outcome:
    """The outcome as a failure for another reason, such as a warning under `--strict`."""
    return msgspec.structs.replace(outcome, error=error, slug=slug, exit_code=1)


def _signal_all(workers: list[_Worker], number: signal.Signals) -> None:
    for worker in workers:
        if worker.process.poll() is None:
            os.killpg(worker.process.pid, number)
