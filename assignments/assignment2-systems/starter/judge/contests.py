"""The contests of assignment 2: steps of two ranks, divided optimizer state, attention on a GPU."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from judge.contest import ContestError, Settings, contest
from torch import nn
from torch.distributed import FileStore  # type: ignore[attr-defined]

RANKS = 2
BUCKET_MB = 0.25
WIDTH, LAYERS, BATCH = 256, 6, 8
PATIENCE_S = 60.0
"""For what ranks do besides the time that a contest gives them."""
HEADS, LENGTH, HEAD_DIM = 16, 4096, 64


@contest("steps", unit="steps/s", better="higher", seconds=10, cores=2,
         needs=["ddp_bucketed"])  # fmt: skip
def steps(adapters: Any, settings: Settings) -> float:
    """Training steps a second of two ranks over gloo, gradients averaged in buckets."""

    def work(rank: int) -> float:
        torch.manual_seed(settings.seed)
        layers = [part for _ in range(LAYERS) for part in (nn.Linear(WIDTH, WIDTH), nn.Tanh())]
        model = adapters.get_ddp_bucketed(nn.Sequential(*layers), BUCKET_MB)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        x = torch.randn(BATCH, WIDTH)
        done, started = 0, time.perf_counter()
        going = torch.ones(())
        while going:
            adapters.ddp_bucketed_on_train_batch_start(model, optimizer)
            optimizer.zero_grad()
            model(x).square().mean().backward()
            adapters.ddp_bucketed_on_after_backward(model, optimizer)
            optimizer.step()
            done += 1
            if done % 10 == 0:  # both stop after the same step
                going.fill_(time.perf_counter() - started < settings.seconds)
                dist.broadcast(going, 0)
        return done / (time.perf_counter() - started)

    return min(on_ranks(work, settings.seconds))


@contest("optimizer_state", unit="of all state", better="lower", seconds=0, cores=2,
         needs=["sharded_optimizer"])  # fmt: skip
def optimizer_state(adapters: Any, settings: Settings) -> float:
    """Largest share of AdamW's state on one of two ranks, for parameters of uneven sizes."""

    def work(rank: int) -> float:
        draw = torch.Generator().manual_seed(settings.seed)
        sizes = [*torch.randint(1, 400, (9,), generator=draw).tolist(), 3000]
        parameters = [nn.Parameter(torch.zeros(size)) for size in sizes]
        made: list[torch.optim.Optimizer] = []

        class Counted(torch.optim.AdamW):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                made.append(self)

        optimizer = adapters.get_sharded_optimizer(parameters, Counted, lr=0.1)
        for parameter in parameters:
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        moments = [state[name] for one in made for state in one.state.values()
                   for name in ("exp_avg", "exp_avg_sq")]  # fmt: skip
        kept = sum(int(moment.numel()) for moment in moments)
        return float(kept / (2 * sum(sizes)))

    return max(on_ranks(work, settings.seconds))


@contest("attention", unit="TFLOP/s", better="higher", seconds=5, gpu=True,
         needs=["flash_on_gpu"])  # fmt: skip
def attention(adapters: Any, settings: Settings) -> float:
    """Causal attention of 16 heads over 4,096 tokens in bfloat16, forward and backward."""
    apply = adapters.get_flashattention_autograd_function_triton().apply
    torch.manual_seed(settings.seed)
    q, k, v = (
        torch.randn(HEADS, LENGTH, HEAD_DIM, device="cuda", dtype=torch.bfloat16).requires_grad_()
        for _ in range(3)
    )

    def step() -> None:
        apply(q, k, v, True).sum().backward()

    for _ in range(10):
        step()
    torch.cuda.synchronize()
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < settings.seconds:
        for _ in range(10):
            step()
        torch.cuda.synchronize()
        done += 10
    # Two products forward and five backward, half of each behind the causal mask.
    flops = 7 * 2 * HEADS * LENGTH**2 * HEAD_DIM / 2
    return flops * done / (time.perf_counter() - started) / 1e12


def on_ranks(work: Callable[[int], float], seconds: float) -> list[float]:
    """What `work(rank)` gives in two forked processes of one gloo group."""
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        pipes, processes = [], []
        for rank in range(RANKS):
            receive, send = fork.Pipe(duplex=False)
            given = (work, rank, str(Path(folder) / "store"), send)
            processes.append(fork.Process(target=_rank, args=given, daemon=True))
            pipes.append(receive)
        try:
            for process in processes:
                process.start()
            return [_received(pipe, rank, seconds) for rank, pipe in enumerate(pipes)]
        finally:
            for process in processes:
                process.kill()
                process.join()


def _received(pipe: Connection, rank: int, seconds: float) -> float:
    if not pipe.poll(seconds + PATIENCE_S):
        raise ContestError(f"rank {rank} did not end within {seconds + PATIENCE_S:.0f} s")
    value = pipe.recv()
    if isinstance(value, str):
        raise ContestError(f"rank {rank}: {value}")
    return float(value)


def _rank(work: Callable[[int], float], rank: int, store: str, send: Connection) -> None:
    try:
        dist.init_process_group("gloo", store=FileStore(store, RANKS), rank=rank, world_size=RANKS)
        send.send(work(rank))
    except Exception as error:
        send.send(f"{type(error).__name__}: {error}")
