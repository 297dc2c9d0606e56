"""The tracked tree stays small: it is copied whole to where it runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import needs_processes

ROOT = Path(__file__).resolve().parent.parent
HANDOUTS = "nonexecutable/"
MEGABYTE = 1 << 20
WITHOUT_HANDOUTS, WITH_HANDOUTS = 16 * MEGABYTE, 40 * MEGABYTE


def tracked_sizes() -> dict[str, int]:
    """Bytes of each tracked file that is there."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("no git checkout: what is tracked is not known")
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    return {str(p.relative_to(ROOT)): p.stat().st_size for p in paths if p.is_file()}


@needs_processes
def test_the_tracked_tree_stays_small() -> None:
    sizes = tracked_sizes()
    lean = {name: size for name, size in sizes.items() if not name.startswith(HANDOUTS)}
    largest = sorted(lean, key=lambda name: lean[name], reverse=True)[:10]
    report = "\n".join(f"{lean[name]:>12,} {name}" for name in largest)
    assert sum(lean.values()) <= WITHOUT_HANDOUTS, f"the largest:\n{report}"
    assert sum(sizes.values()) <= WITH_HANDOUTS


@needs_processes
def test_pictures_of_results_stay_small() -> None:
    """A plot above 128 KiB is drawn too large: fewer points, a lower resolution, or a vector."""
    pictures = {
        name: size
        for name, size in tracked_sizes().items()
        if name.startswith("assignments/") and name.endswith((".png", ".svg", ".jpg"))
    }
    assert {name: size for name, size in pictures.items() if size > 128 << 10} == {}
