"""A real server in a process of its own, on an ephemeral loopback port."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lecture_tracer.viewer import VARIABLE

pytest.importorskip("fastapi")
httpx = pytest.importorskip("httpx")

ROOT = Path(__file__).resolve().parents[2]
LECTURE = (
    'from lecture_tracer import text\nimport helper\n\ndef main():\n    text("# One")\n    x = 1\n'
)


@dataclass
class Running:
    """A started service."""

    process: subprocess.Popen[str]
    url: str
    token: str
    folder: Path
    events: list[dict[str, Any]] = field(default_factory=list)

    def get(self, path: str, **options: Any) -> Any:
        return httpx.get(self.url + path, timeout=20, **options)

    def wait_for(self, kind: str, after: int = 0, seconds: float = 20.0) -> dict[str, Any]:
        """The first event of a type at or behind position `after`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in self.events[after:]:
                if event["type"] == kind:
                    return event
            time.sleep(0.02)
        raise AssertionError(f"no {kind!r} among {self.events[after:]}")

    def listen(self) -> None:
        """Collect events in a thread, until the server ends."""

        def read() -> None:
            try:
                with httpx.stream("GET", self.url + "/api/events", timeout=None) as stream:
                    for line in stream.iter_lines():
                        if line.startswith("data: "):
                            self.events.append(json.loads(line[6:]))
            except httpx.HTTPError:
                pass

        threading.Thread(target=read, daemon=True).start()


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the command in a small checkout with a stand-in for the built viewer."""
    started: list[Running] = []
    (tmp_path / "trace-viewer/dist/assets").mkdir(parents=True)
    (tmp_path / "trace-viewer/dist/index.html").write_text("<title>viewer</title>")
    (tmp_path / "lecture_01.py").write_text(LECTURE)
    (tmp_path / "helper.py").write_text("value = 1\n")

    def run(*arguments: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "execute.py"), "--serve", "--port", "0", *arguments],
            cwd=tmp_path, env=os.environ | {VARIABLE: str(tmp_path / "trace-viewer")},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        first = process.stdout.readline()
        match = re.search(r"http://[\w.]+:\d+", first)
        assert match, first + process.stdout.read()
        token = ""
        if "--allow-run" in arguments:
            token = process.stdout.readline().rsplit(" ", 1)[1].strip()
        running = Running(process, match[0], token, tmp_path)
        started.append(running)
        return running

    yield run
    for running in started:
        running.process.terminate()
        running.process.wait(10)
