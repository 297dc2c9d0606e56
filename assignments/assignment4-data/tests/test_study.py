"""The study on a pool of a few documents: choices, streams, losses, intervals, resuming."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cs336_basics.model import TransformerLM
from cs336_data.crawl.packages import PACKAGES
from cs336_data.make_warc import main as make_warc
from cs336_data.study import __main__ as command
from cs336_data.study.names import VARIANTS
from cs336_data.study.pool import (
    JARGON,
    VOCAB_SIZE,
    Documents,
    decontaminated,
    read_jargon,
    write_parts,
)
from cs336_data.study.records import read_records
from cs336_data.study.repetition import Repetition, repetition
from cs336_data.study.repetition import main as print_repetition
from cs336_data.study.report import main as report
from cs336_data.study.statistics import compare, document_interval, paired_interval
from cs336_data.study.training import Plan, Pool, Trainer, rate_at, spread
from cs336_data.study.variants import choose
from cs336_scaling.real_study.lean_model import feed_forward_width

from .archives import prose

TINY = Plan(16, 1, 8, 17, 4, 6, 1e-2)


def test_each_variant_is_a_choice_from_one_pool() -> None:
    texts = [prose(0), "ein deutscher Text", prose(1), prose(0) + " And.", "menu", prose(3)]
    tags = [{}, {"language": "de"}, {"quality": "low"}, {}, {"fineweb": "menu"}, {}]
    chosen = choose(texts, tags, np.full(6, 100))
    assert {name: numbers for name, numbers in chosen.items() if name != "c"} == {
        "a": [0, 1, 2, 3, 4, 5],
        "b": [0, 2, 3, 4, 5],
        "d": [0, 2, 3, 5],
        "e": [0, 2, 5],
        "f": [0, 5],
    }
    assert len(chosen["c"]) == len(chosen["e"])


def test_held_out_text_leaves_the_pool() -> None:
    pool = Documents([prose(1), prose(2)], [{}, {}], ["a", "b"])
    clean, gone = decontaminated(pool, ["before " + prose(2)[:300]])
    assert (clean.sources, gone) == (["a"], 1)


def test_make_warc_unpacks_all_that_the_pool_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Jargon File is no page: it is unpacked, not crawled; and is asked for where missing."""
    assert JARGON.parts[1] in {package.name for package in PACKAGES if not package.crawled}
    with pytest.raises(FileNotFoundError, match=r"make_warc --output .* --packages jargon"):
        read_jargon(tmp_path / JARGON)
    monkeypatch.setattr("shutil.which", lambda tool: f"/usr/bin/{tool}")
    (tmp_path / "packages" / "jargon").mkdir(parents=True)  # as if it had been fetched
    assert make_warc(["--output", str(tmp_path), "--packages", "jargon", "--junk", "0"]) == 0
    assert not list(tmp_path.glob("*.warc.gz"))


def make_pool(folder: Path) -> Path:
    """Six documents that count upwards and six without order; models are tested on counting."""
    rng = np.random.default_rng(0)
    folder.mkdir()

    def counting(length: int) -> np.ndarray:
        return ((rng.integers(0, 8) + np.arange(length)) % 8 * 2).astype("<u2")

    documents = [
        rng.integers(0, 16, 60).astype("<u2") if i % 2 else counting(60) for i in range(12)
    ]
    held = [counting(40) for _ in range(4)]
    entry = {"parts": write_parts(held, folder, "held"), "lengths": [40] * 4}
    even, everything = [[i, 1] for i in range(0, 12, 2)], [[0, 12]]
    variants = {name: even if name in "ef" else everything for name in VARIANTS}
    index = {
        "vocab_size": 16, "tokenizer": "x", "parts": write_parts(documents, folder, "pool"),
        "lengths": [60] * 12, "variants": variants, "contaminated": 0,
        "tokens": {name: 360 if name in "ef" else 720 for name in VARIANTS},
        "documents": {name: 6 if name in "ef" else 12 for name in VARIANTS},
        "held_out": {"packages": entry, "jargon": entry},
    }  # fmt: skip
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def test_streams_hold_whole_documents_in_an_order_of_the_seed(tmp_path: Path) -> None:
    pool = Pool(make_pool(tmp_path / "pool"))
    one, two = pool.stream("e", 360, 1), pool.stream("e", 360, 2)
    assert (one % 2 == 0).all()
    assert sorted(one.tolist()) == sorted(two.tolist())
    assert one.tolist() != two.tolist()
    assert len(pool.stream("e", 1000, 1)) == 1000
    with pytest.raises(FileNotFoundError, match=r"study\.pool"):
        Pool(tmp_path)


def test_losses_of_documents_are_those_of_the_model(tmp_path: Path) -> None:
    pool = Pool(make_pool(tmp_path / "pool"))
    trainer = Trainer(TINY, 16, "cpu")
    trainer.train(pool.stream("e", TINY.tokens, 0), 0)
    ids, lengths = pool.held_out["packages"]
    (total, count), *_ = trainer.document_losses(ids, lengths)
    first = torch.from_numpy(ids[:17].astype(np.int64))[None]
    expected = trainer._losses(first[:, :-1], first[:, 1:]).sum()
    rest = torch.from_numpy(ids[16:33].astype(np.int64))[None]
    expected = expected + trainer._losses(rest[:, :-1], rest[:, 1:]).sum()
    tail = torch.from_numpy(ids[32:40].astype(np.int64))[None]
    padded = torch.nn.functional.pad(tail, (0, 9))
    expected = expected + trainer._losses(padded[:, :-1], padded[:, 1:])[:, :7].sum()
    assert count == 39
    assert total == pytest.approx(expected.item(), abs=0.02)


def test_the_model_is_that_of_assignment_1() -> None:
    trainer = Trainer(TINY, 16, "cpu")
    torch.manual_seed(3)
    plain = TransformerLM(16, 16, 16, 1, 2, feed_forward_width(16))
    ids = torch.randint(16, (2, 16))
    torch.testing.assert_close(trainer._fresh(3)(ids), plain(ids), atol=1e-5, rtol=1e-4)
    with torch.autocast("cpu", torch.bfloat16):  # as on a GPU
        near = trainer._fresh(3)(ids).float()
    torch.testing.assert_close(near, plain(ids), atol=0.05, rtol=0.05)


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    pool = Pool(make_pool(tmp_path / "pool"))
    trainer = Trainer(TINY, 16, "cpu")
    runs = [command.one_run(trainer, pool, "a", 1)["loss"] for _ in range(2)]
    assert runs[0] == runs[1]
    assert command.one_run(trainer, pool, "a", 2)["loss"] != runs[0]


def test_held_out_documents_are_spread() -> None:
    lengths = np.array([10, 10, 10, 10])
    assert spread(lengths, 100).tolist() == [0, 1, 2, 3]
    assert spread(lengths, 25).tolist() == [0, 2]
    assert spread(lengths, 5).tolist() == [0]


def test_rates_warm_up_and_fall_to_a_tenth() -> None:
    plan = Plan(1, 1, 1, 1, 1, 100, 1.0)
    rates = [rate_at(step, plan) for step in range(100)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == rates[4] == 1.0
    assert rates[-1] == pytest.approx(0.1, abs=1e-3)


def test_intervals() -> None:
    mean, low, high = paired_interval([1.0, 2.0, 3.0])
    assert (mean, low, high) == pytest.approx(
        (2.0, 2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), rel=1e-4
    )
    with pytest.raises(ValueError, match="two seeds"):
        paired_interval([1.0])
    documents = np.array([[10.0, 10.0], [20.0, 10.0], [30.0, 10.0]])
    assert document_interval(documents, documents) == (0.0, 0.0)


def test_the_study_goes_on_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counting is what is tested, so choosing the documents that count must show."""
    monkeypatch.setattr(command, "SMALL", Plan(16, 1, 8, 17, 4, 40, 2e-2))
    pool, output = make_pool(tmp_path / "pool"), tmp_path / "out"
    line = ["--pool", str(pool), "--output", str(output), "--small", "--seeds", "3"]
    assert command.main(line) == 0
    records = (output / "records.jsonl").read_text().splitlines()
    assert len(records) == 18
    (output / "records.jsonl").write_text("\n".join([*records[:-1], records[-1][:40]]) + "\n")
    assert command.main(line) == 0
    again = read_records(output / "records.jsonl")
    assert len(again) == 18
    assert again[-1]["loss"] == json.loads(records[-1])["loss"]
    assert compare(again, "e", "a", "packages").verdict == "lower"
    assert compare(again, "b", "a", "packages").mean == 0
    assert report([str(output)]) == 0
    assert (output / "differences.png").stat().st_size > 0
    assert "| e − a | held-out packages | -" in capsys.readouterr().out
    assert report([str(tmp_path)]) == 1
    assert VOCAB_SIZE < 1 << 16


def test_repetition_counts_distinct_runs_of_thirteen() -> None:
    once = np.arange(100, dtype=np.uint16)
    assert repetition(once) == Repetition(total=88, distinct=88, often=0.0)
    again = repetition(np.tile(once, 20))
    assert (again.total, again.distinct, again.often) == (1988, 100, 1.0)
    with pytest.raises(ValueError, match="12 ids: fewer than one 13-gram"):
        repetition(once[:12])


def test_repetition_reports_every_variant_of_a_pool(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = make_pool(tmp_path / "pool")
    assert print_repetition(["--pool", str(pool), "--tokens", "200"]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == [f"| {name}" for name in VARIANTS]


def test_a_missing_pool_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_repetition(["--pool", str(tmp_path / "none")]) == 1
    assert "python -m cs336_data.study.pool makes it" in capsys.readouterr().err
