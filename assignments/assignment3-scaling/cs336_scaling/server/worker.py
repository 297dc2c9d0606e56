"""A worker of the real back end: takes queued runs and trains each in a process of its own.

    python -m cs336_scaling.server.worker --database sqlite:///scaling.db

What crashes (a CUDA device out of memory, say) takes only its own process along; the run is queued
once more, then given up for free. A worker ends when its standard input does (the server's
workers, with `--attached`), or, with `--idle SECONDS`, when there was nothing to do for so long
(Slurm's).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import queue
import select
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from cs336_scaling.server import accounts, leases
from cs336_scaling.server.accounts import Run
from cs336_scaling.server.database import Database

DEFAULT_TRAINER = "cs336_scaling.server.training"
POLL_SECONDS = 0.2
BEAT_SECONDS = 2.0


@dataclass
class Worker:
    """Works through the queue of a database.

    Attributes:
        trainer: module that trains one run, spoken to as `training` describes.
    """

    database: Database
    trainer: str = DEFAULT_TRAINER
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")

    def work_once(self) -> bool:
        """Take the next run and see it to its end. False if there was none."""
        run = self.database.write(lambda connection: leases.take(connection, self.name))
        if run is None:
            return False
        self._train(run)
        return True

    def _train(self, run: Run) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", self.trainer],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        told: queue.Queue[dict[str, Any]] = queue.Queue()
        complaints: list[str] = []
        readers = [
            threading.Thread(target=_read_lines, args=(process.stdout, told), daemon=True),
            threading.Thread(target=lambda: complaints.extend(process.stderr or []), daemon=True),
        ]
        for reader in readers:
            reader.start()
        try:
            process.stdin.write(json.dumps(run.config) + "\n")
            process.stdin.flush()
            result, done = self._follow(run, process, told, readers[0])
        except BrokenPipeError:
            result, done = None, 0.0
        finally:
            process.kill()
            process.wait()
            for reader in readers:
                reader.join(5)
        self._file(run, result, done, complaints)

    def _follow(
        self,
        run: Run,
        process: subprocess.Popen[str],
        told: queue.Queue[dict[str, Any]],
        reader: threading.Thread,
    ) -> tuple[dict[str, Any] | None, float]:
        """Until the process has told its loss, died, or is not wanted: (its last word, share)."""
        done, next_beat = 0.0, 0.0
        latest: float | None = None
        while True:
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + BEAT_SECONDS
                if not self.database.write(leases.beat, run.id, self.name, done, latest):
                    return {"cancelled": True}, done
            try:
                news = told.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if not reader.is_alive() and told.empty():
                    return None, done
                continue
            done = min(1.0, max(done, float(news.get("done", done))))
            if isinstance(news.get("latest"), float) and math.isfinite(news["latest"]):
                latest = news["latest"]
            if "loss" in news:
                return news, done

    def _file(
        self, run: Run, result: dict[str, Any] | None, done: float, complaints: list[str]
    ) -> None:
        if result is None:
            message = complaints[-1].strip() if complaints else "the training process was killed"
            self.database.write(
                lambda connection: leases.give_back(connection, run.id, self.name, message)
            )
            return
        if "cancelled" in result:
            status, loss, message = accounts.CANCELLED, None, "cancelled while it ran"
        else:
            loss = math.nan if result["loss"] is None else float(result["loss"])
            status = accounts.COMPLETED
            message = "diverged" if math.isnan(loss) else ""
        self.database.write(
            lambda connection: leases.finish(
                connection, run.id, self.name, status, loss=loss, done=done, message=message
            )
        )


def _read_lines(stream: Any, told: queue.Queue[dict[str, Any]]) -> None:
    """Lines of JSON objects; what a library prints besides is passed over."""
    for line in stream:
        try:
            news = json.loads(line)
        except ValueError:
            continue
        if isinstance(news, dict):
            told.put(news)


def main(arguments: list[str] | None = None) -> int:
    """The command; the exit code is 0 unless it was used wrongly."""
    parser = argparse.ArgumentParser(prog="python -m cs336_scaling.server.worker")
    parser.add_argument("--database", required=True, metavar="URL")
    parser.add_argument("--trainer", default=DEFAULT_TRAINER, metavar="MODULE")
    parser.add_argument("--attached", action="store_true", help="end with standard input")
    parser.add_argument("--idle", type=float, default=math.inf, metavar="SECONDS")
    options = parser.parse_args(arguments)
    if options.attached:
        threading.Thread(target=_end_with_the_input, daemon=True).start()
    worker = Worker(Database(options.database), options.trainer)
    last = time.monotonic()
    while time.monotonic() - last < options.idle:
        if worker.work_once():
            last = time.monotonic()
        else:
            time.sleep(POLL_SECONDS)
    return 0


def _end_with_the_input() -> None:
    select.select([sys.stdin], [], [])
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
