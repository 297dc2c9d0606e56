"""Runs the assignments' tests with the oldest torch that is allowed: `python -m tools.floor`.

`.venvs/floor` gets that torch and what it needs; everything else comes from the environment that
runs this. Arguments go to pytest. A torch for CUDA needs some gigabytes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tools.projects import ROOT, find_projects

# The interpreter of the triton that comes with torch 2.11 makes scalars of arrays as numpy 2.4 no
# longer does; on a GPU it does not matter.
BESIDE = ("numpy<2.4",)
FOLDER = ROOT / ".venvs" / "floor"


def floor_of(package: str) -> str:
    """The lowest version that the projects' ranges name, which is the same in all."""
    floors = {
        specifier.version
        for project in find_projects()
        for dependency in project.dependencies
        if dependency.requirement.name == package
        for specifier in dependency.requirement.specifier
        if specifier.operator == ">="
    }
    (floor,) = floors
    return floor


def prepare(version: str) -> Path:
    """An environment in which torch has that version; its interpreter."""
    python = FOLDER / "bin" / "python"
    ready = FOLDER / f".ready-{version}"
    if not ready.exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
        packages = next((FOLDER / "lib").glob("python*")) / "site-packages"
        # After the environment's own folder, so that what lies there comes first. Editable
        # installations are not followed this way: their folders are added by name.
        folders = [project.folder for project in find_projects()]
        paths = [*folders, Path(sysconfig.get_path("purelib"))]
        (packages / "others.pth").write_text("".join(f"{path}\n" for path in paths))
        install = [str(python), "-m", "pip", "install", "--quiet", f"torch=={version}.*", *BESIDE]
        subprocess.run(install, check=True)
        ready.touch()
    return python


def main(arguments: list[str]) -> int:
    """Prepare and test; returns pytest's exit code."""
    version = floor_of("torch")
    python = str(prepare(version))
    program = "import torch, triton; print(torch.__version__, 'with triton', triton.__version__)"
    subprocess.run([python, "-c", program], check=True)
    command = [python, "-m", "pytest", "-m", "not slow and not gpu", "-n", "2", "assignments"]
    return subprocess.run([*command, *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
