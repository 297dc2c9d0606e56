"""A real Slurm cluster on loopback, shared by the session, and small checkouts to run from.

`SLURM_TESTS=required` turns the skip on a machine without Slurm into a failure.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLUSTER_SH = Path(__file__).parent / "cluster.sh"
NEEDED = ("slurmctld", "slurmd", "sbatch", "munged", "sshd", "ssh", "rsync", "git")

# The tests' own interpreter stands in for a virtual environment: nothing is installed.
VENV_COMMAND = """\
mkdir -p "$VENV/bin" && printf '#!/bin/sh\\nexec "%s" "$@"\\n' "$PYTHON" >"$VENV/bin/python" && \
chmod +x "$VENV/bin/python"\
"""


def until(what: Callable[[], bool], limit_s: float = 30.0) -> None:
    """Wait for something to become true; fails the test when it does not."""
    deadline = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < deadline, f"waited {limit_s} s"
        time.sleep(0.1)


@dataclass(frozen=True)
class Cluster:
    """A running cluster; `ssh_command` reaches its login node as the host `cluster`."""

    folder: Path
    environment: dict[str, str]

    @property
    def ssh_command(self) -> str:
        return f"ssh -F {self.folder}/ssh/config"

    def control(self, *arguments: str) -> None:
        """Call cluster.sh."""
        subprocess.run([CLUSTER_SH, *arguments], env=self.environment, check=True, timeout=60)

    def slurm(self, *command: str) -> str:
        """Run a Slurm command as an operator would; returns what it prints."""
        done = subprocess.run(
            command, env=self.environment, check=True, timeout=30, capture_output=True, text=True
        )
        return done.stdout

    def state(self, job: str) -> str:
        """States of a job's tasks, such as "RUNNING PENDING"."""
        return " ".join(
            self.slurm("squeue", "-h", "-r", "-t", "all", "-j", job, "-o", "%T").split()
        )


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's cluster; skips with the reason where there can be none."""
    with ExitStack() as stack:
        try:
            cluster = stack.enter_context(running_cluster())
        except RuntimeError as error:
            required = os.environ.get("SLURM_TESTS") == "required"
            (pytest.fail if required else pytest.skip)(str(error))
        yield cluster


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a cluster and stop it at the end. Raises RuntimeError with the reason it cannot be."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [command for command in NEEDED if not shutil.which(command, path=path)]
    if missing:
        raise RuntimeError(f"no {', '.join(missing)} here: as root, tests/slurm/cluster.sh install")
    folder = Path(tempfile.mkdtemp(prefix="sl-", dir="/tmp"))  # unix sockets need a short path
    folder.chmod(0o755)  # munged wants its socket reachable by all
    environment = {
        **os.environ,
        "DIR": str(folder),
        "BASE": str(free_ports()),
        "SLURM_CONF": f"{folder}/slurm.conf",
    }
    try:
        up = subprocess.run(
            [CLUSTER_SH, "up"], env=environment, capture_output=True, text=True, timeout=90
        )
        if up.returncode != 0:
            raise RuntimeError(f"the loopback cluster does not start here: {up.stderr[-1500:]}")
        yield Cluster(folder, environment)
    finally:
        subprocess.run([CLUSTER_SH, "down"], env=environment, timeout=90, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int = 10) -> int:
    """First of `count` consecutive ports that nothing listens on."""
    while True:
        base = random.randrange(15000, 30000)
        try:
            for port in range(base, base + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base


@dataclass(frozen=True)
class Done:
    """A finished command; `said` is all it printed."""

    code: int
    said: str


class Checkout:
    """A small repository with the real engine and door, and the lectures that a test writes."""

    def __init__(self, root: Path, cluster: Cluster, remote: Path) -> None:
        self.root, self.cluster, self.remote_folder = root, cluster, remote
        root.mkdir()
        for name in ("remote_execute.sh", "execute.py"):
            shutil.copy2(ROOT / name, root / name)
        shutil.copytree(
            ROOT / "lecture_tracer",
            root / "lecture_tracer",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        self.write("requirements.lock", "# nothing\n")
        self.write(".gitignore", "/var/\n__pycache__/\nremote.toml\n")
        self.configure()
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "Start")

    def configure(self, **changes: object) -> None:
        """Write remote.toml: the cluster with small requests, and `changes`."""
        values: dict[str, object] = {
            "host": "cluster",
            "ssh_command": self.cluster.ssh_command,
            "folder": str(self.remote_folder),
            "partition": "main",
            "gpus": 0,
            "cpus": 1,
            "memory": "400M",
            "time_limit": "2",
            "python": sys.executable,
            "venv_command": VENV_COMMAND,
            "min_free_gb": 0.01,
        }
        lines = [f"{key} = {toml(value)}" for key, value in {**values, **changes}.items()]
        self.write("remote.toml", "\n".join(lines) + "\n")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, check=True, timeout=30)

    @property
    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("REMOTE_", "SLURM_"))}
        return {**clean, "PYTHON": sys.executable}

    def run(self, *arguments: str, limit_s: float = 90.0) -> Done:
        """`./remote_execute.sh ARGUMENTS` without a terminal, to its end."""
        done = subprocess.run(
            ["./remote_execute.sh", *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
        )
        return Done(done.returncode, done.stdout.decode(errors="replace"))

    def start(self, *arguments: str, terminal: bool = False) -> Started:
        """`./remote_execute.sh ARGUMENTS` in the background."""
        return Started(
            [str(self.root / "remote_execute.sh"), *arguments], self.environment, terminal
        )

    def trace(self, lecture: str) -> Path:
        return self.root / "var" / "traces" / f"{lecture}.json"

    def runs(self) -> list[Path]:
        """Run folders on the cluster."""
        return sorted((self.remote_folder / "runs").glob("*"))

    def trees(self, kind: str = "checkouts") -> list[Path]:
        """Folders on the cluster that runs share."""
        return sorted((self.remote_folder / kind).glob("*"))


class Started:
    """A command in the background whose output is read while it runs."""

    def __init__(self, command: list[str], environment: dict[str, str], terminal: bool) -> None:
        self._ours, theirs = os.openpty() if terminal else os.pipe()
        self.said = ""
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=theirs if terminal else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(self._ours, False)

    def read(self) -> str:
        try:
            while part := os.read(self._ours, 65536):
                self.said += part.decode(errors="replace")
        except (BlockingIOError, OSError):
            pass
        return self.said

    def until_said(self, text: str, limit_s: float = 40.0) -> None:
        deadline = time.monotonic() + limit_s
        while text not in self.read():
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.said}"
            assert self.process.poll() is None or text in self.read(), f"ended:\n{self.said}"
            time.sleep(0.05)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, limit_s: float = 60.0) -> Done:
        until(lambda: (self.read(), self.process.poll() is not None)[1], limit_s)
        self.read()
        os.close(self._ours)
        return Done(self.process.returncode, self.said)


def toml(value: object) -> str:
    """A TOML literal for a string, number or list of strings."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return str(value)


@pytest.fixture
def checkout(cluster: Cluster, tmp_path: Path) -> Checkout:
    """A checkout with an own remote folder, whose name has a space."""
    return Checkout(tmp_path / "checkout", cluster, tmp_path / "remote runs")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    place = tmp_path / "disk"
    with mounted(place, "8m"):
        yield place


@contextmanager
def mounted(place: Path, size: str) -> Iterator[None]:
    """A file system of its own at `place`; skips the test where only root may have one."""
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
