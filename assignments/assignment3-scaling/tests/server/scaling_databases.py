"""A real PostgreSQL server for tests, started from the installed programs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def postgresql_programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: on the PATH, or where Debian puts them."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


class PostgreSQL:
    """A server of its own in a folder, reached over TCP on the loopback address."""

    def __init__(self, folder: Path) -> None:
        programs = postgresql_programs()
        assert programs is not None
        self._programs = programs
        self._data = folder / "data"
        self._log = folder / "log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "--no-sync")

    def start(self) -> None:
        """Listen."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        options += " -c fsync=off -c max_connections=200"
        self._run(
            "pg_ctl", "-D", str(self._data), "-w", "-l", str(self._log), "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """`fast` breaks connections off, `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def new_database(self, name: str) -> str:
        """Its address for SQLAlchemy."""
        import psycopg

        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
            command = ["setpriv", *user, *command]
        subprocess.run(
            command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


@contextmanager
def running_postgresql(folder: Path) -> Iterator[PostgreSQL]:
    """A server that is stopped at the end."""
    server = PostgreSQL(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop("immediate")
