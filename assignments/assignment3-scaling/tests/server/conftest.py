"""Every test of the training API that takes `database_url` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cs336_scaling.config import RunConfig
from cs336_scaling.server import accounts
from cs336_scaling.server.database import Database
from cs336_scaling.server.service import Service, Simulated
from scaling_databases import PostgreSQL, postgresql_programs, running_postgresql

SECRET = "a-key-for-tests"
_numbers = itertools.count()

MakeService = Callable[..., Service]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server. Skipped where there is none, unless POSTGRESQL_TESTS=required."""
    if postgresql_programs() is None:
        reason = "PostgreSQL is not installed (apt-get install postgresql)"
        if os.environ.get("POSTGRESQL_TESTS") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    # Not below pytest's own folder: that is closed to the user that PostgreSQL runs as.
    with (
        tempfile.TemporaryDirectory(prefix="postgresql.") as folder,
        running_postgresql(Path(folder)) as server,
    ):
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    address: str = server.new_database(f"test_{os.getpid()}_{next(_numbers)}")
    return address


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open one."""
    opened = Database(database_url, patience=10)
    yield opened
    opened.close()


@pytest.fixture
def make_service(database: Database) -> MakeService:
    """A simulated service with one key, `SECRET`."""

    def make(
        loss_fn: Callable[[RunConfig], float] = lambda config: config.learning_rate,
        budget: int = 2 * 10**18,
    ) -> Service:
        database.write(lambda connection: accounts.add_key(connection, "ada", budget, SECRET))
        return Service(database, Simulated(loss_fn))

    return make


def config(**changes: int | float) -> RunConfig:
    """A valid configuration of the smallest budget."""
    values: dict[str, int | float] = {
        "d_model": 256, "num_layers": 4, "num_heads": 4, "batch_size": 128,
        "learning_rate": 1e-3, "train_flops": 10**13,
    }  # fmt: skip
    return RunConfig(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def run_config() -> Callable[..., RunConfig]:
    """`config` above."""
    return config
