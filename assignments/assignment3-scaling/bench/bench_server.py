"""The training API under a class: 200 clients ask 20 questions each, at once, of one process.

    python bench/bench_server.py --output results/server.json

Every client is one key with room for 15 of its 20 questions, so the last FLOPs are contested. On
SQLite and, where its programs are installed, on PostgreSQL, in one run: latencies, answers by
status, what was overspent, and the seconds from a restart to the first answer. Beside them the
same load on an application that answers a constant: what the server and the load generator cost by
themselves on this machine. Runs on loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[1] / "tests" / "server")]

from cs336_scaling.server import accounts  # noqa: E402
from cs336_scaling.server.database import Database  # noqa: E402
from scaling_databases import postgresql_programs, running_postgresql  # noqa: E402

CLIENTS, QUESTIONS, AFFORDED = 200, 20, 15
COST = 10**13
CONSTANT_APP = """
import uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/loss")
def loss() -> dict[str, float]:
    return {"loss": 3.0}
uvicorn.run(app, port=PORT, log_level="warning")
"""


async def client(port: int, paths: list[str], found: list[tuple[int, float]]) -> None:
    """Ask one question after another over one connection; (status, seconds) of each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for path in paths:
        began = time.perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        found.append((int(head[9:12]), time.perf_counter() - began))
    writer.close()


async def storm(port: int, keys: list[str]) -> list[tuple[int, float]]:
    """All clients at once."""
    found: list[tuple[int, float]] = []
    await asyncio.gather(*(client(port, questions(key), found) for key in keys))
    return found


def questions(key: str) -> list[str]:
    """Of one client: different configurations of the smallest budget."""
    fixed = "num_layers=4&num_heads=4&batch_size=128&learning_rate=0.001&train_flops=1e13"
    return [f"/loss?d_model={64 + n}&{fixed}&api_key={key}" for n in range(QUESTIONS)]


def measure(url: str) -> dict[str, Any]:
    """One database."""
    database = Database(url)
    keys = database.write(
        lambda c: [accounts.add_key(c, f"student {n}", AFFORDED * COST) for n in range(CLIENTS)]
    )
    process, port, _ = start(url)
    began = time.perf_counter()
    found = asyncio.run(storm(port, keys))
    seconds = time.perf_counter() - began
    process.send_signal(signal.SIGKILL)
    process.wait()
    again, _, ready = start(url)
    again.terminate()
    again.wait()
    used = [used_by(database, key) for key in keys]
    database.close()
    return summary(found, seconds) | {
        "overspent_keys": sum(amount > AFFORDED * COST for amount in used),
        "keys_that_used_all": sum(amount == AFFORDED * COST for amount in used),
        "restart_to_ready_s": round(ready, 2),
    }


def used_by(database: Database, key: str) -> int:
    """FLOPs charged to a key."""
    return database.read(lambda c: accounts.flops_used(c, accounts.find_key(c, key)))


def summary(found: list[tuple[int, float]], seconds: float) -> dict[str, Any]:
    """Latencies in milliseconds, statuses, requests a second."""
    times = sorted(1000 * duration for _, duration in found)
    return {
        "requests": len(found),
        "per_second": round(len(found) / seconds),
        "median_ms": round(times[len(times) // 2], 1),
        "p99_ms": round(times[int(0.99 * len(times))], 1),
        "worst_ms": round(times[-1], 1),
        "statuses": {str(k): n for k, n in sorted(Counter(code for code, _ in found).items())},
    }


def start(url: str) -> tuple[subprocess.Popen[str], int, float]:
    """The command in a process of its own: (process, port, seconds until it listened)."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "cs336_scaling.server", "--database", url, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
    assert process.stdout
    for line in process.stdout:
        if "http://" in line:
            return process, int(line.split(":")[-1].split("/")[0]), time.perf_counter() - began
    raise SystemExit("the server ended before it listened")


def constant(port: int = 18_336) -> dict[str, Any]:
    """The same load on an application that does nothing."""
    program = CONSTANT_APP.replace("PORT", str(port))
    process = subprocess.Popen([sys.executable, "-c", program], env=environment())
    time.sleep(4)
    began = time.perf_counter()
    found = asyncio.run(storm(port, [f"k{n}" for n in range(CLIENTS)]))
    seconds = time.perf_counter() - began
    process.kill()
    process.wait()
    return summary(found, seconds)


def environment() -> dict[str, str]:
    """So that the package is found in a plain checkout."""
    basics = str(HERE.parents[2] / "assignment1-basics")
    return dict(os.environ, PYTHONPATH=os.pathsep.join([str(HERE.parents[1]), basics]))


def main() -> None:
    """Measure, print, and write with `--output`."""
    parser = argparse.ArgumentParser(description="The training API under a class.")
    parser.add_argument("--output", type=Path, metavar="FILE")
    options = parser.parse_args()
    results: dict[str, Any] = {"constant": constant()}
    with tempfile.TemporaryDirectory(prefix="bench.") as folder:
        results["sqlite"] = measure(f"sqlite:///{Path(folder, 'runs.db')}")
    if postgresql_programs():
        with (
            tempfile.TemporaryDirectory(prefix="bench.") as folder,
            running_postgresql(Path(folder)) as server,
        ):
            results["postgresql"] = measure(server.new_database("bench"))
    results["provenance"] = {
        "command": "python bench/bench_server.py",
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("fastapi", "uvicorn", "sqlalchemy", "psycopg")},
    }
    print(json.dumps(results, indent=1))
    if options.output:
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
