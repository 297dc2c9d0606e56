"""How many requests a key may make: a token bucket each, off unless asked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class TooManyRequests(Exception):
    """The key is over its rate; `seconds` until the next request is allowed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many requests; try again in {seconds:.1f} s")
        self.seconds = seconds


class RateLimit:
    """At most `per_second` requests a second in the long run, `burst` at once."""

    def __init__(
        self,
        per_second: float,
        burst: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not per_second > 0:
            raise ValueError(f"a rate is above 0 requests a second, not {per_second}")
        self._rate = per_second
        self._burst = max(1.0, burst if burst is not None else per_second)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def spend(self, who: str) -> None:
        """Count one request. Raises TooManyRequests."""
        with self._lock:
            now = self._clock()
            level, then = self._buckets.get(who, (self._burst, now))
            level = min(self._burst, level + max(0.0, now - then) * self._rate)
            if level < 1:
                raise TooManyRequests((1 - level) / self._rate)
            self._buckets[who] = (level - 1, now)
            if len(self._buckets) > 10_000:  # made-up keys must not fill the memory
                self._buckets = {who: self._buckets[who]}
