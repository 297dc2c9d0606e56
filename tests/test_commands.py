"""The commands in a course that `init` wrote, and what they say of themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer.starter.start import title_of
from lecture_tracer.trace.store import load
from tests.conftest import needs_processes

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("init", "record", "serve", "check", "report", "site", "pdf", "remote")
pytestmark = needs_processes


def tracer(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `python -m lecture_tracer` in the folder, and expect the exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "lecture_tracer", *arguments], cwd=folder, text=True,
        capture_output=True, timeout=60, check=False, env={"PATH": "", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course as `init` wrote it."""
    folder = tmp_path_factory.mktemp("courses")
    tracer(folder, "init", "my-course")
    return folder / "my-course"


def test_a_new_course_has_all_that_it_takes(course: Path) -> None:
    names = {p.relative_to(course).as_posix() for p in course.rglob("*") if p.is_file()}
    assert names >= {
        "README.md", "course.toml", "first_steps.py", "helpers/searching.py", "requirements.txt",
        ".gitignore", ".github/workflows/pages.yml",
    }  # fmt: skip
    assert 'title = "My course"' in (course / "course.toml").read_text(encoding="utf-8")
    assert not [name for name in names if "{{title" in (course / name).read_text(encoding="utf-8")]


def test_its_lecture_passes_the_check_before_and_after_it_is_recorded(course: Path) -> None:
    assert "recorded as it should be" in tracer(course, "check").stdout
    tracer(course, "record", "-q")
    assert tracer(course, "check").stdout == "first_steps: as stored\n"


def test_its_lecture_shows_one_of_each(course: Path) -> None:
    """Prose, values, a plot, a helper that is stepped into, a question."""
    tracer(course, "record", "-q", "first_steps")
    trace = load(course / "var/traces/first_steps.json")
    kinds = {type(output).__name__ for step in trace.steps for output in step.outputs or ()}
    assert {"TextRendering", "PlotRendering", "QuestionRendering", "AnswerRendering"} <= kinds
    assert any("numbers" in (step.changes or {}) for step in trace.steps)
    assert "helpers/searching.py" in {trace.frames[step.frame].path for step in trace.steps}


def test_the_list_of_traces_says_what_the_course_says(course: Path) -> None:
    tracer(course, "record", "-q")
    index = json.loads((course / "var/traces/index.json").read_text(encoding="utf-8"))
    assert index["course"] == {"title": "My course", "lectures": ["first_steps"]}


def test_a_folder_that_holds_something_is_refused(course: Path) -> None:
    before = (course / "first_steps.py").read_bytes()
    said = tracer(course.parent, "init", "my-course", code=2).stderr
    assert said == "lecture_tracer: 'my-course' is not an empty folder; give another name (usage)\n"
    assert (course / "first_steps.py").read_bytes() == before


def test_a_course_in_an_empty_folder(tmp_path: Path) -> None:
    tracer(tmp_path, "init", ".")
    assert (tmp_path / "first_steps.py").is_file()


def test_a_warning_and_a_change_fail_the_check(tmp_path: Path) -> None:
    lecture = tmp_path / "lecture_01.py"
    lecture.write_text("def main():\n    x = 1  # @inspct x\n", encoding="utf-8")
    assert "unknown directive" in tracer(tmp_path, "check", code=1).stderr
    lecture.write_text("def main():\n    x = 1  # @inspect x\n", encoding="utf-8")
    tracer(tmp_path, "record", "-q")
    lecture.write_text("def main():\n    x = 2  # @inspect x\n", encoding="utf-8")
    assert "the source changed" in tracer(tmp_path, "check", code=1).stdout


def test_a_report_of_all_lectures(course: Path) -> None:
    assert "1 implementations stepped into: helpers/searching.py: find" in (
        tracer(course, "report").stdout
    )


@pytest.mark.parametrize("word", COMMANDS)
def test_each_command_names_itself_rightly(tmp_path: Path, word: str) -> None:
    said = tracer(tmp_path, word, "--help").stdout
    if word != "remote":  # has a door of its own
        assert said.startswith(f"usage: python -m lecture_tracer {word} ")


def test_execute_py_is_the_same_program_under_its_own_name(tmp_path: Path) -> None:
    for word in ((), ("record",)):
        command = [sys.executable, str(ROOT / "execute.py"), *word, "--help"]
        said = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=True)
        assert said.stdout.startswith(" ".join(["usage: execute.py", *word, ""]))


def test_the_help_lists_the_commands(tmp_path: Path) -> None:
    said = tracer(tmp_path).stdout
    assert [word for word in COMMANDS if f"\n    {word} " not in said] == []


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("recrod", "did you mean 'record'?"),
        ("intro.py", "python -m lecture_tracer record intro.py"),
    ],
)
def test_a_word_that_is_no_command_is_told_the_nearest(
    tmp_path: Path, word: str, advice: str
) -> None:
    assert advice in tracer(tmp_path, word, code=2).stderr


def test_the_version_names_format_and_viewer(tmp_path: Path) -> None:
    said = tracer(tmp_path, "--version").stdout
    assert ", trace format 2, viewer " in said


@pytest.mark.parametrize(
    ("name", "title"), [("my-course", "My course"), ("CS_101", "CS 101"), ("…", "A course")]
)
def test_a_folders_name_becomes_a_title(name: str, title: str) -> None:
    assert title_of(name) == title
