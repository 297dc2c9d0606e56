"""Walks are equal when the same is shown, wherever it stands; else the first difference is told."""

import json
from pathlib import Path

import pytest

from lecture_tracer.trace import codec
from tests import compare_walks
from tests.conftest import Record

BEFORE = """
from lecture_tracer import text, link
def area(x):
    return x * x
def main():
    text("A *long*\\nline")
    y = area(3)  # @inspect y
    link(area)
    print(y)
"""


def compared(record: Record, tmp_path: Path, after: str, *options: str) -> int:
    """The exit code for BEFORE against `after`."""
    files = []
    for name, source in (("before", BEFORE), ("after", after)):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_bytes(codec.encode(record(source)))
    return compare_walks.main([*map(str, files), *options])


def test_lines_and_wrapping_do_not_count(record: Record, tmp_path: Path) -> None:
    moved = "# a comment\n\n\n" + BEFORE.replace("*long*\\nline", "*long* line")
    assert compared(record, tmp_path, moved) == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("area(3)", "area(4)", '"changes": {"y": 16}'),
        ("*long*", "**long**", "<strong>long</strong>"),
        ("print(y)", "print(-y)", "-9"),
        ("link(area)", "link(main)", '"name": "main"'),
        ("\n    print(y)", "", "(has ended)"),
    ],
)
def test_what_is_shown_counts(
    record: Record,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    said: str,
) -> None:
    assert compared(record, tmp_path, BEFORE.replace(old, new)) == 1
    assert said in capsys.readouterr().out


def test_a_key_can_be_left_out(record: Record, tmp_path: Path) -> None:
    other = BEFORE.replace("print(y)", "print(-y)")
    assert compared(record, tmp_path, other, "--without", "stdout") == 0


def test_code_keeps_its_white_space() -> None:
    assert compare_walks.rendered("a\nb") == compare_walks.rendered("a b")
    assert compare_walks.rendered("- a\n  b") == compare_walks.rendered("- a b")
    assert compare_walks.rendered("```\na\nb\n```") != compare_walks.rendered("```\na b\n```")
    assert compare_walks.rendered("a\n- b") != compare_walks.rendered("a - b")


def test_a_formula_that_becomes_a_block_counts() -> None:
    assert compare_walks.rendered("is $$a\n= b$$") == compare_walks.rendered("is\n$$a = b$$")
    assert compare_walks.rendered("is\n$$a\n= b$$") != compare_walks.rendered("is\n$$a = b$$")


def test_a_recording_of_an_older_schema_can_be_read(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    frames = [{"path": "lecture_99.py", "function": "main"}]
    old.write_text(json.dumps({"schema": 0, "frames": frames, "steps": [{"frame": 0, "line": 1}]}))
    assert compare_walks.main([str(old), str(old)]) == 0
