"""The real back end with real processes: training, crashes, cancelling, restarts."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cs336_scaling.client import ScalingAPIError, ScalingClient
from cs336_scaling.config import CONTRACT_DOMAIN, RunConfig
from cs336_scaling.planner.early_stopping import EarlyStopping
from cs336_scaling.server import accounts
from cs336_scaling.server.accounts import Run
from cs336_scaling.server.database import Database
from cs336_scaling.server.running import TrainingServer
from cs336_scaling.server.service import Queued, Service
from cs336_scaling.server.workforce import LocalWorkers, Overseer

SECRET = "a-key-for-tests"
Config = Callable[..., RunConfig]
FLOPS = 10**13


class Site:
    """A server with one worker on a database that outlives it."""

    def __init__(self, url: str, trainer: str = "training_for_tests") -> None:
        self.database = Database(url)
        self.workers = LocalWorkers(url, trainer)
        self.overseer = Overseer(self.database, self.workers, silence=3.0)
        self.service = Service(self.database, Queued(CONTRACT_DOMAIN))
        self.server = TrainingServer(self.service, overseer=self.overseer, wait=0.5)

    def until(self, run: Run, done: Callable[[Run], bool], seconds: float = 60) -> Run:
        """The run once `done` holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.service.run(SECRET, run.id)
            if done(found):
                return found
            time.sleep(0.05)
        raise AssertionError(f"still {found}")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    here = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]))
    address = f"sqlite:///{tmp_path / 'runs.db'}"
    database = Database(address)
    database.write(lambda c: accounts.add_key(c, "ada", 10**15, SECRET))
    database.close()
    return address


@pytest.fixture
def site(url: str) -> Iterator[Site]:
    made = Site(url)
    with made.server:
        yield made


def ended(run: Run) -> bool:
    return run.status not in accounts.OPEN


def test_a_run_is_trained(site: Site, run_config: Config) -> None:
    client = ScalingClient(site.server.url, SECRET)
    waits: list[str] = []
    client = ScalingClient(site.server.url, SECRET, on_wait=waits.append)
    assert client.loss(run_config(d_model=64)) == 1.5
    assert client.total_flops_used() == FLOPS


def test_one_that_diverges_is_charged_for_what_ran(site: Site, run_config: Config) -> None:
    run = site.until(site.service.ask(SECRET, run_config(d_model=66)).run, ended)
    assert (run.status, run.message, run.charged) == ("completed", "diverged", FLOPS // 2)


@pytest.mark.parametrize(("width", "words"), [(65, "CUDA out of memory"), (68, "killed")])
def test_one_that_crashes_is_tried_twice_and_is_free(
    site: Site, run_config: Config, width: int, words: str
) -> None:
    run = site.until(site.service.ask(SECRET, run_config(d_model=width)).run, ended)
    assert (run.status, run.attempts, run.charged) == ("failed", 2, 0)
    assert words in run.message
    with pytest.raises(ScalingAPIError, match="failed"):
        _ = [ScalingClient(site.server.url, SECRET).loss(run_config(d_model=width))]


def test_one_that_runs_is_cancelled_and_charged_for_what_ran(
    site: Site, run_config: Config
) -> None:
    run = site.service.ask(SECRET, run_config(d_model=67)).run
    site.until(run, lambda r: r.done > 0.02)
    site.service.cancel(SECRET, run.id)
    run = site.until(run, ended)
    assert run.status == "cancelled"
    assert 0 < run.charged < FLOPS
    assert site.service.total(SECRET)[0] == run.charged


def test_a_hopeless_run_is_stopped_early_and_charged_for_what_ran(
    site: Site, run_config: Config
) -> None:
    good, hopeless = run_config(d_model=64), run_config(d_model=69)
    client = ScalingClient(site.server.url, SECRET)
    rule = EarlyStopping({good: client.loss(good)})
    assert math.isnan(client.loss(hopeless, lambda run: rule.hopeless(hopeless, run)))
    (stopped,) = site.service.runs(SECRET, statuses=("cancelled",))
    assert stopped.charged == math.ceil(0.6 * FLOPS)
    assert client.total_flops_used() == FLOPS + stopped.charged


def test_a_dead_worker_is_replaced_and_its_run_goes_on(site: Site, run_config: Config) -> None:
    run = site.service.ask(SECRET, run_config(d_model=67)).run
    run = site.until(run, lambda r: r.status == "running")
    os.kill(int(run.worker.rsplit(":", 1)[1]), signal.SIGKILL)
    run = site.until(run, lambda r: r.attempts == 2)
    assert run.charged == FLOPS


def test_the_queue_survives_a_restart_of_the_server(url: str, run_config: Config) -> None:
    first = Site(url)
    run = first.service.ask(SECRET, run_config(d_model=64)).run
    first.database.close()  # no worker ever ran
    again = Site(url)
    with again.server:
        assert again.until(run, ended).loss == 1.5


def test_the_projects_own_trainer_trains(url: str) -> None:
    from cs336_scaling.server.training import REAL_DOMAIN

    site = Site(url, "cs336_scaling.server.training")
    site.service = Service(site.database, Queued(REAL_DOMAIN))
    config = RunConfig(16, 1, 2, 8, 1e-2, 10**9, domain=REAL_DOMAIN)
    with site.server:
        run = site.until(site.service.ask(SECRET, config).run, ended, 120)
    assert run.status == "completed"
    assert run.loss is not None
    assert 0.46 < run.loss < 4.43  # between the entropy and a uniform guess
