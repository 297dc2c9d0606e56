"""Builds the application from its settings: `create_app(settings)`. No globals.

The API comes first, then what the checkout holds, then the built viewer. Static hosting of the same
files is enough to view; the service adds live events and, if allowed, runs.
"""

import asyncio
import contextlib
import gzip
import hashlib
import secrets
from collections.abc import AsyncIterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field

from lecture_tracer.config import RunConfig
from lecture_tracer.service import problems
from lecture_tracer.service.broadcast import Broadcast
from lecture_tracer.service.files import checkout_file, confined
from lecture_tracer.service.guard import OriginGuard
from lecture_tracer.service.live import LiveLectures
from lecture_tracer.service.problems import Problem
from lecture_tracer.service.runs import Runs
from lecture_tracer.service.settings import ServiceSettings
from lecture_tracer.trace import store

_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the refusals of a call."""
    content = {"application/problem+json": {"schema": {"type": "object"}}}
    return {status: {"description": "Refused", "content": content} for status in statuses}


class RunRequest(BaseModel):
    """Body of `POST /api/runs`."""

    lecture: str = Field(min_length=1, max_length=200, examples=["lecture_01"])


def create_app(settings: ServiceSettings, live: list[RunConfig] | None = None) -> FastAPI:
    """The application. `live` are the lectures to record again on every save."""
    broadcast = Broadcast()
    runs = Runs(settings, broadcast)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        watching = None
        if live:
            lectures = LiveLectures(live, settings.traces, broadcast)
            watching = asyncio.create_task(lectures.run())
        try:
            yield
        finally:
            broadcast.close()
            if watching is not None:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
            await runs.close()

    app = FastAPI(title="Executable lectures", version="1", lifespan=lifespan, docs_url=None,
                  redoc_url=None, openapi_url="/api/openapi.json")  # fmt: skip
    app.state.broadcast = broadcast
    app.add_middleware(OriginGuard, allowed_hosts=settings.allowed_hosts)
    problems.install(app)
    _add_traces(app, settings)
    _add_events(app, broadcast)
    _add_runs(app, settings, runs)
    _add_files(app, settings, live=bool(live))
    return app


def _add_traces(app: FastAPI, settings: ServiceSettings) -> None:
    @app.get("/api/traces")
    def list_traces() -> Response:
        """Every trace: title, sections, steps, how it ended."""
        index = store.read_index(settings.traces)
        return Response(msgspec.json.encode(index), media_type="application/json", headers=_HEADERS)

    @app.get("/api/traces/{name}", responses={**_problems(404, 422), 304: {}, 206: {}, 416: {}})
    def get_trace(name: str, request: Request) -> Response:
        """One trace. ETag, gzip, byte ranges."""
        if name not in {entry.name for entry in store.read_index(settings.traces).traces}:
            raise Problem(404, "trace-not-found", f"no trace {name!r}; see /api/traces")
        return _trace_response(store.trace_path(settings.traces, name), request)


def _trace_response(path: Path, request: Request) -> Response:
    try:
        stat = path.stat()
    except OSError:
        raise Problem(404, "trace-not-found", f"the trace {path.stem!r} is gone") from None
    etag = hashlib.sha256(f"{path}:{stat.st_mtime_ns}:{stat.st_size}".encode()).hexdigest()[:32]
    headers = {**_HEADERS, "ETag": f'"{etag}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "range" in request.headers or "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(path, media_type="application/json", headers=headers)
    body = _compressed(path, stat.st_mtime_ns)
    headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)


@lru_cache(maxsize=8)
def _compressed(path: Path, modified: int) -> bytes:
    """The file in gzip; compressed once for all readers of one version."""
    return gzip.compress(path.read_bytes(), 5, mtime=0)


def _add_events(app: FastAPI, broadcast: Broadcast) -> None:
    @app.get("/api/events", response_class=StreamingResponse)
    def get_events() -> StreamingResponse:
        """Progress and results as server-sent events."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            broadcast.stream(), media_type="text/event-stream", headers=headers
        )


def _add_runs(app: FastAPI, settings: ServiceSettings, runs: Runs) -> None:
    def permitted(x_run_token: Annotated[str, Header(max_length=200)] = "") -> None:
        if not settings.allow_run:
            raise Problem(403, "runs-off", "running lectures is off; start with --allow-run")
        if not secrets.compare_digest(x_run_token.encode(), settings.token.encode()):
            raise Problem(401, "token", "send the token printed at the start as X-Run-Token")

    refusals = _problems(400, 401, 403, 404, 422, 429)
    guarded = [Depends(permitted)]

    @app.post("/api/runs", status_code=202, dependencies=guarded, responses=refusals)
    async def post_run(body: RunRequest) -> dict[str, Any]:
        """Queue a lecture of this checkout."""
        return runs.submit(body.lecture).to_json()

    @app.get("/api/runs/{run_id}", dependencies=guarded, responses=refusals)
    async def get_run(run_id: str) -> dict[str, Any]:
        """How a run stands."""
        return runs.get(run_id).to_json()

    @app.delete("/api/runs/{run_id}", dependencies=guarded, responses=refusals)
    async def delete_run(run_id: str) -> dict[str, Any]:
        """Cancel a run."""
        return runs.cancel(run_id).to_json()


def _add_files(app: FastAPI, settings: ServiceSettings, *, live: bool) -> None:
    @app.get("/{path:path}", include_in_schema=False)
    def get_file(path: str, request: Request) -> Response:
        """The built viewer, traces, and pictures of the checkout."""
        if path.startswith("api/"):
            raise Problem(404, "not-found", f"no such call: /{path}")
        built = confined(settings.viewer, path or "index.html")
        if built is not None:
            return FileResponse(built, headers=_HEADERS)
        found = checkout_file(settings.root, path)
        if found is None:
            raise Problem(404, "not-found", f"nothing is served at /{path}")
        if found.suffix == ".json":
            response = _trace_response(found, request)
            if live:
                # Tells the page where to listen; a static host says nothing and is not asked.
                response.headers["X-Live-Events"] = "api/events"
            return response
        # An SVG opened by itself is a document: it may run nothing and reach nothing.
        policy = {
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        }
        return FileResponse(found, headers={**_HEADERS, **policy})
