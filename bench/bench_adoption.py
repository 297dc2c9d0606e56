"""From `pip install` to a looked-at page: `python bench/bench_adoption.py [--json FILE]`.

Builds the wheel, then, in a new environment that cannot import this checkout, measures what a new
user waits for: the installation, a new course, and the page of its lecture as Chromium shows it.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from lecture_tracer.publish.chromium import find_chromium

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure once and print; times are wall seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the record here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", name, str(ROOT)]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        (wheel,) = folder.glob("*.whl")
        subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
        record = {
            "command": "python bench/bench_adoption.py",
            "date": datetime.now(UTC).date().isoformat(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "python": platform.python_version(),
            "wheel_bytes": wheel.stat().st_size,
            "seconds": measured(folder, wheel),
        }
    print(json.dumps(record, indent=1))
    if options.json:
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def measured(folder: Path, wheel: Path) -> dict[str, float]:
    """Seconds of each part, and of all."""
    programs = folder / "env/bin"
    tracer = str(programs / "lecture-tracer")
    marks = [time.perf_counter()]
    install = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    subprocess.run([*install, str(wheel)], cwd=folder, check=True)
    marks.append(time.perf_counter())
    subprocess.run([tracer, "init", "my-course"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    subprocess.run([tracer, "record", "-q"], cwd=folder / "my-course", check=True)
    marks.append(time.perf_counter())
    # Without a watch: the page of `serve` listens for events, for whose end Chromium would wait.
    serve = [tracer, "--serve", "--port", "0"]
    with subprocess.Popen(
        serve, cwd=folder / "my-course", stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        match = re.search(r"http://[\w.]+:\d+/", server.stdout.readline())
        assert match
        show(f"{match[0]}?trace=first_steps", folder / "profile")
        marks.append(time.perf_counter())
        server.terminate()
    names = ("pip install", "init and record", "serve and show", "all")
    parts = [after - before for before, after in pairwise(marks)]
    return dict(zip(names, [round(s, 1) for s in (*parts, marks[-1] - marks[0])], strict=True))


def show(address: str, profile: Path) -> None:
    """Wait until Chromium shows the lecture's heading."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [find_chromium(), "--headless", "--disable-gpu", f"--user-data-dir={profile}",
               "--virtual-time-budget=5000", "--dump-dom", *sandbox, address]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "Halving" in done.stdout, done.stdout[:2000]


if __name__ == "__main__":
    main()
