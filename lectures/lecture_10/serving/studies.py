"""The comparisons of lecture 10: the same arrivals, served in several ways."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lectures.lecture_10.decoding import ModelSizes
from lectures.lecture_10.machines import H100, pass_seconds
from lectures.lecture_10.serving.arrivals import Request, arrivals
from lectures.lecture_10.serving.memory import Memory, Paged, Reserved
from lectures.lecture_10.serving.server import Log, Policy, Server, percentile

SERVED = ModelSizes(kv_heads=8)
"""Llama 2 13B with 8 heads of keys and values."""
CAPACITY = int((H100.memory - 2 * SERVED.parameters) * 0.5 / SERVED.cache_bytes(1))
"""Tokens of cache: half of what the weights leave, the rest being activations and a margin."""
OVERHEAD = 1e-3
"""Seconds that an iteration takes beside the pass: scheduling and launching. Assumed."""


@dataclass(frozen=True)
class Way:
    """A server: its memory and its policy."""

    label: str
    memory: Callable[[], Memory]
    policy: Policy


STATIC = Way("static batch", lambda: Reserved(CAPACITY), Policy(continuous=False))
CONTINUOUS = Way("continuous", lambda: Reserved(CAPACITY), Policy())
PAGED = Way("continuous, paged", lambda: Paged(CAPACITY), Policy())
SHARING = Way("continuous, paged, prefixes", lambda: Paged(CAPACITY, share=True), Policy())
WAYS = (STATIC, CONTINUOUS, PAGED, SHARING)


def cost(new: int, cached: int) -> float:
    """Seconds of a pass on an H100, by counting, and the overhead."""
    return OVERHEAD + pass_seconds(SERVED, H100, new, cached)


def serve(way: Way, requests: list[Request]) -> Log:
    """Answer the requests in simulated time."""
    return Server(way.memory(), way.policy, cost).serve(requests)


def in_chunks(way: Way, chunk: int) -> Way:
    """The same, reading at most so many tokens of prompts in a pass (2403.02310)."""
    return replace(way, policy=replace(way.policy, chunk=chunk))


def row(log: Log) -> list[float]:
    """Tokens a second, memory used, and seconds to the first token (median, 99 %)."""
    first = [percentile(log.first, p) for p in (50, 99)]
    return [round(log.throughput), round(100 * log.use), *(round(f, 2) for f in first)]


def rows(logs: dict[str, Log]) -> list[list[str | float]]:
    """`row` of each server, its name in front."""
    return [[name, *row(log)] for name, log in logs.items()]


COLUMNS = ["server", "tokens/s", "memory used, %", "first token, s", "99 % within, s"]


def by_load(ways: tuple[Way, ...], rates: list[float], count: int) -> list[dict[str, object]]:
    """Rows (server, rate, seconds to the first token that 99 % do not exceed)."""
    return [
        {
            "server": way.label,
            "rate": rate,
            "first": percentile(serve(way, arrivals(rate, count, seed=1, apps=4)).first, 99),
        }
        for way in ways
        for rate in rates
    ]
