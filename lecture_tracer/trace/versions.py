"""Older versions of the trace to the present one, as plain JSON objects.

Input: the decoded document of a version below `SCHEMA_VERSION`. Output: the same lecture in the
present version; what that version did not know is left out. Strictness is `codec`'s.
"""

from typing import Any

Document = dict[str, Any]


def upgraded(document: Document) -> Document:
    """The document in version 2. Raises KeyError, TypeError… for one that is no trace at all."""
    if document["schema"] == 1:
        document = _from_1(document)
    return document


def _from_1(document: Document) -> Document:
    """Benchmarks had their rows so far at every step, and always their provenance."""
    shown: dict[str, list[Any]] = {}
    provenances: dict[str, Any] = {}
    steps = []
    for step in document.get("steps", ()):
        outputs = step.get("outputs")
        if outputs and any(output.get("kind") == "benchmark" for output in outputs):
            step = {**step, "outputs": [_benchmark(o, shown, provenances) for o in outputs]}
        steps.append(step)
    return {**document, "schema": 2, **({"steps": steps} if "steps" in document else {})}


def _benchmark(output: Document, shown: dict[str, list[Any]], said: dict[str, Any]) -> Document:
    """The benchmark without the rows and the provenance that were shown before."""
    if output.get("kind") != "benchmark":
        return output
    name, rows, provenance = output["name"], output["rows"], output["provenance"]
    before = shown.get(name, [])
    same_table = said.get(name) == provenance and rows[: len(before)] == before
    shown[name], new = rows, dict(output)
    if same_table:
        new["rows"] = rows[len(before) :]
        del new["provenance"]
    said[name] = provenance
    return new
