"""Whether what a command names exists: scripts, modules, targets, options of our own programs.

For commands that are not run: those in sentences and tables, and those that need another machine.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

from lecture_tracer.command.arguments import PASSED_ON, parse

ROOT = Path(__file__).resolve().parents[2]
_ELSEWHERE = re.compile(r"[A-Z_]+\b|.*[*…<]|dist/|before/|/")
"""Names that stand for the reader's own, and files that an earlier command makes."""
_PEERS = ("edtrace.",)
"""Packages of others, which a document names and nobody here needs."""


def fault(command: str) -> str:
    """What is wrong with a command of a document; empty if nothing is."""
    folder = ROOT
    try:
        for part in re.split(r"\s*(?:&&|;|\|\|?)\s*", command.partition(" #")[0]):
            words = [word for word in shlex.split(part) if "=" not in word.split("/")[0]]
            if words[:1] == ["cd"]:
                folder = folder / words[1]
                if not folder.is_dir() and words[1] != "my-course":
                    return f"no folder {words[1]}"
            elif words and (wrong := _fault(words, folder)):
                return wrong
    except ValueError as error:
        return str(error)
    return ""


def _fault(words: list[str], folder: Path) -> str:
    program, rest = words[0], words[1:]
    if program in ("python", "python3") and rest[:1] == ["-m"]:
        if rest[1] == "lecture_tracer":
            return _options(rest[2:])
        return _module(rest[1], folder)
    if program in ("python", "python3", "bash") and rest and rest[0].endswith((".py", ".sh")):
        if rest[0] == "execute.py":
            return _options(rest[1:])
        return _file(rest[0], folder)
    if program == "lecture-tracer":
        return _options(rest)
    if program == "make":
        return _target(rest)
    if program == "npm" and rest[:1] == ["run"]:
        return _npm_script(rest[1], folder)
    if program == "pytest" or program.startswith("./"):
        paths = [program] if program.startswith("./") else [w for w in rest if "/" in w]
        return next((wrong for path in paths if (wrong := _file(path, folder))), "")
    return ""


def _file(name: str, folder: Path) -> str:
    known = _ELSEWHERE.match(name) or (folder / name).exists()
    return "" if known else f"no file {name} in {folder.name}"


def _module(name: str, folder: Path) -> str:
    path = folder / name.replace(".", "/")
    if name.startswith(_PEERS):
        return ""
    if path.with_suffix(".py").is_file() or (path / "__main__.py").is_file():
        return ""
    packages = list(ROOT.glob(f"assignments/*/{name.replace('.', '/')}*"))
    try:
        return "" if packages or find_spec(name) else f"no module {name}"
    except ModuleNotFoundError:
        return f"no module {name}"


def _options(words: list[str]) -> str:
    """What our own program says of these arguments."""
    if words[:1] and words[0] in PASSED_ON:
        return ""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            parse("lecture-tracer", words)
    except SystemExit as ended:
        return said.getvalue().strip().splitlines()[-1] if ended.code else ""
    return ""


def _target(words: list[str]) -> str:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [word for word in words if not word.startswith("-")]
    unknown = [t for t in targets if not re.search(rf"^{re.escape(t)}:", makefile, re.MULTILINE)]
    return f"no target {unknown[0]}" if unknown else ""


def _npm_script(name: str, folder: Path) -> str:
    """In the folder of the command, else in that of the viewer, which its sentence names."""
    package = folder / "package.json"
    if not package.is_file():
        package = ROOT / "trace-viewer" / "package.json"
    scripts = json.loads(package.read_text(encoding="utf-8"))["scripts"]
    return "" if name in scripts else f"no script {name} in {package.parent.name}"
