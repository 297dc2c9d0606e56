"""The process that records one lecture, seen from outside: start it, look at it, end it.

Both the command (`batch`) and the service run lectures through this.
"""

import os
import signal
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from weakref import finalize

import msgspec

from lecture_tracer.config import RunConfig
from lecture_tracer.course import package_folders
from lecture_tracer.process.job import NO_OUTCOME, STATUS_BYTES, Job, Outcome

# A Ctrl-C while the modules are loaded ends the process without a traceback.
_START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "from lecture_tracer.process.worker import main; sys.exit(main(sys.argv[1]))"
)


def _environment(root: Path) -> dict[str, str]:
    """Variables of the process: this engine, then the assignments of the checkout, come first.

    Another checkout's assignments may be installed under the same names; their files lie outside
    this one, so that `@stepinto` would record none of their steps. PYTHONOPTIMIZE would drop the
    checks of a lecture.
    """
    environment = dict(os.environ, PYTHONHASHSEED="0")
    environment.pop("PYTHONOPTIMIZE", None)
    engine = Path(__file__).resolve().parents[2]
    first = [engine, *package_folders(root)]
    after = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([*map(str, first), *([after] if after else [])])
    return environment


@dataclass(frozen=True, slots=True)
class Running:
    """A lecture that is being recorded, at one moment."""

    name: str
    steps: int
    line: int
    seconds: float


class LectureProcess:
    """One process and the files it reports through, which lie in `folder`."""

    def __init__(
        self, config: RunConfig, output: Path, folder: Path, memory_bytes: int | None = None
    ) -> None:
        self.config = config
        self._result = folder / f"{config.name}.result"
        self._status = folder / f"{config.name}.status"
        self._status.write_bytes(bytes(STATUS_BYTES))
        self._started = time.monotonic()
        self._killed = False
        lifeline, held = os.pipe()
        self._let_go = finalize(self, os.close, held)
        job = Job(
            path=str(config.path),
            root=str(config.root),
            output=str(output),
            result=str(self._result),
            lifeline=lifeline,
            status=str(self._status),
            backend=config.backend,
            inspect_all=config.inspect_all,
            max_steps=config.max_steps,
            seed=config.seed,
            timings=config.timings,
            measure=config.measure,
            roots={name: str(folder) for name, folder in config.roots.items()},
        )
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, msgspec.json.encode(job).decode()],
                env=_environment(config.root),
                cwd=config.root,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(lifeline,),
            )
        finally:
            os.close(lifeline)
        if memory_bytes is not None:
            import resource  # Unix only, and only the service limits memory

            limits = (memory_bytes, memory_bytes)
            resource.prlimit(self.process.pid, resource.RLIMIT_AS, limits)

    @property
    def ended(self) -> bool:
        """Whether the process is over."""
        over = self.process.poll() is not None
        if over:
            self._let_go()
        return over

    def send(self, number: signal.Signals) -> None:
        """Signal the process and everything that it started."""
        if not self.ended:
            self._killed = self._killed or number == signal.SIGKILL
            os.killpg(self.process.pid, number)

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
            crashed = not self._killed and self.process.returncode != -signal.SIGINT
            where = f"{self.config.path.name}:{now.line}" if now.line else self.config.path.name
            return Outcome(
                name=self.config.name,
                ended="crashed" if crashed else "interrupted",
                steps=now.steps,
                seconds=now.seconds,
                error=f"{where}: {self._how_it_died()}",
                slug="lecture-crashed" if crashed else "lecture-interrupted",
                exit_code=1,
            )

    def _how_it_died(self) -> str:
        code = self.process.returncode
        if self._killed:
            return "killed, since it did not stop when interrupted; no trace was saved"
        if code == -signal.SIGINT:
            return "interrupted; no trace was saved"
        if code == NO_OUTCOME:
            folder = self._result.parent.parent
            return f"recorded, but {folder} has no space for the report; set TMPDIR"
        if code < 0:
            return f"the interpreter died ({signal.Signals(-code).name}); no trace was saved"
        return f"the interpreter ended with exit code {code}; no trace was saved"
