"""The direction of imports, and what the documents promise of the files."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from lecture_tracer.catalogue import json_schema as course_schema
from lecture_tracer.trace import json_schema
from tests.conftest import needs_processes

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lecture_tracer"

# What stands in the folder or module of the left side may import only what the right side names;
# its own folder always, and `errors`. Every module has a row: its own, or its folder's.
ALLOWED: dict[str, set[str]] = {
    "__init__": {"authoring"},
    "__main__": {"command"},
    "errors": set(),
    "course": {"course_file", "trace"},
    "course_file": set(),
    "starter": set(),
    "config": {"course"},
    "viewer": set(),
    "trace": set(),
    "reading": {"trace"},
    "values": {"trace"},
    "authoring": {"course", "trace", "values"},
    "recording": {"authoring", "config", "course", "reading", "trace", "values"},
    "process": {"config", "course", "reading", "recording", "trace"},
    "catalogue": {"course", "course_file", "trace"},
    "publish": {"catalogue", "course", "course_file", "trace", "viewer"},
    "report": {"config", "course", "process", "trace"},
    "service": {"catalogue", "config", "course", "process", "trace"},
    "remote": {"catalogue", "course", "trace"},
    "command": {
        "catalogue",
        "config",
        "course",
        "course_file",
        "process",
        "publish",
        "recording",
        "remote",
        "report",
        "service",
        "starter",
        "trace",
        "viewer",
    },
}

# Rows of single modules, stricter than their folder's: the part of the folder that they may use.
STRICTER: dict[str, set[str]] = {
    "trace.schema": set(),
    "trace.codec": {"trace.schema", "trace.versions"},
    "trace.versions": set(),
    "trace.compact": {"trace.schema"},
    "trace.outline": {"trace.schema"},
    "trace.assets": {"trace.schema"},
    "trace.check": {"trace.schema"},
    "trace.questions": {"trace.schema", "trace.outline"},
    "reading.directives": set(),
    "reading.roots": set(),
    "recording.events": set(),
    "recording.streams": set(),
    "recording.effects": {"reading.source", "trace.schema"},
    "recording.raising": set(),
    "recording.failing_step": {"trace.schema"},
    "recording.backends": {"recording.events"},
    "recording.children": {"recording.streams"},
    "recording.printed": set(),
    "recording.recorder": {
        "reading",
        "recording.events",
        "recording.printed",
        "recording.raising",
        "trace.schema",
        "values",
    },
    "authoring.sink": {"trace.schema"},
    "process.lifeline": set(),
    "process.job": {"trace.schema"},
    "process.scratch": set(),
    "process.reads": {"reading.roots"},
}


def imports_of(path: Path) -> set[str]:
    """Modules inside the package that a module imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    prefix = "lecture_tracer."
    return {name.removeprefix(prefix) for name in found if name.startswith(prefix)}


def name_of(path: Path) -> str:
    """`recording.backends.choose`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def within(name: str, allowed: set[str]) -> bool:
    """Whether a dotted name is one of `allowed` or lies in one of them."""
    return any(name == other or name.startswith(f"{other}.") for other in allowed)


TEMPLATE = PACKAGE / "starter" / "template"  # files of another course
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if TEMPLATE not in path.parents)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    unit = name_of(path).split(".")[0]
    assert unit in ALLOWED, f"{name_of(path)} has no row in the table of imports"
    allowed = ALLOWED[unit] | {unit, "errors"}
    assert {name for name in imports_of(path) if not within(name, allowed)} == set()


@pytest.mark.parametrize("row", STRICTER)
def test_a_module_with_a_stricter_row_keeps_to_it(row: str) -> None:
    paths = [path for path in MODULES if within(name_of(path), {row})]
    assert paths, f"no module has the row {row}"
    for path in paths:
        allowed = STRICTER[row] | {row, "errors"}
        assert {name for name in imports_of(path) if not within(name, allowed)} == set(), path


def test_no_row_is_left_over() -> None:
    assert {name_of(path).split(".")[0] for path in MODULES} == set(ALLOWED)


def test_no_folder_of_the_engine_holds_more_than_twenty_modules() -> None:
    counts = Counter(path.parent for path in MODULES)
    too_full = {str(folder): count for folder, count in counts.items() if count > 20}
    assert too_full == {}


@needs_processes
def test_the_engine_imports_no_lecture_library() -> None:
    program = (
        "import sys, lecture_tracer.process.worker, lecture_tracer.command.cli;"
        "bad = {'torch', 'numpy', 'matplotlib', 'pandas', 'asyncio', 'rich'} & sys.modules.keys();"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("schema", [json_schema, course_schema], ids=["trace", "course"])
def test_the_json_schema_on_disk_is_the_one_of_the_structs(schema: ModuleType) -> None:
    assert (ROOT / schema.PATH).read_bytes() == schema.encode(), "run `make goldens`"
