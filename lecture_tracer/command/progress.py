"""What the command says while it works: a live line in a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from lecture_tracer.process.job import Outcome
from lecture_tracer.process.lecture_process import Running

PLAIN_SECONDS = 5.0


class Reporter(Protocol):
    """Told what runs and what is done."""

    def tick(self, running: list[Running]) -> None:
        """Called about ten times a second."""

    def done(self, outcome: Outcome) -> None:
        """Called for each lecture when it has ended."""

    def close(self) -> None:
        """Called at the end."""


def reporter(quiet: bool) -> Reporter:
    """The one that suits the terminal."""
    if quiet:
        return Silent()
    return Live() if sys.stderr.isatty() else Plain()


class Silent:
    """Says nothing but errors and warnings."""

    def tick(self, running: list[Running]) -> None:
        """Nothing."""

    def done(self, outcome: Outcome) -> None:
        """Errors only."""
        if not outcome.ok:
            print(failure_line(outcome), file=sys.stderr)

    def close(self) -> None:
        """Nothing."""


class Plain:
    """A line when a lecture ends, and one every few seconds for those that take long."""

    def __init__(self) -> None:
        self._next = time.monotonic() + PLAIN_SECONDS

    def tick(self, running: list[Running]) -> None:
        """A line a lecture, every PLAIN_SECONDS."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PLAIN_SECONDS
            for one in running:
                print(progress_line(one), file=sys.stderr, flush=True)

    def done(self, outcome: Outcome) -> None:
        """The result and the warnings."""
        for line in result_lines(outcome):
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Nothing."""


class Live:
    """A progress line for each running lecture, by rich."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn

        self._console = Console(stderr=True, highlight=False)
        self._progress: Any = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), console=self._console, transient=True
        )
        self._tasks: dict[str, Any] = {}
        self._progress.start()

    def tick(self, running: list[Running]) -> None:
        """Redraw."""
        for one in running:
            if one.name not in self._tasks:
                self._tasks[one.name] = self._progress.add_task("", total=None)
            self._progress.update(self._tasks[one.name], description=progress_line(one))

    def done(self, outcome: Outcome) -> None:
        """Replace the live line by the result."""
        if outcome.name in self._tasks:
            self._progress.remove_task(self._tasks.pop(outcome.name))
        for line in result_lines(outcome):
            self._console.print(line, style=None if outcome.ok else "red", markup=False)

    def close(self) -> None:
        """Give the terminal back."""
        self._progress.stop()


@contextmanager
def counter(what: str, total: int, quiet: bool) -> Iterator[Callable[[str, str], None]]:
    """A bar of `total` pieces of work in a terminal; call what it gives with (piece, result line).

    The lines are printed to stdout, as results are, unless `quiet`.
    """
    if quiet or not sys.stderr.isatty():

        def count(_: str, line: str) -> None:
            if not quiet:
                print(line, flush=True)

        yield count
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        def count_in_bar(piece: str, line: str) -> None:
            bar.update(task, advance=1, description=piece)
            print(line, flush=True)

        yield count_in_bar


def progress_line(one: Running) -> str:
    """`lecture_01  line 40  1,234 steps  567 steps/s  2.2 s`."""
    rate = one.steps / one.seconds if one.seconds > 0 else 0.0
    pace = f"{one.steps:,} steps  {rate:,.0f} steps/s  {one.seconds:.1f} s"
    return f"{one.name}  line {one.line}  {pace}"


def failure_line(outcome: Outcome) -> str:
    """`lecture_01: lecture_01.py:12: ValueError: … (lecture-failed)`."""
    saved = f"; {outcome.steps:,} steps saved in {outcome.file}" if outcome.file else ""
    return f"{outcome.name}: {outcome.error}{saved} ({outcome.slug})"


def result_lines(outcome: Outcome) -> list[str]:
    """Warnings and hints, then the result."""
    lines = [f"warning: {warning}" for warning in outcome.warnings]
    lines += [f"hint: {hint}" for hint in outcome.hints]
    if outcome.ok:
        lines.append(
            f"{outcome.name}: {outcome.steps:,} steps in {outcome.seconds:.2f} s, "
            f"{size(outcome.bytes)}, {outcome.file} ({outcome.backend}: {outcome.reason})"
        )
    else:
        lines.append(failure_line(outcome))
    return lines


def print_table(outcomes: list[Outcome]) -> None:
    """Steps, seconds, bytes and result of every lecture."""
    width = max(len(outcome.name) for outcome in outcomes)
    print(f"{'lecture':<{width}}  {'steps':>9}  {'seconds':>8}  {'size':>9}  result")
    for one in outcomes:
        result = "ok" if one.ok else f"{one.ended}: {one.error}"
        print(
            f"{one.name:<{width}}  {one.steps:>9,}  {one.seconds:>8.2f}  "
            f"{size(one.bytes):>9}  {result}"
        )


def size(count: int) -> str:
    """Bytes for people: `12.3 kB`."""
    for unit, factor in (("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"
