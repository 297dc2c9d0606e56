"""Prints a page to PDF with the system's Chromium."""

import os
import shutil
import subprocess
from pathlib import Path

from lecture_tracer.errors import PublishError

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


def print_page(address: str, printed: Path, profile: Path) -> None:
    """Print the page at `address` to the file `printed`, with a bookmark for each heading.

    Raises PublishError with the browser's words.
    """
    command = [
        find_chromium(),
        "--headless",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        f"--user-data-dir={profile}",
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        f"--virtual-time-budget={SETTLE_MILLISECONDS}",
        f"--print-to-pdf={printed}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        address,
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
