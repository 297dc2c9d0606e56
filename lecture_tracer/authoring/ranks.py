"""`run_ranks()` and `ranks()`: several processes side by side, in step.

    def average(rank, world_size):
        dist.init_process_group("gloo", rank=rank, world_size=world_size)
        x = torch.full((2,), float(rank))
        ranks("before", x=x)
        dist.all_reduce(x)
        ranks("after all-reduce", x=x)

    run_ranks(average, 4)

Rank 0 is this process, so it is recorded and stepped through like any other code; ranks 1 to 3 are
its children. `ranks` shows the values of all four, one column a rank, and what each printed since.
With `record=` what was shown is kept in a file, and shown from there where this machine lacks the
devices; `torchrun` makes such a record on a machine that has them.
"""

import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from lecture_tracer.authoring.arguments import string
from lecture_tracer.authoring.benchmarks import provenance
from lecture_tracer.authoring.rank_group import Group, root_folder
from lecture_tracer.authoring.rank_process import (
    READY,
    START_SECONDS,
    Current,
    Processes,
    describe,
    environment,
    environment_of_torchrun,
    run_as,
)
from lecture_tracer.authoring.renderings import emit, warn
from lecture_tracer.authoring.sink import active
from lecture_tracer.errors import BenchmarkError
from lecture_tracer.trace.schema import MissingRendering, Provenance, RanksRendering
from lecture_tracer.trace.store import write_atomic
from lecture_tracer.values import serialize

WAIT = 5.0
"""Seconds that the others are waited for at each `ranks()`."""
LIMIT = 60.0
"""Seconds after which ranks other than 0 are ended."""
_AFTER_FAILURE = 1.0


class Record(msgspec.Struct, frozen=True):
    """What was shown, and where."""

    world_size: int
    provenance: Provenance
    shown: list[RanksRendering]


def ranks(title: str = "", /, **values: object) -> None:
    """Show these values of every rank side by side, and what each printed since the last time.

    Every rank is to call it, in the same order. A rank that has died, or gives no answer in time,
    is shown as that. Raises RuntimeError outside of a function that `run_ranks` runs.
    """
    group = Current.group
    if group is None:
        raise RuntimeError(
            "ranks() works inside a function that run_ranks(function, world_size) runs"
        )
    root = str(root_folder())
    shown = {string(name, "ranks(…)"): serialize(v, root=root) for name, v in values.items()}
    if (rendering := group.show(string(title, "ranks(title)"), shown)) is not None:
        emit(rendering)
        group.prints.take()  # what a plain script prints of it is no print of rank 0's


def run_ranks(
    function: Callable[..., Any],
    world_size: int,
    *arguments: Any,
    device: str = "cpu",
    record: str = "",
    wait: float = WAIT,
    limit: float = LIMIT,
) -> Any:
    """Run `function(rank, world_size, *arguments)` in `world_size` processes.

    This process is rank 0, and what its function returns is given back; the others are started,
    with `MASTER_ADDR`, `MASTER_PORT`, `RANK` and `WORLD_SIZE` set and generators seeded with their
    rank. `function` stands at the top level of a module.

    `wait`: seconds that others are waited for at each `ranks()`. `limit`: seconds after which they
    are ended, so that nothing hangs. `record`: a file below the root that keeps what is shown; if
    it is there it is shown instead of running, unless `--measure` is given. `device="cuda"` needs
    as many devices as ranks; without them and without a record a placeholder is shown.
    Raises ValueError for what cannot be run, RuntimeError inside of another such function.
    """
    payload = _checked(function, world_size, arguments, device)
    path = _record_path(record)
    given = environment_of_torchrun()
    if given is not None:
        return _join(function, world_size, arguments, device, path, wait)
    sink = active()
    available = device == "cpu" or _devices() >= world_size
    if path is not None and path.exists() and not (available and sink and sink.measure):
        _show_record(path)
        return None
    if not available:
        reason = f"it needs {world_size} devices, this machine has {_devices()}, and has no record"
        warn(f"run_ranks: {function.__name__!r} is not run: {reason} (benchmark)")
        emit(MissingRendering(what=f"ranks {function.__name__}", reason=reason))
        return None
    with tempfile.TemporaryDirectory(prefix="lecture_tracer.ranks.") as folder:
        processes = Processes(world_size, payload, Path(folder), wait, limit)
        group = Group(0, world_size, Path(folder), wait, processes.ended)
        with environment(world_size), _ended(processes):
            processes.start()
            group.wait_for(READY, START_SECONDS)
            result = _as_rank_0(group, function, arguments, wait)
    if path is not None:
        _keep(path, group, provenance(device))
    return result


def _as_rank_0(
    group: Group, function: Callable[..., Any], arguments: tuple[Any, ...], wait: float
) -> Any:
    """Run the function here; afterwards show what the others still had to say."""
    seconds, late_is = _AFTER_FAILURE, "ended, since rank 0 failed"
    try:
        with group.printing():
            result = run_as(group, function, arguments)
        seconds, late_is = wait, ""
        return result
    finally:
        if (rendering := group.last_words(seconds, late_is)) is not None:
            emit(rendering)


def _join(
    function: Callable[..., Any],
    world_size: int,
    arguments: tuple[Any, ...],
    device: str,
    path: Path | None,
    wait: float,
) -> Any:
    """Be one of the processes that `torchrun` has started; rank 0 writes the record."""
    given = environment_of_torchrun()
    assert given is not None
    rank, size = int(given["RANK"]), int(given["WORLD_SIZE"])
    if size != world_size:
        raise ValueError(f"run_ranks: torchrun has started {size} processes, not {world_size}")
    # The same for all, and another at the next run: that of the agent that started them.
    agent = os.getppid() if given.get("LOCAL_WORLD_SIZE") == given["WORLD_SIZE"] else "all"
    run = f"{given['TORCHELASTIC_RUN_ID']}-{agent}-{function.__name__}"
    base = path.parent if path is not None else Path(tempfile.gettempdir())
    folder = base / f".ranks-{run}"
    group = Group(rank, world_size, folder, wait)
    if rank == 0:
        result = _as_rank_0(group, function, arguments, wait)
        if path is not None:
            script = Path(sys.argv[0]).name
            command = f"torchrun --nproc-per-node={given.get('LOCAL_WORLD_SIZE', size)} {script}"
            where = msgspec.structs.replace(provenance(device), command=command)
            _keep(path, group, where)
        shutil.rmtree(folder, ignore_errors=True)
        return result
    ended = ""
    try:
        with group.printing():
            return run_as(group, function, arguments)
    except BaseException as error:
        ended = describe(error, root_folder())
        raise
    finally:
        group.leave_end(ended)


def _checked(
    function: Callable[..., Any], world_size: int, arguments: tuple[Any, ...], device: str
) -> bytes:
    """The function and its arguments for another process. Raises ValueError if that cannot be."""
    if Current.group is not None:
        raise RuntimeError("run_ranks() inside of a function that run_ranks() runs")
    if not isinstance(world_size, int) or world_size < 1:
        raise ValueError(f"run_ranks: world_size={world_size!r}; give a number of processes")
    if device not in ("cpu", "cuda"):
        raise ValueError(f"run_ranks: device={device!r}; give 'cpu' or 'cuda'")
    try:
        return pickle.dumps((function, arguments))
    except Exception as error:
        raise ValueError(
            f"run_ranks: {function!r} or its arguments cannot be sent to another process: {error}; "
            "give a function at the top level of a module"
        ) from error


def _record_path(record: str) -> Path | None:
    if not record:
        return None
    root = root_folder()
    path = (root / record).resolve()
    if not path.is_relative_to(root.resolve()) or path.suffix != ".json":
        raise ValueError(f"run_ranks: record={record!r}; give a .json file below the root")
    return path


def _show_record(path: Path) -> None:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Record)
    except msgspec.DecodeError as error:
        raise BenchmarkError(f"{path.name}: not a record of ranks: {error}") from error
    for rendering in kept.shown:
        emit(msgspec.structs.replace(rendering, recorded=True, provenance=kept.provenance))


def _keep(path: Path, group: Group, where: Provenance) -> None:
    content = msgspec.json.encode(Record(group.world_size, where, group.shown))
    try:
        write_atomic(path, msgspec.json.format(content, indent=1) + b"\n")
    except OSError as error:
        warn(f"run_ranks: {path.name} is not written: {error.strerror} (benchmark)")


def _devices() -> int:
    torch = sys.modules.get("torch")
    return int(torch.cuda.device_count()) if torch is not None else 0


@contextmanager
def _ended(processes: Processes) -> Iterator[None]:
    try:
        yield
    finally:
        processes.end()
