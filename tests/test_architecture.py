"""The direction of imports, and what the documents promise of the files."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer import json_schema

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lecture_tracer"

# A module of the left side may import only what stands on the right side.
ALLOWED: dict[str, set[str]] = {
    "schema": set(),
    "errors": set(),
    "events": set(),
    "directives": set(),
    "source": {"directives", "schema"},
    "scope": {"source"},
    "values": {"events", "schema", "values"},
    "recorder": {"events", "schema", "scope", "source", "values"},
    "backends": {"errors", "events", "backends"},
    "codec": {"errors", "schema"},
    "course": {"errors"},
    "effects": {"schema", "source"},
    "outline": {"schema"},
    "store": {"codec", "errors", "outline", "schema"},
    "check": {"schema"},
    "streams": set(),
    "sink": {"schema"},
    "remote": {"course", "errors", "remote", "store"},
    "freshness": {"store"},
    "viewer": {"errors"},
    "publish": {"codec", "errors", "publish", "schema", "store", "viewer"},
    "lifeline": set(),
    "process": {"config", "course", "job"},
    "batch": {"config", "job", "process"},
    "service": {"config", "errors", "job", "process", "schema", "service", "store"},
}


def imports_of(path: Path) -> set[str]:
    """First-level names inside the package that a module imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "lecture_tracer":
            names = [f"lecture_tracer.{alias.name}" for alias in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("lecture_tracer.")}
    return found


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_imports_go_one_way(name: str) -> None:
    folder = PACKAGE / name
    paths = sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{name}.py"]
    for path in paths:
        assert imports_of(path) <= ALLOWED[name], path.name


def test_the_engine_imports_no_lecture_library() -> None:
    program = (
        "import sys, lecture_tracer.worker, lecture_tracer.cli;"
        "bad = {'torch', 'numpy', 'matplotlib', 'pandas', 'asyncio', 'rich'} & sys.modules.keys();"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_json_schema_on_disk_is_the_one_of_the_structs() -> None:
    assert (ROOT / json_schema.PATH).read_bytes() == json_schema.encode(), "run `make goldens`"
