"""Keeps workers at work while the server runs: processes of this machine, or jobs of Slurm."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import func, select

from cs336_scaling.server.accounts import QUEUED
from cs336_scaling.server.database import Database, DatabaseUnavailable
from cs336_scaling.server.leases import SILENCE_SECONDS, Watch
from cs336_scaling.server.tables import runs

LOOK_SECONDS = 1.0
SLURM_IDLE_SECONDS = 60


class Workforce(Protocol):
    """Where workers run."""

    def keep(self, waiting: int) -> None:
        """Called now and then with the number of queued runs: start what is missing."""

    def stop(self) -> None:
        """End them."""


@dataclass
class LocalWorkers:
    """`count` worker processes of this machine; one that dies is replaced."""

    database_url: str
    trainer: str
    count: int = 1
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def keep(self, waiting: int) -> None:
        """Start what is missing."""
        self.processes = [p for p in self.processes if p.poll() is None]
        while len(self.processes) < self.count:
            command = [*worker_command(self.database_url, self.trainer), "--attached"]
            self.processes.append(subprocess.Popen(command, stdin=subprocess.PIPE))

    def stop(self) -> None:
        """Their standard input ends, and with it they do."""
        for process in self.processes:
            process.kill()
            process.wait()
            if process.stdin:
                process.stdin.close()
        self.processes = []


@dataclass
class SlurmWorkers:
    """Up to `count` jobs, submitted when runs wait; a job ends when it has had nothing to do.

    The database must be one that the nodes reach: PostgreSQL, or SQLite on a shared file system
    with working locks.
    """

    database_url: str
    trainer: str
    count: int = 1
    options: str = ""
    """Arguments of sbatch, such as `--gres=gpu:1 --time=1:00:00`."""
    jobs: set[str] = field(default_factory=set)
    _said: str = field(default="", init=False)

    def __post_init__(self) -> None:
        if not shutil.which("sbatch"):
            raise ValueError("no sbatch on this machine: --backend slurm runs on a login node")

    def keep(self, waiting: int) -> None:
        """Submit jobs while runs wait and fewer than `count` are there."""
        self.jobs = live_jobs(self.jobs)
        while waiting > 0 and len(self.jobs) < self.count:
            done = subprocess.run(self.submit_command(), capture_output=True, text=True, timeout=60)
            if done.returncode:
                self._say(f"sbatch refused: {' '.join(done.stderr.split())}")
                return
            self._said = ""
            self.jobs.add(done.stdout.strip().split(";")[0])
            waiting -= 1

    def _say(self, words: str) -> None:
        """Once, however often it is tried again."""
        if words != self._said:
            print(words, file=sys.stderr, flush=True)
        self._said = words

    def submit_command(self) -> list[str]:
        """`sbatch --parsable … --wrap=…`."""
        command = worker_command(self.database_url, self.trainer)
        command += ["--idle", str(SLURM_IDLE_SECONDS)]
        name = ["--job-name=scaling-worker"]
        return [
            "sbatch", "--parsable", *name, *shlex.split(self.options),
            f"--wrap=exec {shlex.join(command)}",
        ]  # fmt: skip

    def stop(self) -> None:
        """Cancel the jobs."""
        if self.jobs:
            subprocess.run(["scancel", *sorted(self.jobs)], check=False, timeout=60)


def live_jobs(jobs: set[str]) -> set[str]:
    """Those of the jobs that Slurm still has in its queue."""
    if not jobs:
        return set()
    command = ["squeue", "--noheader", "--format=%i", "--me"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return jobs if done.returncode else jobs & set(done.stdout.split())


def worker_command(database_url: str, trainer: str) -> list[str]:
    """How a worker is started."""
    module = "cs336_scaling.server.worker"
    return [sys.executable, "-m", module, "--database", database_url, "--trainer", trainer]


class Overseer:
    """A thread that keeps the workforce and takes runs back from workers that fell silent."""

    def __init__(
        self, database: Database, workforce: Workforce, silence: float = SILENCE_SECONDS
    ) -> None:
        self._database = database
        self._workforce = workforce
        self._watch = Watch(silence)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="overseer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and the workers."""
        self._stop.set()
        self._thread.join()
        self._workforce.stop()

    def _run(self) -> None:
        query = select(func.count()).where(runs.c.status == QUEUED)
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self._database.write(self._watch.look)
                count: Callable[..., int] = lambda c: int(c.execute(query).scalar_one())  # noqa: E731
                self._workforce.keep(self._database.read(count))
            except DatabaseUnavailable as error:
                print(f"the database does not answer: {error}", file=sys.stderr)
            except (OSError, subprocess.SubprocessError) as error:  # of sbatch, squeue, a fork
                print(f"no worker could be started: {error}; trying again", file=sys.stderr)
