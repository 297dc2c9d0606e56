"""How two traces differ, in words."""

from lecture_tracer.trace.check import MAX_LINES, differences, summary
from tests.conftest import Record

SOURCE = "def main():\n    x = 1  # @inspect x\n    print(x)\n"


def test_equal_traces_have_no_differences(record: Record) -> None:
    assert differences(record(SOURCE), record(SOURCE)) == []


def test_a_changed_value_is_shown_with_its_place(record: Record) -> None:
    lines = differences(record(SOURCE), record(SOURCE.replace("x = 1", "x = 2")))
    assert lines[0] == "lecture_99.py: the source changed since the trace was stored"
    assert any(line.startswith("-lecture_99.py:2 main {") and '"x":1' in line for line in lines)
    assert any(line.startswith("+lecture_99.py:2 main {") and '"x":2' in line for line in lines)


def test_a_failure_is_shown(record: Record) -> None:
    lines = differences(record(SOURCE), record(SOURCE + "    raise ValueError('no')\n"))
    assert "ended: completed → failed" in lines


def test_long_differences_are_cut(record: Record) -> None:
    loop = "def main():\n    for i in range(100):\n        x = i + 1000 * %d  # @inspect x\n"
    lines = differences(record(loop % 0), record(loop % 1))
    assert len(lines) == MAX_LINES + 1
    assert lines[-1].endswith("more lines")


def test_the_summary_names_every_part_that_differs(record: Record) -> None:
    before = record(SOURCE)
    after = record(SOURCE.replace("x = 1", "x = 2") + "    raise ValueError('no')\n")
    found = summary(before, after)
    assert found == "sources lecture_99.py; ended; failure; steps, first lecture_99.py:2"
    assert summary(before, before) == "only the way it is written"


def test_the_summary_names_the_first_step_that_is_gone(record: Record) -> None:
    before, shorter = record(SOURCE), record(SOURCE.replace("    print(x)\n", ""))
    assert summary(before, shorter) == "sources lecture_99.py; steps, first lecture_99.py:3"
