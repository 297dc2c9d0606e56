"""The OpenAPI document, written by hand: it says the contract's 404 and 422 and the real ranges."""

from __future__ import annotations

from typing import Any

from cs336_scaling.config import Domain
from cs336_scaling.server.accounts import CANCELLED, COMPLETED, FAILED, QUEUED, RUNNING
from cs336_scaling.server.tables import MAX_RUN_NUMBER

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of the dashboard: it loads nothing from elsewhere."""


def document(domain: Domain) -> dict[str, Any]:
    """The whole document for a domain."""
    numbers = run_properties(domain)
    six = [
        {"name": name, "in": "query", "required": True, "schema": schema}
        for name, schema in numbers.items()
    ]
    page = [_query("after", {"type": "integer", "minimum": 0, "maximum": MAX_RUN_NUMBER}),
            _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000})]  # fmt: skip
    number = {"name": "number", "in": "path", "required": True,
              "schema": {"type": "integer", "minimum": 1, "maximum": 10**9 - 1}}  # fmt: skip
    run, result = _ref("Run"), _ref("Result")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Training API",
            "version": "1",
            "description": "Trains a configuration and tells its final loss. A repeated query is "
            "free. Give the key as api_key=… or as a bearer token.",
        },
        "paths": {
            "/loss": {"get": _operation(
                "Loss of a configuration; trains it if it is new.",
                {"200": ("The run completed.", result), "202": ("Not ended; ask again.", result),
                 "404": "A bad hyperparameter.", "403": "The budget does not reach.",
                 "409": "The run failed or was cancelled."},
                six,
            )},
            "/total_flops_used": {"get": _operation(
                "FLOPs charged so far.", {"200": ("A number.", {"type": "integer"})})},
            "/budget": {"get": _operation(
                "Budget, used and left, in FLOPs.", {"200": ("Amounts.", _ref("Budget"))})},
            "/previous_runs": {"get": _operation(
                "Completed runs, oldest first.",
                {"200": ("The six fields and the loss of each.", {"type": "object"}),
                 "404": "A bad page."}, page)},
            "/runs": {
                "get": _operation(
                    "All runs in every state, oldest first.",
                    {"200": ("A page.", {"type": "object"}), "404": "A bad page."}, page),
                "post": _operation(
                    "Start a run, or find the one of this configuration.",
                    {"201": ("The run.", run), "404": "A bad hyperparameter.",
                     "403": "The budget does not reach."},
                    body={"type": "object", "properties": numbers, "required": list(numbers),
                          "additionalProperties": False}),
            },
            "/runs/{number}": {
                "get": _operation("One run.", {"200": ("The run.", run), "404": "No such run."},
                                  [number]),
                "delete": _operation(
                    "Stop a run; it is charged for what ran.",
                    {"200": ("The run.", run), "404": "No such run."}, [number]),
            },
            "/domain": {"get": _operation(
                "What can be trained here.", {"200": ("Ranges.", {"type": "object"})}, key=False)},
        },
        "components": {
            "schemas": _schemas(numbers),
            "securitySchemes": {
                "query": {"type": "apiKey", "in": "query", "name": "api_key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }  # fmt: skip


def run_properties(domain: Domain) -> dict[str, dict[str, Any]]:
    """JSON Schema of the six fields."""
    whole = {
        name: {"type": "integer", "minimum": low, "maximum": high}
        for name, (low, high) in {
            "d_model": domain.d_model,
            "num_layers": domain.num_layers,
            "num_heads": domain.num_heads,
        }.items()
    }
    low, high = domain.learning_rate
    return whole | {
        "batch_size": {"type": "integer", "enum": list(domain.batch_sizes)},
        "learning_rate": {"type": "number", "minimum": low, "maximum": high},
        "train_flops": {"type": "integer", "enum": list(domain.train_flops)},
    }


def _schemas(numbers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    amount = {"type": "integer"}
    run = numbers | {
        "id": {"type": "integer"},
        "status": {"enum": [QUEUED, RUNNING, COMPLETED, FAILED, CANCELLED]},
        "loss": {"type": ["number", "null"], "description": "nats; null where it diverged"},
        "diverged": {"type": "boolean"},
        "charged": {"type": "integer", "description": "FLOPs"},
        "done": {"type": "number", "minimum": 0, "maximum": 1},
        "latest": {
            "type": ["number", "null"],
            "description": "training loss a moment ago, in nats, while it runs",
        },
        "message": {"type": "string"},
        "created": {"type": "string"},
        "ended": {"type": ["string", "null"]},
    }
    error = {"message": {"type": "string"}, "error": {"type": "string"}}
    return {
        "Run": _object(run),
        "Result": _object(run | {"total_flops_used": amount}),
        "Budget": _object(
            {"name": {"type": "string"}, "budget": amount, "used": amount, "left": amount}
        ),
        "Error": _object(error),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _operation(
    summary: str,
    answers: dict[str, str | tuple[str, dict[str, Any]]],
    parameters: list[dict[str, Any]] | None = None,
    *,
    body: dict[str, Any] | None = None,
    key: bool = True,
) -> dict[str, Any]:
    """One operation; an answer without a schema is an error."""
    if key:
        answers = answers | {
            "422": "No, an unknown or a revoked key.",
            "429": "Too many requests; see Retry-After.",
        }
    answers = answers | {"503": "The database does not answer; see Retry-After."}
    responses = {}
    for status, answer in answers.items():
        words, schema = (answer, _ref("Error")) if isinstance(answer, str) else answer
        content = {"application/json": {"schema": schema}}
        responses[status] = {"description": words, "content": content}
    operation: dict[str, Any] = {"summary": summary, "responses": responses}
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    if key:
        operation["security"] = [{"query": []}, {"bearer": []}]
    return operation
