"""Errors to problem JSON (RFC 9457), with the slugs of the command line."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lecture_tracer.errors import LectureTracerError


class Problem(LectureTracerError):
    """A refusal with its HTTP status."""

    def __init__(self, status: int, slug: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.slug = slug


def problem_response(status: int, slug: str, message: str) -> JSONResponse:
    """`application/problem+json`."""
    body = {"type": f"about:blank#{slug}", "title": slug, "status": status, "detail": message}
    return JSONResponse(body, status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error of the application as problem JSON."""

    @app.exception_handler(LectureTracerError)
    def ours(request: Request, error: LectureTracerError) -> JSONResponse:
        status = error.status if isinstance(error, Problem) else 400
        return problem_response(status, error.slug, str(error))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        slug = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http")
        response = problem_response(error.status_code, slug, str(error.detail))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    def validation(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return problem_response(422, "usage", f"{place}: {first['msg']}")
