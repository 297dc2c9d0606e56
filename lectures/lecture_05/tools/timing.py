"""The clocks of the measuring program, and what the driver's own tool says."""

import statistics
import subprocess
from collections.abc import Callable

import torch

from lectures.shared.measuring import by_events, by_host

GPU = torch.cuda.is_available()
DEVICE = "cuda" if GPU else "cpu"
SLEEP = 1_500_000  # cycles in front of a series, while the host fills the queue
Work = Callable[[], object]


def clock(work: Work, repeats: int = 20) -> list[float]:
    """Seconds of each call by the GPU's clock; by the host's where there is no GPU."""
    return by_events(work, 3, repeats) if GPU else by_host(work, 1, 3)


def back_to_back(work: Work, calls: int = 20) -> float:
    """Seconds of one call among many that wait in the queue, so that the host cannot delay them."""
    if not GPU:
        return statistics.median(by_host(work, 1, 3))
    start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    work()
    torch.cuda._sleep(SLEEP)  # type: ignore[no-untyped-call]
    start.record()
    for _ in range(calls):
        work()
    end.record()
    end.synchronize()
    return float(start.elapsed_time(end)) / 1e3 / calls


def short(value: float) -> float:
    """Five significant digits."""
    return float(f"{value:.5g}")


def smi(fields: str) -> str:
    """What nvidia-smi says of the first GPU."""
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits", "-i", "0"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except OSError as error:
        return str(error)
    return done.stdout.strip()
