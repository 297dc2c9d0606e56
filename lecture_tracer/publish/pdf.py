"""A PDF handout of a whole lecture, printed by the system's Chromium from the single file."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lecture_tracer.errors import PublishError
from lecture_tracer.publish.single_file import single_file
from lecture_tracer.trace import store
from lecture_tracer.trace.schema import Trace

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SETTLE_MILLISECONDS = 30_000
"""Time, as the page sees it, for formulas, plots and pictures to settle."""
TIMEOUT_SECONDS = 240.0


def find_chromium() -> str:
    """Path of the browser. Raises PublishError with the line that installs it."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    raise PublishError(
        "Chromium is missing; install it with `apt-get install chromium` "
        "(or set CHROMIUM to its path)"
    )


def write_pdf(trace: Trace, root: Path, output: Path) -> int:
    """Print the trace; gives the size in bytes. Raises PublishError with the browser's words."""
    browser = find_chromium()
    with tempfile.TemporaryDirectory(prefix="lecture_tracer.") as folder:
        page, printed = Path(folder) / "lecture.html", Path(folder) / "lecture.pdf"
        page.write_text(single_file(trace, root), encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--virtual-time-budget={SETTLE_MILLISECONDS}",
            f"--print-to-pdf={printed}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            f"{page.as_uri()}?print=1",
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise PublishError(f"Chromium took longer than {TIMEOUT_SECONDS:.0f} s") from None
        if not printed.is_file():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise PublishError(f"Chromium printed nothing: {last}")
        content = printed.read_bytes()
    store.write(output.absolute(), content)
    return len(content)
