"""What lecture 6 times on a CPU, each experiment with all its rows. Records, see `benchmark()`."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from cs336_systems.measurement.timing import time_repeated as time_repeated  # the lecture opens it

from lecture_tracer import benchmark
from lecture_tracer.trace.schema import BenchmarkRow
from lectures.lecture_06.import_records import COMPILED
from lectures.lecture_06.kernels import naive_gelu
from lectures.lecture_06.networks import MLP_BASE, training_steps, transformer_forward
from lectures.lecture_06.queueing import Device


def row_of(name: str, work: Callable[[], object], label: str, **more: object) -> BenchmarkRow:
    """One row of a table: measured on a CPU, or on record in this checkout."""
    row = benchmark(name, work, label=label, **more)  # type: ignore[arg-type]
    assert row is not None, f"{name}, {label}: its record is gone"
    return row


def clocks_at_a_queue(sizes: list[int]) -> dict[str, float]:
    """By how much the time grows from the first size of a product to the last, by two clocks."""
    worker, name = Device(), "A product in a queue"
    median: dict[tuple[str, int], float] = {}
    for n in sizes:
        a = torch.randn(n, n)
        launch = partial(worker.launch, partial(torch.matmul, a, a))

        def launch_and_wait(launch: Callable[[], None] = launch) -> None:
            launch()
            worker.synchronize()

        median["at once", n] = row_of(name, launch, f"{n}: at once", repeats=100).median
        worker.synchronize()
        median["waiting", n] = row_of(name, launch_and_wait, f"{n}: waiting", repeats=100).median
    return {
        clock: round(median[clock, sizes[-1]] / median[clock, sizes[0]], 1)
        for clock in ("at once", "waiting")
    }


def square_products(sizes: list[int]) -> list[BenchmarkRow]:
    """n × n times n × n in float32, one thread."""
    return [
        row_of(
            "Square product, float32, CPU",
            partial(torch.matmul, torch.randn(n, n), torch.randn(n, n)),
            f"{n}",
            repeats=200,
            flops=2 * n**3,
            parameters={"n": n},
        )
        for n in sizes
    ]


def mlp_sweeps() -> dict[str, dict[int, float]]:
    """Time of forward and backward relative to the base, one quantity times 2 and times 4."""
    name = "MLP, forward and backward, CPU"
    base = row_of(name, training_steps(**MLP_BASE), "base", repeats=400).median
    sweeps: dict[str, dict[int, float]] = {}
    for quantity, size in MLP_BASE.items():
        sweeps[quantity] = {1: 1.0}
        for factor in (2, 4):
            work = training_steps(**(MLP_BASE | {quantity: size * factor}))
            row = row_of(name, work, f"{quantity} × {factor}", repeats=400)
            sweeps[quantity][factor] = round(row.median / base, 2)
    return sweeps


def gelu_on_a_cpu() -> float:
    """How many times faster the compiled GeLU is than the plain one, on 262,144 floats."""
    x = torch.randn(2**18)
    kept: list[Callable[[torch.Tensor], object]] = []

    def compiled() -> object:
        if not kept:  # the compiler is slow to load, so only where it is timed
            kept.append(torch.compile(naive_gelu))
        return kept[0](x)

    rows = [
        row_of("GeLU of 262,144 floats, CPU", work, label, repeats=200, bytes=8 * x.numel())
        for label, work in (
            ("naive", lambda: naive_gelu(x)),
            ("built-in", lambda: F.gelu(x, approximate="tanh")),
            ("compiled", compiled),
        )
    ]
    return rows[0].median / rows[2].median


def transformer(name: str, label: str, context: int) -> BenchmarkRow:
    """A row of the small Transformer's forward pass on a GPU: the first call, or warm calls."""
    work = transformer_forward(context, compiled=name == COMPILED)
    calls = {"warmup": 0, "repeats": 1} if label == "first call" else {}
    return row_of(name, work, label, device="cuda", parameters={"context": context}, **calls)
