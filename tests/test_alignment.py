"""Two recordings of one lecture with different code behind it: the first step where values part."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lecture_tracer.command.cli import main
from lecture_tracer.command.implementation import readable
from lecture_tracer.errors import UsageError
from lecture_tracer.trace.alignment import alike, first_parting
from lecture_tracer.trace.schema import Trace
from tests.conftest import Record, needs_processes

Play = Callable[..., Trace]

LECTURE = """
    from lecture_tracer import text

    def main():
        word = {word!r}  # @inspect word
        for letter in word[:{count}]:
            print(letter)
        text({shown!r})
"""


@pytest.fixture
def play(record: Record) -> Play:
    """Record the lecture above with other values in it."""

    def made(word: str = "abc", count: int = 2, shown: str = "Done") -> Trace:
        return record(LECTURE.format(word=word, count=count, shown=shown))

    return made


def test_equal_walks_do_not_part(play: Play) -> None:
    assert first_parting(play(), play()) is None


@pytest.mark.parametrize(
    ("other", "what", "line", "ours", "theirs"),
    [
        ({"word": "xbc"}, "word", 4, "abc", "xbc"),
        ({"count": 1}, "the lines that run", 7, "main:6", "main:7"),
        ({"shown": "Ended"}, "what is shown", 7, None, None),
    ],
)
def test_the_first_difference_is_named(
    play: Play, other: dict[str, str], what: str, line: int, ours: str | None, theirs: str | None
) -> None:
    found = first_parting(play(), play(**other))
    assert found is not None
    assert (found.what, found.path, found.line) == (what, "lecture_99.py", line)
    if ours is not None:
        assert (found.ours, found.theirs) == (ours, theirs)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (0.1 + 0.2, 0.3, True),
        ("0.30000001", "0.3", True),
        ({"kind": "number", "text": "nan"}, {"kind": "number", "text": "nan"}, True),
        ({"path": "a.py", "text": "f(x)"}, {"path": "@implementation/a.py", "text": "f(x)"}, True),
        ([1, 2], [1, 2, 3], False),
        (0.3, 0.31, False),
        (True, 1, False),
        ("3", "03", False),
        (None, 0, False),
    ],
)
def test_values_that_show_the_same(one: object, other: object, equal: bool) -> None:
    assert alike(one, other) is equal
    assert alike(other, one) is equal


def test_a_value_is_said_in_few_characters() -> None:
    pair = {"kind": "sequence", "type": "tuple", "items": [{"kind": "bytes", "text": "b'a'"}, 1]}
    assert readable([pair, "x"]) == "[(b'a', 1), x]"
    assert readable({"kind": "mapping", "entries": [["k", None]]}) == "{k: nothing}"


COURSE = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def course(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkout whose lecture uses an assignment's package, and a student's folder."""
    package = checkout / "assignments" / "assignment1-basics" / "own_basics"
    package.mkdir(parents=True)
    (package.parent / "pyproject.toml").write_text("")
    (package / "__init__.py").write_text("")
    (package / "maths.py").write_text(COURSE)
    (package / "words.py").write_text("GREETING = 'hello'\n")
    (checkout / "lecture_99.py").write_text(
        "from own_basics.maths import double\nfrom own_basics.words import GREETING\n\n\n"
        "def main():\n    a = 3  # @inspect a\n    b = double(a)  # @stepinto @inspect b\n"
        "    print(GREETING)\n"
    )
    student = tmp_path_factory.mktemp("student") / "own_basics"
    student.mkdir()
    (student / "__init__.py").write_text("")
    return checkout, student.parent


@needs_processes
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("y = x\n    return y + x", "every value is the course's"),
        ("return x * x", "values part at step 3, lecture_99.py:7: b"),
    ],
)
def test_the_command_says_where_values_part(
    course: tuple[Path, Path], capfd: pytest.CaptureFixture[str], body: str, said: str
) -> None:
    """The student's module replaces the course's; `words`, which it lacks, is the course's."""
    checkout, student = course
    (student / "own_basics" / "maths.py").write_text(f"def double(x):\n    {body}\n")
    assert main(["-m", "lecture_99", "--implementation", str(student)]) == 0
    out = capfd.readouterr().out
    assert "stepped into @implementation/own_basics/maths.py" in out
    assert said in out
    trace = (checkout / "var" / "implementation" / "lecture_99.json").read_text()
    assert str(student) not in trace
    assert not (checkout / "var" / "traces" / "lecture_99.json").exists()


def test_a_folder_without_a_package_is_refused(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "lecture_99.py").write_text("def main():\n    pass\n")
    (checkout / "nothing").mkdir()
    assert main(["-m", "lecture_99", "--implementation", "nothing"]) == UsageError.exit_code
    assert "no package in it; give the folder that holds one" in capsys.readouterr().err
    assert main(["-m", "lecture_99", "--implementation", "none"]) == UsageError.exit_code
    assert "no such folder" in capsys.readouterr().err
    assert "own_basics" not in sys.modules
