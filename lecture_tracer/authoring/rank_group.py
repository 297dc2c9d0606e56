"""Several processes that show values in step: what each leaves in a folder, and who gathers it.

Rank 0 is the process that shows; the others leave *parts*, small files in a folder that all see:
`2.1.json` is what rank 2 shows first, `2.end.json` how it ended. So a value of any size blocks
nobody, no thread is needed beside the lecture's own, and processes that this one did not start can
take part. A process that has died or does not answer in time is shown as that.
"""

import io
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import msgspec

from lecture_tracer.authoring.sink import active
from lecture_tracer.trace.schema import RanksRendering, RankValues, Value
from lecture_tracer.trace.store import write_atomic

POLL_SECONDS = 0.005
END = "end"


class Part(msgspec.Struct, frozen=True):
    """What one rank shows at one moment."""

    title: str
    shown: RankValues


class Prints(io.TextIOBase):
    """Stands in for `sys.stdout`: keeps what is printed, passes it on to `beside` if any."""

    def __init__(self, beside: TextIO | None) -> None:
        self._beside = beside
        self._kept: list[str] = []

    def write(self, text: str) -> int:
        """Keep and pass on."""
        self._kept.append(text)
        if self._beside is not None:
            self._beside.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on."""
        if self._beside is not None:
            self._beside.flush()

    def writable(self) -> bool:
        """Yes."""
        return True

    def pass_on_no_more(self) -> None:
        """From now on only keep: the other stream may be closed at any time."""
        self._beside = None

    def take(self) -> str:
        """What was printed since the last time."""
        text = "".join(self._kept)
        self._kept.clear()
        return text


class Group:
    """One rank's place among `world_size` processes.

    `ended(rank)` says how a process ended, an empty text while it runs or where that is unknown.
    """

    def __init__(
        self,
        rank: int,
        world_size: int,
        folder: Path,
        wait: float,
        ended: Callable[[int], str] = lambda rank: "",
    ) -> None:
        self.rank = rank
        self.world_size = world_size
        self.prints = Prints(None)
        self.shown: list[RanksRendering] = []
        """Rank 0: everything shown so far."""
        self._folder = folder
        self._wait = wait
        self._ended = ended
        self._number = 0
        self._read = [0] * world_size
        """Number of the last part that was read of each rank."""
        self._told: dict[int, str] = {}
        """How a rank ended, once it has been shown."""

    @contextmanager
    def printing(self) -> Iterator[None]:
        """Keep what is printed inside the block; rank 0 prints on as before."""
        before = sys.stdout
        self.prints = Prints(before if self.rank == 0 else None)
        sys.stdout = self.prints
        try:
            yield
        finally:
            sys.stdout = before
            self.prints.pass_on_no_more()

    def show(self, title: str, values: Mapping[str, Value]) -> RanksRendering | None:
        """Leave this rank's part; on rank 0, gather those of all."""
        self._number += 1
        own = RankValues(rank=self.rank, values=dict(values), stdout=self.prints.take())
        if self.rank:
            self.leave(str(self._number), title, own)
            return None
        found = RanksRendering(title=title, ranks=[own, *self._gather(str(self._number), title)])
        self.shown.append(found)
        return found

    def leave(self, name: str, title: str, shown: RankValues) -> None:
        """Write a part for rank 0."""
        write_atomic(self._path(self.rank, name), msgspec.json.encode(Part(title, shown)))

    def leave_end(self, ended: str) -> None:
        """Say how this rank's function ended, and what it printed last."""
        self.leave(END, "", RankValues(rank=self.rank, stdout=self.prints.take(), ended=ended))

    def wait_for(self, name: str, seconds: float, late_is: str = "") -> dict[int, Part | str]:
        """Each other rank's part, or why there is none, after `seconds` at most."""
        found: dict[int, Part | str] = {}
        deadline = time.monotonic() + seconds
        while len(found) < self.world_size - 1:
            late = time.monotonic() > deadline
            for rank in range(1, self.world_size):
                if rank not in found and (answer := self._answer(rank, name)):
                    found[rank] = answer
                elif rank not in found and late:
                    found[rank] = late_is or f"no answer within {seconds:g} s"
            if len(found) < self.world_size - 1:
                time.sleep(POLL_SECONDS)
        return dict(sorted(found.items()))

    def last_words(self, seconds: float, late_is: str) -> RanksRendering | None:
        """What others printed after the last show, and who failed; None if there is nothing."""
        columns = []
        for rank, answer in self.wait_for(END, seconds, late_is).items():
            end = self._part(rank, END)
            stdout = self._late_prints(rank, sys.maxsize) + (end.shown.stdout if end else "")
            ended = end.shown.ended if end else str(answer)
            ended = "" if self._told.get(rank) == ended else ended
            columns.append(RankValues(rank=rank, stdout=stdout, ended=ended))
        if not any(column.stdout or column.ended for column in columns):
            return None
        own = RankValues(rank=0, stdout=self.prints.take())
        self.shown.append(RanksRendering(title="at the end", ranks=[own, *columns]))
        return self.shown[-1]

    def _gather(self, name: str, title: str) -> Iterator[RankValues]:
        for rank, answer in self.wait_for(name, self._wait).items():
            stdout = self._late_prints(rank, int(name))
            if isinstance(answer, str):
                self._told[rank] = answer
                yield RankValues(rank=rank, stdout=stdout, ended=answer)
                continue
            self._read[rank] = int(name)
            shown = msgspec.structs.replace(answer.shown, stdout=stdout + answer.shown.stdout)
            if answer.title != title:
                shown = msgspec.structs.replace(shown, ended=f"shows {answer.title!r} here")
            yield shown

    def _late_prints(self, rank: int, before: int) -> str:
        """What a rank printed for parts that came too late."""
        text = ""
        while self._read[rank] + 1 < before:
            part = self._part(rank, str(self._read[rank] + 1))
            if part is None:
                break
            text += part.shown.stdout
            self._read[rank] += 1
        return text

    def _answer(self, rank: int, name: str) -> Part | str:
        """The part, or how the rank ended without it; empty while it may still come."""
        how = self._ended(rank)  # first: what ends just now has written its parts
        if (part := self._part(rank, name)) is not None:
            return part
        if (end := self._part(rank, END)) is not None:
            return end.shown.ended or "ended before"
        return how

    def _part(self, rank: int, name: str) -> Part | None:
        try:
            return msgspec.json.decode(self._path(rank, name).read_bytes(), type=Part)
        except FileNotFoundError:
            return None

    def _path(self, rank: int, name: str) -> Path:
        return self._folder / f"{rank}.{name}.json"


def root_folder() -> Path:
    """Root of the checkout: paths in values and errors are relative to it."""
    sink = active()
    return sink.root if sink is not None else Path.cwd()
