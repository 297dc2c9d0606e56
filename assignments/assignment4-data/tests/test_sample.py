"""The committed sample through the whole pipeline: a small crawl with known contents."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from cs336_data.crawl.junk import COPIES, GOOD, JUNK
from cs336_data.pipeline.config import load
from cs336_data.pipeline.rows import read_rows
from cs336_data.pipeline.run import Result, run

HERE = Path(__file__).parent
SAMPLE = HERE / "sample" / "sample.warc.gz"
CONFIG = HERE.parent / "configs" / "pipeline.toml"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run with the configuration of the README."""
    return run([SAMPLE], tmp_path_factory.mktemp("sample"), load(CONFIG))


def test_it_is_small_and_says_where_it_is_from() -> None:
    files = list(SAMPLE.parent.iterdir())
    assert sum(file.stat().st_size for file in files) <= 1_000_000
    assert {file.name for file in files} == {"NOTICE.md", SAMPLE.name}


def test_every_record_is_accounted_for(result: Result) -> None:
    accounts = result.accounts
    accounts.check()
    assert accounts.gone["records"] == Counter(
        {"other record": 4, "not a page": 2, "damaged": 1, "status": 1, "empty": 1}
    )
    assert accounts.kept == 46


def test_junk_goes_and_what_is_good_stays(result: Result) -> None:
    planted = result.accounts.planted
    assert set(planted) == {*JUNK, *COPIES, *GOOD}
    junk = Counter({kind: planted[kind]["kept"] for kind in JUNK})
    pages = sum(sum(planted[kind].values()) for kind in JUNK)
    assert junk.total() <= 0.05 * pages, junk
    assert planted["exact copy"] == Counter({"near duplicate": 3, "kept": 0})
    assert all(planted[kind] == Counter({"kept": 3}) for kind in GOOD)


def test_kept_rows_are_english_masked_and_traceable(result: Result) -> None:
    rows = [row for file in result.files for row in read_rows(file)]
    assert len(rows) == result.accounts.kept
    for row in rows:
        assert row["language"] == "en"
        assert "@" not in row["text"] or "example.org" not in row["text"]
    people = [row for row in rows if row.get("planted") == "personal data"]
    assert people
    assert all({"email", "ip", "phone"} <= set(row["masked"]) for row in people)
    assert len({row["source"]["offset"] for row in rows}) == len(rows)
