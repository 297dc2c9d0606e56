"""Runs the core's tests under CPython 3.14 in WebAssembly: `python tests/wasm/run.py`.

The interpreter is that of the npm package `pyodide`, run by Node; it and the wheels have pinned
manifests of their own in this folder. Tests that need processes, threads, sockets or a blocking
event loop are marked and skip themselves there. Without Node, npm or the wheels nothing is tested,
and the reason is said; the exit code is then 0, else pytest's.
"""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OLDEST_NODE = 18
WHEELS = HERE / "wheels"
READY = WHEELS / ".ready"
REQUIREMENTS = HERE / "requirements.txt"
PLATFORM = (
    *("--platform", "pyemscripten_2026_0_wasm32"),
    *("--python-version", "3.14", "--implementation", "cp", "--abi", "cp314", "--abi", "none"),
)
"""What the wheels are for: the ABI of pyodide 314."""
LEFT_OUT = (
    *(
        "tests/assignments",
        "tests/documents",
        "tests/publish",
        "tests/remote",
        "tests/service",
        "tests/slurm",
        "tests/test_catalogue.py",
        "tests/test_ci.py",
    ),
    *(
        "tests/test_cli.py",
        "tests/test_commands.py",
        "tests/test_compare_walks.py",
        "tests/test_environment.py",
    ),
    *("tests/test_every_lecture.py", "tests/test_lifeline.py", "tests/test_new_lecture.py"),
    *("tests/test_newcomers.py", "tests/test_path.py", "tests/test_start.py"),
    *("tests/test_search_text.py", "tests/test_whole_site.py"),
)
"""What is about processes, networks and libraries throughout."""


def main() -> int:
    """Set up what is missing, run the suite; pytest's exit code, or 0 where it cannot run."""
    reason = _missing() or _set_up()
    if reason:
        print(f"Python 3.14 (WebAssembly): not tested here: {reason}")
        return 0
    print("Python 3.14 (WebAssembly): core suite without torch and numpy", flush=True)
    chosen = sys.argv[1:] or ["tests", *(f"--ignore={name}" for name in LEFT_OUT)]
    command = ["node", str(HERE / "run.mjs"), str(ROOT), str(WHEELS), "-m", "not slow", *chosen]
    return subprocess.run(command, cwd=HERE, check=False).returncode


def _missing() -> str:
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = done.stdout.strip().removeprefix("v").split(".")[0]
    if not version.isdecimal() or int(version) < OLDEST_NODE:
        return f"Node is {done.stdout.strip() or 'broken'}, and {OLDEST_NODE} or later is needed"
    return ""


def _set_up() -> str:
    """Fetch interpreter and wheels where they are missing or older than their manifest."""
    lock = HERE / "package-lock.json"
    installed = HERE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        if subprocess.run(command, cwd=HERE, check=False).returncode:
            return "npm could not install pyodide"
        installed.touch()
    if not READY.exists() or READY.stat().st_mtime < REQUIREMENTS.stat().st_mtime:
        shutil.rmtree(WHEELS, ignore_errors=True)
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--only-binary=:all:", *PLATFORM, "-r", str(REQUIREMENTS), "-d", str(WHEELS)),
        ]
        if subprocess.run(command, check=False).returncode:
            return "pip could not fetch the wheels"
        READY.touch()
    return ""


if __name__ == "__main__":
    sys.exit(main())
