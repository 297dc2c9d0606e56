"""Assignment 3's `--backend slurm`: its workers are jobs of a real cluster."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cs336_scaling.client import ScalingClient
from cs336_scaling.config import RunConfig
from cs336_scaling.server import accounts
from cs336_scaling.server.accounts import Run
from cs336_scaling.server.database import Database
from cs336_scaling.server.tables import runs
from cs336_scaling.server.training import REAL_DOMAIN
from sqlalchemy import Connection

from tests.slurm.conftest import Cluster, until

pytestmark = pytest.mark.slow

SECRET = "a-key-for-tests"
SMALL_REQUEST = "--ntasks=1 --cpus-per-task=1 --mem=1500M --time=2"
SHORT = RunConfig(16, 1, 2, 8, 1e-2, 10**9, domain=REAL_DOMAIN)
LONG = RunConfig(64, 2, 8, 8, 1e-2, 10**15, domain=REAL_DOMAIN)


@dataclass
class Site:
    """The command with its database, and the cluster that its workers run on."""

    process: subprocess.Popen[str]
    url: str
    database: Database
    cluster: Cluster

    def run(self, number: int) -> Run:
        """A run as the database has it."""
        found = self.database.read(accounts.get_run, number)
        assert found is not None
        return found

    def jobs(self) -> list[str]:
        """The workers in Slurm's queue."""
        return self.cluster.slurm("squeue", "-h", "-n", "scaling-worker", "-o", "%i").split()


@contextmanager
def serving(cluster: Cluster, folder: Path, *options: str) -> Iterator[Site]:
    """`python -m cs336_scaling.server --backend slurm …` until the block ends."""
    url = f"sqlite:///{folder / 'runs.db'}"
    database = Database(url)
    database.write(accounts.add_key, "ada", 10**16, SECRET)
    command = [sys.executable, "-m", "cs336_scaling.server", "--database", url, "--port", "0"]
    command += ["--backend", "slurm", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
        env=cluster.environment,
    )  # fmt: skip
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert "http://" in line, line
        address = line.split("dashboard: ")[1].split("/ ")[0].strip()
        yield Site(process, address, database, cluster)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        database.close()


def test_a_run_is_trained_by_a_job(cluster: Cluster, tmp_path: Path) -> None:
    with serving(cluster, tmp_path, f"--sbatch={SMALL_REQUEST}") as site:
        loss = ScalingClient(site.url, SECRET).loss(SHORT)
        assert 0.46 < loss < 4.43  # between the entropy and a uniform guess
        assert ScalingClient(site.url, SECRET).total_flops_used() == 10**9
        assert len(site.jobs()) == 1
    until(lambda: not site.jobs())  # the server took its workers along


def test_a_job_that_dies_is_replaced_and_a_cancelled_run_is_charged_for_what_ran(
    cluster: Cluster, tmp_path: Path
) -> None:
    with serving(cluster, tmp_path, f"--sbatch={SMALL_REQUEST}", "--silence=4") as site:
        service_run = site.database.write(_open_long)
        until(lambda: site.run(service_run).status == "running", 60)
        (job,) = site.jobs()
        cluster.slurm("scancel", "--signal=KILL", "--full", job)
        until(lambda: site.run(service_run).attempts == 2, 90)
        until(lambda: site.run(service_run).done > 0, 60)
        assert job not in site.jobs()
        site.database.write(_cancel, service_run)
        until(lambda: site.run(service_run).status == "cancelled", 60)
        assert 0 < site.run(service_run).charged < LONG.train_flops


def test_what_sbatch_refuses_is_said_once_and_the_run_waits(
    cluster: Cluster, tmp_path: Path
) -> None:
    with serving(cluster, tmp_path, "--sbatch=--partition=nowhere") as site:
        number = site.database.write(_open_long)
        assert site.process.stdout
        said = site.process.stdout.readline()
        assert "sbatch refused" in said
        assert "nowhere" in said or "partition" in said
        assert site.run(number).status == "queued"


def test_without_slurm_the_command_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cs336_scaling.server", "--backend", "slurm", "--port", "0"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={"PATH": "/nowhere"}, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "sbatch" in done.stderr


def _open_long(connection: Connection) -> int:
    key = accounts.find_key(connection, SECRET, lock=True)
    return accounts.open_run(connection, key, LONG).id


def _cancel(connection: Connection, number: int) -> None:
    connection.execute(runs.update().where(runs.c.id == number).values(cancel=1))
