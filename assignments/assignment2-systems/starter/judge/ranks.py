"""Runs a check in two processes that talk by gloo, and raises here what the first of them found.

Each process is forked from a server that has loaded PyTorch and nothing of the student's, so that
starting takes milliseconds and every check sees the code as it is on disk, in a fresh group.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from judge.checks import Draw, Wrong
from judge.plugin import innermost
from torch import Tensor
from torch.distributed import FileStore  # type: ignore[attr-defined]

RANKS = 2
WAIT_S, GRACE_S = 15.0, 1.0
ORDER = (
    "Collectives are matched by their order: each rank has to start the same ones, of the same "
    "sizes, in the same order."
)
# What takes long to load and does not change between two checks; optimizers need the third.
PRELOADED = ["torch", "judge.checks", "torch._dynamo"]
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Sent:
    """One all-reduce that was started."""

    numel: int
    floating: bool
    waits: bool
    """Started without async_op: the program stands still until it is done."""
    in_backward: bool


@dataclass
class Rank:
    """This process, what it draws (the same on every rank), and what it has sent."""

    index: int
    draw: Draw
    sent: list[Sent] = field(default_factory=list)
    is_in_backward: bool = False

    def own(self, batch: Tensor) -> Tensor:
        """This rank's half of a joined batch."""
        return batch.chunk(RANKS)[self.index]

    def backward(self, loss: Tensor) -> None:
        """Backward; all-reduces that start meanwhile are marked."""
        self.is_in_backward = True
        loss.backward()  # type: ignore[no-untyped-call]
        self.is_in_backward = False

    def gradients_sent(self) -> list[Sent]:
        """The all-reduces of numbers since the last call; counts and flags are no gradients."""
        found = [one for one in self.sent if one.floating]
        self.sent.clear()
        return found

    @property
    def case(self) -> str:
        """Begin of a message's case."""
        return f"rank {self.index} of {RANKS}"


@dataclass(frozen=True)
class _Report:
    kind: str
    text: str
    at: float


Check = Callable[[Rank], None]


def on_ranks(check: Check, draw: Draw) -> None:
    """Run `check`, a function of a module, in each process.

    Raises:
        Wrong: a rank found something wrong, raised, ended, or waited for the other in vain.
        NotImplementedError: the student's code is empty.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory() as folder:
        store, seed = str(Path(folder) / "store"), draw.random.getrandbits(31)
        pipes: list[Connection] = []
        processes = []
        for index in range(RANKS):
            receive, send = context.Pipe(duplex=False)
            process = context.Process(target=_run, args=(check, index, store, seed, send))
            process.start()
            send.close()
            pipes.append(receive)
            processes.append(process)
        try:
            reports = _reports(pipes, processes)
        finally:
            for process in processes:
                process.kill()
                process.join()
    found = [report for report in reports if report.kind != "right"]
    if not found:
        return
    # Who lost the other, or waited for it, is the witness and not the cause.
    first = min(found, key=lambda report: (report.kind == "lost", report.at))
    if first.kind == "empty":
        raise NotImplementedError(first.text)
    raise Wrong(first.text)


def _reports(pipes: list[Connection], processes: list[Any]) -> list[_Report]:
    """One report of each process; after a bad one the others have a second left."""
    reports: list[_Report] = []
    waiting, end = list(pipes), time.monotonic() + 4 * WAIT_S
    while waiting and time.monotonic() < end:
        for pipe in wait(waiting, max(0.0, end - time.monotonic())):
            assert isinstance(pipe, Connection)
            waiting.remove(pipe)
            index = pipes.index(pipe)
            try:
                report = pipe.recv()
            except EOFError:
                processes[index].join(1)
                report = _Report("raised", _ended(index, processes[index].exitcode), 0.0)
            reports.append(report)
            if report.kind != "right":
                end = min(end, time.monotonic() + GRACE_S)
    if waiting and all(report.kind == "right" for report in reports):
        text = f"rank {pipes.index(waiting[0])} did not end within {4 * WAIT_S:.0f} s"
        reports.append(_Report("raised", text, time.monotonic()))
    return reports


def _run(check: Check, index: int, store: str, seed: int, answer: Connection) -> None:
    """One rank: join the group, run the check, answer, end at once."""
    torch.set_num_threads(1)
    gc.freeze()  # who looks for tensors later need not look at what the server has loaded
    report = _Report("right", "", 0.0)
    try:
        dist.init_process_group(
            "gloo", store=FileStore(store, RANKS), rank=index, world_size=RANKS,
            timeout=timedelta(seconds=WAIT_S),
        )  # fmt: skip
        rank = Rank(index, Draw(seed, "ranks"))
        with _recorded(rank):
            check(rank)
        dist.barrier()  # together: whoever ends first closes what the other may still read
    except Wrong as error:
        report = _Report("wrong", str(error), time.monotonic())
    except NotImplementedError as error:
        report = _Report("empty", str(error), time.monotonic())
    except Exception as error:
        report = _told(error, index)
    answer.send(report)
    answer.close()
    os._exit(0)  # threads of gloo may hang or abort in an orderly end


def _told(error: Exception, index: int) -> _Report:
    said = _first_line(error)
    place = innermost(error, ROOT)
    where = f", in {place}" if place else ""
    kind, text = "raised", f"rank {index} raised {said}{where}."
    if "timed out" in said.lower() or "timeout" in said.lower():
        kind, text = (
            "lost",
            f"rank {index} waited {WAIT_S:.0f} s in vain for the other{where}. {ORDER}",
        )
    elif "gloo" in said.lower():
        kind, text = "lost", f"rank {index} lost the other in a collective{where}. {ORDER}"
    return _Report(kind, text, time.monotonic())


def _ended(index: int, code: int | None) -> str:
    """Of a process that gave no answer; gloo aborts where sizes do not fit."""
    how = f"with exit code {code}"
    if code is not None and code < 0:
        how = f"by signal {signal.Signals(-code).name}"
    return f"rank {index} ended {how} in the middle. {ORDER}"


def _first_line(error: Exception) -> str:
    """`ValueError: what it says`, its first line."""
    return traceback.format_exception_only(error)[-1].strip().splitlines()[0]


@contextmanager
def _recorded(rank: Rank) -> Iterator[None]:
    """Note each all-reduce; comes before the student's modules, which may import it by name."""
    plain = dist.all_reduce

    def all_reduce(tensor: Tensor, *arguments: Any, **options: Any) -> Any:
        waits = not (options.get("async_op") or (len(arguments) > 2 and arguments[2]))
        rank.sent.append(
            Sent(tensor.numel(), tensor.is_floating_point(), waits, rank.is_in_backward)
        )
        return plain(tensor, *arguments, **options)

    dist.all_reduce = all_reduce
    try:
        yield
    finally:
        dist.all_reduce = plain


def of_every_rank(value: Any) -> list[Any]:
    """The value that each rank gave, in their order."""
    values: list[Any] = [None] * RANKS
    dist.all_gather_object(values, value)
    return values
