"""`python -m judge.leaderboard --name NAME`: measure the contests and add a row for each.

First the judge has to find right what a contest needs. Then the figures are taken with your code
and with the course's implementation, in turns, each in a process of its own on one core, and added
to the file, which may be shared with others. `--list` says which contests there are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from judge.board import BoardError, Row, add, read, table
from judge.contest import Contest, ContestError, Settings, load_contests, with_defaults
from judge.measuring import figures, machine, versions
from judge.reference import Reference, ReferenceMissing

HERE = Path(__file__).resolve().parent
LONGEST_NAME = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and add rows; gives the exit code: 1 where the judge or a contest says no."""
    options = _parsed(arguments)
    try:
        contests = load_contests()
        if options.list:
            for contest in contests.values():
                print(f"{contest.name}: {contest.about} {contest.unit}, {contest.better} is better")
            return 0
        if options.show:
            print(table(read(options.file)), end="")
            return 0
        chosen = _chosen(contests, options.contest)
        read(options.file)  # a file that cannot be added to is said before anything is measured
        _judged(chosen)
        settings = Settings(options.seed, options.seconds, _text(options.text))
        rows = []
        for contest in chosen:
            row = _measured(contest, settings, options.name, options.repeats)
            print(f"{contest.name}: {row.value:.4g} {row.unit}, {row.ratio:.2f} times the course's "
                  f"{row.course:.4g} (median of {row.repeats}, ±{row.noise:.0%})")  # fmt: skip
            rows += [row]
        add(options.file, rows)
    except (ContestError, BoardError, ReferenceMissing, OSError) as error:
        print(f"leaderboard: {error}", file=sys.stderr)
        return 1
    print(f"added to {options.file}; the ranking is in {options.file.with_suffix('.md')}")
    return 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m judge.leaderboard", description=(__doc__ or "").partition(": ")[2]
    )
    parser.add_argument("--name", help="what your rows are called")
    parser.add_argument("--file", type=Path, default=Path("leaderboard.json"), metavar="FILE",
                        help="where rows go; may be shared (default %(default)s)")  # fmt: skip
    parser.add_argument("--contest", action="append", default=[], metavar="NAME",
                        help="only this contest; may be repeated")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S",
                        help="time at equal time (default: each contest's own)")  # fmt: skip
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draws other inputs")
    parser.add_argument("--text", type=Path, metavar="FILE", help="text in place of made-up text")
    parser.add_argument("--list", action="store_true", help="say which contests there are")
    parser.add_argument("--show", action="store_true", help="print the ranking")
    options = parser.parse_args(arguments)
    if not (options.list or options.show) and not (options.name or "").strip():
        parser.error("give --name NAME: what your rows are called")
    if options.name and len(options.name) > LONGEST_NAME:
        parser.error(f"--name: at most {LONGEST_NAME} characters")
    if options.repeats < 1 or options.seconds < 0:
        parser.error("--repeats and --seconds: give positive numbers")
    return options


def _chosen(contests: dict[str, Contest], names: Sequence[str]) -> list[Contest]:
    for name in names:
        if name not in contests:
            raise ContestError(f"no contest {name!r}; there are: {', '.join(contests)}")
    chosen = [contests[name] for name in names] or [*contests.values()]
    kept = [contest for contest in chosen if not contest.gpu or _has_gpu()]
    for contest in chosen:
        if contest not in kept:
            print(f"{contest.name}: left out, it needs a GPU")
    if not kept:
        raise ContestError("no contest is left")
    return kept


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _judged(contests: Sequence[Contest]) -> None:
    """Ask the judge about what the contests need. Raises ContestError naming the first."""
    problems = list(dict.fromkeys(name for contest in contests for name in contest.needs))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "judge"]
    for problem in problems:
        command += ["--problem", problem]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = {row[0]: row[2:] for line in done.stdout.splitlines()
            if (row := line.split()) and row[0] in problems}  # fmt: skip
    for problem in problems:
        state = " ".join(rows.get(problem, ["not judged"]))
        if state != "right":
            raise ContestError(
                f"{problem} is {state}; only what the judge calls right is ranked: python -m "
                f"pytest --problem {problem}"
            )


def _text(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ContestError(f"{path} is no text in UTF-8") from None


def _measured(contest: Contest, settings: Settings, name: str, repeats: int) -> Row:
    settings = with_defaults(contest, settings)
    reference = Reference(Path.cwd())
    callers = []
    try:
        callers = [reference.student(), reference.fresh()]
        arguments = (contest.name, settings)
        mine, ours = figures(callers, "judge.contest:run", arguments, repeats)
    except RuntimeError as error:
        said = str(error).removeprefix("judge.contest.ContestError: ")
        raise ContestError(f"{contest.name}: {said}") from None
    finally:
        for caller in callers:
            caller.close()
    digest = hashlib.sha256((settings.text or "").encode()).hexdigest()[:12]
    return Row(
        name=" ".join(name.split()), assignment=reference.assignment().name, contest=contest.name,
        unit=contest.unit, better=contest.better, value=mine.median, course=ours.median,
        noise=round(mine.noise, 4), repeats=repeats, seconds=settings.seconds, seed=settings.seed,
        text=digest if settings.text is not None else "made up",
        date=datetime.now(UTC).isoformat(timespec="seconds"), machine=machine(contest.gpu),
        versions=versions(), judge=digest_of(HERE), changed=changed_files(reference.assignment()),
    )  # fmt: skip


def digest_of(folder: Path) -> str:
    """Twelve digits of what the judge's files say."""
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:12]


def changed_files(assignment: Path) -> list[str]:
    """Names of the judge's files here that are not as the course's checkout has them."""
    course = [assignment.parents[1] / "tools" / "judging" / "judge", assignment / "starter/judge"]
    right = {path.name: path.read_bytes() for folder in course for path in folder.glob("*.py")}
    here = {path.name: path.read_bytes() for path in HERE.glob("*.py")}
    return sorted(name for name in right | here if right.get(name) != here.get(name))


if __name__ == "__main__":
    sys.exit(main())
