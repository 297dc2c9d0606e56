"""Two recordings of one lecture with different code behind it: the first step where values part."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lecture_tracer.command.cli import main
from lecture_tracer.command.implementation import readable
from lecture_tracer.errors import UsageError
from lecture_tracer.trace.alignment import alike, first_parting, narrowed
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


def test_equal_mappings_in_another_order() -> None:
    one = {"kind": "mapping", "entries": [["a", 1], ["b", 2]]}
    assert alike(one, {"kind": "mapping", "entries": [["b", 2], ["a", 1]]})
    assert not alike(one, {"kind": "mapping", "entries": [["a", 2], ["b", 1]]})


def test_of_a_large_value_the_part_that_differs_is_said() -> None:
    def of(last: float) -> dict[str, object]:
        numbers = {"kind": "tensor", "numbers": [[1.0, 2.0], [3.0, last]]}
        return {"kind": "mapping", "entries": [["a", 0.1 + last * 1e-9], ["b", numbers]]}

    assert narrowed("found", of(4.0), of(5.0)) == ("found[b][1][1]", 4.0, 5.0)
    shorter = {"kind": "sequence", "items": [1]}
    whole = ("x", [1], [1, 2])
    assert narrowed("x", shorter, {"kind": "sequence", "items": [1, 2]}) == whole


RICHER = '''
from own_basics.words import GREETING

LIMIT = 7


def double(x, *, by=2):
    return by * x


class Pair:
    def __init__(self, first, second=0, *, scale=1):
        self.both = (scale * first, scale * second)

    def total(self):
        return sum(self.both)


class Late:
    """Only here."""
'''
PLAIN = """
def double(x):
    return x + x


class Pair:
    def __init__(self, first, second=0):
        self.both = (first, second)
"""


@needs_processes
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("b = maths.LIMIT", "the implementation has no own_basics.maths.LIMIT: the course's is"),
        ("b = maths.double(a, by=3)", "own_basics.maths.double takes no `by` in the implemen"),
        ("b = maths.Pair(1, 2, scale=3).both", "own_basics.maths.Pair takes no `scale` in the"),
        ("b = maths.Pair(1, 2).total()", "no own_basics.maths.Pair.total: the course's is used"),
        ("b = maths.Late.__doc__", "the implementation has no own_basics.maths.Late: the cour"),
        ("b = maths.double(a, by=2)", "every value is the course's"),
        ("b = maths.Pair(1).both", "every value is the course's"),
    ],
)
def test_what_lies_beyond_the_contract_is_the_courses(
    course: tuple[Path, Path], capfd: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    checkout, student = course
    package = checkout / "assignments" / "assignment1-basics" / "own_basics"
    (package / "maths.py").write_text(RICHER)
    (student / "own_basics" / "maths.py").write_text(PLAIN)
    (checkout / "lecture_99.py").write_text(
        f"from own_basics import maths\n\n\ndef main():\n    a = 3\n    {line}  # @inspect b\n"
    )
    assert main(["-m", "lecture_99", "--implementation", str(student)]) == 0
    captured = capfd.readouterr()
    assert said in captured.out + captured.err
    assert "every value is the course's" in captured.out


@needs_processes
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def double(x):\n    raise NotImplementedError\n",
         "ends after 3 steps, @implementation/own_basics/maths.py:2: NotImplementedError; that "
         "function is still empty: write it"),
        ("def double(x, :\n", "maths.py, line 1"),
        ("import nowhere\n", "No module named 'nowhere'"),
    ],
)  # fmt: skip
def test_an_implementation_that_does_not_run(
    course: tuple[Path, Path], capfd: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    _, student = course
    (student / "own_basics" / "maths.py").write_text(text)
    assert main(["-m", "lecture_99", "--implementation", str(student)]) == 1
    captured = capfd.readouterr()
    assert said in captured.out + captured.err
    assert "Traceback" not in captured.out + captured.err


@needs_processes
def test_processes_that_a_lecture_starts_have_the_implementation_too(
    course: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """Ranks, and a program that is started by itself; `words` is the course's in both."""
    checkout, student = course
    (student / "own_basics" / "maths.py").write_text("def double(x):\n    return x * x\n")
    (checkout / "lecture_99.py").write_text(
        "import subprocess\nimport sys\n\n"
        "from lecture_tracer import ranks, run_ranks\n"
        "from own_basics.maths import double\nfrom own_basics.words import GREETING\n\n\n"
        "def work(rank, world_size):\n    ranks(x=double(3), said=GREETING)\n\n\n"
        "def main():\n"
        "    run_ranks(work, 2)\n"
        "    code = 'from own_basics.maths import double as d; print(d(5))'\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)\n"
    )
    assert main(["-m", "lecture_99", "--implementation", str(student)]) == 0
    out = capfd.readouterr().out
    assert "values part at step" in out
    trace = (checkout / "var" / "implementation" / "lecture_99.json").read_text()
    assert trace.count('"x":9') == 2
    assert '"stdout":"25\\n"' in trace
    assert str(student) not in trace
