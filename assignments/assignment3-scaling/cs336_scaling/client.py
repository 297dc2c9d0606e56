"""A client of the training API that waits, retries, and never pays twice.

    client = ScalingClient("http://127.0.0.1:8000", api_key)
    client.loss(RunConfig(256, 4, 4, 128, 1e-3, 10**13))

A configuration is one run for the server, so the same question may be sent again after a broken
connection, a time-out or a busy answer, and is charged once. Needs the standard library only.
"""

from __future__ import annotations

import http.client
import json
import math
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cs336_scaling.config import Domain, RunConfig

PATIENCE_SECONDS = 60.0
"""How long an unreachable or busy server is asked again."""
STOPPING_SECONDS = 0.5
_BUSY = {429, 502, 503, 504}


GiveUp = Callable[[dict[str, Any]], bool]
"""Takes a run as the server tells it (`done`, `latest`, …); True stops it."""


class ScalingAPIError(Exception):
    """The API refused, or could not be reached. `status` is 0 where there was no answer."""

    def __init__(self, message: str, status: int = 0, slug: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.slug = slug


@dataclass(frozen=True, slots=True)
class PreviousRun:
    """A completed run. `loss` in nats, NaN where it diverged."""

    config: RunConfig
    loss: float


class ScalingClient:
    """Talks to a training API.

    Args:
        base_url: such as `http://127.0.0.1:8000`.
        patience: seconds for which an unreachable or busy server is asked again.
        on_wait: called with a sentence whenever the client waits, for progress.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        patience: float = PATIENCE_SECONDS,
        on_wait: Callable[[str], None] | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._key = api_key
        self._patience = patience
        self._on_wait = on_wait or (lambda words: None)

    def loss(self, config: RunConfig, give_up: GiveUp | None = None) -> float:
        """Final loss of a configuration in nats, NaN where it diverged. Waits while it trains.

        Args:
            give_up: early stopping. It sees the run whenever there is news of it; where it says
                so, the run is cancelled, charged for what ran, and NaN is returned.

        Raises:
            ScalingAPIError: the key, the configuration or the budget is refused, the run failed,
                or the server cannot be reached.
        """
        while True:
            answer = self._get("/loss", config.as_dict())
            if "status" not in answer or answer["status"] == "completed":
                return math.nan if answer["loss"] is None else float(answer["loss"])
            if give_up is not None and give_up(answer):
                return self._stopped(int(answer["id"]))
            self._on_wait(f"{answer['status']}, {answer.get('done', 0):.0%} done")

    def _stopped(self, number: int) -> float:
        """Cancel a run and wait for its end, which may have been quicker."""
        answer = self._get(f"/runs/{number}", {}, "DELETE")
        while answer["status"] in ("queued", "running"):
            self._on_wait(f"stopping run {number}")
            time.sleep(STOPPING_SECONDS)
            answer = self._get(f"/runs/{number}", {})
        return math.nan if answer["loss"] is None else float(answer["loss"])

    def total_flops_used(self) -> int:
        """FLOPs charged to the key."""
        return int(self._get("/total_flops_used", {}))

    def previous_runs(self) -> list[PreviousRun]:
        """All completed runs of the key, oldest first."""
        domain = self.domain()
        rows = self._get("/previous_runs", {})["previous_runs"]
        return [
            PreviousRun(
                RunConfig(**{k: v for k, v in row.items() if k != "loss"}, domain=domain),
                math.nan if row["loss"] is None else row["loss"],
            )
            for row in rows
        ]

    def domain(self) -> Domain:
        """What the server can train."""
        return Domain.from_dict(self._get("/domain", {}))

    def budget(self) -> dict[str, Any]:
        """`budget`, `used` and `left`, in FLOPs."""
        return dict(self._get("/budget", {}))

    def _get(self, path: str, parameters: dict[str, Any], method: str = "GET") -> Any:
        # The key travels in a header: addresses end up in logs.
        query = urllib.parse.urlencode({name: repr(value) for name, value in parameters.items()})
        request = urllib.request.Request(
            f"{self._base}{path}?{query}",
            headers={"Authorization": f"Bearer {self._key}"},
            method=method,
        )
        end, pause = time.monotonic() + self._patience, 0.1
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                problem, wait = _refusal(error)
                if error.code not in _BUSY:
                    raise problem from error
            except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
                reason = getattr(error, "reason", error)
                problem = ScalingAPIError(f"{self._base} does not answer: {reason}")
                wait = 0.0
            if time.monotonic() + max(pause, wait) > end:
                raise problem
            self._on_wait(f"{problem}; asking again")
            time.sleep(max(wait, pause * random.uniform(0.5, 1.5)))
            pause = min(2 * pause, 5.0)


def _refusal(error: urllib.error.HTTPError) -> tuple[ScalingAPIError, float]:
    """The error as the server words it, and the seconds it asks to wait."""
    try:
        body = json.load(error)
        message, slug = str(body["message"]), str(body.get("error", ""))
    except (ValueError, KeyError, TypeError, OSError):
        message, slug = f"{error.code} {error.reason}", ""
    try:
        wait = float(error.headers.get("Retry-After") or 0)
    except ValueError:
        wait = 0.0
    return ScalingAPIError(message, error.code, slug), wait
