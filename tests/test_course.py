"""Where a course keeps what, and what a lecture says of itself."""

from pathlib import Path

import pytest

from lecture_tracer import course
from lecture_tracer.course import Header, read_header
from lecture_tracer.errors import LectureInvalid

WHOLE = '''# A comment before it.
"""Lecture 6: what a kernel costs.

Measure, then write. Note: this line is no field, and this paragraph no header.

Title: Kernels: measure, then write
Unit: systems
Minutes: 80
Prerequisites: lecture_02, lecture_05
Assignments: none
Resources: gpus=2, memory=32G
"""

import no_such_module
'''


def read(folder: Path, text: str) -> Header:
    """The header of a lecture with this text."""
    path = folder / "lecture_06.py"
    path.write_text(text, encoding="utf-8")
    return read_header(path)


def test_lectures_are_found_in_order(tmp_path: Path) -> None:
    for name in ("lecture_10.py", "lecture_02.py", "sample.py", "lecture_02.txt"):
        (tmp_path / name).touch()
    (tmp_path / "lecture_03.py").mkdir()
    assert [path.name for path in course.find_lectures(tmp_path)] == [
        "lecture_02.py",
        "lecture_10.py",
    ]


def test_everything_of_a_lecture_lies_in_its_folder() -> None:
    assert str(course.bibliography("lecture_06")) == "lectures/lecture_06/bibliography.json"
    assert str(course.benchmark_folder("lecture_06")) == "lectures/lecture_06/benchmarks"


@pytest.mark.parametrize(
    ("name", "is_record"),
    [
        ("lectures/lecture_06/benchmarks/a.json", True),
        ("lectures/lecture_06/benchmarks/deeper/a.json", True),
        ("lectures/lecture_06/benchmarks", False),
        ("lectures/lecture_06/data/a.json", False),
        ("other/lecture_06/benchmarks/a.json", False),
        ("benchmarks/a.json", False),
    ],
)
def test_a_benchmark_record_is_known_by_its_place(name: str, is_record: bool) -> None:
    assert course.is_benchmark_record(name) is is_record


def test_the_folders_of_records_are_found_by_their_pattern(tmp_path: Path) -> None:
    folder = tmp_path / course.benchmark_folder("lecture_06")
    folder.mkdir(parents=True)
    assert list(tmp_path.glob(course.BENCHMARK_FOLDERS)) == [folder]


def test_a_header_is_read_and_not_run(tmp_path: Path) -> None:
    header = read(tmp_path, WHOLE)
    assert header.summary == "Lecture 6: what a kernel costs."
    assert header.title == "Kernels: measure, then write"
    assert (header.unit, header.minutes) == ("systems", 80)
    assert header.prerequisites == ("lecture_02", "lecture_05")
    assert header.assignments == ()
    assert header.resources == {"gpus": "2", "memory": "32G"}
    lines = WHOLE.splitlines()
    assert all(lines[n - 1].startswith(name.capitalize()) for name, n in header.lines.items())
    assert len(header.lines) == 6


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n",
        '"""Only a summary."""\n',
        '"""Title: is a summary here"""\n',
        '"""A lecture.\n\nProse: it is about lists.\n"""\n',
    ],
)
def test_a_lecture_may_say_nothing(tmp_path: Path, text: str) -> None:
    header = read(tmp_path, text)
    assert (header.title, header.minutes, header.lines) == ("", None, {})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("Title: T\nMinute: 80", r"lecture_06\.py:4: no field .*'Minute: 80'; did you mean 'Minut"),
        ("Titel: T", r"lecture_06\.py:3: no field .* did you mean 'Title'"),
        ("Title: T\nColour: red", r"lecture_06\.py:4: .* known: Title, Unit, Minutes"),
        ("Title: T\nand more", r"lecture_06\.py:4: no field .*'and more'"),
        ("Minutes: long", r"lecture_06\.py:3: Minutes must be a whole number, not 'long'"),
        ("Minutes: 0", "Minutes must be"),
        ("Figure: 2nd", r"lecture_06\.py:3: Figure: '2nd'; give a section, as roofline"),
        ("Figure: roofline 0", "Figure: 'roofline 0'"),
        ("Unit: a\nUnit: b", r"lecture_06\.py:4: a second 'Unit'; the first is on 3"),
        ("Resources: gpus", r"lecture_06\.py:3: Resources: 'gpus'; write it as gpus=2"),
        ("Resources: gpus=1 gpus=2", "a key is there twice"),
    ],
)
def test_a_wrong_header_is_told_with_its_line(tmp_path: Path, fields: str, message: str) -> None:
    with pytest.raises(LectureInvalid, match=message):
        read(tmp_path, f'"""A lecture.\n\n{fields}\n"""\n')


def test_a_file_that_is_no_python_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LectureInvalid, match=r"lecture_06\.py:2: not valid Python"):
        read(tmp_path, "x = 1\ndef main(:\n")
