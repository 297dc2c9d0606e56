"""Children that crash, hang, raise or run out of memory; and kills at any moment."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cs336_data.pipeline.workers import Lost, Workers

from .archives import archive


def make_judge() -> Callable[[str], str]:
    return judge


def make_nothing() -> Callable[[str], str]:
    raise FileNotFoundError("no model")


def judge(page: str) -> str:
    if page == "segfault":
        ctypes.string_at(0)
    if page == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if page == "hang":
        while True:
            pass
    if page == "raise":
        raise RecursionError("too deep")
    if page == "memory":
        return "x" * 10_000_000_000
    if page == "disk":
        raise OSError(28, "No space left on device")
    return page.upper()


def results(pages: list[list[str]], workers: int = 2) -> list[list[str | Lost]]:
    with Workers[str, str](make_judge, workers, 1.0, 3_000_000_000) as pool:
        return list(pool.map(pages))


def test_blocks_come_back_in_order() -> None:
    blocks = [[f"{i}.{k}" for k in range(i % 4)] for i in range(30)]
    assert results(blocks, 3) == blocks


@pytest.mark.parametrize(
    ("page", "rule"),
    [
        ("segfault", "crashed"),
        ("killed", "crashed"),
        ("hang", "time limit"),
        ("raise", "failed"),
        ("memory", "out of memory"),
    ],
)
def test_a_bad_page_costs_itself_only(page: str, rule: str) -> None:
    (block, after) = results([["a", page, "b"], ["c"]])
    assert block[0] == "A"
    assert isinstance(block[1], Lost)
    assert block[1].rule == rule
    assert [block[2], *after] == ["B", "C"]


def test_a_full_disk_is_no_fault_of_the_page() -> None:
    with pytest.raises(ChildProcessError, match="No space left"):
        results([["a", "disk"]])


def test_a_worker_that_cannot_start_says_why() -> None:
    with (
        Workers[str, str](make_nothing, 1) as pool,
        pytest.raises(ChildProcessError, match="no model"),
    ):
        list(pool.map([["a"]]))
    with pytest.raises(ValueError, match="at least 1"):
        Workers[str, str](make_judge, 0)


def test_children_end_with_their_parent() -> None:
    with Workers[str, str](make_judge, 2) as pool:
        list(pool.map([["a"]]))
        children = [child.process.pid for child in pool._children]
    for pid in children:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def start(folder: Path) -> subprocess.Popen[bytes]:
    """The pipeline on the archives of a folder, with small blocks and frequent syncs."""
    program = (
        "from cs336_data.pipeline import filtering as f; f.BLOCK_ITEMS, f.SYNC_SECONDS = 16, 0.02;"
        "import sys; from cs336_data.pipeline.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    line = [sys.executable, "-c", program, "--input", str(folder / "*.warc.gz"),
            "--output", str(folder / "out"), "--workers", "2", "--quiet"]  # fmt: skip
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finished(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted((folder / "out").rglob("*"))
        if path.is_file() and path.name != "lock" and not path.name.startswith(".")
    }


def kill_and_resume(tmp_path: Path, kills: int, seed: int) -> None:
    """Kill runs `kills` times at random; whenever one ends, it has to have written what a calm run
    writes. A run that ended is begun anew, so that every kill hits one at work.

    When to kill is told by the journal's length, or by the clock once that has passed: a machine
    under load is slower from one run to the next.
    """
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    for folder in (calm, killed):
        folder.mkdir()
        for i in range(3):
            archive(folder / f"{i}.warc.gz", 400, seed=i % 2)
    assert start(calm).wait(120) == 0
    expected, rng, done = finished(calm), random.Random(seed), 0
    length = (calm / "out" / "work" / "journal.jsonl").stat().st_size
    journal = killed / "out" / "work" / "journal.jsonl"
    while done < kills:
        process = start(killed)
        goal, patience = length * rng.random(), time.monotonic() + rng.uniform(0.3, 1.5)
        while process.poll() is None:
            size = journal.stat().st_size if journal.exists() else 0
            if size >= goal and (size < length or time.monotonic() > patience):
                process.send_signal(signal.SIGKILL)
                done += 1
                break
            time.sleep(0.002)
        if process.wait() != -signal.SIGKILL:
            check_end(process, killed, expected)
            shutil.rmtree(killed / "out")
    last = start(killed)
    last.wait(120)
    check_end(last, killed, expected)


def check_end(process: subprocess.Popen[bytes], folder: Path, expected: dict[str, bytes]) -> None:
    """A process that ended has done so well, and its files are the expected ones."""
    assert process.returncode == 0, process.stderr.read() if process.stderr else ""
    found = finished(folder)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_killed_five_times_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, 5, seed=1)


@pytest.mark.slow
def test_killed_twenty_times_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, 20, seed=2)


@pytest.mark.slow
def test_memory_with_a_page_of_200_megabytes_and_a_bomb(tmp_path: Path) -> None:
    """The parent and each worker stay under 400 MB while both stream past."""
    import gzip

    import psutil
    from cs336_data.warc.writer import compressed, response_record

    huge = response_record("http://a.example/huge", b"<p>" + b"some words " * 18_000_000)
    bomb = response_record(
        "http://a.example/bomb",
        gzip.compress(b"\0" * 300_000_000),
        http_headers={"Content-Encoding": "gzip"},
    )
    archive(tmp_path / "b.warc.gz", 300)
    (tmp_path / "a.warc.gz").write_bytes(compressed(huge, 1) + compressed(bomb))
    del huge, bomb
    process = start(tmp_path)
    most = 0
    while process.poll() is None:
        try:
            parent = psutil.Process(process.pid)
            sizes = [p.memory_info().rss for p in [parent, *parent.children(recursive=True)]]
            most = max(most, *sizes)
        except psutil.Error:
            pass
        time.sleep(0.02)
    assert process.returncode == 0
    assert most < 400_000_000
    accounts = (tmp_path / "out" / "accounts.json").read_text()
    assert '"too large": 2' in accounts
