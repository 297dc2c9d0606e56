"""The functions that outside tests of this assignment call, each a thin way to it.

Each imports what it needs when it is called: a module that does not import, for want of Triton or
of assignment 1 or in the middle of a change, leaves the others testable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from cs336_systems.ddp import DDPBucketed, DDPIndividualParameters
    from cs336_systems.fsdp import FSDP


def get_flashattention_autograd_function_pytorch() -> type[torch.autograd.Function]:
    """`flash_attention.FlashAttention2PyTorch`."""
    from cs336_systems.flash_attention import FlashAttention2PyTorch

    return FlashAttention2PyTorch


def get_flashattention_autograd_function_triton() -> type[torch.autograd.Function]:
    """`flash_attention_triton.FlashAttention2Triton`."""
    from cs336_systems.flash_attention_triton import FlashAttention2Triton

    return FlashAttention2Triton


def run_weighted_sum(x: Tensor, weight: Tensor) -> Tensor:
    """`kernels.weighted_sum.weighted_sum`."""
    from cs336_systems.kernels.weighted_sum import weighted_sum

    return weighted_sum(x, weight)


def run_rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """`kernels.rms_norm.rms_norm`."""
    from cs336_systems.kernels.rms_norm import rms_norm

    return rms_norm(x, weight, eps)


def run_all_reduce_gradients_naive(parameters: Iterable[nn.Parameter]) -> None:
    """`ddp.all_reduce_gradients_naive`."""
    from cs336_systems.ddp import all_reduce_gradients_naive

    all_reduce_gradients_naive(parameters)


def run_all_reduce_gradients_flat(parameters: Iterable[nn.Parameter]) -> None:
    """`ddp.all_reduce_gradients_flat`."""
    from cs336_systems.ddp import all_reduce_gradients_flat

    all_reduce_gradients_flat(parameters)


def get_ddp_individual_parameters(module: nn.Module) -> DDPIndividualParameters:
    """`ddp.DDPIndividualParameters`."""
    from cs336_systems.ddp import DDPIndividualParameters

    return DDPIndividualParameters(module)


def ddp_individual_parameters_on_after_backward(
    ddp_model: DDPIndividualParameters, optimizer: torch.optim.Optimizer | None
) -> None:
    """After backward, before the step: the gradients are averages."""
    ddp_model.finish_gradient_synchronization()


def get_ddp_bucketed(module: nn.Module, bucket_size_mb: float | None) -> DDPBucketed:
    """`ddp.DDPBucketed`."""
    from cs336_systems.ddp import DDPBucketed

    return DDPBucketed(module, bucket_size_mb)


def ddp_bucketed_on_train_batch_start(
    ddp_model: DDPBucketed, optimizer: torch.optim.Optimizer | None
) -> None:
    """Before the forward pass of a batch."""
    ddp_model.on_train_batch_start()


def ddp_bucketed_on_after_backward(
    ddp_model: DDPBucketed, optimizer: torch.optim.Optimizer | None
) -> None:
    """After backward, before the step: the gradients are averages."""
    ddp_model.finish_gradient_synchronization()


def get_sharded_optimizer(
    params: Any, optimizer_cls: type[torch.optim.Optimizer], **kwargs: Any
) -> torch.optim.Optimizer:
    """`sharded_optimizer.ShardedOptimizer`."""
    from cs336_systems.sharded_optimizer import ShardedOptimizer

    return ShardedOptimizer(params, optimizer_cls, **kwargs)


def get_fsdp(module: nn.Module, compute_dtype: torch.dtype | None = None) -> FSDP:
    """`fsdp.FSDP`."""
    from cs336_systems.fsdp import FSDP

    return FSDP(module, compute_dtype)


def run_time_repeated(
    work: Callable[[], object], device: torch.device, warmup: int, repeats: int
) -> list[float]:
    """`measurement.timing.time_repeated`."""
    from cs336_systems.measurement.timing import time_repeated

    return time_repeated(work, device, warmup, repeats)


def run_summarize_ms(samples: Sequence[float]) -> dict[str, float]:
    """`measurement.timing.summarize_ms`."""
    from cs336_systems.measurement.timing import summarize_ms

    return summarize_ms(samples)


def run_forward_in_segments(blocks: Sequence[nn.Module], x: Tensor, segment: int) -> Tensor:
    """`measurement.saved_tensors.forward_in_segments`."""
    from cs336_systems.measurement.saved_tensors import forward_in_segments

    return forward_in_segments(blocks, x, segment)


def run_expected_peak(layers: int, segment: int, block_bytes: float, input_bytes: float) -> float:
    """`measurement.saved_tensors.expected_peak`."""
    from cs336_systems.measurement.saved_tensors import expected_peak

    return expected_peak(layers, segment, block_bytes, input_bytes)


def run_best_segment(layers: int, block_bytes: float, input_bytes: float) -> int:
    """`measurement.saved_tensors.best_segment`."""
    from cs336_systems.measurement.saved_tensors import best_segment

    return best_segment(layers, block_bytes, input_bytes)


def run_account(
    d_model: int, d_ff: int, num_layers: int, num_heads: int, vocab_size: int, context: int
) -> tuple[int, dict[str, float]]:
    """`accounting.account`: the number of weights, and operations by part."""
    from cs336_systems.accounting import account
    from cs336_systems.model_sizes import ModelSize

    found = account(ModelSize(d_model, d_ff, num_layers, num_heads), context, vocab_size)
    return found.parameters, found.flops


def run_state_memory(num_parameters: float, ranks: int, stage: int) -> dict[str, float]:
    """`parallelism.zero.state_memory` with the default recipe, as a dictionary."""
    from cs336_systems.parallelism.zero import state_memory

    found = state_memory(num_parameters, ranks, stage)
    return {
        "weights": found.weights, "gradients": found.gradients, "optimizer": found.optimizer
    }  # fmt: skip


def run_state_traffic(num_parameters: float, ranks: int, stage: int, micro_batches: int) -> float:
    """`parallelism.zero.state_traffic` with the default recipe."""
    from cs336_systems.parallelism.zero import state_traffic

    return state_traffic(num_parameters, ranks, stage, micro_batches=micro_batches)


def run_bubble_fraction(pipeline: int, micro_batches: int, interleave: int) -> float:
    """`parallelism.calculator.bubble_fraction`."""
    from cs336_systems.parallelism.calculator import bubble_fraction

    return bubble_fraction(pipeline, micro_batches, interleave)
