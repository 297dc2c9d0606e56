"""What the pyproject.toml files ask for: the engine's and every assignment's, found by glob.

The reason for a dependency is the comment behind it, on its line:

    dependencies = [
      "regex>=2024.11",  # Unicode classes of the split pattern, which `re` lacks
    ]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
RUN_EXTRAS = frozenset({"lectures"})
"""Extras of the engine that `make run` needs; every other extra is for tests or rare uses."""


class ProjectError(ValueError):
    """A pyproject.toml that states a dependency without what the tools need."""


@dataclass(frozen=True)
class Dependency:
    """One requirement of a project, with its reason and the extra that it stands in."""

    requirement: Requirement
    reason: str
    extra: str | None


@dataclass(frozen=True)
class Project:
    """A pyproject.toml."""

    name: str
    folder: Path
    dependencies: tuple[Dependency, ...]

    def to_run(self) -> Iterator[Dependency]:
        """What is needed to run; the rest is for tests, tools and rare uses."""
        for dependency in self.dependencies:
            if dependency.extra is None or dependency.extra in RUN_EXTRAS:
                yield dependency


def find_projects(root: Path = ROOT) -> list[Project]:
    """The engine's project and those of the assignments, in the order of their folders."""
    files = [root / "pyproject.toml", *sorted(root.glob("assignments/*/pyproject.toml"))]
    return [read_project(file) for file in files]


def read_project(file: Path) -> Project:
    """Read one pyproject.toml.

    Raises:
        ProjectError: a requirement cannot be read or has no reason beside it.
    """
    text = file.read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    stated: list[tuple[str, str | None]] = [(line, None) for line in project["dependencies"]]
    for extra, lines in project.get("optional-dependencies", {}).items():
        stated += [(line, extra) for line in lines]
    dependencies = []
    for line, extra in stated:
        place = f"{file.parent.name}/{file.name}: {line!r}"
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            raise ProjectError(f"{place} is no requirement: {error}") from error
        if canonicalize_name(requirement.name) == canonicalize_name(project["name"]):
            continue  # an extra that takes in another one of the same project
        reason = _reason(text, line)
        if not reason:
            raise ProjectError(f"{place} has no reason: write a comment behind it, on its line")
        dependencies.append(Dependency(requirement, reason, extra))
    return Project(project["name"], file.parent, tuple(dependencies))


def _reason(text: str, requirement: str) -> str:
    """The comment on the line of a requirement."""
    found = re.search(rf'"{re.escape(requirement)}"[^#\n]*#\s*(.+)', text)
    return found[1].strip() if found else ""
