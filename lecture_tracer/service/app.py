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
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field, ValidationError

from lecture_tracer.config import RunConfig
from lecture_tracer.service import problems
from lecture_tracer.service.broadcast import Broadcast
from lecture_tracer.service.compression import CompressedFiles, accepted_encoding, pieces
from lecture_tracer.service.course_documents import CourseDocuments
from lecture_tracer.service.files import confined, shown_file, trace_file
from lecture_tracer.service.guard import OriginGuard
from lecture_tracer.service.live import LiveLectures
from lecture_tracer.service.problems import Problem
from lecture_tracer.service.referred import ReferredFiles
from lecture_tracer.service.runs import Runs
from lecture_tracer.service.settings import ServiceSettings
from lecture_tracer.trace import store

MOST_BODY_BYTES = 16_384
"""A longer body of a request is refused before it is read to its end."""
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
    compressed = CompressedFiles()
    _add_traces(app, settings, compressed)
    _add_events(app, broadcast)
    _add_runs(app, settings, runs)
    _add_files(app, settings, compressed, live=bool(live))
    return app


def _add_traces(app: FastAPI, settings: ServiceSettings, compressed: CompressedFiles) -> None:
    @app.head("/api/traces", include_in_schema=False)
    @app.get("/api/traces")
    def list_traces() -> Response:
        """Every trace: title, sections, steps, how it ended."""
        index = store.read_index(settings.traces)
        return Response(msgspec.json.encode(index), media_type="application/json", headers=_HEADERS)

    @app.head("/api/traces/{name}", include_in_schema=False)
    @app.get("/api/traces/{name}", responses={**_problems(404, 422), 304: {}, 206: {}, 416: {}})
    async def get_trace(name: str, request: Request) -> Response:
        """One trace. ETag, zstd, gzip, byte ranges."""
        if name not in {entry.name for entry in store.read_index(settings.traces).traces}:
            raise Problem(404, "trace-not-found", f"no trace {name!r}; see /api/traces")
        path = store.trace_path(settings.traces, name)
        return await _trace_response(path, request, compressed)


async def _trace_response(path: Path, request: Request, compressed: CompressedFiles) -> Response:
    try:
        stat = path.stat()
    except OSError:
        raise Problem(404, "trace-not-found", f"the trace {path.stem!r} is gone") from None
    etag = hashlib.sha256(f"{path}:{stat.st_mtime_ns}:{stat.st_size}".encode()).hexdigest()[:32]
    headers = {**_HEADERS, "ETag": f'"{etag}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    encoding = accepted_encoding(request.headers.get("accept-encoding", ""))
    if "range" in request.headers or not encoding:
        return FileResponse(path, media_type="application/json", headers=headers)
    body = await compressed.get(path, stat.st_mtime_ns, encoding)
    headers |= {"Content-Encoding": encoding, "Content-Length": str(len(body))}
    return StreamingResponse(pieces(body), media_type="application/json", headers=headers)


def _document_response(content: bytes, etag: str, request: Request) -> Response:
    headers = {**_HEADERS, "ETag": etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if accepted_encoding(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, 6, mtime=0)
    return Response(content, media_type="application/json", headers=headers)


def _add_events(app: FastAPI, broadcast: Broadcast) -> None:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

    @app.get("/api/events", response_class=StreamingResponse)
    def get_events() -> StreamingResponse:
        """Progress and results as server-sent events."""
        return StreamingResponse(
            broadcast.stream(), media_type="text/event-stream", headers=headers
        )

    @app.head("/api/events", include_in_schema=False)
    def head_events() -> Response:
        """What `GET` would say, without the stream, which has no end."""
        return Response(media_type="text/event-stream", headers=headers)


def _add_runs(app: FastAPI, settings: ServiceSettings, runs: Runs) -> None:
    def permitted(x_run_token: Annotated[str, Header(max_length=200)] = "") -> None:
        if not settings.allow_run:
            raise Problem(403, "runs-off", "running lectures is off; start with --allow-run")
        if not secrets.compare_digest(x_run_token.encode(), settings.token.encode()):
            raise Problem(401, "token", "send the token printed at the start as X-Run-Token")

    refusals = _problems(400, 401, 403, 404, 422, 429)
    guarded = [Depends(permitted)]

    # The body is read by the function and not by FastAPI, which would do so before it asks for the
    # token: who may not run anything may not fill the memory either.
    schema = {"application/json": {"schema": RunRequest.model_json_schema()}}
    described = {"requestBody": {"required": True, "content": schema}}

    @app.post("/api/runs", status_code=202, dependencies=guarded, openapi_extra=described,
              responses={**refusals, **_problems(413)})  # fmt: skip
    async def post_run(request: Request) -> dict[str, Any]:
        """Queue a lecture of this checkout."""
        try:
            wanted = RunRequest.model_validate_json(await _short_body(request))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(["body", *map(str, first["loc"])])
            raise Problem(422, "usage", f"{place}: {first['msg']}") from None
        return runs.submit(wanted.lecture).to_json()

    @app.head("/api/runs/{run_id}", dependencies=guarded, include_in_schema=False)
    @app.get("/api/runs/{run_id}", dependencies=guarded, responses=refusals)
    async def get_run(run_id: str) -> dict[str, Any]:
        """How a run stands."""
        return runs.get(run_id).to_json()

    @app.delete("/api/runs/{run_id}", dependencies=guarded, responses=refusals)
    async def delete_run(run_id: str) -> dict[str, Any]:
        """Cancel a run."""
        return runs.cancel(run_id).to_json()


async def _short_body(request: Request) -> bytes:
    """The whole body. Raises Problem 413 as soon as it is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise Problem(413, "too-large", f"a body has at most {MOST_BODY_BYTES} bytes")
    return body


def _add_files(
    app: FastAPI, settings: ServiceSettings, compressed: CompressedFiles, *, live: bool
) -> None:
    referred = ReferredFiles(settings.traces)
    about = CourseDocuments(settings.root, settings.traces)

    @app.head("/{path:path}", include_in_schema=False)
    @app.get("/{path:path}", include_in_schema=False)
    async def get_file(path: str, request: Request) -> Response:
        """The built viewer, traces, and the pictures that traces show."""
        if path.startswith("api/"):
            raise Problem(404, "not-found", f"no such call: /{path}")
        built = confined(settings.viewer, path or "index.html")
        if built is not None:
            return FileResponse(built, headers=_HEADERS)
        trace = trace_file(settings.traces, path)
        if trace is not None:
            response = await _trace_response(trace, request, compressed)
            if live:
                # Tells the page where to listen; a static host says nothing and is not asked.
                response.headers["X-Live-Events"] = "api/events"
            return response
        document = await asyncio.to_thread(about.get, path)
        if document is not None:
            return _document_response(*document, request)
        found = await asyncio.to_thread(shown_file, settings.root, path, referred)
        if found is None:
            raise Problem(404, "not-found", f"nothing is served at /{path}")
        # An SVG opened by itself is a document: it may run nothing and reach nothing.
        policy = {
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        }
        return FileResponse(found, headers={**_HEADERS, **policy})
