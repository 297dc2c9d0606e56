"""A class that opens one large trace at once: it is compressed once, and others go on."""

import concurrent.futures
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from lecture_tracer.service.compression import accepted_encoding
from tests.service.conftest import Running, Start
from tests.service.test_api import put_trace

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip", "gzip"),
        ("gzip;q=0.5, zstd;q=0", "gzip"),
        ("*", "zstd"),
        ("*;q=0, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("", ""),
        ("identity", ""),
        ("gzip;q=much", ""),
    ],
)
def test_the_encoding_is_one_that_the_reader_takes(accept: str, encoding: str) -> None:
    assert accepted_encoding(accept) == encoding


@pytest.mark.parametrize(
    ("encoding", "unpack"), [("gzip", gzip.decompress), ("zstd", zstd.decompress)]
)
def test_a_trace_comes_back_whole_in_both_encodings(
    start: Start, tmp_path: Path, encoding: str, unpack: Callable[[bytes], bytes]
) -> None:
    content = put_trace(tmp_path, "lecture_07", 3_000_000)
    service = start()
    url = service.url + "/var/traces/lecture_07.json"
    with httpx.stream("GET", url, headers={"Accept-Encoding": encoding}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == encoding
    assert int(answer.headers["content-length"]) == len(raw) < len(content) / 10
    assert unpack(raw) == content
    newer = put_trace(tmp_path, "lecture_07", 2_000_000)
    assert service.get("/api/traces/lecture_07").content == newer


def test_a_long_body_is_refused_unread(start: Start) -> None:
    """Without a token not a byte of it is looked at; with one, not more than is needed."""
    service = start("--allow-run")

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 1_000_000

    before = resident(service)
    for headers, status in (({}, 401), ({"X-Run-Token": service.token}, 413)):
        try:
            answer = httpx.post(service.url + "/api/runs", content=endless(), headers=headers)
        except httpx.HTTPError:
            continue  # the connection was closed while it still sent
        assert answer.status_code == status
    assert resident(service) - before < 50_000_000


# In a process of its own: two hundred readers share one interpreter, and it would wait for them.
ASK = """
import json, sys, time, urllib.request
waits = []
while time.time() < float(sys.argv[2]) and not waits[400:]:
    started = time.perf_counter()
    urllib.request.urlopen(sys.argv[1]).read()
    waits.append(time.perf_counter() - started)
    time.sleep(0.02)
print(json.dumps(waits))
"""


@pytest.mark.slow
def test_two_hundred_readers_of_forty_megabytes(start: Start, tmp_path: Path) -> None:
    """`pytest -s` shows the times; the memory of the service is asserted."""
    # A quarter digits of tensors, which compress to half; the rest repeats, as sources do.
    filler = os.urandom(5_000_000).hex() + "a line that is there often; " * 1_070_000
    content = put_trace(tmp_path, "lecture_07", filler=filler)
    service = start()
    service.get("/")
    before = resident(service)
    peak = [before]

    def read(_: int) -> float:
        started = time.perf_counter()
        length = 0
        with httpx.stream("GET", service.url + "/api/traces/lecture_07", timeout=120) as answer:
            for part in answer.iter_raw():
                length += len(part)
        assert length == int(answer.headers["content-length"])
        peak[0] = max(peak[0], resident(service))
        return time.perf_counter() - started

    command = [sys.executable, "-c", ASK, service.url + "/api/traces", str(time.time() + 8)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asking:
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            seconds = list(pool.map(read, range(200)))
        waits = json.loads(asking.communicate()[0])
    added = peak[0] - before
    print(
        f"200 readers of {len(content) / 1e6:.0f} MB: median {statistics.median(seconds):.1f} s, "
        f"{added / 1e6:.0f} MB above idle; {len(waits)} other requests, median "
        f"{1e3 * statistics.median(waits):.0f} ms, worst {1e3 * max(waits):.0f} ms"
    )
    assert added < 2 * len(content)


def resident(service: Running) -> int:
    """Bytes of memory that the service holds."""
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="utf-8")
    return 1024 * int(next(x for x in status.splitlines() if x.startswith("VmRSS")).split()[1])
