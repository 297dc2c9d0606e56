"""The functions that outside tests of this assignment call, each a thin way to it."""

from __future__ import annotations

from typing import Any

import torch
from cs336_systems.ddp import DDPBucketed, DDPIndividualParameters
from cs336_systems.flash_attention import FlashAttention2PyTorch
from cs336_systems.flash_attention_triton import FlashAttention2Triton
from cs336_systems.fsdp import FSDP
from cs336_systems.sharded_optimizer import ShardedOptimizer
from torch import nn


def get_flashattention_autograd_function_pytorch() -> type[torch.autograd.Function]:
    """`flash_attention.FlashAttention2PyTorch`."""
    return FlashAttention2PyTorch


def get_flashattention_autograd_function_triton() -> type[torch.autograd.Function]:
    """`flash_attention_triton.FlashAttention2Triton`."""
    return FlashAttention2Triton


def get_ddp_individual_parameters(module: nn.Module) -> DDPIndividualParameters:
    """`ddp.DDPIndividualParameters`."""
    return DDPIndividualParameters(module)


def ddp_individual_parameters_on_after_backward(
    ddp_model: DDPIndividualParameters, optimizer: torch.optim.Optimizer
) -> None:
    """After backward, before the step: the gradients are averages."""
    ddp_model.finish_gradient_synchronization()


def get_ddp_bucketed(module: nn.Module, bucket_size_mb: float | None) -> DDPBucketed:
    """`ddp.DDPBucketed`."""
    return DDPBucketed(module, bucket_size_mb)


def ddp_bucketed_on_train_batch_start(
    ddp_model: DDPBucketed, optimizer: torch.optim.Optimizer
) -> None:
    """Before the forward pass of a batch."""
    ddp_model.on_train_batch_start()


def ddp_bucketed_on_after_backward(
    ddp_model: DDPBucketed, optimizer: torch.optim.Optimizer
) -> None:
    """After backward, before the step: the gradients are averages."""
    ddp_model.finish_gradient_synchronization()


def get_sharded_optimizer(
    params: Any, optimizer_cls: type[torch.optim.Optimizer], **kwargs: Any
) -> torch.optim.Optimizer:
    """`sharded_optimizer.ShardedOptimizer`."""
    return ShardedOptimizer(params, optimizer_cls, **kwargs)


def get_fsdp(module: nn.Module, compute_dtype: torch.dtype | None = None) -> FSDP:
    """`fsdp.FSDP`."""
    return FSDP(module, compute_dtype)
