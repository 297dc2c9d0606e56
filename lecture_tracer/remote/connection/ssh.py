"""One multiplexed ssh connection to the login node, and the scripts run over it.

A script's variables go in front of it as assignments, so that any text arrives as it is. A broken
connection raises `ConnectionLostError`: the caller opens it again and repeats the step, which every
script here allows.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from lecture_tracer.remote.connection.shell import RemoteShell, last_line
from lecture_tracer.remote.errors import ConnectionLostError, RemoteError
from lecture_tracer.remote.plan import script_body, shell_assignments

SSH_LOST = 255
"""ssh's own exit status when the connection, not the command, failed."""
RSYNC_LOST = frozenset({5, 10, 12, 30, 35, SSH_LOST})
"""rsync's exit statuses for a connection that did not start, broke or timed out."""
RSYNC_VANISHED = 24
"""A local file disappeared while it was being sent: it is no longer part of the checkout."""


def script_text(name: str, variables: Mapping[str, str]) -> str:
    """What is sent for `scripts/NAME.sh`."""
    return shell_assignments(variables) + script_body(name)


class Connection:
    """One ssh master connection, closed at the end of a `with` block if it was made here.

    A user whose ssh configuration keeps a master of its own (`ControlMaster auto`, `ControlPath`,
    `ControlPersist`) keeps it: it is used, or made the way that the configuration says, and left
    open, so that a second factor is asked for once and not once a command.
    """

    def __init__(self, host: str, ssh_command: str, setup: str = "") -> None:
        """`setup`: lines that the login shell runs before anything else."""
        self.host = host
        self._setup = setup
        self._shell: RemoteShell | None = None
        self._ssh = shlex.split(ssh_command)
        # A unix socket's path has room for about 100 characters, of which ssh wants 17 itself.
        base = tempfile.gettempdir()
        self._folder = Path(tempfile.mkdtemp(prefix="lr-", dir=base if len(base) < 50 else "/tmp"))
        self._private = self._socket = self._folder / "s"

    @property
    def shared(self) -> bool:
        """Whether the open connection is the user's own master."""
        return self._socket != self._private

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open_command(self) -> list[str]:
        """The command that starts the master connection in the background."""
        master = ["-o", "ControlMaster=yes", "-o", "ControlPersist=60"]
        return [*self._ssh, *master, *_opening(), "-S", str(self._private), "-f", "-N", self.host]

    def user_command(self) -> list[str]:
        """The command that opens the master connection that the user's configuration describes."""
        return [*self._ssh, *_opening(), self.host, "true"]

    def command(self) -> list[str]:
        """ssh over the open master connection; append the remote command."""
        return [*self._ssh, "-o", "ControlMaster=no", "-S", str(self._socket), self.host]

    def rsync_command(self, arguments: Sequence[str]) -> list[str]:
        """rsync over the same connection; paths inside `arguments` start with `self.host:`."""
        remote_shell = shlex.join(self.command()[:-1])
        return ["rsync", "--archive", "--protect-args", "-e", remote_shell, *arguments]

    def open(self) -> None:
        """Connect, asking for a password on the terminal if ssh needs one."""
        self._leave_master()
        try:
            theirs = self._user_socket()
            if theirs and self._answers(theirs):
                self._socket = theirs
                return
            self._call(self.user_command() if theirs else self.open_command())
        except FileNotFoundError as error:
            message = f"no command {self._ssh[0]!r} here: install it, or set 'ssh_command'"
            raise RemoteError("ssh-missing", message) from error
        self._socket = theirs or self._private

    def _call(self, command: Sequence[str]) -> None:
        with tempfile.TemporaryFile() as messages:  # a pipe would stay open in the background
            code = subprocess.call(command, stdout=subprocess.DEVNULL, stderr=messages)
            messages.seek(0)
            said = last_line(messages.read())
        if code != 0:
            raise ConnectionLostError(f"cannot connect to {self.host!r}: {said}")

    def script(
        self,
        name: str,
        variables: Mapping[str, str],
        *,
        limit_s: float = 120.0,
        show: Callable[[bytes], None] | None = None,
    ) -> bytes:
        """Run `scripts/NAME.sh` and return what it printed; `show` gets it while it comes.

        Raises `ConnectionLostError`, or `RemoteError` with the slug of a line `::error SLUG TEXT`.
        """
        self._require_master()
        try:
            if self._shell is None:
                self._shell = RemoteShell([*self.command(), "-T"], self.host, self._setup)
            code, output = self._shell.run(script_text(name, variables), limit_s, show)
        except BaseException:
            self._leave_shell()  # it may be in the middle of the script
            raise
        refusal = re.search(rb"^::error (\S+) (.*)$", output, re.MULTILINE)
        if refusal:
            raise RemoteError(refusal[1].decode(), refusal[2].decode(errors="replace"))
        if code != 0:
            said = f"{last_line(output)} (exit {code})"
            raise RemoteError("remote-step", f"step {name!r} failed on {self.host!r}: {said}")
        return output

    def rsync(self, arguments: Sequence[str], *, names: bytes, folder: Path) -> None:
        """Copy the NUL-separated `names`; `folder` is the working folder of the local side."""
        self._require_master()
        done = subprocess.run(
            self.rsync_command(["--from0", "--files-from=-", *arguments]),
            input=names,
            capture_output=True,
            cwd=folder,
            start_new_session=True,
            check=False,
        )
        if done.returncode in (0, RSYNC_VANISHED):
            return
        said = _rsync_reason(done.stderr)
        if done.returncode in RSYNC_LOST and b"No space left" not in done.stderr:
            raise ConnectionLostError(f"the transfer with {self.host!r} broke: {said}")
        raise RemoteError("transfer", f"rsync with {self.host!r} failed: {said}")

    def close(self) -> None:
        """End the master connection and remove its socket."""
        self._leave_master()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _user_socket(self) -> Path | None:
        """Socket of the master that the user's configuration keeps; None when it keeps none."""
        command = [*self._ssh, "-G", self.host]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = dict(line.partition(" ")[::2] for line in done.stdout.splitlines())
        path = said.get("controlpath", "none")
        if path == "none":
            return None
        socket = Path(path)
        makes = said.get("controlmaster") in ("auto", "autoask", "true", "yes")
        stays = said.get("controlpersist", "no") not in ("no", "false")
        return socket if self._answers(socket) or (makes and stays) else None

    def _answers(self, socket: Path) -> bool:
        command = [*self._ssh, "-S", str(socket), "-O", "check", self.host]
        return socket.exists() and subprocess.run(command, capture_output=True).returncode == 0

    def _require_master(self) -> None:
        # Without the socket ssh would quietly make a new connection for every command.
        if not self._socket.exists():
            raise ConnectionLostError(f"the connection to {self.host!r} broke")

    def _leave_shell(self) -> None:
        shell, self._shell = self._shell, None
        if shell is not None:
            shell.close()

    def _leave_master(self) -> None:
        self._leave_shell()
        if self.shared:  # the user's own stays open
            self._socket = self._private
            return
        if self._socket.exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                quiet = subprocess.DEVNULL
                command = [*self.command()[:-1], "-O", "exit", self.host]
                subprocess.run(command, stdout=quiet, stderr=quiet, timeout=5, check=False)
        with contextlib.suppress(FileNotFoundError):
            self._socket.unlink()


def _opening() -> list[str]:
    options = ["ConnectTimeout=15", "ServerAliveInterval=5", "ServerAliveCountMax=3"]
    if not sys.stdin.isatty():
        options.append("BatchMode=yes")
    return [part for option in options for part in ("-o", option)]


def _rsync_reason(text: bytes) -> str:
    """The line that says why; rsync's last line only repeats that there was an error."""
    reason = re.search(rb"^rsync: .*\(\d+\)$", text, re.MULTILINE)
    return reason[0].decode(errors="replace") if reason else last_line(text)


def require_tools() -> None:
    """Raise `RemoteError` (`tool-missing`) unless git and rsync are on this machine's PATH."""
    for tool in ("git", "rsync"):
        if not shutil.which(tool, path=os.environ.get("PATH")):
            raise RemoteError("tool-missing", f"no command {tool!r} on this machine: install it")
