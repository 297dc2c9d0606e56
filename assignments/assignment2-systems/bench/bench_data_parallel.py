"""Time a training step under every data-parallel strategy, for scaling over 1, 2, 4 … GPUs.

    torchrun --standalone --nproc-per-node 4 bench/bench_data_parallel.py \\
        --size large --context 1024 --batch 4 --output results/data_parallel_4.json

Weak scaling: `--batch` sequences per process, bf16 compute on float32 weights, AdamW (PyTorch's
fused one, so that the optimizer's own launches do not hide communication). Every strategy trains on
the same data from the same weights; the loss of the last step is recorded, and must agree.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from cs336_basics.fast.attention import attention_backend
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_systems.ddp import (
    DDPBucketed,
    DDPIndividualParameters,
    all_reduce_gradients_flat,
    all_reduce_gradients_naive,
)
from cs336_systems.distributed.collectives import broadcast_module_state
from cs336_systems.distributed.launch import Rank, fail_with_reason, process_group
from cs336_systems.fsdp import FSDP
from cs336_systems.measurement.arguments import positive_int
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.timing import Stopwatch, summarize_ms
from cs336_systems.model_sizes import MODEL_SIZES, build_model, random_batch
from cs336_systems.sharded_optimizer import ShardedOptimizer
from torch import Tensor, nn
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.nn.parallel import DistributedDataParallel

BYTES_PER_GB = 2**30
LEARNING_RATE = 1e-4
PHASES = ("forward_backward_ms", "synchronize_ms", "optimizer_ms")


@dataclass
class Trainer:
    """A model prepared by one strategy: how to call it, synchronise gradients and update."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    synchronize: Callable[[], None]
    autocast: bool = True
    """False where the strategy itself computes in bf16."""


def _nothing() -> None:
    pass


def _adamw(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)


def _compute_only(model: TransformerLM) -> Trainer:
    return Trainer(model, _adamw(model), _nothing)


def _after_backward(average: Callable[[list[nn.Parameter]], None], model: TransformerLM) -> Trainer:
    broadcast_module_state(model)
    return Trainer(model, _adamw(model), lambda: average(list(model.parameters())))


def _individual(model: TransformerLM) -> Trainer:
    ddp = DDPIndividualParameters(model)
    return Trainer(ddp, _adamw(ddp), ddp.finish_gradient_synchronization)


def _bucketed(bucket_mb: float | None, model: TransformerLM) -> Trainer:
    ddp = DDPBucketed(model, bucket_mb)
    return Trainer(ddp, _adamw(ddp), ddp.finish_gradient_synchronization)


def _bucketed_sharded_optimizer(model: TransformerLM) -> Trainer:
    ddp = DDPBucketed(model, 100.0)
    optimizer = ShardedOptimizer(ddp.parameters(), torch.optim.AdamW, lr=LEARNING_RATE, fused=True)
    return Trainer(ddp, optimizer, ddp.finish_gradient_synchronization)


def _fsdp(prefetch: int, model: TransformerLM) -> Trainer:
    fsdp = FSDP(model, compute_dtype=torch.bfloat16, prefetch=prefetch)
    return Trainer(fsdp, _adamw(fsdp), fsdp.finish_gradient_synchronization, autocast=False)


def _torch_ddp(model: TransformerLM) -> Trainer:
    device = next(model.parameters()).device
    ddp = DistributedDataParallel(
        model,
        device_ids=[device.index] if device.type == "cuda" else None,
        gradient_as_bucket_view=True,
    )
    return Trainer(ddp, _adamw(ddp), _nothing)


def _torch_fsdp(model: TransformerLM) -> Trainer:
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    for block in model.layers:
        fully_shard(block, mp_policy=policy)
    fully_shard(model, mp_policy=policy)
    return Trainer(model, _adamw(model), _nothing, autocast=False)


STRATEGIES: dict[str, Callable[[TransformerLM], Trainer]] = {
    "compute_only": _compute_only,
    "naive": partial(_after_backward, all_reduce_gradients_naive),
    "flat": partial(_after_backward, all_reduce_gradients_flat),
    "individual": _individual,
    "bucketed_1mb": partial(_bucketed, 1.0),
    "bucketed_10mb": partial(_bucketed, 10.0),
    "bucketed_100mb": partial(_bucketed, 100.0),
    "bucketed_all": partial(_bucketed, None),
    "bucketed_zero1": _bucketed_sharded_optimizer,
    "fsdp_no_prefetch": partial(_fsdp, 0),
    "fsdp": partial(_fsdp, 1),
    "torch_ddp": _torch_ddp,
    "torch_fsdp": _torch_fsdp,
}
"""`compute_only` leaves the ranks apart: the time that communication is measured against."""


def measure(strategy: str, options: argparse.Namespace, rank: Rank) -> dict[str, Any]:
    """One record: step time of the slowest rank, throughput, loss and most memory of any rank."""
    model = build_model(options.size, options.context, rank.device)
    trainer = STRATEGIES[strategy](model)
    if rank.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(rank.device)
    batches = [
        random_batch(
            options.batch, options.context, rank.device, seed=i * rank.world_size + rank.index
        )
        for i in range(options.warmup + options.steps)
    ]
    for batch in batches[: options.warmup]:
        _step(trainer, batch, Stopwatch(rank.device))
    stopwatch = Stopwatch(rank.device)
    stopwatch.mark()
    for batch in batches[options.warmup :]:
        loss = _step(trainer, batch, stopwatch)
    laps = stopwatch.laps_ms()
    dist.all_reduce(loss)
    per_phase = dict(zip(PHASES, (laps[i :: len(PHASES)] for i in range(len(PHASES))), strict=True))
    phases = {name: summarize_ms(samples)["median_ms"] for name, samples in per_phase.items()}
    totals = [sum(step) for step in zip(*per_phase.values(), strict=True)]
    phases["step_ms"] = summarize_ms(totals)["median_ms"]
    phases["peak_gb"] = _peak_gb(rank.device)
    slowest = torch.tensor(list(phases.values()), dtype=torch.float64, device=rank.device)
    dist.all_reduce(slowest, op=dist.ReduceOp.MAX)
    worst = dict(zip(phases, slowest.tolist(), strict=True))
    tokens = options.batch * options.context * rank.world_size
    return {
        "strategy": strategy,
        "world_size": rank.world_size,
        "backend": dist.get_backend(),
        "size": options.size,
        "context": options.context,
        "batch_per_rank": options.batch,
        **worst,
        "tokens_per_s": tokens / (worst["step_ms"] * 1e-3),
        "last_loss": loss.item() / rank.world_size,
    }


def _step(trainer: Trainer, batch: tuple[Tensor, Tensor], stopwatch: Stopwatch) -> Tensor:
    """One step, marked after backward, after synchronisation and after the update; its loss."""
    context: AbstractContextManager[object] = nullcontext()
    if trainer.autocast:
        context = torch.autocast(batch[0].device.type, dtype=torch.bfloat16)
    with context:
        loss = cross_entropy(trainer.model(batch[0]), batch[1])
    torch.autograd.backward(loss)
    stopwatch.mark()
    trainer.synchronize()
    stopwatch.mark()
    trainer.optimizer.step()
    trainer.optimizer.zero_grad()
    stopwatch.mark()
    return loss.detach()


def _peak_gb(device: torch.device) -> float:
    if device.type != "cuda":
        return 0.0
    return torch.cuda.max_memory_allocated(device) / BYTES_PER_GB


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(description="Time data-parallel training strategies.")
    parser.add_argument("--strategies", nargs="+", choices=STRATEGIES, default=list(STRATEGIES))
    parser.add_argument("--size", choices=MODEL_SIZES, default="large")
    parser.add_argument("--context", type=positive_int, default=1024)
    parser.add_argument("--batch", type=positive_int, default=4, help="sequences per process")
    parser.add_argument("--warmup", type=int, default=4)
    parser.add_argument("--steps", type=positive_int, default=10)
    parser.add_argument("--backend", choices=["nccl", "gloo"], help="default: nccl with GPUs")
    parser.add_argument("--output", type=Path, help="JSON file, rewritten after each strategy")
    return parser.parse_args(arguments)


@fail_with_reason
def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every strategy and print one line each."""
    options = parse_arguments(arguments)
    records = []
    with process_group(options.backend) as rank, attention_backend("fused"):
        for strategy in options.strategies:
            record = measure(strategy, options, rank)
            records.append(record)
            gc.collect()
            if rank.device.type == "cuda":
                torch.cuda.empty_cache()
            if rank.is_first:
                print(
                    "{strategy:17} n={world_size}  step {step_ms:8.2f} ms  after backward "
                    "{synchronize_ms:7.2f} ms  {tokens_per_s:9.0f} tokens/s  peak {peak_gb:5.1f} "
                    "GiB  loss {last_loss:.4f}".format(**record),
                    flush=True,
                )
                if options.output:
                    write_results(options.output, records)


if __name__ == "__main__":
    main()
