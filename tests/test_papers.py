"""The repository's papers are true: what a recipe names is there, every target exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_RECIPE = re.compile(r"^## Add (?:a|an) (.+)\n\n([\s\S]*?)(?=^## |\Z)", re.MULTILINE)
RECIPES = dict(_RECIPE.findall(CONTRIBUTING))
COMPONENTS = "trace-viewer/src/components"
FOLDERS = [
    ROOT / folder
    for folder in (
        "", "lecture_tracer", "lecture_tracer/authoring", "trace-viewer",
        f"{COMPONENTS}/renderings", f"{COMPONENTS}/values", "assignments/assignment1-basics",
    )
]  # fmt: skip
NEWCOMERS = {"tests/", "conftest.py", "adapters.py"}  # names inside a new folder


def named_paths(text: str) -> list[str]:
    """Files and folders in back quotes, without those of a newcomer (NN, NAME, topic)."""
    quoted = re.findall(r"`([\w./-]+(?:\.(?:py|md|ts|tsx)|/))`", text)
    return [path for path in quoted if not re.search(r"NN|NAME|assignmentN|cs336_topic", path)]


def test_there_are_the_five_recipes() -> None:
    assert list(RECIPES) == ["directive", "rendering", "value kind", "lecture", "assignment"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_path_of_a_recipe_exists(recipe: str) -> None:
    missing = [
        path
        for path in named_paths(RECIPES[recipe])
        if path not in NEWCOMERS and not any((folder / path).exists() for folder in FOLDERS)
    ]
    assert missing == []


@pytest.mark.parametrize("paper", ["README.md", "CONTRIBUTING.md", "docs/dependencies.md"])
def test_every_make_target_of_a_paper_exists(paper: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z-]+)\b(?= |`|$|\n|,|;)", code_of(ROOT / paper)))
    assert targets
    assert {t for t in targets if not re.search(rf"^{t}:", makefile, re.MULTILINE)} == set()


def code_of(paper: Path) -> str:
    """What stands in code blocks and back quotes."""
    text = paper.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```\w*\n([\s\S]*?)^```", text, re.MULTILINE) +
                     re.findall(r"`([^`\n]+)`", text))  # fmt: skip


ASSIGNMENTS = sorted(file.parent for file in ROOT.glob("assignments/*/pyproject.toml"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda folder: folder.name)
def test_every_module_and_script_that_an_assignment_names_is_there(assignment: Path) -> None:
    """In its README, its documents and its shell scripts: `-m package.module`, `bench/name.py`."""
    papers = [
        assignment / "README.md",
        *assignment.glob("docs/*.md"),
        *assignment.glob("scripts/*.sh"),
    ]
    missing = []
    for paper in papers:
        text = paper.read_text(encoding="utf-8")
        for module in re.findall(r"-m (cs336_\w+(?:\.\w+)*)", text):
            place = module.replace(".", "/")
            found = [*ROOT.glob(f"assignments/*/{place}.py"), *ROOT.glob(f"assignments/*/{place}")]
            missing += [] if found else [(paper.name, module)]
        for script in re.findall(r"(?<![\w/.-])((?:bench|scripts|configs)/\w+\.\w+)", text):
            missing += [] if (assignment / script).is_file() else [(paper.name, script)]
    assert missing == []


def test_the_license_is_held_by_the_authors() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License\n")
    assert re.search(r"^Copyright \(c\) \d{4} the authors$", text, re.MULTILINE)
    for project in [ROOT, *(ROOT / "assignments").iterdir()]:
        if (project / "pyproject.toml").is_file():
            assert 'license = "MIT"' in (project / "pyproject.toml").read_text(encoding="utf-8")
