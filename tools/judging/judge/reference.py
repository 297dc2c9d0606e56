"""The course's implementation in a process and environment of its own, behind adapters."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from judge.checks import NotJudged

WORKER = Path(__file__).resolve().parent / "worker.py"


class ReferenceMissing(NotJudged):
    """The course's checkout cannot be found, or its implementation does not start."""


class Caller:
    """A worker process with the adapters of one implementation."""

    def __init__(self, python: Path | str, adapters: Path, folders: list[Path]) -> None:
        environment = dict(os.environ, OMP_NUM_THREADS="1", PYTHONHASHSEED="0")
        environment.pop("PYTHONPATH", None)
        self._process = subprocess.Popen(
            [str(python), "-P", str(WORKER), str(adapters), *map(str, folders)],
            stdout=subprocess.PIPE, stdin=subprocess.PIPE, env=environment,
        )  # fmt: skip

    def call(
        self, name: str, *arguments: Any, then: tuple[str, tuple[Any, ...]] | None = None
    ) -> Any:
        """What adapter `name` returns; with `then` what that method of its result returns."""
        return self.timed(name, *arguments, then=then)[0]

    def timed(
        self, name: str, *arguments: Any, then: tuple[str, tuple[Any, ...]] | None = None
    ) -> tuple[Any, float, int]:
        """The result of `call`, and CPU seconds and growth of the peak memory of the last call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((name, arguments, then), self._process.stdin)
            self._process.stdin.flush()
            state, value, seconds, grown = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError):
            raise ReferenceMissing("the process of the implementation ended by itself") from None
        if state == "error":
            raise RuntimeError(str(value).strip().splitlines()[-1])
        return value, seconds, grown

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Reference:
    """Starts the course's implementation when it is first asked."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._caller: Caller | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._caller is not None:
            self._caller.close()

    def call(
        self, name: str, *arguments: Any, then: tuple[str, tuple[Any, ...]] | None = None
    ) -> Any:
        """What the course's adapter `name` returns. Raises ReferenceMissing without a checkout."""
        if self._caller is None:
            self._caller = self.fresh()
        return self._caller.call(name, *arguments, then=then)

    def fresh(self) -> Caller:
        """A process of the course's implementation that has done nothing yet."""
        assignment = self.assignment()
        folders = sorted(p.parent for p in assignment.parent.glob("*/pyproject.toml"))
        python = assignment.parents[1] / ".venv" / "bin" / "python"
        chosen = python if python.is_file() else Path(sys.executable)
        return Caller(chosen, assignment / "tests" / "adapters.py", folders)

    def student(self) -> Caller:
        """A process of the student's implementation that has done nothing yet."""
        return Caller(sys.executable, self._root / "tests" / "adapters.py", [self._root])

    def assignment(self) -> Path:
        """The assignment's folder in the course's checkout. Raises ReferenceMissing."""
        file = self._root / ".course.json"
        said = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        checkout = Path(os.environ.get("CS336_COURSE") or str(said.get("checkout", "")))
        folder = checkout / "assignments" / str(said.get("assignment", ""))
        if not said.get("assignment") or not (folder / "tests" / "adapters.py").is_file():
            raise ReferenceMissing(
                "needs the course's checkout for the right values: set CS336_COURSE to its folder"
            )
        return folder
