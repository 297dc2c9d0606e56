"""Runs the engine's suite under the other Pythons of this machine: `python tests/interpreters.py`.

Python 3.12 and 3.13 are looked for on the PATH and in pyenv's folder. Each gets an environment
under `.venvs` with the engine and its test tools only, no torch and no numpy. Exits with 1 if a
suite fails; an interpreter that is not there is reported and left out.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.12", "3.13")
PACKAGES = ("msgspec", "rich", "pytest", "pytest-timeout", "hypothesis", "jsonschema")
SUITE = (
    "tests",
    "--ignore=tests/slurm",
    "--ignore=tests/test_every_lecture.py",
    "--ignore=tests/test_path.py",
    "--ignore=tests/test_whole_site.py",
    "--ignore=tests/publish/test_handouts.py",
    "--ignore=tests/publish/test_handout_pages.py",
    "--ignore=tests/service",
    "--ignore=tests/documents",
    "--ignore=tests/assignments",
)


def find_python(version: str) -> str | None:
    """An interpreter of that version other than the one that runs this."""
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        return None
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"))]
    for candidate in candidates:
        if candidate and _version(str(candidate)) == version:
            return str(candidate)
    return None


def prepare(version: str, python: str) -> Path:
    """An environment with the packages at their locked versions; its interpreter."""
    folder = ROOT / ".venvs" / version
    inside = folder / "bin/python"
    ready = folder / ".ready"
    locks = [ROOT / "requirements.lock", ROOT / "requirements-test.lock"]
    if not ready.exists() or ready.stat().st_mtime < max(lock.stat().st_mtime for lock in locks):
        if not inside.exists():
            subprocess.run([python, "-m", "venv", str(folder)], check=True)
        install = [str(inside), "-m", "pip", "install", "--quiet", *PACKAGES]
        subprocess.run([*install, *(f"--constraint={lock}" for lock in locks)], check=True)
        ready.touch()
    return inside


def main() -> int:
    """Run the suites side by side and show each when it has ended; 1 if one failed."""
    failed = []
    running: dict[str, subprocess.Popen[str]] = {}
    ran = [f"{sys.version_info.major}.{sys.version_info.minor}"]
    for version in VERSIONS:
        python = find_python(version)
        if python is None:
            print(f"Python {version}: not tested here (not found, or the main interpreter)")
            continue
        print(f"Python {version}: engine suite without torch and numpy", flush=True)
        inside = prepare(version, python)
        command = [str(inside), "-m", "pytest", "-m", "not slow and not gpu", *SUITE]
        # `execute.py` is to stay with this Python, although it lacks the lectures' packages.
        environment = os.environ | {"LECTURE_TRACER_RESTARTED": "1"}
        running[version] = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    for version, suite in running.items():
        said, _ = suite.communicate()
        print(f"Python {version}:\n{said}", flush=True)
        if suite.returncode:
            failed.append(version)
        ran.append(version)
    print(f"interpreters that ran the engine suite: {', '.join(ran)}")
    return 1 if failed else 0


def _version(python: str) -> str:
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
