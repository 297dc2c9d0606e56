"""What the trace of lecture 1 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.report.alarms import alarms, sections_without_question
from lecture_tracer.report.measure import measure
from lecture_tracer.trace.schema import Mapping, TextRendering, Trace
from tests import lecture_checks as checks
from tests.lecture_recordings import Run


def test_it_has_so_many_steps(trace: Trace) -> None:
    assert 250 <= len(trace.steps) <= 600


def test_it_has_so_many_sections(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 14
    assert trace.title == "Language models from scratch"


def test_it_opens_these_definitions(trace: Trace) -> None:
    named = checks.check_code_links(trace)
    assert {"train_bpe_naive", "Splitter.pretokens", "Tokenizer.encode_pretoken"} <= named


def test_it_cites_so_many_works(trace: Trace) -> None:
    assert checks.check_citations(trace) > 60


def test_it_draws_so_many_figures(trace: Trace) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 13
    assert kinds["images"] >= 1
    assert kinds["graphs"] >= 3
    assert kinds["tables"] >= 3


def test_a_step_takes_few_bytes(recorded: Path) -> None:
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
    assert {f.function for f in inside} == {
        "count_pairs",
        "merge_pair",
        "train_bpe_naive",
        "Tokenizer.encode_pretoken",
        "_merge_by_scan",
    }
    assert len(inside) > 60


def test_every_section_asks_something_and_nothing_is_answered_before(
    trace: Trace, recorded: Path
) -> None:
    report = measure(trace, recorded.stat().st_size)
    assert not sections_without_question(report)
    assert len(report.questions) >= 20
    assert not [question.name for question in report.questions if question.stands]


def test_a_recap_comes_at_least_every_fifteen_minutes(trace: Trace, recorded: Path) -> None:
    assert max(measure(trace, recorded.stat().st_size).minutes_between_recaps) <= 15


def test_nothing_is_outside_of_the_course_s_rules(trace: Trace, recorded: Path) -> None:
    assert alarms(measure(trace, recorded.stat().st_size)) == []


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


def test_what_was_once_claimed_wrongly_is_gone(trace: Trace) -> None:
    shown = " ".join(o.text for o in checks.outputs(trace) if isinstance(o, TextRendering))
    texts = " ".join(shown.split())
    assert "What has one right answer is tested" in texts, "and not all of an assignment"
    for wrong in ("each with tests", "Only one of the five", "42, 42, 66"):
        assert wrong not in texts
