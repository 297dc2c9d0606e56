"""The login shell that all steps share, here on this machine instead of behind ssh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lecture_tracer.remote.connection.reconnect import Reconnecting
from lecture_tracer.remote.connection.shell import RemoteShell
from lecture_tracer.remote.connection.ssh import Connection
from lecture_tracer.remote.errors import ConnectionLostError, RemoteError


def start(login_shell: str = "/bin/bash", setup: str = "") -> RemoteShell:
    """A shell whose user has `login_shell`; sh reads the first line wherever that is not bash."""
    command = ["env", f"SHELL={login_shell}", "HOME=/nonexistent", Path(login_shell).name]
    return RemoteShell(command, "here", setup)


@pytest.fixture
def shell() -> Iterator[RemoteShell]:
    shell = start()
    yield shell
    shell.close()


def test_scripts_leave_nothing_behind(shell: RemoteShell) -> None:
    assert shell.run("cd /; value=1; set -u; exit 3", 10) == (3, b"")
    assert shell.run('echo "${value:-unset} $PWD"', 10)[1] != b"1 /\n"
    assert shell.run('printf "%s" "${value:-unset}"', 10) == (0, b"unset")


def test_output_may_be_any_bytes(shell: RemoteShell) -> None:
    code, output = shell.run("head -c 300000 /dev/zero; printf '\\n::step 0 0\\n\\377'", 10)

    assert code == 0
    assert output == bytes(300_000) + b"\n::step 0 0\n\xff"


def test_a_command_that_reads_cannot_swallow_the_script(shell: RemoteShell) -> None:
    assert shell.run("cat; cat; echo after", 10) == (0, b"after\n")


def test_output_is_shown_while_it_comes_in_whole_lines(shell: RemoteShell) -> None:
    shown: list[bytes] = []

    shell.run("echo one; sleep 0.2; printf two", 10, shown.append)

    assert b"".join(shown) == b"one\ntwo"


def test_setup_lasts_and_a_failing_one_is_refused() -> None:
    shell = start(setup="course() { echo lectures; }\nexport PLACE='a b'")
    assert shell.run('course; echo "$PLACE"', 10) == (0, b"lectures\na b\n")
    shell.close()

    with pytest.raises(RemoteError, match=r"'setup' failed on 'here'.*nonsense"):
        start(setup="nonsense")


def test_user_of_another_shell_gets_a_bash() -> None:
    shell = start("/bin/sh")

    assert shell.run('[[ -n $BASH_VERSION ]] && echo "${BASH_VERSION%%[0-9]*}ok"', 10) == (
        0,
        b"ok\n",
    )
    shell.close()


def test_silence_and_an_ended_shell_are_lost_connections(shell: RemoteShell) -> None:
    with pytest.raises(ConnectionLostError, match="did not answer"):
        shell.run("sleep 5", 0.2)

    other = start()
    with pytest.raises(ConnectionLostError, match="broke"):
        other.run("kill -9 $$", 10)
    other.close()


def test_reconnecting_gives_up_after_its_time() -> None:
    said: list[str] = []
    pauses: list[float] = []

    def lost() -> None:
        raise ConnectionLostError("the cable is out")

    with Connection("127.0.0.1", "ssh -F /dev/null -p 1") as connection:
        again = Reconnecting(connection, said.append, pauses.append, limit_s=0.5)
        with pytest.raises(ConnectionLostError, match="cannot connect to"):
            again(lost)

    assert said == ["the cable is out; trying again, the jobs are not affected"]
    assert pauses == sorted(pauses)
