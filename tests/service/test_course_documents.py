"""The documents of the course: made when asked for, and again when a source has changed."""

import json
from pathlib import Path

import pytest

from lecture_tracer.service.course_documents import CourseDocuments
from tests.service.conftest import Start

PLACE = "/var/traces/course"


def test_they_are_served_beside_the_traces_and_compressed(start: Start) -> None:
    service = start("-m", "lecture_01")
    service.listen()
    service.wait_for("recorded")
    answer = service.get(f"{PLACE}/course.json", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    (lecture,) = answer.json()["lectures"]
    assert (lecture["name"], lecture["title"]) == ("lecture_01", "One")
    same = {"If-None-Match": answer.headers["etag"]}
    assert service.get(f"{PLACE}/course.json", headers=same).status_code == 304


@pytest.mark.parametrize("path", ["none.json", "course", "../course.json", "course.json.gz", ""])
def test_nothing_else_is_there(start: Start, path: str) -> None:
    assert start().get(f"{PLACE}/{path}").status_code == 404


def test_they_change_with_a_task_sheet_and_stay_as_they_are_otherwise(tmp_path: Path) -> None:
    folder = tmp_path / "assignments/assignment1-a"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (folder / "handout.md").write_text("# First\n")
    about = CourseDocuments(tmp_path, tmp_path / "var/traces")
    before = about.get("var/traces/course/handouts.json")
    assert before is not None
    assert about.get("var/traces/course/handouts.json") == before
    (folder / "handout.md").write_text("# Another\n")
    after = about.get("var/traces/course/handouts.json")
    assert after is not None
    assert json.loads(after[0]) == {"texts": {"assignment1-a": "# Another\n"}}
    assert before[1] != after[1]


def test_while_course_toml_is_wrong_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text("title = ")
    about = CourseDocuments(tmp_path, tmp_path / "var/traces")
    assert about.get("var/traces/course/course.json") is None
    (tmp_path / "course.toml").write_text('title = "T"')
    assert about.get("var/traces/course/course.json") is not None
