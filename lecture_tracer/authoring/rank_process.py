"""The processes of ranks 1, 2…: started, watched and ended by rank 0, and what runs in them.

They are fresh interpreters (`spawn`) that import the function by name. Each ends by itself when
rank 0 is gone and when its time is over: a collective operation in which rank 0 waits for it then
fails there instead of hanging the lecture.
"""

import os
import pickle
import random
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from lecture_tracer.authoring import sink
from lecture_tracer.authoring.rank_group import Group
from lecture_tracer.trace.schema import RankValues, Rendering

READY = "ready"
START_SECONDS = 120.0
"""For importing what the function needs."""
_KILL_SECONDS = 5.0


class Processes:
    """Ranks 1 to `world_size` - 1. Use as a context manager: none is left when it ends."""

    def __init__(self, world_size: int, payload: bytes, folder: Path, wait: float, limit: float):
        spawn = get_context("spawn")
        self._processes: dict[int, SpawnProcess] = {}
        for rank in range(1, world_size):
            given = (payload, rank, world_size, str(folder), wait, limit, str(Path.cwd()))
            self._processes[rank] = spawn.Process(target=run_rank, args=given, daemon=True)

    def start(self) -> None:
        """Start all, each with `RANK` in its environment."""
        before = os.environ.get("RANK")
        try:
            for rank, process in self._processes.items():
                os.environ["RANK"] = os.environ["LOCAL_RANK"] = str(rank)
                process.start()
        finally:
            if before is not None:
                os.environ["RANK"] = os.environ["LOCAL_RANK"] = before

    def ended(self, rank: int) -> str:
        """How a process ended without saying so itself; empty while it runs."""
        code = self._processes[rank].exitcode
        if code is None:
            return ""
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def end(self) -> None:
        """Kill what still runs."""
        for process in self._processes.values():
            if process.pid is not None:
                process.kill()
        for process in self._processes.values():
            if process.pid is not None:
                process.join(_KILL_SECONDS)


@contextmanager
def environment(world_size: int) -> Iterator[None]:
    """What `torch.distributed` and others look for, as `torchrun` sets it; put back afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "RANK": "0",
        "LOCAL_RANK": "0",
        "WORLD_SIZE": str(world_size),
    }
    # One thread each, and nothing outside of this machine, unless the lecture says otherwise.
    kept = {"OMP_NUM_THREADS": "1"}
    if sys.platform == "linux":
        kept["GLOO_SOCKET_IFNAME"] = "lo"
    given |= {name: value for name, value in kept.items() if name not in os.environ}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def run_rank(
    payload: bytes, rank: int, world_size: int, folder: str, wait: float, limit: float, root: str
) -> None:
    """What a started process does: import the function, run it, say how it ended."""
    group = Group(rank, world_size, Path(folder), wait)
    threading.Thread(target=_watch, args=(group, limit), daemon=True).start()
    ended = ""
    with sink.activate(Quiet(Path(root))), group.printing():
        try:
            function, arguments = pickle.loads(payload)
            seed(rank)
            group.leave(READY, "", RankValues(rank=rank))
            run_as(group, function, arguments)
        except BaseException as error:
            ended = describe(error, Path(root))
    group.leave_end(ended)
    sys.stderr.flush()
    os._exit(1 if ended else 0)  # not held up by threads of a library


def run_as(group: Group, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Run the function as one rank of a group; `ranks()` inside it knows the group."""
    before, Current.group = Current.group, group
    try:
        return function(group.rank, group.world_size, *arguments)
    finally:
        Current.group = before


class Current:
    """The group that the running function belongs to."""

    group: Group | None = None


class Quiet:
    """A `RenderingSink` for ranks other than 0: what they show besides `ranks()` is dropped."""

    name = ""
    measure = False

    def __init__(self, root: Path) -> None:
        self.root = root

    def output(self, rendering: Rendering) -> None:
        """Drop it: rank 0 shows the same."""

    def embed(self, path: Path) -> str:
        """Nothing is embedded."""
        return str(path)

    def unobserved(self) -> AbstractContextManager[None]:
        """Nothing is recorded here."""
        return nullcontext()

    def warn(self, message: str, *, here: bool = True) -> None:
        """Drop it: rank 0 warns of the same."""

    def lacks(self, what: str, reason: str) -> None:
        """Drop it."""


def seed(rank: int) -> None:
    """Every rank draws its own numbers, the same at every run."""
    random.seed(rank)
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed(rank)
    if (torch := sys.modules.get("torch")) is not None:
        torch.manual_seed(rank)


def describe(error: BaseException, root: Path) -> str:
    """`ValueError: message (lecture_08.py:41)`, the innermost place in the project."""
    if isinstance(error, SystemExit):
        return "" if error.code in (None, 0) else f"exit code {error.code}"
    text = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
    places = [
        f"{Path(level.filename).relative_to(root).as_posix()}:{level.lineno}"
        for level in traceback.extract_tb(error.__traceback__)
        if Path(level.filename).is_relative_to(root)
        and not Path(level.filename).is_relative_to(Path(__file__).parent)
    ]
    return f"{text} ({places[-1]})" if places else text


def _watch(group: Group, limit: float) -> None:
    """End this process with rank 0's, or when its time is over."""
    parent = parent_process()
    assert parent is not None
    if not connection.wait([parent.sentinel], timeout=limit):
        group.leave_end(f"no end within {limit:g} s")
    os._exit(1)


def environment_of_torchrun() -> Mapping[str, str] | None:
    """The environment where `torchrun` has started this process, else None."""
    return os.environ if "TORCHELASTIC_RUN_ID" in os.environ else None
