"""Every starter: empty it passes nothing, solved by ours all; known mistakes are found.

Assignments are found by their `starter/starter.toml`. Five mutants of each run here, all of them
with the slow tests. `other/` holds solutions that are written another way than ours: they pass too.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tools.assignment.mutants import QUICK, read_mutants, solve
from tools.assignment.starter import make_starter, read_description
from tools.projects import ROOT

ASSIGNMENTS = sorted(f.parents[1] for f in ROOT.glob("assignments/*/starter/starter.toml"))
NAMES = [assignment.name for assignment in ASSIGNMENTS]
OTHER = Path(__file__).parent / "other"
each_assignment = pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=NAMES)
_ROW = re.compile(r"^([a-z][a-z0-9_]*) +(\d+)/(\d+) +(not started|wrong|right|not judged)", re.M)

made: dict[Path, Path] = {}


@pytest.fixture
def starter(assignment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter of an assignment, made once; tests that change it work on a copy."""
    if assignment not in made:
        made[assignment] = tmp_path_factory.mktemp("starters") / assignment.name
        make_starter(assignment, made[assignment])
    return made[assignment]


@pytest.fixture
def solved(assignment: Path, starter: Path, tmp_path: Path) -> Path:
    """A starter into which our implementation was put."""
    copy = tmp_path / "solved"
    shutil.copytree(starter, copy)
    solve(copy, assignment, read_description(assignment)["package"])
    return copy


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a module in a folder, as a student does, without this checkout's settings."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHONPATH"))
    }
    environment |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


MEASURED = (
    "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
    "print('largest process', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); "
    "sys.exit(done.returncode)"
)


def run_measured(folder: Path) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run the judge; also the largest resident size of a process that it started, in GB."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHONPATH"))
    }
    environment |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    judge = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *judge],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    size = re.search(r"^largest process (\d+)$", done.stdout, re.M)
    assert size is not None, done.stdout + done.stderr
    return done, int(size[1]) * 1024 / 1e9


def states(output: str) -> dict[str, str]:
    """State of each problem in the judge's table."""
    return {name: state for name, _, _, state in _ROW.findall(output)}


def problems_of(assignment: Path) -> dict[str, int]:
    """Points of each problem, as the judge's files say them."""
    found: dict[str, int] = {}
    for file in (assignment / "starter" / "judge").glob("problems_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "problem":
                name, points, _ = (ast.literal_eval(argument) for argument in node.args)
                assert found.setdefault(name, points) == points, f"{name} has two numbers of points"
    return found


def not_judged_here(assignment: Path) -> set[str]:
    """Problems that need a GPU, as the handout says, where there is none."""
    text = (assignment / "handout.md").read_text(encoding="utf-8")
    named = re.findall(r"^### `(\w+)`((?:(?!^### ).)*)", text, re.M | re.S)
    needing = {name for name, part in named if "**Needs:** a GPU" in part}
    return needing if needing and not has_gpu() else set()


def has_gpu() -> bool:
    """Whether PyTorch sees a GPU."""
    import torch

    return torch.cuda.is_available()


@each_assignment
def test_an_empty_starter_passes_nothing(assignment: Path, starter: Path) -> None:
    done = run(starter, "pytest", "-p", "no:cacheprovider")
    found = states(done.stdout)
    assert set(found) == set(problems_of(assignment)), done.stdout + done.stderr
    assert set(found.values()) == {"not started"}
    assert f"0 of {len(found)} problems right" in done.stdout
    assert done.returncode == 1


@each_assignment
def test_our_implementation_passes_everything(assignment: Path, solved: Path) -> None:
    done, gigabytes = run_measured(solved)
    found = states(done.stdout)
    assert set(found) == set(problems_of(assignment)), done.stdout + done.stderr
    text = " ".join((assignment / "handout.md").read_text(encoding="utf-8").split())
    claimed = re.search(r"One CPU core and (\d+|a) (?:GB|gigabyte) of memory are enough", text)
    if claimed:  # two processes at most run at a time: the judge and the course's implementation
        assert 2 * gigabytes < (1 if claimed[1] == "a" else int(claimed[1]))
    wrong = {name for name, state in found.items() if state != "right"}
    assert wrong == not_judged_here(assignment), done.stdout
    assert {found[name] for name in wrong} <= {"not judged"}, done.stdout
    assert done.returncode == 0


@pytest.mark.slow
@each_assignment
def test_without_the_course_all_that_can_be_judged_is(
    assignment: Path, solved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A starter on another machine: `.course.json` leads nowhere."""
    monkeypatch.delenv("CS336_COURSE", raising=False)
    course = solved / ".course.json"
    course.write_text(course.read_text().replace(str(ROOT), "/nowhere"))
    done = run(solved, "pytest", "-p", "no:cacheprovider")
    found = states(done.stdout)
    assert set(found) == set(problems_of(assignment)), done.stdout + done.stderr
    assert set(found.values()) <= {"right", "not judged"}, done.stdout
    assert "right" in found.values()
    if set(found.values()) != {"right"}:
        assert "set CS336_COURSE to its folder" in done.stdout or not_judged_here(assignment)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", [f.name for f in sorted(OTHER.iterdir()) if f.is_dir()])
def test_a_solution_that_is_written_another_way_passes_too(name: str, tmp_path: Path) -> None:
    assignment = ROOT / "assignments" / name
    make_starter(assignment, tmp_path / "starter")
    package = read_description(assignment)["package"]
    shutil.copytree(OTHER / name / package, tmp_path / "starter" / package, dirs_exist_ok=True)
    for seed in range(4):
        command = ["-p", "no:cacheprovider", "--judge-seed", str(seed)]
        done = run(tmp_path / "starter", "pytest", *command)
        assert set(states(done.stdout).values()) == {"right"}, f"seed {seed}: {done.stdout}"


@pytest.mark.slow
@each_assignment
def test_it_passes_the_cases_of_every_seed(assignment: Path, solved: Path) -> None:
    for seed in range(1, 9):
        done = run(solved, "pytest", "-p", "no:cacheprovider", "--judge-seed", str(seed))
        assert done.returncode == 0, f"seed {seed}: {done.stdout}"


def judgements(assignment: Path, solved: Path, *options: str) -> list[dict[str, Any]]:
    """What the judge says of the assignment's mutants."""
    mutants = assignment / "starter" / "mutants.toml"
    package = read_description(assignment)["package"]
    command = [str(solved), str(mutants), "--package", package, *options]
    done = run(ROOT, "tools.assignment.mutants", *command)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_judgements(found: list[dict[str, Any]], not_judged: set[str]) -> None:
    """Each mistake is found, and its message names problem, value and place, or the mistake."""
    for judged in found:
        if judged["problem"] in not_judged:
            assert judged["state"] == "not judged", judged
            continue
        assert judged["state"] == "wrong", judged
        assert judged["message"].startswith(f"{judged['problem']}: "), judged
        assert judged["says"] in judged["message"], judged
        assert "Place: " in judged["message"], judged


@each_assignment
def test_the_judge_finds_some_known_mistakes(assignment: Path, solved: Path) -> None:
    found = judgements(assignment, solved, "--quick")
    assert len({judged["problem"] for judged in found}) == QUICK
    check_judgements(found, not_judged_here(assignment))


@pytest.mark.slow
@each_assignment
def test_the_judge_finds_every_known_mistake(assignment: Path, solved: Path) -> None:
    check_judgements(judgements(assignment, solved), not_judged_here(assignment))


@each_assignment
def test_every_problem_has_at_least_three_mutants(assignment: Path) -> None:
    counts = Counter(m.problem for m in read_mutants(assignment / "starter" / "mutants.toml"))
    assert {name: counts[name] for name in problems_of(assignment) if counts[name] < 3} == {}


@each_assignment
def test_the_handout_and_the_judge_name_the_same_problems(assignment: Path) -> None:
    text = (assignment / "handout.md").read_text(encoding="utf-8")
    stated = {
        name: int(points)
        for name, points in re.findall(r"^### `(\w+)` \((\d+) points?\)$", text, re.M)
    }
    assert stated == problems_of(assignment)


@each_assignment
def test_the_handout_adds_up_the_points_of_the_judge(assignment: Path) -> None:
    text = (assignment / "handout.md").read_text(encoding="utf-8")
    stated = re.search(r"^\*\*\d.*?\n\n", text, re.M | re.S)
    assert stated is not None
    assert str(sum(problems_of(assignment).values())) in re.findall(r"\d+", stated[0])


@each_assignment
def test_a_problem_of_the_handout_says_all_that_is_asked_of_it(assignment: Path) -> None:
    text = (assignment / "handout.md").read_text(encoding="utf-8")
    parts = re.split(r"^### ", text, flags=re.M)[1:]
    for part in parts:
        for field in ("**Hand in:**", "**Needs:**", "**Hint:**", "**Judged by:**", "**Lecture:**"):
            assert field in part, f"{part.splitlines()[0]} lacks {field}"
        for file, function in re.findall(r"`(lecture_\d+)\.py`, `(\w+)`", part):
            source = (ROOT / f"{file}.py").read_text(encoding="utf-8")
            assert f"def {function}(" in source, f"{file} has no section {function}"
        for file in re.findall(r"`judge/(problems_\w+\.py)`", part):
            assert (assignment / "starter" / "judge" / file).is_file(), file


@each_assignment
def test_the_lock_pins_what_the_code_imports(assignment: Path, starter: Path) -> None:
    pins = (starter / "requirements.lock").read_text(encoding="utf-8").splitlines()
    names = {line.partition("==")[0] for line in pins}
    said = read_description(assignment)["dependencies"]
    assert {re.split(r"[<>=\[ ]", name)[0].lower() for name in said} | {"pytest"} <= names
    assert all("==" in line for line in pins)
