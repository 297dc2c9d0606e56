"""What a report counts, and where it raises an alarm."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer.report import prose
from lecture_tracer.report.alarms import alarms, sections_without_question
from lecture_tracer.report.command import main
from lecture_tracer.report.figures import Report
from lecture_tracer.report.measure import measure
from lecture_tracer.report.words import words
from lecture_tracer.trace import codec
from tests.conftest import Record, needs_processes
from tests.test_versions import benchmark, version_1

WALK = """
    from lecture_tracer import link, note, plot, predict, reveal, text

    def main():
        text("# First")
        x = 1  # @inspect x
        y = 2
        note("for the speaker")
        link("https://example.org")
        x = x  # @inspect x
        print(x)
        plot({"data": {"values": [{"x": 1}]}, "mark": "bar"}), text("Here it is.")
        q = predict("How many?", unit="m")
        z = 3
        reveal(q, 700)
        assert z == 3
        text("# What to keep\\nMuch.")
"""


def test_steps_by_kind_and_dry_runs(record: Record) -> None:
    steps = measure(record(WALK), 0).steps
    assert steps.total == 12
    assert steps.kinds == {
        "question": 2, "figure": 1, "value": 1, "print": 1, "prose": 2, "dry": 5,
    }  # fmt: skip
    assert (steps.longest_dry_run, steps.longest_dry_place) == (4, "lecture_99.py:6")
    assert (steps.dry_share, steps.fresh_share) == (0.417, 0.333)


def test_sections_their_questions_and_recaps(record: Record) -> None:
    report = measure(record(WALK), 0)
    first, last = report.sections
    assert (first.title, first.steps, first.figures, first.questions) == ("First", 11, 1, 1)
    assert (last.title, last.recap, first.recap) == ("What to keep", True, False)
    assert report.minutes_between_recaps == [round(first.minutes + last.minutes, 1)]
    assert sections_without_question(report) == []


def test_minutes_are_scaled_to_what_the_header_says(record: Record) -> None:
    from msgspec.structs import replace

    from lecture_tracer.trace.schema import LectureInfo

    report = measure(replace(record(WALK), lecture_info=LectureInfo(minutes=80)), 0)
    assert report.minutes == pytest.approx(80, abs=0.1)


@pytest.mark.parametrize(
    ("markdown", "lengths"),
    [
        ("It works. It does not.", [2, 3]),
        ("# A heading\nOne two\nthree.", [3]),
        ("One two.\n\n## A heading\nThree.\n# Four\nFive six.", [2, 1, 2]),
        ("Two things:\n- a first one\n- a second one\n  that goes on\n\nThen more.", [2, 2]),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nAfter it.", [2]),
        ("> quoted words\n\nOwn words.", [2]),
        ("```\ncode here. And here.\n```\nAfter it.", [2]),
        ("Before\n\n$$x = 1. Y$$\n\nafter.", [1, 1]),
        ("A layer of width $d$ has $24 S d^2$ of them.", [9]),
        ("See [the paper](https://x.org/a.b), e.g. Fig. 3, and `a.b. C`.", [8]),
        ("About 3.5 GB. Then 2,000 more.", [3, 3]),
        ("**A run-in head.** Then text of it.", [4]),
        ("**All of it bold**", []),
        ("Is it? Yes! “Quoted.” Done.", [2, 1, 1, 1]),
        ("We follow Hoffmann et al. Their fit is J. Doe's.", [10]),
        ("", []),
    ],
)
def test_sentences_of_running_prose(markdown: str, lengths: list[int]) -> None:
    assert [len(words) for words in prose.sentences(markdown)] == lengths


def test_measured_sentences() -> None:
    found = prose.measure(["One two three four five six. " + "Word " * 9 + "end. Five."])
    assert (found.words, found.sentences, found.mean, found.median) == (17, 3, 5.7, 6)
    assert (found.p90, found.short_share) == (9.2, 0.667)
    assert prose.measure([]).sentences == 0


CODE = '''
"""A lecture."""
from lecture_tracer import link, text
from assignments.one import work, wrapper, Big, small
import assignments.one

def main():
    text("""Many
    lines
    of prose""")

    link(work), link(wrapper), link(Big), link(small)
    link(assignments.one)
    a = wrapper(1)  # @stepinto
'''
ONE = (
    "def work(x):\n    y = x + 1\n    return y\n\n"
    'def wrapper(x):\n    """Hands on."""\n    return work(x)\n\n'
    "def small(x):\n    return work(x + 1)\n\n"
    "class Big:\n" + "".join(f"    a{n} = {n}\n" for n in range(60))
)


def test_lines_links_and_implementations(record: Record) -> None:
    files = {"assignments/__init__.py": "", "assignments/one.py": ONE}
    report = measure(record(CODE, files), 0)
    assert (report.lines.total, report.lines.outside_prose) == (13, 8)
    assert [(w.place, w.name, w.why) for w in report.wrappers] == [
        ("lecture_99.py:11", "wrapper", "it only calls work"),
        ("lecture_99.py:11", "Big", "a whole class of 61 lines"),
        ("lecture_99.py:12", "assignments.one", "a whole module of 72 lines"),
    ]
    assert report.stepped_into == {"assignments/one.py": ["work", "wrapper"]}


def test_a_dry_lecture_raises_alarms(record: Record) -> None:
    lines = [f"    x{n} = {n}\n" for n in range(6)]
    trace = record("def main():\n" + "".join(lines))
    found = alarms(measure(trace, 2_000_000, 61.0))
    assert found == [
        "dry steps 100% (at most 20%)",
        "6 dry steps in a row from lecture_99.py:2 (at most 4)",
        "a value, figure or question comes with 0% of the steps (at least 55%)",
        "sentences of 0 words on average (at least 13)",
        "0 implementations stepped into (at least 3)",
        "61 s (at most 60)",
        "2.0 MB (at most 1.5)",
    ]


def test_questions_whose_answer_stands_and_open_ones(record: Record) -> None:
    trace = record("""
        from lecture_tracer import predict, text

        def main():
            text("It is 1257.")
            predict("How many?", name="many", unit="m", answer=1257)
            predict("Why?", name="why", kind="text")
    """)
    found = alarms(measure(trace, 0))
    assert "lecture_99.py:5: the answer to 'many' already stands in this section's text" in found
    assert "lecture_99.py:6: 'why' is answered 0 times" in found


def test_a_trace_of_version_1_and_records_that_spread() -> None:
    trace = codec.decode(version_1(benchmark("a"), benchmark("ab")))
    report = measure(trace, 0)
    assert [(s.name, s.label, s.ratio) for s in report.spreads] == [
        ("b", "a", 3.0),
        ("b", "b", 3.0),
    ]
    assert report.steps.kinds["figure"] == 2


def test_words_hold_the_figures(record: Record) -> None:
    shown = "\n".join(words(measure(record(WALK), 5000, 1.25)))
    assert "12 steps (2 question, 1 figure, 1 value, 1 print, 2 prose, 5 dry)" in shown
    assert "dry 42%, longest run 4 from lecture_99.py:6" in shown
    assert "1.2 s, 5 kB" in shown
    assert "What to keep  (recap)" in shown


@needs_processes
def test_the_command_records_a_lecture_and_gives_json(checkout: Path) -> None:
    (checkout / "lecture_99.py").write_text("def main():\n    x = 1  # @inspect x\n")
    command = [sys.executable, "-m", "lecture_tracer.report", "lecture_99", "--json"]
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        command, cwd=checkout, capture_output=True, text=True, env={"PYTHONPATH": str(root)}
    )
    found = json.loads(done.stdout)
    assert (done.returncode, found["lecture"], found["steps"]["total"]) == (0, "lecture_99", 1)
    assert found["seconds"] > 0
    assert found["alarms"]


def test_the_command_reads_a_trace_and_can_be_strict(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "old.json").write_bytes(version_1())
    assert main(["old.json"]) == 0
    assert "unknown s" in capsys.readouterr().out
    assert main(["old.json", "--strict"]) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lecture_98", "no lecture 'lecture_98'"),
        ("none.json", "cannot read 'none.json'"),
        ("lecture_97", "lecture_97.py: no function main()"),
    ],
)
@needs_processes
def test_what_gives_no_report_is_one_line(
    checkout: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    (checkout / "lecture_97.py").write_text("x = 1\n")
    assert main([name]) in (1, 2)
    assert message in capsys.readouterr().err


def test_a_report_is_json_all_through(record: Record) -> None:
    import msgspec

    report = measure(record(WALK), 0)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
