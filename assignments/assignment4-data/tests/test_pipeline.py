"""Archives to a training set: sums, provenance, faults, and what does not depend on how it ran."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cs336_basics.data import get_batch, open_tokens
from cs336_data.pipeline import filtering
from cs336_data.pipeline.accounts import Accounts, AccountsError
from cs336_data.pipeline.chain import Chain
from cs336_data.pipeline.cluster import Settings, run_cluster, split
from cs336_data.pipeline.config import (
    ConfigError,
    Duplicates,
    Filters,
    Output,
    PipelineConfig,
    load,
)
from cs336_data.pipeline.rows import Row, read_rows
from cs336_data.pipeline.run import Result, RunError, run
from cs336_data.warc.items import Page, Place
from cs336_data.warc.writer import compressed

from .archives import archive, page, prose

CONFIG = PipelineConfig(filters=Filters(rules=("gopher_quality", "language", "gopher_repetition")))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filtering, "BLOCK_ITEMS", 16)


def rows_of(result: Result) -> list[Row]:
    return [row for file in result.files for row in read_rows(file)]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Everything a run leaves, without the lock and the journal's rhythm."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("lock",)
    }


def test_every_record_is_kept_or_has_one_reason(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.warc.gz", 50)
    result = run([source], tmp_path / "out", CONFIG)
    accounts = json.loads((tmp_path / "out" / "accounts.json").read_text())
    assert accounts == result.accounts.to_dict()
    assert accounts["read"] == 51
    assert accounts["gone"]["records"] == {"other record": 1}
    assert accounts["gone"]["pages"] == {"gopher_quality": 20}
    assert accounts["gone"]["duplicates"] == {"near duplicate": 9}
    assert accounts["kept"] == len(rows_of(result)) == 21


def test_a_row_says_where_it_comes_from(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.warc.gz", 3)
    (row,) = rows_of(run([source], tmp_path / "out", CONFIG))
    assert row["text"] == prose(0).replace("\n", "\n\n") or row["text"].startswith(prose(0)[:60])
    where = row["source"]
    assert (row["language"], where["file"], where["config"]) == ("en", "a.warc.gz", CONFIG.digest)
    assert where["digest"].startswith("sha1:")
    from cs336_data.warc.reader import read_archive

    item = next(read_archive(source, start=Place(where["offset"], where["ordinal"])))
    assert isinstance(item, Page)
    assert item.record_id == where["record"]


@pytest.mark.parametrize("workers", [2, 3])
def test_the_output_does_not_depend_on_workers_or_the_folder(tmp_path: Path, workers: int) -> None:
    for name in ("one", "many"):
        folder = tmp_path / name
        folder.mkdir()
        files = [archive(folder / f"{i}.warc.gz", 40, seed=i) for i in range(3)]
        run(files, tmp_path / f"out-{name}", CONFIG, workers=1 if name == "one" else workers)
    one, many = bytes_of(tmp_path / "out-one"), bytes_of(tmp_path / "out-many")
    assert one.keys() == many.keys()
    assert [name for name in one if one[name] != many[name]] == []


def test_running_again_changes_nothing(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.warc.gz", 30)
    run([source], tmp_path / "out", CONFIG)
    before = bytes_of(tmp_path / "out")
    run([source], tmp_path / "out", CONFIG)
    assert bytes_of(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: replace(c, text=replace(c.text, mode="all")), "another configuration"),
        (lambda c: c, "other input files"),
    ],
)
def test_another_run_is_not_continued(tmp_path: Path, change: object, message: str) -> None:
    source = archive(tmp_path / "a.warc.gz", 5)
    run([source], tmp_path / "out", CONFIG)
    if "input" in message:
        archive(source, 6)
    assert callable(change)
    with pytest.raises(RunError, match=message):
        run([source], tmp_path / "out", change(CONFIG))


def test_odd_inputs(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.warc.gz", 2)
    with pytest.raises(RunError, match="no input files"):
        run([], tmp_path / "out", CONFIG)
    with pytest.raises(RunError, match=r"none\.warc"):
        run([tmp_path / "none.warc"], tmp_path / "out", CONFIG)
    (tmp_path / "x").mkdir()
    with pytest.raises(RunError, match="given twice"):
        run([source, tmp_path / "x" / ".." / "a.warc.gz"], tmp_path / "out", CONFIG)


def test_two_files_of_one_name_and_none_kept(tmp_path: Path) -> None:
    files = []
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.warc.gz").write_bytes(
            compressed(page(f"http://{folder}.example/", "Short."))
        )
        files.append(tmp_path / folder / "a.warc.gz")
    result = run(files, tmp_path / "out", CONFIG)
    assert result.accounts.kept == 0
    assert rows_of(result) == []
    assert "Short." in (tmp_path / "out" / "rejected.html").read_text()


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.warc.gz").write_bytes(b"")
    other = archive(tmp_path / "full.warc.gz", 3)
    assert run([tmp_path / "empty.warc.gz", other], tmp_path / "out", CONFIG).accounts.kept == 1
    assert run([tmp_path / "empty.warc.gz"], tmp_path / "none", CONFIG).accounts.read == 0


def test_a_giant_cluster_keeps_one(tmp_path: Path) -> None:
    parts = [compressed(page(f"http://a.example/{i}", prose(1))) for i in range(300)]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(parts))
    result = run([tmp_path / "a.warc.gz"], tmp_path / "out", CONFIG)
    assert result.accounts.kept == 1
    assert result.found is not None
    assert (result.found.largest, result.found.candidates) == (300, 299)


def test_the_longest_can_stay(tmp_path: Path) -> None:
    texts = [prose(1), prose(1) + "\nAnd this sentence stands at the end of the longer version."]
    parts = [compressed(page(f"http://a.example/{i}", text)) for i, text in enumerate(texts)]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(parts))
    config = replace(CONFIG, duplicates=Duplicates(keep="longest"))
    (row,) = rows_of(run([tmp_path / "a.warc.gz"], tmp_path / "out", config))
    assert row["url"].endswith("/1")


def test_rows_of_an_earlier_run_are_not_kept_again(tmp_path: Path) -> None:
    first = archive(tmp_path / "a.warc.gz", 20, seed=1)
    run([first], tmp_path / "one", CONFIG)
    both = [first, archive(tmp_path / "b.warc.gz", 20, seed=2)]
    alone = run([both[1]], tmp_path / "alone", CONFIG)
    result = run(both, tmp_path / "two", CONFIG, against=[tmp_path / "one"])
    assert [r["url"] for r in rows_of(result)] == [r["url"] for r in rows_of(alone)]
    assert result.accounts.to_dict()["gone"]["duplicates"]["in an earlier run"] > 0  # type: ignore[index]
    with pytest.raises(RunError, match="holds no run"):
        run([first], tmp_path / "three", CONFIG, against=[tmp_path / "nothing"])
    other = replace(CONFIG, duplicates=Duplicates(num_hashes=64, num_bands=8))
    with pytest.raises(RunError, match="num_hashes"):
        run([first], tmp_path / "four", other, against=[tmp_path / "one"])


def test_tag_mode_keeps_all_and_says_what_was_against_them(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.warc.gz", 20)
    config = replace(CONFIG, output=Output(tag=True))
    rows = rows_of(run([source], tmp_path / "out", config))
    assert len(rows) == 20
    tags = [sorted(row["tags"]) for row in rows]
    assert tags[0] == []
    assert "gopher_quality" in tags[1]
    assert "language" in tags[1]
    assert "gopher_quality" in tags[2]
    assert "near duplicate" in tags[8]


def test_c4_edits_and_personal_data_is_masked(tmp_path: Path) -> None:
    text = prose(3) + "\nWrite to ada@example.org or call (283) 182-3829 before the end of May."
    source = tmp_path / "a.warc.gz"
    source.write_bytes(compressed(page("http://a.example/", text + "\nHome | About")))
    config = replace(CONFIG, filters=Filters(rules=("c4", "gopher_quality")))
    (row,) = rows_of(run([source], tmp_path / "out", config))
    assert "Home" not in row["text"]
    assert "|||EMAIL_ADDRESS|||" in row["text"]
    assert row["masked"] == {"email": 1, "phone": 1}


def test_paragraphs_seen_before_go(tmp_path: Path) -> None:
    common = prose(9, 3)
    texts = [f"{prose(i)}\n{common}" for i in range(3)] + [common + "\n" + prose(7, 3)]
    parts = [compressed(page(f"http://a.example/{i}", text)) for i, text in enumerate(texts)]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(parts))
    config = replace(CONFIG, duplicates=Duplicates(paragraphs=True, expected_paragraphs=1000))
    rows = rows_of(run([tmp_path / "a.warc.gz"], tmp_path / "out", config))
    assert [common in row["text"] for row in rows[:3]] == [True, False, False]


def test_what_is_tested_on_stays_out(tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text(prose(0), encoding="utf-8")
    filters = Filters(rules=("contaminated",), test_sets=(str(tmp_path / "test.txt"),))
    source = archive(tmp_path / "a.warc.gz", 1)
    result = run([source], tmp_path / "out", replace(CONFIG, filters=filters))
    assert result.accounts.gone["pages"] == {"contaminated": 1}


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    source = archive(tmp_path / "a.warc.gz", 30)
    rows = rows_of(run([source], tmp_path / "jsonl", CONFIG))
    config = replace(CONFIG, output=Output(format="parquet", rows_per_file=5))
    result = run([source], tmp_path / "parquet", config)
    tables = [parquet.read_table(file) for file in result.files]
    assert [t for table in tables for t in table["text"].to_pylist()] == [r["text"] for r in rows]
    meta = json.loads(tables[0]["meta"][0].as_py())
    assert meta["source"]["file"] == "a.warc.gz"


def test_token_files_are_read_by_the_trainer_as_they_lie(tmp_path: Path) -> None:
    from cs336_basics.bpe import train_bpe
    from cs336_basics.tokenization.vocabulary import save_vocabulary

    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(prose(i) for i in range(5)), encoding="utf-8")
    vocab, merges = train_bpe(corpus, 300, ["<|endoftext|>"])
    save_vocabulary(vocab, merges, tmp_path / "vocab.json", tmp_path / "merges.txt")
    output = Output(
        vocab=str(tmp_path / "vocab.json"), merges=str(tmp_path / "merges.txt"), valid_share=0.3
    )
    result = run(
        [archive(tmp_path / "a.warc.gz", 40)], tmp_path / "out", replace(CONFIG, output=output)
    )
    tokens = open_tokens(tmp_path / "out" / "tokens" / "train.bin")
    assert result.tokens is not None
    assert len(tokens) == result.tokens["tokens"]["train"]
    index = np.load(tmp_path / "out" / "tokens" / "train.index.npy")
    end = result.tokens["end_of_text"]
    assert (tokens[index[1:] - 1] == end).all()
    assert (tokens == end).sum() == len(index) - 1 == result.tokens["documents"]["train"]
    x, y = get_batch(tokens, 4, 32, "cpu")
    assert x.shape == y.shape == (4, 32)


def test_a_vocabulary_beyond_16_bits_is_refused(tmp_path: Path) -> None:
    from cs336_basics.tokenization.vocabulary import save_vocabulary

    vocab = {i: bytes([i]) for i in range(256)} | {70_000: b"<|endoftext|>"}
    save_vocabulary(vocab, [], tmp_path / "vocab.json", tmp_path / "merges.txt")
    output = Output(vocab=str(tmp_path / "vocab.json"), merges=str(tmp_path / "merges.txt"))
    with pytest.raises(ConfigError, match="16 bits"):
        run([archive(tmp_path / "a.warc.gz", 1)], tmp_path / "out", replace(CONFIG, output=output))


def test_jobs_of_a_cluster_give_the_same_rows(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    files = [archive(tmp_path / f"{i}.warc.gz", 30, seed=i % 2) for i in range(3)]
    alone = rows_of(run(files, tmp_path / "alone", CONFIG))
    settings = Settings("local", jobs=2, workers=1)
    result = run_cluster(files, tmp_path / "out", CONFIG, settings)
    assert [row["url"] for row in rows_of(result)] == [row["url"] for row in alone]
    assert sum(map(len, split(files, 2))) == 3


def test_the_sums_are_checked() -> None:
    accounts = Accounts(read=3)
    accounts.keep("spam")
    accounts.count("pages", "language")
    with pytest.raises(AccountsError, match="3 records were read, 2"):
        accounts.check()
    accounts.count("records", "status")
    accounts.check()
    assert Accounts.from_dict(json.loads(json.dumps(accounts.to_dict()))) == accounts


def test_pages_cannot_run_anything_in_the_report(tmp_path: Path) -> None:
    attack = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    from cs336_data.pipeline.report import rejected_page

    html = rejected_page(
        [
            {
                "rule": attack,
                "reason": attack,
                "url": attack,
                "file": attack,
                "offset": 0,
                "text": attack,
            }
        ],
        Accounts(),
    )
    assert "<script" not in html
    assert "<img" not in html
    assert "default-src 'none'" in html


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[filters]\nrules = ['langage']", "unknown rule 'langage'"),
        ("[filters]\nrules = ['url', 'url']", "twice"),
        ("[filters]\nrules = ['contaminated']", "test_sets"),
        ("[filter]\n", "did you mean 'filters'"),
        ("[duplicates]\nnum_bands = 7", "does not divide"),
        ("[duplicates]\nthreshold = 80", "threshold"),
        ("[output]\nformat = 'csv'", "must be one of"),
        ("[output]\nvocab = 'x'", "belong together"),
        ("[text]\nmax_page_bytes = 'x'", "must be int"),
    ],
)
def test_a_wrong_configuration_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load(tmp_path / "c.toml")


def test_the_digest_follows_lists_that_are_read(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts.txt"
    hosts.write_text("a.example", encoding="utf-8")
    before = PipelineConfig(filters=Filters(url_hosts=(str(hosts),))).digest
    hosts.write_text("b.example", encoding="utf-8")
    assert PipelineConfig(filters=Filters(url_hosts=(str(hosts),))).digest != before
    with pytest.raises(ConfigError, match="cannot read"):
        _ = PipelineConfig(filters=Filters(url_hosts=("nowhere.txt",))).digest


def test_the_chain_says_why_and_never_raises() -> None:
    chain = Chain(CONFIG)

    def judge(body: bytes, kind: str = "html") -> str:
        made = Page(
            Place(0), "text" if kind == "text" else "html", body, "http://a.example/", "", ""
        )
        return chain(made).rule

    assert judge(b"<div>" * 100_000) == "nested too deep"
    assert judge(b"<html></html>") == "no text"
    assert judge(b"\xff\xfe\x00\xd8" * 20) in ("no text", "gopher_quality")
    assert judge("日本語の文章がここにあります。".encode(), "text") == "gopher_quality"


def command(*arguments: str | Path | int) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "cs336_data.pipeline", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)


def test_the_command(tmp_path: Path) -> None:
    archive(tmp_path / "a.warc.gz", 10)
    done = command("--input", tmp_path / "*.warc.gz", "--output", tmp_path / "out", "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert "11 records read" in done.stdout
    for name in (
        "rejected.html",
        "DATA_CARD.md",
        "funnel.png",
        "accounts.json",
        "part-00000.jsonl.zst",
    ):
        assert (tmp_path / "out" / name).stat().st_size > 0
    wrong = command("--input", tmp_path / "*.none", "--output", tmp_path / "out")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "no files match" in wrong.stderr


def test_a_full_disk_stops_with_one_line_and_nothing_lost(tmp_path: Path) -> None:
    """A limit on the size of files makes writes fail as a full disk does."""
    archive(tmp_path / "a.warc.gz", 400)
    line = [
        "--input",
        str(tmp_path / "a.warc.gz"),
        "--output",
        str(tmp_path / "out"),
        "--workers",
        "1",
    ]
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000));"
        "from cs336_data.pipeline.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    full = subprocess.run(
        [sys.executable, "-c", script, *line],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert full.returncode == 1, full.stderr
    assert "File too large" in full.stderr.splitlines()[-1]
    assert command(*line).returncode == 0
    assert command(*line[:3], str(tmp_path / "clean"), *line[4:]).returncode == 0
    ours, theirs = bytes_of(tmp_path / "out"), bytes_of(tmp_path / "clean")
    assert [n for n in theirs if ours[n] != theirs[n] and "journal" not in n] == []


def test_an_unwritable_output(tmp_path: Path) -> None:
    archive(tmp_path / "a.warc.gz", 1)
    (tmp_path / "file").write_text("")
    done = command("--input", tmp_path / "a.warc.gz", "--output", tmp_path / "file" / "out")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
