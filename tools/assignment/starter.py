"""Writes the starter of one assignment into a new folder.

Input: `assignments/assignmentN-*/starter/starter.toml` with the judge's cases beside it, and the
handout. Output: a folder with the emptied package, `tests/adapters.py`, the judge, a lock, the
handout and the instructions for a tutor. Nothing is overwritten.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from pathlib import Path
from string import Template
from typing import Any

from tools.assignment.emptying import Choices, StarterError, module_text
from tools.assignment.locking import lock_text
from tools.assignment.shingles import shared_code
from tools.projects import ROOT

HERE = Path(__file__).resolve().parent
JUDGE = ROOT / "tools" / "judging" / "judge"
TEMPLATES = HERE / "templates"
REFERENCE = ".course.json"
"""Where the checkout lies whose implementation is the measure; local to the machine."""


def find_assignment(number: int) -> Path:
    """Folder of assignment `number`. Raises StarterError naming those that have a starter."""
    found = {
        int(match[1]): path.parents[1]
        for path in sorted(ROOT.glob("assignments/*/starter/starter.toml"))
        if (match := re.match(r"assignment(\d+)-", path.parents[1].name))
    }
    if number not in found:
        known = ", ".join(map(str, found)) or "none"
        raise StarterError(f"assignment {number} has no starter; those that have one: {known}")
    return found[number]


def make_starter(assignment: Path, destination: Path) -> list[str]:
    """Write the starter; gives its files. A folder that is not empty is refused.

    Raises:
        StarterError: the folder is taken, or a run of our bodies would be in the starter.
    """
    destination = destination.expanduser().absolute()
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise StarterError(f"{destination} exists and is not empty; choose another DEST")
    if not destination.parent.is_dir():
        raise StarterError(f"{destination.parent} is no folder; create it or choose another DEST")
    with tempfile.TemporaryDirectory(prefix=".starter-", dir=destination.parent) as name:
        folder = Path(name) / "starter"
        _write(assignment, folder)
        ours = [f for f in assignment.rglob("*.py") if f.relative_to(assignment).parts[0]
                not in ("tests", "starter", "bench")]  # fmt: skip
        copied = shared_code(ours, sorted(folder.rglob("*.py")), idioms=sorted(JUDGE.glob("*.py")))
        if copied:
            raise StarterError(f"our solution shows through: {copied[0]}")
        if destination.exists():
            destination.rmdir()
        folder.chmod(0o755)
        folder.rename(destination)
    return sorted(
        f.relative_to(destination).as_posix() for f in destination.rglob("*") if f.is_file()
    )


def read_description(assignment: Path) -> dict[str, Any]:
    """The content of the assignment's `starter.toml`."""
    return tomllib.loads((assignment / "starter" / "starter.toml").read_text(encoding="utf-8"))


def _write(assignment: Path, folder: Path) -> None:
    said = read_description(assignment)
    package = said["package"]
    homes = {
        item.partition(":")[0]: f"{package}.{module['path'].removesuffix('.py').replace('/', '.')}"
        for module in said["module"]
        for names in module["items"].values()
        for item in names
    }
    choices = Choices(
        package,
        said.get("drop_parameters", ()),
        said.get("docstrings", {}),
        said.get("aliases", {}),
        homes,
    )
    for path, text in said.get("given", {}).items():
        _put(folder / path, text)
    for module in said["module"]:
        items = {f"{package}/{name}": names for name, names in module["items"].items()}
        text = module_text(
            assignment, items, choices,
            docstring=module["docstring"],
            imports=module.get("imports", ()),
            tail=module.get("tail", ""),
        )  # fmt: skip
        _put(folder / package / module["path"], text)
    for init in {(folder / package / m["path"]).parent / "__init__.py" for m in said["module"]}:
        if not init.exists():
            _put(init, f'"""{said["title"]}: your package."""\n')
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(JUDGE, folder / "judge", ignore=ignored)
    shutil.copytree(
        assignment / "starter" / "judge", folder / "judge", ignore=ignored, dirs_exist_ok=True
    )
    _put(
        folder / "tests" / "__init__.py",
        '"""Your own tests, and the way from the judge to your code."""\n',
    )
    shutil.copy(assignment / "tests" / "adapters.py", folder / "tests" / "adapters.py")
    shutil.copy(assignment / "handout.md", folder / "handout.md")
    _put(folder / "requirements.lock", lock_text([*said["dependencies"], "pytest>=8"]))
    words = {
        "package": package, "title": said["title"], "dist": package.replace("_", "-"),
        "dependencies": "\n".join(f"  {json.dumps(d)}," for d in said["dependencies"]),
        "folder": assignment.name,
    }  # fmt: skip
    for template in sorted(TEMPLATES.iterdir()):
        name = template.name.removesuffix(".template").replace("dot-", ".")
        _put(folder / name, Template(template.read_text(encoding="utf-8")).substitute(words))
    _put(
        folder / REFERENCE,
        json.dumps({"checkout": str(ROOT), "assignment": assignment.name}) + "\n",
    )


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
