"""A training API that runs: uvicorn in a thread, its database, and its workers if it has any."""

from __future__ import annotations

import logging
import re
import socket
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import uvicorn

from cs336_scaling.server import accounts
from cs336_scaling.server.database import Database
from cs336_scaling.server.http import WAIT_SECONDS, create_app
from cs336_scaling.server.limits import RateLimit
from cs336_scaling.server.service import LossFunction, Service, Simulated
from cs336_scaling.server.workforce import Overseer

DEFAULT_BUDGET = 2 * 10**18
"""FLOPs of a key, as in the assignment."""
START_SECONDS = 10.0

_KEY = re.compile(r"(api_key=)[^&\s\"']+")


class TrainingServer:
    """The training API over a service. Start and stop it, or use it as a context manager."""

    def __init__(
        self,
        service: Service,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        overseer: Overseer | None = None,
        rate: RateLimit | None = None,
        wait: float = WAIT_SECONDS,
        log_level: str = "warning",
    ) -> None:
        self.service = service
        self.api_keys: list[str] = []
        """Secrets of keys made for this server, when none were given."""
        self._host, self._port = host, port
        self._overseer = overseer
        config = uvicorn.Config(
            create_app(service, rate=rate, wait=wait),
            log_level=log_level,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
        )
        for name in ("uvicorn.access", "uvicorn.error"):
            logging.getLogger(name).addFilter(redact)
        self._server = uvicorn.Server(config)
        self._thread: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """Such as `http://127.0.0.1:8000`, once it has started."""
        return f"http://{self._host}:{self._port}"

    def start(self) -> TrainingServer:
        """Listen; returns when requests are answered.

        Raises:
            OSError: the port is taken or the address is none of this machine's.
        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._host, self._port))
        listener.listen(1024)  # a class that presses the button together
        self._port = listener.getsockname()[1]
        if self._overseer:
            self._overseer.start()
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [listener]},
            name="training-api",
            daemon=True,
        )
        self._thread.start()
        end = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise OSError("the training API did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Answer what was asked, then end; workers too. May be called twice."""
        self._server.should_exit = True
        if self._thread:
            self._thread.join()
            self._thread = None
            if self._overseer:
                self._overseer.stop()
        self.service.database.close()
        if self._folder:
            self._folder.cleanup()

    def wait(self) -> None:
        """Until it ends."""
        while self._thread and self._thread.is_alive():
            self._thread.join(0.5)

    def own(self, folder: tempfile.TemporaryDirectory[str]) -> None:
        """Remove this folder when the server stops."""
        self._folder = folder

    def __enter__(self) -> TrainingServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def make_server(
    host: str = "127.0.0.1",
    port: int = 0,
    loss_fn: LossFunction | None = None,
    budget: int | float = DEFAULT_BUDGET,
    api_keys: Iterable[str] | None = None,
) -> TrainingServer:
    """A training API of its own with an empty database that goes when it stops.

    Args:
        port: 0 takes a free one.
        loss_fn: final loss of a configuration; by default the simulated world of seed 0.
        budget: FLOPs of each key, a whole number.
        api_keys: the keys that are accepted; by default one is made, `server.api_keys[0]`.
    """
    if loss_fn is None:
        from cs336_scaling.simulator import make_loss_fn

        loss_fn = make_loss_fn(0, 1)
    if budget != int(budget):
        raise ValueError(f"a budget is a whole number of FLOPs, not {budget!r}")
    folder = tempfile.TemporaryDirectory(prefix="training-api.")
    database = Database(f"sqlite:///{Path(folder.name, 'runs.db')}")
    server = TrainingServer(Service(database, Simulated(loss_fn)), host=host, port=port)
    server.own(folder)
    secrets = [None] if api_keys is None else list(api_keys)
    server.api_keys = [
        database.write(accounts.add_key, f"key {number}", int(budget), secret)
        for number, secret in enumerate(secrets, 1)
    ]
    return server


def redact(record: logging.LogRecord) -> bool:
    """A filter for loggers: API keys in addresses become `…`. Always lets the record pass."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            _KEY.sub(r"\1…", value) if isinstance(value, str) else value for value in record.args
        )
    if isinstance(record.msg, str):
        record.msg = _KEY.sub(r"\1…", record.msg)
    return True
