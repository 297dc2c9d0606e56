"""The part that pytest loads: collects verdicts on each problem and prints the table."""

from __future__ import annotations

import traceback
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from judge.checks import Draw, NotJudged, Wrong
from judge.reference import Reference

NOT_STARTED, WRONG, RIGHT, NOT_JUDGED = "not started", "wrong", "right", "not judged"
MARKS = {NOT_STARTED: "·", WRONG: "✗", NOT_JUDGED: "?"}
VERDICT = pytest.StashKey[str]()


@dataclass
class Verdict:
    """What is known of one problem."""

    name: str
    points: int
    states: list[str] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    """(state, message) of each test that did not pass."""

    @property
    def state(self) -> str:
        """Right only if every test passed; begun and not finished is wrong."""
        if all(state == RIGHT for state in self.states):
            return RIGHT
        if WRONG in self.states or (NOT_STARTED in self.states and RIGHT in self.states):
            return WRONG
        return NOT_STARTED if NOT_STARTED in self.states else NOT_JUDGED

    @property
    def message(self) -> str:
        """The first message worth reading: of a wrong value before one of empty code."""
        wrong = [message for state, message in self.messages if state == WRONG]
        return (wrong or [message for _, message in self.messages] or [""])[0]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The judge's own options."""
    group = parser.getgroup("judge")
    group.addoption("--judge-seed", type=int, default=0, metavar="N", help="draws other cases")
    group.addoption("--problem", action="append", default=[], metavar="NAME",
                    help="only this problem, with all its messages; may be repeated")  # fmt: skip
    group.addoption("--measure", action="store_true",
                    help="time and memory beside the course's implementation")  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Keep the table of this run with its configuration."""
    config.pluginmanager.register(Table(config), "judge-table")


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Inputs from the judge's seed, different for each test."""
    return Draw(request.config.getoption("--judge-seed"), request.node.name)


@pytest.fixture(scope="session")
def reference(request: pytest.FixtureRequest) -> Generator[Reference, None, None]:
    """The course's implementation, in a process of its own."""
    with Reference(request.config.rootpath) as running:
        yield running


class Table:
    """Collects verdicts and prints them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.verdicts: dict[str, Verdict] = {}
        self.measured: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the problems asked for, and tests that measure only when asked."""
        wanted = self.config.getoption("--problem")
        kept = []
        known = set()
        for item in items:
            mark = item.get_closest_marker("problem")
            name = mark.kwargs["name"] if mark else None
            known.add(name)
            if wanted and name not in wanted:
                continue
            if "measuring" in getattr(item, "fixturenames", ()) and not self.config.getoption(
                "--measure"
            ):
                continue
            kept.append(item)
        unknown = [name for name in wanted if name not in known]
        if unknown:
            names = ", ".join(sorted(filter(None, known)))
            raise pytest.UsageError(f"no problem {unknown[0]!r}; there are: {names}")
        items[:] = kept

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Turn what a test raised into a state and a message."""
        report = (yield).get_result()
        mark = item.get_closest_marker("problem")
        if mark is None or (call.when != "call" and not call.excinfo) or call.when == "teardown":
            return
        name, points = mark.kwargs["name"], mark.kwargs["points"]
        verdict = self.verdicts.setdefault(name, Verdict(name, points))
        if call.excinfo is None:
            verdict.states.append(RIGHT)
            return
        if "measuring" in getattr(item, "fixturenames", ()) and call.excinfo.errisinstance(
            NotJudged
        ):  # what cannot be measured is no part of the judgement
            self.measured.append(f"{name}: not measured, {call.excinfo.value}")
            report.outcome, report.longrepr = "passed", None
            return
        state, message = judged(call.excinfo.value, name, mark.kwargs["code"], self.config.rootpath)
        verdict.states.append(state)
        verdict.messages.append((state, message))
        report.judged = state
        if state == NOT_JUDGED:  # what a machine cannot judge is no fault of the code
            report.outcome, report.longrepr = "skipped", (str(item.path), 0, message)
        else:
            report.outcome, report.longrepr = "failed", message

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """A category of its own for what was judged: the table says it, no traceback."""
        state = getattr(report, "judged", None)
        return None if state is None else (state, MARKS[state], state.upper())

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the table."""
        if not self.verdicts:
            return
        write = terminalreporter.write_line
        seed = self.config.getoption("--judge-seed")
        terminalreporter.section(f"problems (cases of seed {seed})")
        width = max(len(name) for name in self.verdicts)
        colours = {RIGHT: {"green": True}, WRONG: {"red": True}}
        every = bool(self.config.getoption("--problem"))
        for verdict in self.verdicts.values():
            got = verdict.points if verdict.state == RIGHT else 0
            head = f"{verdict.name:{width}}  {got:2d}/{verdict.points:<2d}  {verdict.state}"
            if verdict.state == NOT_STARTED and not every:
                write(f"{head} ({verdict.message.removeprefix(f'{verdict.name}: ')})")
                continue
            write(head, **colours.get(verdict.state, {}))
            messages = [message for _, message in verdict.messages] if every else [verdict.message]
            for message in filter(None, dict.fromkeys(messages)):
                write(f"{'':{width}}  {message}")
        right = [v for v in self.verdicts.values() if v.state == RIGHT]
        points, of = sum(v.points for v in right), sum(v.points for v in self.verdicts.values())
        write(f"\n{len(right)} of {len(self.verdicts)} problems right, {points} of {of} points")
        left = [v.name for v in self.verdicts.values() if v.state == NOT_JUDGED]
        if left:
            write(f"not judged on this machine: {', '.join(left)}")
        for line in self.measured:
            write(line)


def judged(error: BaseException, name: str, code: str, root: Path) -> tuple[str, str]:
    """(state, message) of what a test raised; the message begins with the problem's name."""
    if isinstance(error, NotJudged):
        return NOT_JUDGED, f"{name}: {error}"
    place = innermost(error, root)
    if isinstance(error, Wrong):
        return WRONG, f"{name}: {error} Place: {code}."
    if isinstance(error, NotImplementedError):
        return NOT_STARTED, f"{name}: {place or code} is empty"
    said = traceback.format_exception_only(error)[-1].strip().splitlines()[0]
    return WRONG, f"{name}: {code} raised {said} Place: {place or code}."


def innermost(error: BaseException, root: Path) -> str:
    """`cs336_basics/nn_utils.py:12 in softmax`: the last line of the student's own code, or "".

    Of an error that another one caused the cause counts: Triton's interpreter wraps what a kernel
    raises.
    """
    if error.__cause__ is not None and (place := innermost(error.__cause__, root)):
        return place
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(root):
            below = path.relative_to(root)
            if below.parts[0] not in ("judge", "tests") and not below.parts[0].startswith("."):
                found = f"{below.as_posix()}:{line} in {frame.f_code.co_qualname}"
    return found


@pytest.fixture
def measuring(request: pytest.FixtureRequest) -> list[str]:
    """Lines that the table ends with; a test that asks for them runs with `--measure` only."""
    table = request.config.pluginmanager.get_plugin("judge-table")
    assert isinstance(table, Table)
    return table.measured
