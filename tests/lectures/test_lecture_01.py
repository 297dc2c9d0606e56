"""Lecture 1 as the command records it: offline, the same bytes again, nothing empty or dangling."""

from pathlib import Path

from lecture_tracer.trace.schema import Mapping, Trace
from tests.lectures import checks
from tests.lectures.checks import Run

LECTURE = "lecture_01"


def test_it_records_to_its_end(trace: Trace) -> None:
    checks.check_ended_well(trace)
    assert 250 <= len(trace.steps) <= 600


def test_its_table_of_contents_is_its_main(trace: Trace) -> None:
    assert len(checks.headings(trace)) == len(checks.sections(trace)) == 13
    assert trace.title == "Language models from scratch"


def test_nobody_is_asked_for_anything(recorded: Path, network_log: Path) -> None:
    assert recorded.exists()
    assert not network_log.exists()


def test_the_network_really_is_refused(run: Run, tmp_path: Path) -> None:
    program = (
        "import os, urllib.request\n"
        f"os.environ['NETWORK_LOG'] = {str(tmp_path / 'log')!r}\n"
        "urllib.request.urlopen('http://127.0.0.1:9/')"
    )
    assert "no network in this test" in run("-c", program).stderr
    assert "127.0.0.1" in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_second_run_gives_the_same_bytes(recorded: Path, run: Run) -> None:
    checks.check_same_bytes_again(recorded, run)


def test_every_link_to_code_has_its_file_and_its_lines(trace: Trace) -> None:
    named = checks.check_code_links(trace)
    assert {"train_bpe", "train_bpe_naive", "Tokenizer", "BPETokenizer"} <= named


def test_every_citation_is_complete(trace: Trace) -> None:
    assert checks.check_citations(trace) > 60


def test_no_figure_is_empty(trace: Trace) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 12
    assert kinds["images"] >= 1
    assert kinds["graphs"] >= 4
    assert kinds["tables"] >= 3


def test_it_stays_small(recorded: Path) -> None:
    checks.check_size(recorded, bytes_a_step=150)


def test_training_is_stepped_merge_by_merge(trace: Trace) -> None:
    frame = [f.function for f in trace.frames].index("train_by_hand")
    changes = [s.changes or {} for s in trace.steps if s.frame == frame]
    sequences = [change["indices"] for change in changes if "indices" in change]
    lengths = [len(sequence) for sequence in sequences if isinstance(sequence, list)]
    assert lengths == [19, 15, 12, 10, 8]
    counts = [change["frequent"] for change in changes if "frequent" in change]
    frequent = [len(count.entries) for count in counts if isinstance(count, Mapping)]
    assert frequent == sorted(frequent, reverse=True)
    assert len(frequent) == 4


def test_it_steps_into_the_assignment(trace: Trace) -> None:
    frames = [trace.frames[step.frame] for step in trace.steps]
    inside = [f for f in frames if f.path.startswith("assignments/")]
    assert {f.function for f in inside} == {"train_bpe_naive"}
    assert len(inside) > 20


def test_every_section_has_a_note_for_the_speaker(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 13
    checks.check_every_section_has_a_note(trace)


def test_it_runs_as_a_plain_script_without_torch(run: Run) -> None:
    program = (
        "import sys, lecture_01\n"
        "lecture_01.main()\n"
        "assert 'torch' not in sys.modules\n"
        "assert 'pandas' not in sys.modules\n"
    )
    done = run("-c", program)
    assert done.returncode == 0, done.stderr
    assert "# Beyond byte-pair encoding" in done.stdout
