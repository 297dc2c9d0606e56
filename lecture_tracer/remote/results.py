"""Brings a run's traces, the assets they show and its benchmark records home, each atomically.

Everything arrives in a folder under `var/` first and is then moved into place: assets and records,
then the traces that refer to them, then the index.
"""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from lecture_tracer.catalogue.build import write_documents
from lecture_tracer.course import BENCHMARK_FOLDERS, is_benchmark_record
from lecture_tracer.remote.connection.ssh import Connection
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.plan import Task
from lecture_tracer.remote.steps import RemoteRun
from lecture_tracer.trace.assets import asset_paths_in
from lecture_tracer.trace.store import update_index, write_atomic

TRACES = "var/traces"


@dataclass(frozen=True, slots=True)
class Brought:
    """What came home, as paths relative to the repository's root."""

    traces: dict[str, str]
    """Lecture to its trace; a lecture without one wrote none."""
    assets: tuple[str, ...]
    benchmarks: tuple[str, ...]
    broken: tuple[str, ...] = ()
    """Results that the cluster holds only in part, left there."""
    full: str = ""
    """Why nothing more can be written to the run's folder there; empty when something can."""


@dataclass(frozen=True, slots=True)
class NotHome:
    """Why the results of ended jobs are still on the cluster."""

    reason: str
    slug: str = "home-unwritable"


def bring_home(connection: Connection, root: Path, run: RemoteRun) -> Brought:
    """Fetch the results of `run` into the checkout at `root` and update the index of traces."""
    output = connection.script("collect", collect_variables(run.folder, run.tasks))
    names = parse_collected(output)
    (root / "var").mkdir(exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".incoming-", dir=root / "var"))
    try:
        _fetch(connection, run, names, staging)
        # A full disk cuts files short; half a record must not replace a whole one.
        broken = [name for name in names if not is_whole(staging / name)]
        names = [name for name in names if name not in broken]
        traces = [name for name in names if name.startswith(f"{TRACES}/")]
        used = sorted({name for trace in traces for name in assets_of(staging / trace)})
        # Sources of the checkout are here already, and equal unless the lecture wrote them.
        _fetch(connection, run, used, staging, [f"--compare-dest={root.resolve()}"])
        arrived = [name for name in used if (staging / name).is_file()]
        benchmarks = [name for name in names if name not in traces]
        for name in [*arrived, *benchmarks, *traces]:
            _put(staging / name, root / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if traces:
        update_index(root / TRACES)
        write_documents(root, root / TRACES)
    by_lecture = {PurePosixPath(name).stem: name for name in traces}
    full = parse_full(output)
    return Brought(by_lecture, tuple(arrived), tuple(benchmarks), tuple(broken), full)


def collect_variables(run_folder: str, tasks: Sequence[Task]) -> dict[str, str]:
    """Variables for `scripts/collect.sh`."""
    lectures = " ".join(task.lecture for task in tasks)
    return {"run": run_folder, "lectures": lectures, "benchmarks": BENCHMARK_FOLDERS}


def parse_full(output: bytes) -> str:
    """What `scripts/collect.sh` says when nothing can be written to the run's folder."""
    found = re.search(rb"^::full (.*)$", output.partition(b"::files\n")[0], re.MULTILINE)
    return found[1].decode(errors="replace") if found else ""


def is_whole(path: Path) -> bool:
    """Whether a result has arrived and, if it is JSON, can be read to its end."""
    try:
        content = path.read_bytes()
        if path.suffix == ".json":
            msgspec.json.decode(content, type=msgspec.Raw)
    except (FileNotFoundError, msgspec.DecodeError):
        return False
    return bool(content)


def parse_collected(output: bytes) -> list[str]:
    """Names that `scripts/collect.sh` listed. Raises `RemoteError` for one that is not a result."""
    _, start, rest = output.partition(b"::files\n")
    names = [part.decode(errors="surrogateescape") for part in rest.split(b"\0") if part]
    if not start:
        raise RemoteError("collect", "the cluster did not list the run's results")
    for name in names:
        parts = PurePosixPath(name).parts
        trace = parts[:2] == ("var", "traces") and len(parts) == 3 and name.endswith(".json")
        if not _confined(name) or not (trace or is_benchmark_record(name)):
            raise RemoteError("collect", f"refused a result outside the result folders: {name!r}")
    return names


def assets_of(trace: Path) -> list[str]:
    """Pictures and films that a trace shows, as paths relative to the checkout."""
    try:
        names = asset_paths_in(trace.read_bytes())
    except msgspec.MsgspecError as error:
        raise RemoteError("trace-unreadable", f"{trace.name} is not a trace: {error}") from error
    return sorted(name for name in names if _confined(name))


def _confined(name: str) -> bool:
    """Whether a path stays in the checkout and out of its hidden folders."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and "://" not in name
    return inside and not any(part.startswith(".") for part in path.parts)


def _fetch(
    connection: Connection,
    run: RemoteRun,
    names: Sequence[str],
    staging: Path,
    options: Sequence[str] = (),
) -> None:
    if names:
        connection.rsync(
            [*options, "--ignore-missing-args", f"{connection.host}:{run.folder}/checkout/", "./"],
            names=b"\0".join(name.encode(errors="surrogateescape") for name in names),
            folder=staging,
        )


def _put(arrived: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        arrived.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write_atomic(target, arrived.read_bytes())  # var/ is on another file system
