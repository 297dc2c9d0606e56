"""Who may import whom in the course: the engine knows no course, a part only earlier parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LECTURES = sorted(ROOT.glob("lecture_*.py"))
ASSIGNMENTS = sorted(folder.parent for folder in ROOT.glob("assignments/*/pyproject.toml"))
LAZY_IMPORTS = {"import_module", "importorskip", "find_spec", "__import__"}
MAX_MODULES = 20  # of one folder: above that the listing no longer shows what is where


def package_of(assignment: Path) -> str:
    """The one package of an assignment's folder."""
    packages = [file.parent.name for file in assignment.glob("cs336_*/__init__.py")]
    assert len(packages) == 1, f"{assignment.name}: one package cs336_TOPIC, not {packages}"
    return packages[0]


def number_of(assignment: Path) -> int:
    """The number in a folder's name."""
    match = re.fullmatch(r"assignment(\d+)-[a-z]+", assignment.name)
    assert match, f"{assignment.name}: the folder's name is assignmentN-topic"
    return int(match[1])


def imported_modules(path: Path) -> Iterator[str]:
    """Modules that a file imports at any depth of its code, by name or by a name in a string."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            first = node.args[0]
            if called in LAZY_IMPORTS and isinstance(first, ast.Constant):
                yield str(first.value)


def python_files(folder: Path) -> list[Path]:
    """Sources of a folder, without what a run or a tool left there."""
    skipped = {"__pycache__", ".venv", "runs", "data", "build"}
    files = [f for f in folder.rglob("*.py") if not skipped & set(f.relative_to(folder).parts)]
    assert files, f"no sources in {folder}"
    return sorted(files)


def offences(files: list[Path], forbidden: re.Pattern[str]) -> list[str]:
    """Imports that match, each with its file."""
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imported_modules(file)
        if forbidden.match(name)
    ]


def test_the_engine_knows_no_course() -> None:
    forbidden = re.compile(r"(lectures|lecture_\d+|cs336_\w+)(\.|$)")
    assert offences(python_files(ROOT / "lecture_tracer"), forbidden) == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda folder: folder.name)
def test_an_assignment_imports_only_earlier_ones(assignment: Path) -> None:
    """Its tests, benchmarks and scripts included: what needs a later part belongs to that part."""
    later = {package_of(a) for a in ASSIGNMENTS if number_of(a) > number_of(assignment)}
    names = ["lecture_tracer", "lectures", r"lecture_\d+", "tools", *sorted(later)]
    forbidden = re.compile(rf"({'|'.join(names)})(\.|$)")
    assert offences(python_files(assignment), forbidden) == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda folder: folder.name)
def test_an_assignment_states_the_earlier_ones_that_it_imports(assignment: Path) -> None:
    """Else it works in this checkout only, where all of them are installed."""
    own = package_of(assignment)
    stated = (assignment / "pyproject.toml").read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for file in python_files(assignment / own)
        for name in imported_modules(file)
        if name.startswith("cs336_")
    }
    missing = [n for n in sorted(imported - {own}) if f'"{n.replace("_", "-")}"' not in stated]
    assert missing == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda folder: folder.name)
def test_every_assignment_has_the_same_shape(assignment: Path) -> None:
    assert number_of(assignment) > 0
    for name in ("README.md", "bench", "scripts", "results", "tests", package_of(assignment)):
        assert (assignment / name).exists(), f"{assignment.name} has no {name}"
    assert "[tool.mypy]" in (assignment / "pyproject.toml").read_text(encoding="utf-8")


def test_assignments_have_numbers_of_their_own() -> None:
    numbers = [number_of(assignment) for assignment in ASSIGNMENTS]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda file: file.stem)
def test_a_lecture_imports_no_other_lecture(lecture: Path) -> None:
    """What two lectures need lies in `lectures/shared` or in an assignment."""
    files = [lecture]
    if (ROOT / "lectures" / lecture.stem).is_dir():
        files += python_files(ROOT / "lectures" / lecture.stem)
    other = rf"(lectures\.)?lecture_(?!{lecture.stem.removeprefix('lecture_')}(\.|$))\d+(\.|$)"
    assert offences(files, re.compile(other)) == []


def test_what_lectures_share_knows_none_of_them() -> None:
    shared = [file for file in (ROOT / "lectures").glob("*.py") if file.name != "conftest.py"]
    if (ROOT / "lectures" / "shared").is_dir():
        shared += python_files(ROOT / "lectures" / "shared")
    assert offences(shared, re.compile(r"(lectures\.)?lecture_\d+(\.|$)")) == []


def test_every_lecture_folder_belongs_to_a_lecture() -> None:
    numbered = {folder.name for folder in ROOT.glob("lectures/lecture_*") if folder.is_dir()}
    assert numbered <= {lecture.stem for lecture in LECTURES}


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda folder: folder.name)
def test_no_folder_of_a_package_is_a_heap(assignment: Path) -> None:
    counts: dict[str, int] = {}
    for file in python_files(assignment / package_of(assignment)):
        folder = str(file.parent.relative_to(assignment))
        counts[folder] = counts.get(folder, 0) + (file.name != "__init__.py")
    assert {folder: n for folder, n in counts.items() if n > MAX_MODULES} == {}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import cs336_systems.ddp", "cs336_systems.ddp"),
        ("def f():\n    from cs336_systems import ddp", "cs336_systems.ddp"),
        ("import pytest\npytest.importorskip('cs336_systems')", "cs336_systems"),
        ("from importlib import import_module\nimport_module('cs336_systems')", "cs336_systems"),
    ],
)
def test_every_way_to_import_is_seen(tmp_path: Path, source: str, name: str) -> None:
    (tmp_path / "module.py").write_text(source, encoding="utf-8")
    assert name in set(imported_modules(tmp_path / "module.py"))
