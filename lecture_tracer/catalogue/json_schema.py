"""The JSON Schema of the course's documents: `python -m lecture_tracer.catalogue.json_schema`.

Input: what the builders give, and the docstrings under the fields. Output:
`docs/course.schema.json`, from which the viewer's types are generated in turn.
"""

import sys
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from lecture_tracer.catalogue.build import BUILDERS
from lecture_tracer.trace.json_schema import describe
from lecture_tracer.trace.store import write_atomic

PATH = Path("docs/course.schema.json")


def json_schema() -> dict[str, Any]:
    """Draft 2020-12: an object with each document under its name."""
    kinds = {name: get_type_hints(make)["return"] for name, make in BUILDERS.items()}
    roots, definitions = msgspec.json.schema_components(
        kinds.values(), ref_template="#/$defs/{name}"
    )
    prefix = f"{__package__}."
    for module in [one for name, one in sys.modules.items() if name.startswith(prefix)]:
        describe(definitions, module)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CourseDocuments",
        "type": "object",
        "properties": dict(zip(kinds, roots, strict=True)),
        "required": list(kinds),
        "$defs": dict(sorted(definitions.items())),
    }


def encode() -> bytes:
    """The file's content."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=1) + b"\n"


if __name__ == "__main__":
    write_atomic(Path(sys.argv[1]) if len(sys.argv) > 1 else PATH, encode())
