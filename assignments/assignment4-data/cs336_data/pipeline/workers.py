"""Processes that judge blocks of pages, and a parent that survives whatever happens to them.

An extractor written in C or Rust can crash or hang on a page, and no exception handler sees that.
So pages are judged in child processes. Each child says which page it is at; when it dies, or stays
at one page for too long, it is replaced and the block is judged again without that page, which is
counted under "crashed" or "time limit". A child whose parent dies reads the end of its pipe and
ends, too.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

Page = TypeVar("Page")
Result = TypeVar("Result")
Make = Callable[[], Callable[[Any], Any]]

TICK = 0.2  # seconds between looks at the children
_CONTEXT = multiprocessing.get_context("spawn")  # a forked child would hold its siblings' pipes


@dataclass(frozen=True, slots=True)
class Lost:
    """A page that took its child down ("crashed", "time limit") or raised ("failed")."""

    rule: str
    reason: str


@dataclass
class _Block(Generic[Page]):
    pages: Sequence[Page]
    lost: dict[int, Lost] = field(default_factory=dict)


class _Child:
    """A process, its pipe, and the number of the page that it is at."""

    def __init__(self, make: Make, memory_bytes: int) -> None:
        self.pipe, other = _CONTEXT.Pipe()
        self.at: Any = _CONTEXT.RawValue("q", -1)
        self.process = _CONTEXT.Process(
            target=_serve, args=(make, other, self.at, memory_bytes), daemon=True
        )
        self.process.start()
        other.close()
        self.block: tuple[int, _Block[Any]] | None = None
        self._last, self._since = -1, time.monotonic()

    def give(self, number: int, block: _Block[Any]) -> None:
        self.block = number, block
        self.at.value = -1
        self._last, self._since = -1, time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # noticed by its death
            self.pipe.send((block.pages, set(block.lost)))

    def seconds_at_page(self) -> float:
        """How long it has been at the same page."""
        at = self.at.value
        if at != self._last:
            self._last, self._since = at, time.monotonic()
        return time.monotonic() - self._since

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(make: Make, pipe: Connection, at: Any, memory_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends its children
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    try:
        judge = make()
        while True:
            pages, lost = pipe.recv()
            results = []
            for i, page in enumerate(pages):
                at.value = i
                results.append(None if i in lost else _judged(judge, page))
            at.value = -1
            pipe.send(results)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone
    except Exception as error:  # not the page's fault: a full disk, a missing model
        with contextlib.suppress(OSError):
            pipe.send(f"{type(error).__name__}: {error}")


def _judged(judge: Callable[[Any], Any], page: Any) -> Any:
    """What became of a page; an exception that a page causes costs that page."""
    try:
        return judge(page)
    except OSError:
        raise
    except MemoryError:
        return Lost("out of memory", "the page needs more than a worker may have")
    except Exception as error:
        return Lost("failed", f"{type(error).__name__}: {error}"[:200])


class Workers(Generic[Page, Result]):
    """An ordered map of blocks of pages over shielded processes. Use it in a `with` statement.

    `make` is called once in each child and returns the function that judges a page; it has to be
    picklable (a class or a partial of one).
    """

    def __init__(
        self, make: Make, workers: int, page_seconds: float = 30.0, memory_bytes: int = 0
    ) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        self._make, self._seconds, self._memory = make, page_seconds, memory_bytes
        self._children = [_Child(make, memory_bytes) for _ in range(workers)]
        self.restarts = 0

    def __enter__(self) -> Workers[Page, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.end()

    def map(self, blocks: Iterable[Sequence[Page]]) -> Iterator[list[Result | Lost]]:
        """Results of each block in order; one block a child is on its way, one more is ready.

        Raises:
            ChildProcessError: a child cannot start or work (out of memory, a full disk): no page is
                counted as lost for that.
        """
        source = enumerate(_Block(pages) for pages in blocks)
        done: dict[int, list[Result | Lost]] = {}
        ready: deque[tuple[int, _Block[Page]]] = deque()
        next_number = 0
        exhausted = False
        while True:
            for child in self._children:
                if child.block is None and ready:
                    child.give(*ready.popleft())
            room = (
                len(self._children)
                + 1
                - len(ready)
                - sum(c.block is not None for c in self._children)
            )
            # A slow block at the front must not let results pile up behind it.
            while room > 0 and not exhausted and len(done) < 4 * len(self._children):
                entry = next(source, None)
                exhausted = entry is None
                if entry is None:
                    break
                idle = next((child for child in self._children if child.block is None), None)
                if idle is None:
                    ready.append(entry)
                else:
                    idle.give(*entry)
                room -= 1
            while next_number in done:
                yield done.pop(next_number)
                next_number += 1
            if exhausted and not ready and all(child.block is None for child in self._children):
                return
            self._collect(done)

    def _collect(self, done: dict[int, list[Result | Lost]]) -> None:
        """Wait for a result, a death or a page that takes too long."""
        busy = {child.pipe: child for child in self._children if child.block is not None}
        heard = wait(list(busy), timeout=TICK)
        for pipe in [pipe for pipe in busy if pipe in heard]:
            child = busy.pop(pipe)
            assert child.block is not None
            number, block = child.block
            try:
                results = child.pipe.recv()
            except (EOFError, OSError):
                self._replace(child, "crashed", f"exit code {_exit_code(child)}")
                continue
            if isinstance(results, str):
                raise ChildProcessError(f"a worker failed: {results}")
            child.block = None
            done[number] = [block.lost.get(i, result) for i, result in enumerate(results)]
        for child in busy.values():
            if child.seconds_at_page() > self._seconds and child.at.value >= 0:
                self._replace(child, "time limit", f"more than {self._seconds:g} s for one page")

    def _replace(self, child: _Child, rule: str, reason: str) -> None:
        """Start another child, which judges the block without the page that this one was at."""
        assert child.block is not None
        number, block = child.block
        at = child.at.value
        child.end()
        self.restarts += 1
        if at < 0:
            raise ChildProcessError(
                f"a worker died before its first page ({reason}): use fewer workers or more memory"
            )
        block.lost[at] = Lost(rule, reason)
        fresh = _Child(self._make, self._memory)
        self._children[self._children.index(child)] = fresh
        fresh.give(number, block)


def _exit_code(child: _Child) -> int | None:
    child.process.join(1)
    return child.process.exitcode
