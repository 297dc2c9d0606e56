"""Collectives, one message at a time: what each rank holds, who sends what, and how long it takes.

Buffers are lists: `buffers[rank][chunk]`. A step is the set of messages that travel at the same
time; all of them leave before any arrives.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Buffers = list[list[float]]


@dataclass(frozen=True)
class Message:
    """`sender` sends `chunk` (None: its whole buffer) to `receiver`."""

    sender: int
    receiver: int
    chunk: int | None


@dataclass(frozen=True)
class Run:
    """What a collective did: the buffers after each step, and the messages of each."""

    states: list[Buffers]
    steps: list[list[Message]]

    @property
    def result(self) -> Buffers:
        """The buffers at the end."""
        return self.states[-1]

    def messages(self) -> int:
        """Over all ranks and steps."""
        return sum(len(step) for step in self.steps)

    def sent_by(self, rank: int) -> float:
        """What one rank sends, in buffers."""
        chunks = len(self.states[0][0])
        return sum(
            1 if message.chunk is None else 1 / chunks
            for step in self.steps
            for message in step
            if message.sender == rank
        )

    def then(self, following: Callable[[Buffers], "Run"]) -> "Run":
        """This run and another one on its result."""
        second = following(self.result)
        return Run(self.states + second.states[1:], self.steps + second.steps)


def reduce_scatter(buffers: Buffers) -> Run:
    """On a ring of n: n - 1 steps, after which rank r holds the sum of chunk r + 1."""
    n = len(buffers)
    states = [_copy(buffers)]
    steps: list[list[Message]] = []
    for step in range(n - 1):
        steps.append([Message(r, (r + 1) % n, (r - step) % n) for r in range(n)])
        states.append(_delivered(states[-1], steps[-1], add=True))
    return Run(states, steps)


def all_gather(buffers: Buffers) -> Run:
    """On a ring of n: rank r hands on chunk r + 1, then whatever it got last."""
    n = len(buffers)
    states = [_copy(buffers)]
    steps: list[list[Message]] = []
    for step in range(n - 1):
        steps.append([Message(r, (r + 1) % n, (r + 1 - step) % n) for r in range(n)])
        states.append(_delivered(states[-1], steps[-1], add=False))
    return Run(states, steps)


def ring_all_reduce(buffers: Buffers) -> Run:
    """Patarasuk and Yuan (2009): a reduce-scatter, then an all-gather."""
    return reduce_scatter(buffers).then(all_gather)


def lazy_ring_all_reduce(buffers: Buffers) -> Run:
    """A ring on which every rank passes on the whole buffer that it got last: n - 1 steps."""
    n = len(buffers)
    states, steps, travelling = [_copy(buffers)], [], _copy(buffers)
    for _ in range(n - 1):
        messages = [Message(r, (r + 1) % n, None) for r in range(n)]
        travelling = [travelling[r - 1] for r in range(n)]
        now = _copy(states[-1])
        for rank in range(n):
            now[rank] = [a + b for a, b in zip(now[rank], travelling[rank], strict=True)]
        states.append(now)
        steps.append(messages)
    return Run(states, steps)


def tree_all_reduce(buffers: Buffers) -> Run:
    """A binomial tree: halve the ranks that still count up to rank 0, then double them again.

    The number of ranks has to be a power of two. Messages are whole buffers.
    """
    n = len(buffers)
    if n & (n - 1):
        raise ValueError(f"{n} ranks: the tree needs a power of two")
    up = [[Message(r + d, r, None) for r in range(0, n, 2 * d)] for d in _doublings(n)]
    down = [[Message(m.receiver, m.sender, None) for m in step] for step in reversed(up)]
    states = [_copy(buffers)]
    for step in up:
        states.append(_delivered(states[-1], step, add=True))
    for step in down:
        states.append(_delivered(states[-1], step, add=False))
    return Run(states, up + down)


@dataclass(frozen=True)
class Link:
    """The α–β model of a link: a message of S bytes takes alpha + S / beta seconds."""

    alpha: float
    beta: float

    def seconds(self, size: float) -> float:
        """For one message of `size` bytes."""
        return self.alpha + size / self.beta

    @property
    def crossover(self) -> float:
        """Bytes at which starting and sending take equally long."""
        return self.alpha * self.beta


def ring_seconds(size: float, ranks: int, link: Link) -> float:
    """Ring all-reduce: 2 (n - 1) steps of one chunk."""
    return 2 * (ranks - 1) * link.seconds(size / ranks)


def tree_seconds(size: float, ranks: int, link: Link) -> float:
    """Tree all-reduce: 2 log2 n steps of the whole buffer."""
    return 2 * math.log2(ranks) * link.seconds(size)


def crossing(ranks: int, link: Link) -> float:
    """Bytes at which ring and tree take equally long."""
    steps = 2 * (ranks - 1) - 2 * math.log2(ranks)
    return steps * link.crossover / (2 * math.log2(ranks) - 2 * (ranks - 1) / ranks)


def simulated_seconds(run: Run, size: float, link: Link) -> float:
    """A run's time: each step lasts as long as its largest message (full-duplex links)."""
    chunks = len(run.states[0][0])
    parts = [max(1.0 if m.chunk is None else 1 / chunks for m in step) for step in run.steps]
    return sum(link.seconds(size * part) for part in parts)


def summed(buffers: Sequence[Sequence[float]]) -> list[float]:
    """What an all-reduce has to leave everywhere."""
    return [sum(column) for column in zip(*buffers, strict=True)]


def _delivered(buffers: Buffers, messages: Sequence[Message], *, add: bool) -> Buffers:
    """The buffers after these messages, which all left before any arrived."""
    now = _copy(buffers)
    for m in messages:
        for chunk in range(len(now[0])) if m.chunk is None else [m.chunk]:
            came = buffers[m.sender][chunk]
            now[m.receiver][chunk] = now[m.receiver][chunk] + came if add else came
    return now


def _copy(buffers: Buffers) -> Buffers:
    return [[*row] for row in buffers]


def _doublings(n: int) -> list[int]:
    return [2**k for k in range(int(math.log2(n)))]
