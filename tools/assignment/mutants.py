"""Puts known mistakes into a solved starter, one at a time, and asks the judge about each.

`python -m tools.assignment.mutants SOLVED MUTANTS.toml [--quick]` prints a line of JSON for each:
the problem, the mistake, the state that the judge gave and its first message. All run in one
process, so that torch is loaded once.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tools.assignment.emptying import StarterError


@dataclass(frozen=True)
class Mutant:
    """One mistake: `old` in `file` of the package becomes `new`."""

    problem: str
    mistake: str
    file: str
    old: str
    new: str
    says: str
    """What the judge's first message has to contain."""


@dataclass(frozen=True)
class Judgement:
    """What the judge said of one mutant."""

    problem: str
    mistake: str
    says: str
    state: str
    message: str


QUICK = 5
"""Mutants of an assignment that are tried each time; five assignments make 25."""


def read_mutants(path: Path, *, quick: bool = False) -> list[Mutant]:
    """All mutants of a file; with `quick` the few of `spread`."""
    mutants = [Mutant(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["mutant"]]
    return spread(mutants, QUICK) if quick else mutants


def spread(mutants: Sequence[Mutant], number: int) -> list[Mutant]:
    """`number` mutants of as many files, problems and mistakes as can be.

    Drawn by a checksum of what they are, so that an entry that is added or moved changes the choice
    only where it is drawn itself.
    """
    drawn = sorted(mutants, key=lambda m: zlib.crc32(f"{m.problem}:{m.mistake}".encode()))
    chosen: list[Mutant] = []
    while len(chosen) < min(number, len(drawn)):
        chosen.append(min((m for m in drawn if m not in chosen), key=partial(_likeness, chosen)))
    return chosen


def _likeness(chosen: Sequence[Mutant], mutant: Mutant) -> tuple[int, int, int]:
    """How often the mutant's file, problem and mistake are there already."""
    return (
        sum(mutant.file == other.file for other in chosen),
        sum(mutant.problem == other.problem for other in chosen),
        sum(mutant.mistake == other.mistake for other in chosen),
    )


def solve(starter: Path, assignment: Path, package: str) -> None:
    """Put our implementation into a starter."""
    shutil.rmtree(starter / package)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(assignment / package, starter / package, ignore=ignored)


def judge_all(solved: Path, package: str, mutants: Sequence[Mutant]) -> Iterator[Judgement]:
    """Judge each mutant; the folder is as before afterwards. Changes the working directory.

    Raises:
        StarterError: the text that a mutant replaces is not there exactly once.
    """
    os.chdir(solved)
    sys.dont_write_bytecode = True
    for mutant in mutants:
        file = solved / package / mutant.file
        before = file.read_text(encoding="utf-8")
        if before.count(mutant.old) != 1:
            raise StarterError(
                f"{mutant.problem}, {mutant.mistake!r}: its text is {before.count(mutant.old)} "
                f"times in {mutant.file}"
            )
        file.write_text(before.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            state, message = _judged(mutant.problem, package)
        finally:
            file.write_text(before, encoding="utf-8")
        yield Judgement(mutant.problem, mutant.mistake, mutant.says, state, message)


class _Catch:
    """Keeps the table that the judge made."""

    def __init__(self) -> None:
        self.table: Any = None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Remember the table of this session."""
        self.table = session.config.pluginmanager.get_plugin("judge-table")


def _judged(problem: str, package: str) -> tuple[str, str]:
    for name in [*sys.modules]:
        if name.partition(".")[0] in (package, "tests", "judge", "conftest"):
            del sys.modules[name]
    caught = _Catch()
    output = io.StringIO()
    with redirect_stdout(output):
        pytest.main(["--problem", problem, "-p", "no:cacheprovider", "judge"], plugins=[caught])
    if caught.table is None or problem not in caught.table.verdicts:
        raise StarterError(f"the judge did not run: {output.getvalue()[-2000:]}")
    verdict = caught.table.verdicts[problem]
    return verdict.state, verdict.message


def main(arguments: list[str] | None = None) -> int:
    """Print one line of JSON for each mutant; gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("solved", type=Path)
    parser.add_argument("mutants", type=Path)
    parser.add_argument("--package", required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    mutants = read_mutants(options.mutants.absolute(), quick=options.quick)
    for judgement in judge_all(options.solved.absolute(), options.package, mutants):
        print(json.dumps(asdict(judgement), ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
