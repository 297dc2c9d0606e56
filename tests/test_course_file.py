"""`course.toml`: which files are lectures, in which order, and what a wrong key is told."""

from pathlib import Path

import pytest

from lecture_tracer.course import course_info, find_lectures
from lecture_tracer.course_file import CourseFile, read_course_file
from lecture_tracer.errors import CourseInvalid


def write(root: Path, text: str, *names: str) -> Path:
    """A course with this file and empty lectures of these names."""
    (root / "course.toml").write_text(text, encoding="utf-8")
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_without_the_file_a_course_says_nothing(tmp_path: Path) -> None:
    assert read_course_file(tmp_path) == CourseFile()
    assert course_info(tmp_path) is None


def test_lectures_of_any_name_in_the_order_of_the_course(tmp_path: Path) -> None:
    names = ("week_2.py", "week_1.py", "opening.py", "helper.py", "week_3.txt", "_1.py")
    write(tmp_path, 'lectures = ["opening.py", "week_*.py", "*_1.py"]', *names)
    found = [path.name for path in find_lectures(tmp_path)]
    assert found == ["opening.py", "week_1.py", "week_2.py"]


def test_what_it_says_goes_into_the_list_of_traces(tmp_path: Path) -> None:
    text = 'title = "T"\nauthors = ["A", "B"]\nlicence = "CC0-1.0"\naddress = "https://a.org/c/"\n'
    write(tmp_path, text, "lecture_02.py", "lecture_01.py")
    assert read_course_file(tmp_path).address == "https://a.org/c"
    info = course_info(tmp_path)
    assert info
    assert (info.title, info.authors, info.licence) == ("T", ["A", "B"], "CC0-1.0")
    assert info.lectures == ["lecture_01", "lecture_02"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = a", "course.toml: not valid TOML: .*line 1"),
        ('titel = "T"', "unknown key 'titel'; did you mean 'title'"),
        ('colour = "red"', "unknown key 'colour'; known: title, description, authors"),
        ("title = 1", r"Expected `str`, got `int` - at `\$.title`"),
        ('authors = "A"', r"Expected `array`, got `str` - at `\$.authors`"),
        ('lectures = ["../*.py"]', "outside the course's folder"),
        ('lectures = ["/etc/*.py"]', "outside the course's folder"),
        ('lectures = ["lecture_01"]', "does not end in .py"),
        ('card = "../a.png"', "outside the course's folder"),
        ('address = "a.org"', "does not begin with https://"),
        ('[units.a]\ncolour = "red"', r"unknown field `colour` - at `\$.units"),
    ],
)
def test_a_wrong_file_is_told_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CourseInvalid, match=message):
        read_course_file(write(tmp_path, text))
