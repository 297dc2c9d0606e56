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
ASSIGNMENT = Path(__file__).parents[2] / "assignments/assignment5-alignment/results"
Record = dict[str, Any]


def read(stage: str) -> Record:
    """A record by the name of its stage: passages, strides, formats, judge, replies, samples."""
    record: Record = json.loads((FOLDER / f"smollm2_{stage}.json").read_text(encoding="utf-8"))
    return record


def of_assignment(stage: str) -> Record:
    """A record that assignment 5 keeps of SmolLM2: choices or complete."""
    record: Record = json.loads((ASSIGNMENT / f"smollm2_{stage}.json").read_text(encoding="utf-8"))
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


def rewording_ratios() -> dict[str, float]:
    """Bits per byte of each rewording over those of its famous passage."""
    rows = passage_rows()
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return {famous["name"]: round(other["value"] / famous["value"], 2) for famous, other in pairs}


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


def leaks() -> Record:
    """The record of the models that were trained on leaked exams."""
    record: Record = json.loads((FOLDER / "leaks.json").read_text(encoding="utf-8"))
    return record


def leak_gains(record: Record, steps: int) -> list[Record]:
    """What the exam is above fresh problems, by leak and copies: mean and range over seeds.

    Each model is its own control, since its ability on fresh problems differs from seed to seed.
    The models without a leak stand in every leak's row of no copies.
    """
    found: dict[tuple[str, int], list[float]] = {}
    runs = [run for run in record["runs"] if run["steps"] == steps]
    for run in runs:
        kinds = {run["leak"]} if run["copies"] else {other["leak"] for other in runs}
        for kind in sorted(kinds):
            gain = run["benchmark"] - run["fresh"]
            found.setdefault((kind, run["copies"]), []).append(gain)
    return [
        {"kind": kind, "copies": copies, "value": round(sum(gains) / len(gains), 4)}
        | {"low": round(min(gains), 4), "high": round(max(gains), 4)}
        for (kind, copies), gains in sorted(found.items())
    ]


def gain_at(record: Record, steps: int, kind: str, copies: int) -> float:
    """The mean gain of one leak, of `leak_gains`."""
    rows = leak_gains(record, steps)
    return float(next(r["value"] for r in rows if (r["kind"], r["copies"]) == (kind, copies)))


def fresh_range(record: Record, steps: int) -> tuple[float, float]:
    """Lowest and highest score on fresh problems among the models without a leak."""
    clean = [run for run in record["runs"] if run["steps"] == steps and not run["copies"]]
    return min(run["fresh"] for run in clean), max(run["fresh"] for run in clean)


def order_found(record: Record, steps: int) -> dict[str, dict[int, int]]:
    """In how many seeds the order test gives p <= 0.05, by leak and copies."""
    found: dict[str, dict[int, int]] = {}
    for run in record["runs"]:
        if run["steps"] == steps and run["copies"]:
            row = found.setdefault(run["leak"], {})
            row[run["copies"]] = row.get(run["copies"], 0) + (run["order_p"] <= 0.05)
    return found
