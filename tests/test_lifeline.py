"""The pipe between the command and the recording process. With real processes: see `test_cli`."""

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
PROGRAM = """
import sys
from lecture_tracer.process.lifeline import hold
hold(int(sys.argv[1]))
print("alive", flush=True)
sys.stdin.read()
print("done")
"""


def started(reader: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(reader)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        pass_fds=(reader,), start_new_session=True,
    )  # fmt: skip


def test_nothing_happens_while_the_other_end_is_held() -> None:
    reader, writer = os.pipe()
    process = started(reader)
    os.close(reader)
    assert process.communicate("", timeout=30)[0] == "alive\ndone\n"
    assert process.returncode == 0
    os.close(writer)


def test_closing_the_other_end_kills() -> None:
    reader, writer = os.pipe()
    with started(reader) as process:
        os.close(reader)
        assert process.stdout is not None
        assert process.stdout.readline() == "alive\n"
        os.close(writer)
        assert process.wait(30) == -signal.SIGKILL


def test_an_end_that_was_closed_before_counts_too() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with started(reader) as process:
        os.close(reader)
        assert process.wait(30) == -signal.SIGKILL
