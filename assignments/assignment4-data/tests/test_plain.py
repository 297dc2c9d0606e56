"""The pipeline in one function, beside the one for archives of any size."""

from __future__ import annotations

import json
from pathlib import Path

from cs336_data.pipeline.config import Duplicates, Filters, PipelineConfig
from cs336_data.pipeline.config import Text as TextConfig
from cs336_data.pipeline.plain import filter_archives
from cs336_data.pipeline.rows import read_rows
from cs336_data.pipeline.run import run
from cs336_data.rules import gopher_quality
from cs336_data.warc.reader import read_archive
from cs336_data.warc.writer import compressed

from .archives import archive, page, prose

SAMPLE = Path(__file__).resolve().parent.parent / "sample" / "sample.warc.gz"


def rows_of(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_record_is_accounted_for(tmp_path: Path) -> None:
    accounts = filter_archives([archive(tmp_path / "a.warc.gz", 10)], tmp_path / "kept.jsonl")
    assert accounts == {"no page": 1, "language": 4, "kept": 6}  # two are too short to be sure
    urls = [row["url"] for row in rows_of(tmp_path / "kept.jsonl")]
    assert urls == [f"http://host0.example/{i}" for i in (0, 3, 4, 5, 8, 9)]


def test_personal_data_is_masked_in_what_is_kept(tmp_path: Path) -> None:
    text = f"{prose(1)}\nWrite to ada@example.org, call (283) 182-3829, or ping 192.0.2.146."
    file = tmp_path / "one.warc.gz"
    file.write_bytes(compressed(page("http://a.example/", text)))
    filter_archives([file], tmp_path / "kept.jsonl")
    (row,) = rows_of(tmp_path / "kept.jsonl")
    assert row["text"].endswith(
        "Write to |||EMAIL_ADDRESS|||, call |||PHONE_NUMBER|||, or ping |||IP_ADDRESS|||."
    )


def test_a_page_of_a_few_sentences_is_too_short(tmp_path: Path) -> None:
    file = tmp_path / "one.warc.gz"
    file.write_bytes(compressed(page("http://a.example/", prose(1, sentences=3))))
    assert filter_archives([file], tmp_path / "kept.jsonl") == {"gopher_quality": 1}
    assert not (tmp_path / "kept.jsonl").read_bytes()


def test_it_keeps_the_pages_of_the_large_pipeline(tmp_path: Path) -> None:
    """And those more that only break the rules of Gopher's paper which the contract lacks."""
    config = PipelineConfig(
        TextConfig(mode="all"), Filters(("language", "gopher_quality")), Duplicates(documents=False)
    )
    large = [
        row for file in run([SAMPLE], tmp_path / "run", config).files for row in read_rows(file)
    ]
    accounts = filter_archives([SAMPLE], tmp_path / "kept.jsonl")
    small = rows_of(tmp_path / "kept.jsonl")
    assert accounts.total() == sum(1 for _ in read_archive(SAMPLE)) == 201
    assert {row["url"] for row in large} <= {row["url"] for row in small}
    more = [row for row in small if row["url"] not in {row["url"] for row in large}]
    assert not any(gopher_quality.decide(row["text"]).keep for row in more)
