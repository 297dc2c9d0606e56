"""kill -9, two servers, a database that is locked, full or restarted."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import httpx
import pytest
from cs336_scaling.client import ScalingAPIError, ScalingClient
from cs336_scaling.config import RunConfig
from cs336_scaling.server import accounts
from cs336_scaling.server.database import Database, DatabaseUnavailable
from cs336_scaling.server.running import TrainingServer
from cs336_scaling.server.service import Service, Simulated
from cs336_scaling.server.tables import ledger, runs
from scaling_databases import PostgreSQL
from sqlalchemy import Connection, func, select

SECRET = "a-key-for-tests"
Config = Callable[..., RunConfig]


def start_server(url: str, port: int = 0) -> tuple[subprocess.Popen[str], str, float]:
    """The command in a process of its own; its address; seconds until it answered."""
    began = time.monotonic()
    command = [sys.executable, "-m", "cs336_scaling.server", "--database", url, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        if "http://" in line:
            address = line.split("dashboard: ")[1].split("/ ")[0].strip()
            return process, address, time.monotonic() - began
    raise AssertionError("the server ended before it listened")


def sums(database: Database) -> tuple[int, int]:
    """Of the ledger, and of what the runs were charged."""
    entered = database.read(lambda c: c.execute(select(func.sum(ledger.c.amount))).scalar() or 0)
    charged = database.read(lambda c: c.execute(select(func.sum(runs.c.charged))).scalar() or 0)
    return int(entered), int(charged)


def kills(database_url: str, run_config: Config, times: int) -> None:
    """Kill the server `times` times while eight clients ask; the accounts always agree."""
    database = Database(database_url)
    database.write(lambda c: accounts.add_key(c, "ada", 10**18, SECRET))
    rng = random.Random(0)
    widths = iter(range(64, 1025))
    for _ in range(times):
        process, address, _ = start_server(database_url)
        stop = threading.Event()
        answered: list[RunConfig] = []

        def ask(
            address: str = address,
            stop: threading.Event = stop,
            answered: list[RunConfig] = answered,
        ) -> None:
            client = ScalingClient(address, SECRET, patience=0.0)
            while not stop.is_set():
                config = run_config(d_model=next(widths))
                try:
                    client.loss(config)
                except ScalingAPIError:
                    return
                answered.append(config)

        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(ask)
            time.sleep(rng.uniform(0.02, 0.3))
            process.send_signal(signal.SIGKILL)
            process.wait()
            stop.set()
        entered, charged = sums(database)
        assert entered == charged
        service = Service(database, Simulated(lambda config: 0.0))
        stored = {
            tuple(run.config.values())
            for run in service.runs(SECRET, statuses=(accounts.COMPLETED,))
        }
        assert entered == len(stored) * 10**13  # nothing is charged without its record
        assert {tuple(config.as_dict().values()) for config in answered} <= stored
    database.close()


def test_kill_9_leaves_every_charge_with_its_record(database_url: str, run_config: Config) -> None:
    kills(database_url, run_config, 3)


@pytest.mark.slow
def test_50_times_kill_9(database_url: str, run_config: Config) -> None:
    kills(database_url, run_config, 50)


def test_two_servers_on_one_database_share_one_budget(
    database_url: str, run_config: Config
) -> None:
    database = Database(database_url)
    database.write(lambda c: accounts.add_key(c, "ada", 20 * 10**13, SECRET))
    servers = [start_server(database_url) for _ in range(2)]
    try:

        def ask(number: int) -> int:
            client = ScalingClient(servers[number % 2][1], SECRET)
            try:
                client.loss(run_config(d_model=64 + number // 2))  # each is asked of both
            except ScalingAPIError as error:
                return error.status
            return 200

        with ThreadPoolExecutor(12) as pool:
            codes = list(pool.map(ask, range(60)))
    finally:
        for process, _, _ in servers:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert set(codes) == {200, 403}
    assert sums(database) == (20 * 10**13, 20 * 10**13)


def test_a_locked_database_is_waited_for(tmp_path: Path, run_config: Config) -> None:
    path = tmp_path / "runs.db"
    database = Database(f"sqlite:///{path}", patience=30)
    database.write(lambda c: accounts.add_key(c, "ada", 10**15, SECRET))
    service = Service(database, Simulated(lambda config: 2.0))
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, lambda: other.execute("ROLLBACK")).start()
    assert service.ask(SECRET, run_config()).run.loss == 2.0


def test_a_full_disk_is_said_and_nothing_is_charged(tmp_path: Path, run_config: Config) -> None:
    database = Database(f"sqlite:///{tmp_path / 'runs.db'}", patience=0.2)
    database.write(lambda c: accounts.add_key(c, "ada", 10**15, SECRET))
    service = Service(database, Simulated(lambda config: 2.0))

    def fill(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    database.engine.dispose()
    database.write(fill)  # the pool now holds this one connection, and it cannot grow the file
    asked = 0

    def ask_until_full() -> None:
        nonlocal asked
        for width, layers in product(range(64, 1025), range(2, 25)):
            service.ask(SECRET, run_config(d_model=width, num_layers=layers))
            asked += 1

    with pytest.raises(DatabaseUnavailable, match="full"):
        ask_until_full()
    assert sums(database) == (asked * 10**13, asked * 10**13)


def test_a_full_disk_is_503_with_retry_after(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'runs.db'}")
    service = Service(database, Simulated(lambda config: 2.0))

    def unavailable(*_: object) -> None:
        raise DatabaseUnavailable("database or disk is full")

    database.read = unavailable  # type: ignore[method-assign,assignment]
    with TrainingServer(service) as server:
        answer = httpx.get(f"{server.url}/total_flops_used?api_key=x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "full" in answer.json()["message"]


def test_a_restarted_postgresql_is_waited_for(postgresql: PostgreSQL, run_config: Config) -> None:
    url = postgresql.new_database(f"restart_{os.getpid()}")
    database = Database(url, patience=30)
    database.write(lambda c: accounts.add_key(c, "ada", 10**18, SECRET))
    service = Service(database, Simulated(lambda config: 2.0))
    stop = threading.Event()
    asked: list[RunConfig] = []

    def ask() -> None:
        for width in range(64, 1025):
            if stop.is_set():
                return
            service.ask(SECRET, run_config(d_model=width))
            asked.append(run_config(d_model=width))

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        time.sleep(0.3)
        postgresql.stop("immediate")
        before = len(asked)
        postgresql.start()
        time.sleep(0.5)
        stop.set()
        asking.result(40)
    assert before < len(asked)
    entered, charged = sums(database)
    assert entered == charged == len(asked) * 10**13
    database.close()


def test_a_taken_port_and_a_bad_database_are_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    process, address, _ = start_server(url)
    port = address.rsplit(":", 1)[1]
    for arguments, words in (
        (["--database", url, "--port", port], "in use"),
        (["--database", "sqlite:////nowhere/at/all.db"], "unable to open"),
        (["--database", "oracle://x"], "--database"),
        (["--database", "nonsense"], "--database"),
    ):
        command = [sys.executable, "-m", "cs336_scaling.server", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert words in done.stderr
        assert done.stderr.count("\n") == 1
    process.kill()
    process.wait()


def test_keys_are_not_in_the_logs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    command = [sys.executable, "-m", "cs336_scaling.server", "--database", url, "--port", "0"]
    process = subprocess.Popen(
        [*command, "--verbose"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "dashboard:" in line:
            address = line.split("dashboard: ")[1].split("/ ")[0].strip()
            httpx.get(f"{address}/total_flops_used?api_key=very-secret&x=1")
            process.send_signal(signal.SIGINT)
    text = "".join(lines)
    assert "GET /total_flops_used?api_key=…&x=1" in text
    assert "very-secret" not in text
    assert process.wait(20) == 0


def test_keys_are_added_from_a_file_listed_and_revoked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    names = tmp_path / "class.txt"
    names.write_text("Ada\nBjörn\n\n", encoding="utf-8")

    def keys(*arguments: str) -> str:
        command = [sys.executable, "-m", "cs336_scaling.server", "keys", *arguments]
        command += ["--database", url]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    made = dict(line.split("\t") for line in keys("add", "--names", str(names)).splitlines())
    assert list(made) == ["Ada", "Björn"]
    keys("revoke", "Ada")
    listed = keys("list").splitlines()
    assert listed[1] == "Björn\t0 of 2e+18 FLOPs"
    assert "revoked" in listed[0]
    Database(url).read(lambda c: accounts.find_key(c, made["Björn"]))
    with pytest.raises(accounts.UnknownKey):
        Database(url).read(lambda c: accounts.find_key(c, made["Ada"]))
