"""Finished runs become records of about two kilobytes.

A record holds what the tables and figures need and what a reader may ask: the settings, the device,
every evaluation, a thinned log, and some of what the model wrote in the end. Lists stand for
columns, and settings that all runs of a file share stand once in its first line, because what is
repeated would take most of the space.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from cs336_basics.config import ConfigError
from cs336_basics.support.whole_file import whole_file

from cs336_alignment.training.files import TABLES_OF_STAGE

Record = dict[str, Any]
T = TypeVar("T")
LOG_ROWS = 8
SAMPLE_LINES = 13
LOG_COLUMNS = (
    "reward", "mixed_groups", "entropy", "length", "ratio_max", "clipped",
    "sampler_gap_max", "gradient_norm", "frontier", "margin",
)  # fmt: skip
FACTS = ("stage", "task", "seed", "device", "torch", "python", "parameters", "steps", "seconds",
         "clock")  # fmt: skip
PASS_DIGITS = 3


def read_source(source: Path) -> dict[PurePosixPath, str]:
    """Texts of the runs in a folder, or in a packed one (.tar.gz), by path; nothing is unpacked."""
    names = ("config.json", "summary.json", "log.jsonl", "samples.txt", "jobs.json")
    if source.is_dir():
        files = sorted(p for name in names for p in source.rglob(name) if p.is_file())
        return {PurePosixPath(p.relative_to(source)): p.read_text("utf-8") for p in files}
    try:
        with tarfile.open(source) as archive:
            members = [m for m in archive if m.isfile() and PurePosixPath(m.name).name in names]
            return {PurePosixPath(m.name): _text(archive, m) for m in members}
    except (FileNotFoundError, tarfile.ReadError) as error:
        raise ConfigError(f"{source} is no folder of runs and no archive: {error}") from error


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = archive.extractfile(member)
    assert file is not None  # a regular file, as the caller has seen
    return file.read().decode("utf-8")


def collect(source: Path, *, round_number: int, date: str) -> list[Record]:
    """Records of all finished runs of a source: .../EXPERIMENT/seedN/RUN/summary.json."""
    texts = read_source(source)
    jobs: dict[str, Any] = next(
        (json.loads(t) for p, t in texts.items() if p.name == "jobs.json"), {}
    )
    records = []
    for path in sorted(p for p in texts if p.name == "summary.json" and len(p.parts) >= 4):
        folder = path.parent
        experiment, seed, run = folder.parts[-3:]
        files = {p.name: text for p, text in texts.items() if p.parent == folder}
        job = jobs.get(f"{experiment}/{seed}/{run}", {})
        named = {"experiment": experiment, "run": run, "round": round_number, "date": date}
        if "beside" in job:
            named["beside_at_end"] = len(job["beside"])
        records.append(named | run_record(files))
    if not records:
        raise ConfigError(f"{source} holds no finished run (EXPERIMENT/seedN/RUN/summary.json)")
    return records


def run_record(files: Mapping[str, str]) -> Record:
    """What is kept of one run, from the texts of its files."""
    summary, config = json.loads(files["summary.json"]), json.loads(files["config.json"])
    rows = [json.loads(line) for line in files["log.jsonl"].splitlines()]
    evaluations = [row for row in rows if "accuracy" in row]
    logged = [row for row in rows if "learning_rate" in row]
    sizes = list(summary["problems"])
    return {name: summary[name] for name in FACTS} | {
        "settings": flat({name: config[name] for name in TABLES_OF_STAGE[summary["stage"]]}),
        "sizes": [int(size) for size in sizes],
        "problems": [summary["problems"][size] for size in sizes],
        "chance": [float(f"{summary['chance'][size]:.3g}") for size in sizes],
        "pass_at": {
            k: [round(summary["pass_at"][size][k], PASS_DIGITS) for size in sizes]
            for k in summary["pass_at"][sizes[0]]
        },
        "evaluations": evaluation_columns(evaluations),
        "log": columns(thinned(logged, LOG_ROWS), ("step", "seconds", *LOG_COLUMNS)),
        "samples": thinned(last_samples(files.get("samples.txt", "")), SAMPLE_LINES),
    }


def flat(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """{"grpo.learning_rate": 0.0003, …}, in alphabetical order."""
    names = ((table, name) for table in tables for name in tables[table])
    return {f"{table}.{name}": tables[table][name] for table, name in sorted(names)}


def evaluation_columns(rows: Sequence[Record]) -> Record:
    """Every evaluation: columns of plain values, and a column of accuracy for each size."""
    plain = [name for name in rows[-1] if name != "accuracy"]
    accuracies = [row["accuracy"] for row in rows]
    accuracy = {size: [round(a[size], 4) for a in accuracies] for size in rows[-1]["accuracy"]}
    return columns(rows, plain) | {"accuracy": accuracy}


def columns(rows: Sequence[Record], names: Iterable[str]) -> Record:
    """One list for each name that some row has; None where a row lacks it."""
    return {name: [row.get(name) for row in rows] for name in names if any(name in r for r in rows)}


def thinned(rows: Sequence[T], count: int) -> list[T]:
    """At most `count` rows, evenly spread, with the first and the last."""
    if len(rows) <= count:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / (count - 1))] for i in range(count)]


def last_samples(text: str) -> list[str]:
    """The lines below the last "=== after"."""
    return text.rpartition("=== after\n")[2].splitlines() if "=== after\n" in text else []


def store(records: Sequence[Record], folder: Path) -> list[Path]:
    """Merge records into folder/EXPERIMENT.jsonl, one line a run; the same run is replaced.

    A run of another round is another run; which of them counts is decided where they are read.
    """
    written = []
    for experiment in dict.fromkeys(record["experiment"] for record in records):
        path = folder / f"{experiment}.jsonl"
        kept = {key(record): record for record in (read_file(path) if path.exists() else [])}
        kept |= {key(record): record for record in records if record["experiment"] == experiment}
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            lines = file_lines([kept[name] for name in sorted(kept)])
            file.write("".join(line + "\n" for line in lines).encode())
        written.append(path)
    return written


def file_lines(records: Sequence[Record]) -> Iterator[str]:
    """The settings that the records share, then each record with its other settings."""
    settings = [record["settings"] for record in records]
    found = {name: [s[name] for s in settings if name in s] for s in settings for name in s}
    common = {
        name: values[0] for name, values in sorted(found.items())
        if len(values) > 1 and all(value == values[0] for value in values)
    }  # fmt: skip
    yield _json({"common_settings": common})
    for record in records:
        own = {name: v for name, v in record["settings"].items() if name not in common}
        yield _json(record | {"settings": own})


def _json(value: Record) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def key(record: Record) -> tuple[str, str, int, int]:
    """What tells runs apart."""
    return record["experiment"], record["run"], record["seed"], record["round"]


def read_file(path: Path) -> list[Record]:
    """The records of one file, each with all of its settings."""
    lines = path.read_text(encoding="utf-8").splitlines()
    values = []
    for number, line in enumerate(lines, 1):
        try:
            values.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise ConfigError(f"{path}, line {number} is no record: {error}") from error
    if not values or "common_settings" not in values[0]:
        raise ConfigError(f"{path} does not begin with the settings that its runs share")
    return [_with_common(record, values[0]["common_settings"]) for record in values[1:]]


def _with_common(record: Record, common: Mapping[str, Any]) -> Record:
    tables = TABLES_OF_STAGE[record["stage"]]
    shared = {name: v for name, v in common.items() if name.partition(".")[0] in tables}
    settings = shared | record["settings"]
    return record | {"settings": dict(sorted(settings.items()))}
