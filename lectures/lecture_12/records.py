"""The records of lecture 12: what SmolLM2 said and scored, and what leaked models scored."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cs336_alignment.text.choices import wilson_interval
from cs336_alignment.text.questions import Question, all_questions

from lectures.lecture_12.formats import FORMATS, by_bytes, choice
from lectures.lecture_12.perplexity import bits_per_byte

FOLDER = Path(__file__).parent / "records"
Record = dict[str, Any]


def read(stage: str) -> Record:
    """A record by the name of its stage: passages, strides, formats, judge, replies, samples."""
    record: Record = json.loads((FOLDER / f"smollm2_{stage}.json").read_text(encoding="utf-8"))
    return record


def provenance(record: Record) -> str:
    """Device, versions, date and command, for a caption."""
    about = record.get("provenance", record)
    torch = about.get("torch") or about["versions"]["torch"]
    return f"{about['device']}, torch {torch}, {about['date']}, `{about['command']}`"


def passage_rows() -> list[Record]:
    """Bits per byte of each famous passage and of its rewording."""
    return [
        row | {"value": round(bits_per_byte(row["nats"], row["bytes"]), 3)}
        for row in read("passages")["passages"]
    ]


def stride_rows() -> list[Record]:
    """Bits per byte of the long text at each stride, and the passes that it took."""
    record = read("strides")
    size = record["text"]["bytes"]
    return [row | {"bits": round(bits_per_byte(row["nats"], size), 3)} for row in record["strides"]]


def right_by_format() -> dict[str, list[bool]]:
    """Whether each question was answered right, for every format, and once more by bytes."""
    questions, found = all_questions(), {}
    for form, row in zip(FORMATS, read("formats")["formats"], strict=True):
        found[form.name] = _right(questions, row["scores"])
        if form.scored == "text":
            scaled = [
                by_bytes(scores, form.answers(question))
                for question, scores in zip(questions, row["scores"], strict=True)
            ]
            found[f"{form.name}, by bytes"] = _right(questions, scaled)
    return found


def _right(questions: Sequence[Question], scores: Sequence[Sequence[float]]) -> list[bool]:
    return [choice(s) == q.right for q, s in zip(questions, scores, strict=True)]


def shares(right: dict[str, list[bool]]) -> list[Record]:
    """Share of right answers with its Wilson interval, the lowest first."""
    rows = []
    for name, marks in right.items():
        low, high = wilson_interval(sum(marks), len(marks))
        value = sum(marks) / len(marks)
        rows.append({"name": name, "value": value, "low": round(low, 4), "high": round(high, 4)})
    return sorted(rows, key=lambda row: float(row["value"]))


def leaks() -> Record | None:
    """The record of leaked models, if it has been taken."""
    path = FOLDER / "leaks.json"
    if not path.exists():
        return None
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    return record


def leak_rows(record: Record, steps: int) -> list[Record]:
    """Right answers by copies of the leak, mean and range over seeds; "fresh" over all leaks."""
    runs = [run for run in record["runs"] if run["steps"] == steps]
    found: dict[tuple[str, int], dict[int, list[float]]] = {}
    for run in runs:
        copies, seed = run["copies"], run["seed"]
        kinds = [run["leak"]] if copies else sorted({other["leak"] for other in runs})
        for kind in kinds:
            found.setdefault((kind, copies), {}).setdefault(seed, []).append(run["benchmark"])
        found.setdefault(("fresh problems", copies), {}).setdefault(seed, []).append(run["fresh"])
    rows = []
    for (kind, copies), by_seed in sorted(found.items()):
        values = [sum(marks) / len(marks) for marks in by_seed.values()]
        mean = sum(values) / len(values)
        row = {"kind": kind, "copies": copies, "value": round(mean, 4)}
        rows.append(row | {"low": round(min(values), 4), "high": round(max(values), 4)})
    return rows


def leak_tests(record: Record, steps: int) -> dict[str, dict[int, str]]:
    """In how many seeds the order test gives p <= 0.05, by leak and copies."""
    found: dict[str, dict[int, list[bool]]] = {}
    for run in record["runs"]:
        if run["steps"] == steps:
            by_copies = found.setdefault(run["leak"], {})
            by_copies.setdefault(run["copies"], []).append(run["order_p"] <= 0.05)
    return {
        leak: {copies: f"{sum(hits)} of {len(hits)}" for copies, hits in sorted(row.items())}
        for leak, row in found.items()
    }
