"""The JSON Schema of the trace file: `python -m lecture_tracer.trace.json_schema`.

Input: the structs and the docstrings under their fields. Output: `docs/trace.schema.json`, from
which the viewer's types are generated in turn.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from lecture_tracer.trace import schema
from lecture_tracer.trace.store import write_atomic

PATH = Path("docs/trace.schema.json")


def json_schema() -> dict[str, Any]:
    """Draft 2020-12, for `Trace` and, under `$defs`, `Index`."""
    (root, _), definitions = msgspec.json.schema_components(
        [schema.Trace, schema.Index], ref_template="#/$defs/{name}"
    )
    describe(definitions, schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Trace",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def encode() -> bytes:
    """The file's content."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=1) + b"\n"


def describe(definitions: dict[str, Any], module: ModuleType) -> None:
    """Put the docstrings under the fields of a module's structs into their definitions."""
    for name, field, words in _field_docstrings(module):
        described = definitions.get(name, {}).get("properties", {}).get(field)
        if described is not None:
            described["description"] = words


def _field_docstrings(module: ModuleType) -> Iterator[tuple[str, str, str]]:
    """(class, field, docstring under it) of every field of a module that has one."""
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, words in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(words, ast.Expr)
                and isinstance(words.value, ast.Constant)
            ):
                text = inspect.cleandoc(str(words.value.value))
                yield node.name, field.target.id, " ".join(text.split())


if __name__ == "__main__":
    write_atomic(Path(sys.argv[1]) if len(sys.argv) > 1 else PATH, encode())
