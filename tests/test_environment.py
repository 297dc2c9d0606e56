"""One environment for all: ranges with reasons, two locks, one floor, no module owned twice."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import distributions, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.dependencies import BEGIN, END, replace_part, table
from tools.lock import (
    RUN_LOCK,
    TEST_LOCK,
    TOOL_LOCK,
    format_pins,
    read_pins,
    resolve,
    shared_markers,
)
from tools.projects import ROOT, ProjectError, find_projects, read_project

PROJECTS = find_projects()
OWN = {canonicalize_name(project.name) for project in PROJECTS}
RUN, TEST = read_pins(ROOT / RUN_LOCK), read_pins(ROOT / TEST_LOCK)
FLOOR = Version("2.11")  # of torch, for the engine's lectures and every assignment

PYPROJECT = """
[project]
name = "cs336-example"
dependencies = [
  "numpy>=1.26",  # arrays
  "cs336-basics",     # the model
]
[project.optional-dependencies]
hub = ["transformers>=4.50"]  # models of others
dev = ["cs336_example[hub]"]
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_reason_is_the_comment_on_the_line(tmp_path: Path) -> None:
    project = read_project(write(tmp_path, PYPROJECT))
    assert [(d.requirement.name, d.extra, d.reason) for d in project.dependencies] == [
        ("numpy", None, "arrays"),
        ("cs336-basics", None, "the model"),
        ("transformers", "hub", "models of others"),
    ]
    assert [d.requirement.name for d in project.to_run()] == ["numpy", "cs336-basics"]


@pytest.mark.parametrize(
    ("line", "message"),
    [('"numpy>=1.26",', "'numpy>=1.26' has no reason: write"), ('"numpy>>1",  # x', "is no req")],
)
def test_a_dependency_without_a_reason_is_refused(tmp_path: Path, line: str, message: str) -> None:
    text = f'[project]\nname = "x"\ndependencies = [\n  {line}\n]\n'
    with pytest.raises(ProjectError, match=message):
        read_project(write(tmp_path, text))


def test_every_range_is_in_a_lock_and_holds_there() -> None:
    """After an edit of a pyproject.toml: `make lock`."""
    for project in PROJECTS:
        for dependency in project.dependencies:
            name = canonicalize_name(dependency.requirement.name)
            if name in OWN:
                continue
            needed_to_run = dependency in list(project.to_run())
            locked = RUN.get(name) if needed_to_run else {**RUN, **TEST}.get(name)
            assert locked, f"{project.name} needs {name}, which no lock has: run `make lock`"
            assert dependency.requirement.specifier.contains(locked, prereleases=True), name


def test_the_engines_own_lock_has_the_same_versions_with_hashes() -> None:
    text = (ROOT / TOOL_LOCK).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line.split()[0] for line in lines if " --hash=sha256:" not in line] == []
    pins = dict(line.split()[0].split("==") for line in lines)
    assert {name: pin for name, pin in pins.items() if RUN[name] != pin} == {}
    needed = {
        canonicalize_name(d.requirement.name) for d in PROJECTS[0].dependencies if not d.extra
    }
    assert needed <= pins.keys()


def test_test_tools_do_not_travel() -> None:
    assert not RUN.keys() & TEST.keys()
    assert {"pytest", "mypy", "ruff", "hypothesis", "tiktoken", "schemathesis"} <= TEST.keys()


def imported_at_once(file: Path) -> set[str]:
    """Top-level names of the modules that a file imports when it is loaded."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_what_is_imported_at_once_is_needed_to_run() -> None:
    """Packages of extras and tests are imported where they are used: a run lacks nothing."""
    if not find_spec("torch"):
        pytest.skip("an environment for the engine alone")
    files = [*ROOT.glob("lecture_*.py"), *ROOT.glob("assignments/*/cs336_*/**/*.py")]
    files += [f for f in ROOT.glob("lectures/**/*.py") if not {"tests", "conftest.py"} & {*f.parts}]
    owners = packages_distributions()
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imported_at_once(file) & owners.keys()
        if not {canonicalize_name(owner) for owner in owners[name]} & {*RUN, *OWN}
    ]
    assert wrong == []


def test_torch_has_one_floor() -> None:
    floors = {
        (project.name, str(dependency.requirement.specifier))
        for project in PROJECTS
        for dependency in project.dependencies
        if dependency.requirement.name == "torch"
    }
    assert {floor for _, floor in floors} == {f">={FLOOR}"}, floors
    if find_spec("torch"):
        assert Version(version("torch")) >= FLOOR


def test_one_distribution_owns_each_contested_module() -> None:
    """Two packages on the index install a module `fasttext`; the later one overwrites the other."""
    owners = packages_distributions().get("fasttext", [])
    if not owners:
        pytest.skip("no package installs fasttext here")
    assert len(set(owners)) == 1, owners


def test_what_is_installed_is_what_is_locked() -> None:
    """In the environment that `make setup` made; elsewhere other versions are allowed."""
    installed: dict[str, str] = {
        canonicalize_name(d.metadata["Name"]): d.version for d in distributions()
    }
    own = Path(sys.prefix).resolve() == (ROOT / ".venv").resolve()
    if not own or not (ROOT / ".venv" / ".ready-test").exists():
        pytest.skip("not the environment that `make setup` makes")
    differing = {
        name: (installed[name], pin)
        for name, pin in {**RUN, **TEST}.items()
        if name in installed and installed[name].split("+")[0] != pin
    }
    assert differing == {}


def test_pins_keep_the_marker_that_all_agree_on() -> None:
    linux = "sys_platform == 'linux'"
    asked = [
        Requirement(f"triton>=3.6; {linux}"),
        Requirement("numpy"),
        Requirement(f"triton; {linux}"),
    ]
    markers = shared_markers(asked)
    lines = format_pins({"triton": "3.7", "numpy": "2.0"}, markers)
    assert lines == 'numpy==2.0\ntriton==3.7 ; sys_platform == "linux"\n'


@pytest.mark.slow
def test_the_resolver_keeps_a_pin_that_its_range_allows() -> None:
    """Asks the package index, as `make lock` does."""
    asked = [Requirement("idna>=3.5")]
    assert resolve(asked, {"idna": RUN["idna"]}) == {"idna": RUN["idna"]}


def test_the_table_of_dependencies_is_generated_and_the_rest_is_kept() -> None:
    document = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    rows = table(PROJECTS[0].dependencies[:1], RUN)
    assert "| msgspec | `>=0.20` |" in rows
    assert replace_part(document, rows) == f"before\n{BEGIN}\n\n{rows}\n{END}\nafter\n"
