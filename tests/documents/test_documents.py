"""Every command of README and docs runs as written; every example is one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.documents.blocks import LANGUAGES, Block, blocks, inline_commands
from tests.documents.references import fault

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "trace-viewer/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
    ROOT / "lecture_tracer/starter/template/README.md",
]
TEMPLATE = DOCUMENTS[-1]
IN_CHECKOUT = DOCUMENTS[:3]
"""Documents whose commands are given in the root of the checkout, in each section anew. Those of
all others begin in an empty folder."""


def title(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=title)


@every_document
def test_every_block_says_what_it_is(document: Path) -> None:
    unknown = [f"{b.line}: {b.language!r}" for b in blocks(document) if b.language not in LANGUAGES]
    assert unknown == []


@every_document
def test_excerpts_are_valid(document: Path) -> None:
    for block in blocks(document):
        if block.language == "python":
            compile(block.text, f"{document.name}:{block.line}", "exec")
        elif block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "json":
            json.loads(block.text)


@every_document
def test_what_a_command_names_exists(document: Path) -> None:
    commands = [*inline_commands(document)]
    commands += [c for b in blocks(document) if b.mark == "not run" for c in b.commands]
    assert [f"{c}: {wrong}" for c in commands if (wrong := fault(c))] == []


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("python execute.py record lecture_01 --strictly", "unrecognized arguments: --strictly"),
        ("lecture-tracer recrod", "did you mean 'record'?"),
        ("make tests", "no target tests"),
        ("python -m lecture_tracer.nothing", "no module lecture_tracer.nothing"),
        ("cd bench && python nothing.py", "no file nothing.py in bench"),
        ("cd nowhere && make", "no folder nowhere"),
        ("cd trace-viewer && npm run nothing", "no script nothing in trace-viewer"),
        ("pytest tests/nothing", "no file tests/nothing"),
        ("python -m pytest 'tests", "No closing quotation"),
    ],
)
def test_a_command_that_names_nothing_is_found(command: str, wrong: str) -> None:
    assert wrong in fault(command)


class Reader:
    """Does what a document says, in a folder of its own."""

    def __init__(self, document: Path, folder: Path) -> None:
        self.document = document
        self.start = self.folder = folder
        self.section = ""
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        self.environment = kept | {"PATH": programs, "BROWSER": "true"}

    def follow(self, block: Block) -> None:
        """Save the file, or run the commands."""
        if self.document in IN_CHECKOUT and block.section != self.section:
            self.section, self.folder = block.section, self.start
        if block.language == "python" and block.name:
            (self.folder / block.name).write_text(block.text, encoding="utf-8")
        if block.language != "sh" or block.mark == "not run":
            return
        for command in block.commands:
            place = f"{title(self.document)}:{block.line}: {command}"
            if command.startswith("lecture-tracer serve"):
                self._serve(command, place)
            else:
                self._run(command, place)

    def _run(self, command: str, place: str) -> None:
        script = f"set -e\n{command}\npwd > {self.start.parent}/where\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True,
            text=True, check=False, timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, f"{place}\n{done.stdout}{done.stderr}"
        assert "warning: " not in done.stderr, f"{place}\n{done.stderr}"
        self.folder = Path((self.start.parent / "where").read_text(encoding="utf-8").strip())

    def _serve(self, command: str, place: str) -> None:
        """A server has no end: it is enough that it begins. Its port may be taken here."""
        words = ["exec", command.partition(" #")[0], "--port", "0"]
        with subprocess.Popen(
            ["bash", "-c", " ".join(words)], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as server:  # fmt: skip
            assert server.stdout is not None
            first = server.stdout.readline()
            assert first.startswith("serving http://"), f"{place}\n{first}{server.stdout.read()}"
            time.sleep(0.2)
            server.send_signal(signal.SIGINT)


def checkout(folder: Path) -> Path:
    """A copy of what git tracks, and of what is new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout: what belongs to it is not known")
    for name in filter(None, listed.stdout.split("\0")):
        needed = not name.startswith(("assignments/", "nonexecutable/"))
        if (ROOT / name).is_file() and (needed or name.endswith((".py", ".toml"))):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def run_document(document: Path, folder: Path, *, slow: bool) -> None:
    """Follow a document to its end."""
    if not list((ROOT / "trace-viewer").glob("dist*/index.html")):
        pytest.skip("the viewer is not built here: `make viewer`")
    start = folder / "start"
    start.mkdir()
    if document in IN_CHECKOUT:
        checkout(start)
    reader = Reader(document, start)
    if document == TEMPLATE:
        reader._run("lecture-tracer init . ", title(document))
    for block in blocks(document):
        if block.mark != "slow" or slow:
            reader.follow(block)


def has(document: Path, mark: str) -> bool:
    return any(b.language == "sh" and b.mark == mark for b in blocks(document))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("document", [d for d in DOCUMENTS if has(d, "")], ids=title)
def test_the_commands_run_as_written(document: Path, tmp_path: Path) -> None:
    run_document(document, tmp_path, slow=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("document", [d for d in DOCUMENTS if has(d, "slow")], ids=title)
def test_the_slow_commands_run_as_written(document: Path, tmp_path: Path) -> None:
    run_document(document, tmp_path, slow=True)
