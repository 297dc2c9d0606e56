"""How a starter is made: bodies are emptied, copies are found, nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.assignment.__main__ import main
from tools.assignment.emptying import Choices, StarterError, module_text
from tools.assignment.mutants import Mutant, spread
from tools.assignment.shingles import shared_code
from tools.projects import ROOT

SOURCE = '''
import math
from collections.abc import Iterable
from dataclasses import dataclass

Numbers = list[float]
LIMIT = 3  # a constant


def mean(values: Numbers, weights: Iterable[float] = (), *, fast: bool = False) -> float:
    """The mean.

    Weighted where `weights` are given.
    """
    return math.fsum(values) / len(values)  # the answer


class _Shared(list):
    def forget(self) -> None:
        """Begin again."""
        self.clear()


class Memory(_Shared):
    """Remembers."""

    def keep(self, value: float) -> None:
        self.append(value)


class Counter:
    """Counts."""

    @classmethod
    def new(cls) -> "Counter":
        return cls()

    def step(self, by: int = LIMIT) -> int:
        """Count on."""
        self.n += by
        return self.n

    def _secret(self) -> None:
        self.n = 0


@dataclass(frozen=True)
class Point:
    """A place."""

    x: float
    y: float = LIMIT

    def norm(self) -> float:
        return math.hypot(self.x, self.y)
'''


def empty(tmp_path: Path, *items: str, drop: tuple[str, ...] = ()) -> str:
    """The starter's text of a module made from SOURCE."""
    (tmp_path / "pack").mkdir(exist_ok=True)
    (tmp_path / "pack" / "a.py").write_text(SOURCE, encoding="utf-8")
    return module_text(tmp_path, {"pack/a.py": items}, Choices("pack", drop), docstring="Mine.")


def test_signature_and_docstring_stay_and_the_body_goes(tmp_path: Path) -> None:
    assert empty(tmp_path, "mean", drop=("fast",)) == (
        '"""Mine."""\n\nfrom __future__ import annotations\n\n'
        "from collections.abc import Iterable\n\nNumbers = list[float]\n\n\n"
        "def mean(values: Numbers, weights: Iterable[float] = ()) -> float:\n"
        '    """The mean.\n\n    Weighted where `weights` are given."""\n'
        "    raise NotImplementedError\n"
    )


def test_a_class_has_the_methods_that_are_named(tmp_path: Path) -> None:
    text = empty(tmp_path, "Counter: new step")
    assert "@classmethod" in text
    assert "by: int = LIMIT" in text
    assert "LIMIT = 3" in text
    assert "_secret" not in text
    assert text.count("raise NotImplementedError") == 2


def test_what_a_class_has_from_a_private_base_is_its_own(tmp_path: Path) -> None:
    text = empty(tmp_path, "Memory: forget keep")
    assert "class Memory(list):" in text
    assert "    def forget(self) -> None:" in text
    assert "_Shared" not in text
    assert "clear" not in text


def test_a_dataclass_keeps_its_fields(tmp_path: Path) -> None:
    text = empty(tmp_path, "Point: norm")
    assert "@dataclass(frozen=True)" in text
    assert "    x: float\n    y: float = LIMIT\n" in text
    assert "from dataclasses import dataclass" in text
    assert "hypot" not in text


@pytest.mark.parametrize(
    ("item", "message"),
    [("maen", "pack/a.py has no 'maen'"), ("Counter: count", "no method 'count'")],
)
def test_a_name_that_is_not_there_is_said(tmp_path: Path, item: str, message: str) -> None:
    with pytest.raises(StarterError, match=message):
        empty(tmp_path, item)


def test_a_copied_body_is_found_in_another_layout(tmp_path: Path) -> None:
    ours, copy, other = (tmp_path / name for name in ("ours.py", "copy.py", "other.py"))
    body = "total = sum(x * x for x in values)\n    return (total / len(values)) ** 0.5"
    ours.write_text(f"def rms(values):\n    {body}\n", encoding="utf-8")
    copy.write_text(
        'def mine(values):\n    """Mine."""\n    total = sum(  # remark\n        x * x\n'
        "        for x in values\n    )\n    return (total / len(values)) ** 0.5\n",
        encoding="utf-8",
    )
    other.write_text("def rms(values):\n    raise NotImplementedError\n", encoding="utf-8")
    (found,) = shared_code([ours], [copy, other])
    assert found.startswith(f"{copy}: total = sum ( x * x for x in values )")


def test_what_the_judge_itself_says_is_no_copy(tmp_path: Path) -> None:
    ours, judge, copy = (tmp_path / name for name in ("ours.py", "judge.py", "copy.py"))
    body = "    parser = ArgumentParser()\n    parser.add_argument('--seed', type=int, default=0)\n"
    for path in (ours, judge, copy):
        path.write_text(f"def {path.stem}():\n{body}", encoding="utf-8")
    assert len(shared_code([ours], [copy])) == 1
    assert shared_code([ours], [copy], idioms=[judge]) == []


def mutant(problem: str, file: str, mistake: str = "sign") -> Mutant:
    return Mutant(problem, mistake, file, "a", "b", "says")


def test_few_mutants_are_of_many_files_problems_and_mistakes() -> None:
    mutants = [mutant(f"{file}{i}", file, f"m{i}") for file in "abc" for i in range(4)]
    few = spread(mutants, 5)
    assert few == spread(mutants[::-1], 5)
    assert {m.file for m in few} == set("abc")
    assert len({m.problem for m in few}) == 5
    assert spread(mutants[:2], 5) == spread(mutants[:2], 2)


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "work.py").write_text("mine", encoding="utf-8")
    assert main(["1", str(tmp_path)]) == 2
    assert "exists and is not empty; choose another DEST" in capsys.readouterr().err
    assert [f.name for f in tmp_path.iterdir()] == ["work.py"]


def test_an_assignment_that_has_no_starter_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["9", str(tmp_path / "a9")]) == 2
    found = sorted(f.parts[-3][10] for f in ROOT.glob("assignments/*/starter/starter.toml"))
    said = f"assignment 9 has no starter; those that have one: {', '.join(found)}"
    assert said in capsys.readouterr().err
