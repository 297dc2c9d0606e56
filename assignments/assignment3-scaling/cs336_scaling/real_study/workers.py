"""Many runs on few devices: one process a device (or CPU core), several runs at a time on a GPU.

The parent hands out runs, longest first, and appends each record to the file as it arrives; runs
whose record the file already has are not trained again. A run that was cut off starts anew.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
from torch import multiprocessing

from cs336_scaling.real_study.sources import Sources
from cs336_scaling.real_study.specs import RunSpec
from cs336_scaling.real_study.training import TrainingRun
from cs336_scaling.record_file import append_record, read_records

Record = dict[str, Any]
POLL_SECONDS = 0.5


def train_all(
    runs: Iterable[RunSpec],
    path: Path,
    devices: list[str],
    seconds: float,
    *,
    at_once: int = 6,
    story_folder: Path | None = None,
) -> list[Record]:
    """Train the runs that have no record yet, for `seconds` at most; return all records."""
    deadline = time.monotonic() + seconds
    known = {record["key"] for record in read_records(path)}
    todo = [run for run in runs if run.key not in known]
    context = multiprocessing.get_context("spawn")
    tasks, results = context.Queue(), context.Queue()
    for run in todo:
        tasks.put(run)
    workers = [
        context.Process(
            target=work, args=(device, tasks, results, at_once, story_folder), daemon=True
        )
        for device in devices
    ]
    for worker in workers:
        worker.start()
    try:
        _collect(results, len(todo), path, workers, deadline)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    return read_records(path)


def _collect(
    results: Any, expected: int, path: Path, workers: Sequence[BaseProcess], deadline: float
) -> None:
    """Append records until all are there, the time is up or no worker is left."""
    done, started = 0, time.monotonic()
    while done < expected and time.monotonic() < deadline:
        try:
            record: Record = results.get(timeout=POLL_SECONDS)
        except queue.Empty:
            if not any(worker.is_alive() for worker in workers):
                print("all workers ended before the runs did; see above", flush=True)
                return
            continue
        append_record(path, record)
        done += 1
        print(
            f"{time.monotonic() - started:6.1f} s  {done}/{expected}  {record['key']}: "
            f"N {record['parameters']:,}, D {record['tokens']:.3g}, excess {record['excess']}, "
            f"{record['seconds']} s",
            flush=True,
        )
    if done < expected:
        print(f"time is up: {expected - done} runs have no record; run again to go on", flush=True)


def work(
    device_name: str, tasks: Any, results: Any, at_once: int, story_folder: Path | None
) -> None:
    """A worker process: keeps `at_once` runs going on its device until no task is left."""
    device = torch.device(device_name)
    torch.set_float32_matmul_precision("high")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    else:
        torch.set_num_threads(1)
        at_once = 1
    sources, facts = Sources(device, story_folder), _device_facts(device)
    active: list[TrainingRun] = []
    while True:
        while len(active) < at_once and (spec := _next(tasks)) is not None:
            active.append(TrainingRun(spec, sources.of(spec), device))
        if not active:
            return
        if not _turn(active, results, facts):
            time.sleep(0.0005)


def _turn(active: list[TrainingRun], results: Any, facts: Record) -> bool:
    """Give every run that has room a chunk and file those that are done; False: nothing to do."""
    busy = False
    for run in list(active):
        if run.all_given:
            if run.finished:
                results.put({"key": run.spec.key} | run.record() | facts)
                active.remove(run)
                busy = True
        elif run.has_room:
            run.advance()
            busy = True
    return busy


def _next(tasks: Any) -> RunSpec | None:
    try:
        spec: RunSpec = tasks.get(timeout=0.2)
    except queue.Empty:
        return None
    return spec


def _device_facts(device: torch.device) -> Record:
    name = "CPU" if device.type == "cpu" else torch.cuda.get_device_name(device)
    date = datetime.now(UTC).date().isoformat()
    return {"device": name, "torch": torch.__version__, "date": date}
