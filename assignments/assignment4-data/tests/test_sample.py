"""The committed sample: made by its script, and what the pipeline of the README does with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cs336_data.pipeline.config import load
from cs336_data.pipeline.rows import read_rows
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
    result = run([SAMPLE], tmp_path / "out", config)
    accounts = result.accounts
    accounts.check()
    assert accounts.gone["records"] == {
        "other record": 4, "not a page": 2, "cut off": 1, "damaged": 1, "empty": 1, "status": 1,
    }  # fmt: skip
    assert accounts.kept >= 110
    for label in ("keyword spam", "cookie page", "lorem ipsum", "menu", "data", "script"):
        assert accounts.planted[label]["kept"] == 0, label
    for label in ("exact copy", "near copy"):
        assert accounts.planted[label]["near duplicate"] >= 3, label
    rows = [row for file in result.files for row in read_rows(file)]
    assert len(rows) == accounts.kept
    assert {row["language"] for row in rows} == {"en"}
    old = [row["text"] for row in rows if row["text"].startswith("A café’s “menu” – ")]
    assert len(old) == 10  # in Windows-1252, whatever the header says
    people = [row for row in rows if row.get("planted") == "personal data"]
    assert people
    assert all({"email", "ip", "phone"} <= row["masked"].keys() for row in people)
