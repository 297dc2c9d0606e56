"""Recordings of the course's lectures for the tests: made once a suite, and shared.

A lecture is recorded by the command, in a process that cannot leave the machine, and kept for all
tests and all processes of one pytest run. The fixtures here serve `tests/` and `lectures/*/tests/`;
in the latter the lecture is the one whose folder the test lies in.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from lecture_tracer.catalogue.sources import Course, read_course
from lecture_tracer.course import course_info, find_lectures
from lecture_tracer.trace import codec, store
from lecture_tracer.trace.schema import Trace

ROOT = Path(__file__).resolve().parent.parent
LECTURES = [path.stem for path in find_lectures(ROOT)]
BACKENDS = ["monitoring", "settrace"] if sys.version_info >= (3, 12) else ["settrace"]
"""The first is the one that the command takes."""
SECOND_BACKEND = BACKENDS[-1]
"""The other one, or the same where there is one only: then a second run gives the same bytes."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs Python with the given arguments in the checkout, without a network."""

# Every process that Python starts with this on its path refuses to leave the machine and says so.
# It may serve itself: an address of 127.0.0.1 that the process listens on can be reached from it.
NO_NETWORK = """
    import os, socket

    connect, listen, resolve = socket.socket.connect, socket.socket.listen, socket.getaddrinfo
    served_here = set()

    def listen_and_note(self, *backlog):
        listen(self, *backlog)
        served_here.add(self.getsockname())

    def refuse(self, address, *rest):
        with open(os.environ["NETWORK_LOG"], "a") as log:
            log.write(f"{address}\\n")
        raise OSError("no network in this test")

    def connect_within(self, address):
        own = isinstance(address, tuple) and address[0] == "127.0.0.1" and address in served_here
        return connect(self, address) if own else refuse(self, address)

    def resolve_loopback(host, *rest, **more):
        return resolve(host, *rest, **more) if host == "127.0.0.1" else refuse(None, host)

    socket.socket.listen = listen_and_note
    socket.socket.connect = connect_within
    socket.socket.connect_ex = refuse
    socket.getaddrinfo = resolve_loopback
"""


@dataclass(frozen=True, slots=True)
class Recording:
    """How the command went that recorded a lecture."""

    file: str
    """The trace; there only if `exit_code` is 0."""
    exit_code: int
    said: str
    cpu_seconds: float
    asked_for: str
    """Addresses that the lecture tried to connect to, one a line."""


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every process of this pytest run sees, and no other run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "recordings"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run Python in the checkout without a network."""
    return offline(tmp_path_factory.mktemp("offline"))


def offline(folder: Path) -> Run:
    """A way to run Python that refuses the network and lists the attempts in `folder`/log.txt."""
    (folder / "sitecustomize.py").write_text(textwrap.dedent(NO_NETWORK), encoding="utf-8")
    extra = {"PYTHONPATH": str(folder), "NETWORK_LOG": str(folder / "log.txt")}

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=os.environ | extra,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def record_once(shared_folder: Path) -> Callable[[str], Recording]:
    """Record a lecture of the course, or take what another test or process recorded."""

    def get(lecture: str) -> Recording:
        folder = shared_folder / lecture
        folder.mkdir(exist_ok=True)
        with _locked(folder / "lock"):
            kept = folder / "recording.json"
            if not kept.exists():
                kept.write_text(json.dumps(asdict(_record(lecture, folder))), encoding="utf-8")
            return Recording(**json.loads(kept.read_text(encoding="utf-8")))

    return get


@pytest.fixture(scope="session")
def whole_course(
    record_once: Callable[[str], Recording], tmp_path_factory: pytest.TempPathFactory
) -> Course:
    """All lectures as they were recorded for this suite, in one folder with its index."""
    folder = tmp_path_factory.mktemp("course")
    for lecture in LECTURES:
        recording = record_once(lecture)
        assert recording.exit_code == 0, recording.said
        shutil.copy(recording.file, folder)
    store.update_index(folder, course=course_info(ROOT))
    return read_course(ROOT, folder, LECTURES)


def _record(lecture: str, folder: Path) -> Recording:
    import resource  # not there in WebAssembly, where the core's tests run too

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    options = ["--strict", "--backend", BACKENDS[0], "-o", str(folder)]
    done = offline(folder)("execute.py", "-m", lecture, *options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    log = folder / "log.txt"
    return Recording(
        file=str(folder / f"{lecture}.json"),
        exit_code=done.returncode,
        said=done.stdout + done.stderr,
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        asked_for=log.read_text(encoding="utf-8") if log.exists() else "",
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that one process has at a time; the system frees it if that process dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def lecture(request: pytest.FixtureRequest) -> str:
    """Name of the lecture that a test in `lectures/lecture_NN/tests/` belongs to."""
    return request.path.parent.parent.name


@pytest.fixture
def recording(lecture: str, record_once: Callable[[str], Recording]) -> Recording:
    """How recording the lecture went."""
    return record_once(lecture)


@pytest.fixture
def recorded(recording: Recording) -> Path:
    """The lecture's trace file."""
    assert recording.exit_code == 0, recording.said
    return Path(recording.file)


@pytest.fixture
def trace(recorded: Path) -> Trace:
    """The content of the trace file."""
    return codec.decode(recorded.read_bytes())


def twice_recorded(lectures: list[str], touched: set[str], day: int) -> set[str]:
    """Lectures that are recorded a second time in every suite: those touched, three by rotation."""
    rotation = {lectures[(3 * day + i) % len(lectures)] for i in range(3)} if lectures else set()
    return rotation | touched & set(lectures)


def lectures_in(paths: list[str]) -> set[str]:
    """Lectures that changed files belong to."""
    parts = [Path(path).parts for path in paths if path]
    inside = {names[1] for names in parts if len(names) > 2 and names[0] == "lectures"}
    return inside | {Path(names[0]).stem for names in parts if len(names) == 1}


def chosen_today() -> set[str]:
    """Lectures to record twice, by the history of this checkout.

    The last 20 commits say which were touched, the day of the last one turns the rotation. Without
    a history, or with a part of it, only the rotation is left; `make test-slow` takes them all.
    """
    touched: set[str] = set()
    if _git("rev-parse", "--is-shallow-repository") == "false":
        touched = lectures_in(_git("log", "-20", "--name-only", "--format=").splitlines())
    seconds = _git("log", "-1", "--format=%ct")
    return twice_recorded(LECTURES, touched, int(seconds or 0) // 86_400)


def _git(*arguments: str) -> str:
    """What git prints; empty where there is no git or no history."""
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
