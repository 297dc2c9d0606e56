"""The path through the course: sections lead to problems, problems to sections.

Task sheets name the sections that explain each problem; lectures open or walk the code behind every
name that outside tests call: what it stands for, or what that uses. Where a name is opened by no
lecture, the assignment's `starter/starter.toml` says why, in its table `unopened`.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lecture_tracer.catalogue.assignments import Assignment, assignments
from lecture_tracer.catalogue.implementations import implementations
from lecture_tracer.catalogue.sources import Course
from tests.lecture_recordings import ROOT

pytestmark = pytest.mark.timeout(900)  # the first test may have to record all lectures

FOLDERS = sorted(path.parents[1] for path in ROOT.glob("assignments/*/tests/adapters.py"))
DEPTH = 2
"""A lecture may open the kernel instead of the function that launches it for the class."""
each_assignment = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.fixture(scope="session")
def by_name(whole_course: Course) -> dict[str, Assignment]:
    """What the task sheets say, by the assignments' names."""
    return {assignment.name: assignment for assignment in assignments(whole_course)}


@pytest.fixture(scope="session")
def opened(whole_course: Course) -> set[tuple[str, str]]:
    """(assignment, function or class) of everything that a lecture opens or walks."""
    found = set()
    for implementation in implementations(whole_course):
        parts = Path(implementation.path).parts
        if implementation.uses and parts[0] == "assignments":
            found |= {(parts[1], implementation.name)}
            found |= {(parts[1], use.name.split(".")[-1]) for use in implementation.uses}
    return found


@each_assignment
def test_every_problem_is_explained_by_a_section(
    folder: Path, by_name: dict[str, Assignment]
) -> None:
    problems = by_name[folder.name].problems
    text = (folder / "handout.md").read_text(encoding="utf-8")
    assert len(problems) == len(re.findall(r"^### ", text, re.M)), "### `name` (2 points)"
    for problem in problems:
        assert problem.places, f"{problem.name}: its task sheet names no section of a lecture"
        for place in problem.places:
            where = f"{problem.name}: {place.lecture}.py, {place.function}"
            assert place.step is not None, f"{where}: there is no such section"


@each_assignment
def test_every_name_of_the_adapters_is_opened_by_a_lecture(
    folder: Path, opened: set[tuple[str, str]]
) -> None:
    reasons = _unopened(folder)
    names = dict(adapter_names((folder / "tests/adapters.py").read_text(encoding="utf-8")))
    uses = uses_within(folder)
    for _ in range(DEPTH):
        for behind in names.values():
            behind |= {used for name in behind for used in uses.get(name, ())}
    closed = {
        name
        for name, behind in names.items()
        if not {(folder.name, one) for one in behind} & opened
    }
    assert closed - reasons.keys() == set(), (
        "open them in a lecture, or say in starter.toml why not"
    )
    assert reasons.keys() - closed == set(), "they are opened, or no adapters: starter.toml is old"


@each_assignment
def test_an_assignment_is_served_by_the_lectures_that_its_problems_name(
    folder: Path, whole_course: Course, by_name: dict[str, Assignment]
) -> None:
    named = {place.lecture for one in by_name[folder.name].problems for place in one.places}
    serving = {
        name for name, header in whole_course.headers.items() if folder.name in header.assignments
    }
    assert named <= serving, "add the assignment to the headers of these lectures"


def _unopened(folder: Path) -> dict[str, str]:
    text = (folder / "starter/starter.toml").read_text(encoding="utf-8")
    reasons: dict[str, str] = tomllib.loads(text).get("unopened", {})
    assert all(len(reason.split()) > 2 for reason in reasons.values()), "a reason is a sentence"
    return reasons


def adapter_names(text: str) -> Iterator[tuple[str, set[str]]]:
    """(name, what it stands for) of everything that outside tests find in an adapters' file.

    A function stands for the names that its body uses, and the file's own helpers with theirs; a
    name that is imported or bound to another stands for that one.
    """
    body = ast.parse(text).body
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    imported = {
        alias.asname or alias.name: alias.name
        for node in body if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }  # fmt: skip
    bound = {
        node.targets[0].id: node.value.id
        for node in body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Name)
    }
    for name in functions:
        if not name.startswith("_"):
            yield name, _used(functions[name], functions, imported)
    for name in _exported(body) - functions.keys():
        source = bound.get(name, name)
        yield name, {imported.get(source, source)}


def _used(
    function: ast.FunctionDef, functions: dict[str, ast.FunctionDef], imported: dict[str, str]
) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(imported.get(node.id, node.id))
            helper = functions.get(node.id)
            if helper is not None and helper is not function and node.id.startswith("_"):
                found |= _used(helper, functions, imported)
    return found


def uses_within(folder: Path) -> dict[str, set[str]]:
    """What the functions and classes of an assignment's package use: calls, bases, parts."""
    found: dict[str, set[str]] = {}
    for package in folder.glob("*/__init__.py"):
        for file in package.parent.rglob("*.py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    found.setdefault(node.name, set()).update(_names_in(node))
    return found


def _names_in(definition: ast.AST) -> set[str]:
    nodes = list(ast.walk(definition))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _exported(body: list[ast.stmt]) -> set[str]:
    for node in body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def test_adapters_stand_for_what_they_use() -> None:
    text = """
from package import layers
from package.bpe import train as run_train
from package.data import Dataset

get_dataset = Dataset
__all__ = ["get_dataset", "run_train"]

def _with(module):
    return layers.Norm(module)

def run_linear(x):
    return _with(layers.Linear(x))
"""
    found = dict(adapter_names(text))
    assert found["run_train"] == {"train"}
    assert found["get_dataset"] == {"Dataset"}
    assert {"Linear", "Norm"} <= found["run_linear"]
    assert "_with" not in found
