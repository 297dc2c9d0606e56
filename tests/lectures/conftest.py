"""A lecture recorded by the command, in a process that cannot leave the machine.

A test module names its lecture in `LECTURE`; `recorded` is then the trace file and `trace` its
content, for each backend of this interpreter.
"""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lecture_tracer.trace import codec
from lecture_tracer.trace.schema import Trace
from tests.conftest import BACKENDS
from tests.lectures.checks import ROOT, Run

# Every process that Python starts with this on its path refuses to leave the machine and says so.
NO_NETWORK = """
    import os, socket

    def refuse(self, address, *rest):
        with open(os.environ["NETWORK_LOG"], "a") as log:
            log.write(f"{address}\\n")
        raise OSError("no network in this test")

    socket.socket.connect = refuse
    socket.socket.connect_ex = refuse
    socket.getaddrinfo = lambda *a, **k: refuse(None, a[:2])
"""


@pytest.fixture(scope="module")
def network_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which a process writes where it tried to connect."""
    return tmp_path_factory.mktemp("network") / "log.txt"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, network_log: Path) -> Run:
    """Run Python in the checkout without a network."""
    folder = tmp_path_factory.mktemp("path")
    (folder / "sitecustomize.py").write_text(textwrap.dedent(NO_NETWORK), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(folder), "NETWORK_LOG": str(network_log)}

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.fixture(scope="module", params=BACKENDS)
def recorded(
    request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The trace, recorded by the command with each backend of this interpreter."""
    lecture = str(request.module.LECTURE)
    folder = tmp_path_factory.mktemp("traces")
    options = ["--strict", "--backend", str(request.param), "-o", str(folder)]
    done = run("execute.py", "-q", "-m", lecture, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / f"{lecture}.json"


@pytest.fixture(scope="module")
def trace(recorded: Path) -> Trace:
    """The content of the trace file."""
    return codec.decode(recorded.read_bytes())
