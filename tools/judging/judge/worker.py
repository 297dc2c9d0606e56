"""Calls adapters: `python worker.py ADAPTERS FOLDER…`; requests and answers by pickle.

The judge runs it twice: with the course's implementation and, to measure, with the student's. Both
ends are started by the judge on one machine, so what is unpickled is its own. A name with a colon,
`judge.contest:run`, is a function of the judge that gets the adapters first.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pickle
import resource
import sys
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO


def main(adapters_path: str, folders: list[str]) -> None:
    """Answer requests until the judge closes the pipe."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the code prints must not get between the answers
    sys.path[:0] = folders
    judge = ModuleType("judge")  # this folder, whatever lies in those above
    judge.__path__ = [str(Path(__file__).resolve().parent)]
    sys.modules["judge"] = judge
    spec = importlib.util.spec_from_file_location("adapters", adapters_path)
    assert spec is not None
    assert spec.loader is not None
    adapters = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(adapters)
    serve(sys.stdin.buffer, answers, adapters)


def serve(requests: BinaryIO, answers: BinaryIO, adapters: Any) -> None:
    """One answer a request: value, CPU seconds and growth of the peak memory in bytes."""
    while True:
        try:
            name, arguments, then = pickle.load(requests)
        except EOFError:
            return
        try:
            peak, started = _peak(reset=True), _cpu()
            value = _function(adapters, name)(*arguments)
            if then is not None:
                peak, started = _peak(reset=True), _cpu()
                value = getattr(value, then[0])(*then[1])
            if isinstance(value, Iterator):
                value = list(value)
            seconds, grown = _cpu() - started, _peak() - peak
            answer: Any = ("ok", value, seconds, grown)
        except Exception:
            answer = ("error", traceback.format_exc(), 0.0, 0)
        pickle.dump(answer, answers)
        answers.flush()


def _function(adapters: Any, name: str) -> Any:
    """An adapter, or with a colon a function of the judge that gets the adapters first."""
    module, colon, function = name.partition(":")
    if not colon:
        return getattr(adapters, name)
    return partial(getattr(importlib.import_module(module), function), adapters)


def _cpu() -> float:
    """CPU seconds of this process and of those that it started and that have ended."""
    own, children = (
        resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _peak(*, reset: bool = False) -> int:
    """Most memory that was resident since the last reset, in bytes; the start without /proc."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
