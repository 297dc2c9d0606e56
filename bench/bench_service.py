"""The live service: `python bench/bench_service.py`.

Prints how long after a save of a lecture that takes one second the page is told, over the lecture's
own time, and how fast a large trace is read by many while a run goes on.
"""

import concurrent.futures
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from lecture_tracer.viewer import VARIABLE

ROOT = Path(__file__).resolve().parent.parent
LECTURE = "import time\ndef main():\n    started = time.perf_counter()\n{body}    time.sleep(1)\n"
READERS = 200
SAVES = 10


def main() -> None:
    """Start a real service on a free port and measure it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "trace-viewer/dist").mkdir(parents=True)
        (folder / "trace-viewer/dist/index.html").write_text("<title>viewer</title>")
        (folder / "lecture_01.py").write_text(LECTURE.format(body=""))
        # 10 MB: a trace that prints.
        big = "def main():\n    for i in range(100):\n        print('x' * 100_000)\n"
        (folder / "lecture_02.py").write_text(big)
        execute = [sys.executable, str(ROOT / "execute.py")]
        subprocess.run([*execute, "-q", "-m", "lecture_02"], cwd=folder, check=True)
        with subprocess.Popen(
            [*execute, "-m", "lecture_01", "--serve", "--port", "0"],
            cwd=folder, env=os.environ | {VARIABLE: str(folder / "trace-viewer")},
            stdout=subprocess.PIPE, text=True,
        ) as server:  # fmt: skip
            assert server.stdout is not None
            match = re.search(r"http://[\w.]+:\d+", server.stdout.readline())
            assert match
            try:
                _saves(folder, match[0])
                _readers(folder, match[0])
            finally:
                server.terminate()


def _saves(folder: Path, url: str) -> None:
    told: list[float] = []
    arrived = threading.Event()

    def listen() -> None:
        try:
            with httpx.stream("GET", f"{url}/api/events", timeout=None) as stream:
                for line in stream.iter_lines():
                    if line.startswith("data: ") and json.loads(line[6:])["type"] == "recorded":
                        told.append(time.perf_counter())
                        arrived.set()
        except httpx.HTTPError:
            return

    threading.Thread(target=listen, daemon=True).start()
    arrived.wait(30)
    over = []
    for number in range(SAVES):
        time.sleep(0.5)
        arrived.clear()
        saved = time.perf_counter()
        (folder / "lecture_01.py").write_text(LECTURE.format(body=f"    x = {number}\n"))
        arrived.wait(30)
        httpx.get(f"{url}/var/traces/lecture_01.json")
        over.append(time.perf_counter() - saved - 1.0)
    print(f"save to new trace in the page's hands, over the lecture's own second, {SAVES} saves:")
    print(f"  median {statistics.median(over):.3f} s, worst {max(over):.3f} s")


def _readers(folder: Path, url: str) -> None:
    size = (folder / "var/traces/lecture_02.json").stat().st_size
    (folder / "lecture_01.py").write_text(LECTURE.format(body="    y = 1\n").replace("(1)", "(20)"))

    def read(_: int) -> float:
        started = time.perf_counter()
        answer = httpx.get(f"{url}/api/traces/lecture_02", timeout=60)
        assert len(answer.content) == size
        return time.perf_counter() - started

    with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        seconds = sorted(pool.map(read, range(READERS)))
    print(f"{READERS} readers at once of a trace of {size / 1e6:.1f} MB while a run goes on:")
    print(f"  median {statistics.median(seconds):.2f} s, p95 {seconds[int(0.95 * READERS)]:.2f} s")


if __name__ == "__main__":
    main()
