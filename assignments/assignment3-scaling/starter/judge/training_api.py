"""A training API to work against, on this machine: the endpoints of the handout over a world.

    .venv/bin/python -m judge.training_api --seed 7

Ctrl-C ends it; `--truth` tells the secret of the world. Accounts live in memory and go with the
process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from judge.world import BATCHES, BUDGETS, FIELDS, RANGES, Config, drawn_world

KEY = "student"
BUDGET = 2 * 10**18


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Fault:
    """What happens to the next `times` questions about a loss, or to all before the time `until`.

    `kind` is "busy" (503), "slow down" (429 and a Retry-After) or "lost": the run is trained and
    charged, and the answer never arrives.
    """

    kind: str
    times: int = 0
    until: float = 0.0
    retry_after: float = 0.0

    def strikes(self) -> bool:
        """Whether this question is hit."""
        self.times -= 1
        return self.times >= 0 or time.monotonic() < self.until


@dataclass
class Account:
    """What a key has bought; `asked` are the times at which it asked about a loss."""

    budget: int
    losses: dict[tuple[float, ...], float] = field(default_factory=dict)
    asked: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def used(self) -> int:
        """FLOPs of all runs."""
        return sum(int(run[-1]) for run in self.losses)


class TrainingApi:
    """The API in threads of this process: a context manager with `url`."""

    def __init__(
        self,
        report: Callable[[Config], float],
        keys: Mapping[str, int] | None = None,
        port: int = 0,
    ) -> None:
        self.accounts = {key: Account(budget) for key, budget in (keys or {KEY: BUDGET}).items()}
        self.fault: Fault | None = None
        self._report = report
        self._lock = threading.Lock()
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Such as `http://127.0.0.1:8000`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        address = urlsplit(handler.path)
        query = dict(parse_qsl(address.query))
        bearer = handler.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        headers = {}
        try:
            body, status = self._serve(address.path, query, query.get("api_key") or bearer), 200
        except Refusal as refusal:
            body, status = {"message": str(refusal)}, refusal.status
            if self.fault and self.fault.retry_after and status == 429:
                headers["Retry-After"] = f"{self.fault.retry_after:g}"
        if body is None:
            handler.close_connection = True
            return
        sent = json.dumps(body).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(sent)))
        handler.end_headers()
        handler.wfile.write(sent)

    def _serve(self, path: str, query: Mapping[str, str], key: str) -> Any:
        if path == "/domain":
            return domain()
        if key not in self.accounts:
            raise Refusal(422, f"unknown api_key {key!r}")
        account = self.accounts[key]
        with self._lock:
            if path == "/loss":
                return self._loss(account, query)
            if path == "/total_flops_used":
                return account.used
            if path == "/budget":
                return {"budget": account.budget, "used": account.used,
                        "left": account.budget - account.used}  # fmt: skip
            if path == "/previous_runs":
                return {"previous_runs": [
                    as_config(run) | {"loss": said(loss)} for run, loss in account.losses.items()
                ]}  # fmt: skip
        raise Refusal(404, f"there is no {path}")

    def _loss(self, account: Account, query: Mapping[str, str]) -> Any:
        account.asked.append(time.monotonic())
        hit = self.fault is not None and self.fault.strikes()
        if hit and self.fault and self.fault.kind != "lost":
            status = 503 if self.fault.kind == "busy" else 429
            raise Refusal(status, "too much to do; ask again")
        run = parsed(query)
        if run not in account.losses:
            if account.used + run[-1] > account.budget:
                account.refused += 1
                raise Refusal(403, f"the run costs {run[-1]:g} FLOPs, and "
                              f"{account.budget - account.used:g} are left")  # fmt: skip
            account.losses[run] = self._report(as_config(run))
        if hit:
            return None
        return {"loss": said(account.losses[run]), "total_flops_used": account.used}


def parsed(query: Mapping[str, str]) -> tuple[float, ...]:
    """The six numbers of a question. Raises Refusal (404) naming the one that is not allowed."""
    numbers: list[float] = []
    for name in FIELDS:
        text = query.get(name, "")
        try:
            value = float(text)
        except ValueError:
            raise Refusal(404, f"{name} is {text!r}; it must be a number") from None
        if name in RANGES:
            low, high = RANGES[name]
            allowed, choice = low <= value <= high, f"from {low:g} to {high:g}"
        else:
            choices = BATCHES if name == "batch_size" else BUDGETS
            allowed, choice = value in choices, "one of " + ", ".join(f"{c:g}" for c in choices)
        if not allowed or (name != "learning_rate" and value != int(value)):
            raise Refusal(404, f"{name} is {text}; it must be {choice}")
        numbers.append(value if name == "learning_rate" else int(value))
    return tuple(numbers)


def as_config(run: tuple[float, ...]) -> dict[str, float]:
    """Six numbers by name."""
    return dict(zip(FIELDS, run, strict=True))


def said(loss: float) -> float | None:
    """A loss in JSON, which has no NaN."""
    return loss if math.isfinite(loss) else None


def domain() -> dict[str, Any]:
    """What can be trained."""
    return dict(RANGES) | {
        "batch_sizes": BATCHES,
        "train_flops": BUDGETS,
        "heads_divide_width": False,
    }


def main() -> int:
    """Serve the world of a seed until Ctrl-C."""
    parser = argparse.ArgumentParser("python -m judge.training_api", description=__doc__)
    parser.add_argument("--seed", default=0, type=int, help="which world")
    parser.add_argument("--port", default=8000, type=int)
    parser.add_argument("--budget", default=BUDGET, type=float, help="FLOPs of the key")
    parser.add_argument("--truth", action="store_true", help="print the best model and end")
    options = parser.parse_args()
    world = drawn_world(options.seed)
    if options.truth:
        best = world.best()
        config = ", ".join(f"{name} {best.config[name]:.4g}" for name in FIELDS)
        print(f"best is {config}: loss {best.loss:.4f} (num_heads does not matter)")
        return 0
    try:
        api = TrainingApi(world.report, {KEY: int(options.budget)}, options.port)
    except OSError as error:
        print(f"port {options.port}: {error.strerror}; choose another with --port", file=sys.stderr)
        return 1
    with api:
        print(f"{api.url}, key {KEY}, {options.budget:g} FLOPs; Ctrl-C ends it", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
