"""The committed sample: made by its script, and what the pipeline of the README does with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cs336_data.pipeline.config import load
from cs336_data.pipeline.run import run

FOLDER = Path(__file__).resolve().parent.parent
SAMPLE = FOLDER / "sample" / "sample.warc.gz"


def test_the_script_writes_the_committed_bytes(tmp_path: Path) -> None:
    target = tmp_path / "sample.warc.gz"
    line = [sys.executable, str(FOLDER / "scripts" / "make_sample.py"), str(target)]
    subprocess.run(line, check=True, capture_output=True, timeout=120)
    assert target.read_bytes() == SAMPLE.read_bytes()
    assert SAMPLE.stat().st_size < 1_000_000


def test_labelled_junk_goes_and_real_pages_stay(tmp_path: Path) -> None:
    config = load(FOLDER / "configs" / "pipeline.toml")
    accounts = run([SAMPLE], tmp_path / "out", config).accounts
    accounts.check()
    assert accounts.gone["records"] == {"cut off": 1, "damaged": 1, "other record": 1}
    assert accounts.kept >= 110
    for label in ("keyword spam", "cookie page", "lorem ipsum", "menu", "data", "script"):
        assert accounts.planted[label]["kept"] == 0, label
    for label in ("exact copy", "near copy"):
        assert accounts.planted[label]["near duplicate"] >= 3, label
