"""Prints a page to PDF with the system's Chromium."""

import os
import re
import subprocess
from pathlib import Path
from shutil import which

from lecture_tracer.errors import PublishError

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
OLDEST = 122
"""The first that makes bookmarks of headings: `--generate-pdf-document-outline`."""
SETTLE_MILLISECONDS = 30_000
"""Time, as the page sees it, for formulas, plots and pictures to settle."""
TIMEOUT_SECONDS = 240.0


def find_chromium() -> str:
    """Path of the browser. Raises PublishError with the line that installs a newer one."""
    found = next((f for n in (os.environ.get("CHROMIUM"), *NAMES) if n and (f := which(n))), "")
    version = _version(found) if found else 0
    if version >= OLDEST:
        return found
    if which("brew"):
        remedy = "`brew install --cask chromium`"
    else:
        remedy = "`sudo apt-get install chromium`"
    problem = f"{found} is {version or 'of no known version'}" if found else "there is none"
    raise PublishError(
        f"a handout is printed by Chromium {OLDEST} or later, and {problem}: {remedy}, "
        "or set CHROMIUM to the path of one"
    )


def _version(program: str) -> int:
    """Major version; 0 if the program does not tell."""
    try:
        command = [program, "--version"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r"(\d+)\.\d+\.\d+", said.stdout)
    return int(match[1]) if match else 0


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
