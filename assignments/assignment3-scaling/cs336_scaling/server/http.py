"""The HTTP interface: requests to the service, results and errors to JSON.

Contract: 404 for a bad hyperparameter, 422 for an unknown key, `message` in every error. FastAPI's
own validation would answer 422 to the former, so the six numbers are parsed by `parameters` and
documented by hand.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from cs336_scaling.config import ConfigError, RunConfig
from cs336_scaling.server import accounts, openapi
from cs336_scaling.server.accounts import BudgetExceeded, Run, UnknownKey
from cs336_scaling.server.database import DatabaseUnavailable
from cs336_scaling.server.limits import RateLimit, TooManyRequests
from cs336_scaling.server.parameters import from_json, from_query
from cs336_scaling.server.service import LossFunctionFailed, NoSuchRun, Service
from cs336_scaling.server.tables import MAX_RUN_NUMBER

WAIT_SECONDS = 25.0
"""How long `GET /loss` waits for a queued run before it answers 202."""
LOOK_SECONDS = 0.25
MAX_PAGE = 1000
WORKER_THREADS = 6
MAX_BODY_BYTES = 10_000
DASHBOARD = Path(__file__).with_name("dashboard.html")

_STATUS: dict[type[Exception], tuple[int, str]] = {
    ConfigError: (404, "bad-hyperparameter"),
    UnknownKey: (422, "unknown-key"),
    BudgetExceeded: (403, "budget-exceeded"),
    NoSuchRun: (404, "no-such-run"),
    TooManyRequests: (429, "too-many-requests"),
    LossFunctionFailed: (500, "loss-function-failed"),
    DatabaseUnavailable: (503, "database-unavailable"),
}


def create_app(
    service: Service, *, rate: RateLimit | None = None, wait: float = WAIT_SECONDS
) -> FastAPI:
    """The application over a service. `wait` in seconds."""
    app = FastAPI(title="Training API", version="1", docs_url=None, redoc_url=None)
    app.router.lifespan_context = _few_threads
    app.openapi = lambda: openapi.document(service.domain)  # type: ignore[method-assign]
    for kind, (status, slug) in _STATUS.items():
        app.add_exception_handler(kind, _handler(status, slug))
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(HeadAsGet)

    def secret_of(request: Request) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        secret = request.query_params.get("api_key") or (
            token.strip() if scheme.lower() == "bearer" else None
        )
        if rate is not None and secret:
            rate.spend(accounts.digest(secret))
        return secret

    async def ended(secret: str | None, run: Run) -> Run:
        """The run when it has ended, or as it is when the time is up."""
        end = time.monotonic() + wait
        while run.status in accounts.OPEN and time.monotonic() < end:
            await asyncio.sleep(LOOK_SECONDS)
            run = await run_in_threadpool(service.run, secret, run.id)
        return run

    async def or_key_error(secret: str | None, parse: Callable[[], RunConfig]) -> RunConfig:
        """What `parse` gives; where it refuses, an unknown key is said first."""
        try:
            return parse()
        except ConfigError:
            await run_in_threadpool(service.key, secret)
            raise

    @app.get("/loss")
    async def loss(request: Request) -> Response:
        secret = secret_of(request)
        pairs = request.query_params.multi_items()
        config = await or_key_error(secret, lambda: from_query(pairs, service.domain))
        answer = await run_in_threadpool(service.ask, secret, config)
        run = await ended(secret, answer.run)
        body = run_json(run) | {"total_flops_used": answer.total}
        if run.status in accounts.OPEN:
            body["message"] = f"still {run.status}; ask again, or GET /runs/{run.id}"
            return JSONResponse(body, 202, {"Location": f"/runs/{run.id}"})
        if run.status != accounts.COMPLETED:
            return _error(409, f"run-{run.status}", f"the run {run.status}: {run.message}")
        return JSONResponse(body)

    @app.get("/total_flops_used")
    def total_flops_used(request: Request) -> int:
        return service.total(secret_of(request))[0]

    @app.get("/budget")
    def budget(request: Request) -> dict[str, Any]:
        used, key = service.total(secret_of(request))
        return {"name": key.name, "budget": key.budget, "used": used, "left": key.budget - used}

    @app.get("/previous_runs")
    def previous_runs(request: Request) -> dict[str, Any]:
        found = service.runs(secret_of(request), statuses=(accounts.COMPLETED,), **_page(request))
        return {"previous_runs": [run.config | {"loss": finite(run.loss)} for run in found]}

    @app.get("/runs")
    def all_runs(request: Request) -> dict[str, Any]:
        page = _page(request)
        limit = page["limit"] or MAX_PAGE
        found = service.runs(secret_of(request), after=page["after"], limit=limit)
        more = found[-1].id if len(found) == limit else None
        return {"runs": [run_json(run) for run in found], "next_after": more}

    @app.post("/runs", status_code=201)
    async def submit(request: Request) -> Response:
        secret = secret_of(request)
        body = await _body(request)
        config = await or_key_error(secret, lambda: from_json(_json(body), service.domain))
        run = (await run_in_threadpool(service.ask, secret, config)).run
        return JSONResponse(run_json(run), 201, {"Location": f"/runs/{run.id}"})

    @app.get("/runs/{number}")
    def one_run(request: Request, number: str) -> dict[str, Any]:
        return run_json(service.run(secret_of(request), _run_number(number)))

    @app.delete("/runs/{number}")
    def cancel(request: Request, number: str) -> dict[str, Any]:
        return run_json(service.cancel(secret_of(request), _run_number(number)))

    @app.get("/domain")
    def domain() -> dict[str, Any]:
        return service.domain.as_dict()

    @app.get("/", response_class=HTMLResponse)
    def dashboard() -> HTMLResponse:
        return HTMLResponse(DASHBOARD.read_text(encoding="utf-8"), headers=openapi.PAGE_HEADERS)

    return app


@asynccontextmanager
async def _few_threads(_app: FastAPI) -> AsyncIterator[None]:
    """More threads than this only wait for each other: the work is Python and one database."""
    limiter = current_default_thread_limiter()
    before, limiter.total_tokens = limiter.total_tokens, WORKER_THREADS
    yield
    limiter.total_tokens = before


def run_json(run: Run) -> dict[str, Any]:
    """A run for the wire. `loss` is null while there is none and where the run diverged."""
    return run.config | {
        "id": run.id,
        "status": run.status,
        "loss": finite(run.loss),
        "diverged": run.loss is not None and math.isnan(run.loss),
        "charged": run.charged,
        "done": run.done,
        "latest": run.latest,
        "message": run.message,
        "created": run.created,
        "ended": run.ended,
    }


def finite(loss: float | None) -> float | None:
    """JSON has no NaN."""
    return loss if loss is not None and math.isfinite(loss) else None


class HeadAsGet:
    """Answers HEAD as GET without the body, as RFC 9110 §9.3.2 asks."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(
        self, scope: dict[str, Any], receive: Any, send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: dict[str, Any]) -> None:
            await send(message | {"body": b""} if message["type"].endswith("body") else message)

        await self._app(scope | {"method": "GET"}, receive, send_head)


def _page(request: Request) -> dict[str, Any]:
    """`after` and `limit` of a listing, as keyword arguments of `Service.runs`."""
    after = _whole(request, "after", 0, MAX_RUN_NUMBER)
    limit = _whole(request, "limit", 1, MAX_PAGE)
    return {"after": after or 0, "limit": limit}


def _whole(request: Request, name: str, low: int, high: int) -> int | None:
    texts = request.query_params.getlist(name)
    if not texts:
        return None
    text = texts[-1]
    if len(texts) > 1 or not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ConfigError(name, f"{name} is {text[:40]!r}; it must be one whole number")
    if not low <= int(text) <= high:
        raise ConfigError(name, f"{name} is {text}; it must be from {low} to {high}")
    return int(text)


def _run_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NoSuchRun(f"you have no run {text[:40]!r}")
    return int(text)


async def _body(request: Request) -> bytes:
    """The body; reading stops once it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            break
    return body


def _json(body: bytes) -> object:
    if len(body) > MAX_BODY_BYTES:
        raise ConfigError("body", f"the body is larger than {MAX_BODY_BYTES} bytes")
    try:
        # Python's parser would take NaN and Infinity; a number that large is refused later.
        return json.loads(body, parse_constant=lambda name: name)
    except (ValueError, RecursionError) as error:
        raise ConfigError("body", f"the body is no JSON: {error}"[:200]) from error


def _handler(status: int, slug: str) -> Callable[[Request, Exception], Response]:
    def handle(_request: Request, error: Exception) -> Response:
        extra: dict[str, Any] = {}
        headers = {}
        if isinstance(error, ConfigError):
            extra["field"] = error.field_name
        if isinstance(error, TooManyRequests):
            headers["Retry-After"] = str(math.ceil(error.seconds))
        if isinstance(error, DatabaseUnavailable):
            headers["Retry-After"] = "5"
        return _error(status, slug, str(error), headers, **extra)

    return handle


def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, "http", str(error.detail), dict(error.headers or {}))


def _error(
    status: int, slug: str, message: str, headers: dict[str, str] | None = None, **extra: Any
) -> JSONResponse:
    return JSONResponse({"message": message, "error": slug} | extra, status, headers)
