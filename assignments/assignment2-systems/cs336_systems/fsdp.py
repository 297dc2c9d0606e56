"""Fully sharded data parallelism (ZeRO stage 3) for models built from `cs336_basics.model`.

Each rank stores 1/world_size of the rows of every `Linear` and `Embedding` weight, with its
gradient and, because the optimizer sees only shards, its optimizer state. A full weight exists only
while its layer computes:

    forward    all-gather weight i+1 ‖ compute layer i     free weight i
    backward   all-gather weight i−1 ‖ compute layer i     free weight i, reduce-scatter gradient

Normalisation weights are small: they are replicated, their gradients averaged in one all-reduce.
Every rank has to run the same layers in the same order.

Zhao et al. 2023, "PyTorch FSDP" (arXiv 2304.11277); Rajbhandari et al. 2020, "ZeRO", section 5.3.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from cs336_basics.model import Embedding, Linear
from torch import Tensor, nn

from cs336_systems.collectives import broadcast_module_state, require_process_group
from cs336_systems.ddp import all_reduce_gradients_flat
from cs336_systems.sharded_weight import ShardedWeight

MAX_REDUCTIONS_IN_FLIGHT = 2
"""Full gradients that may wait for their reduce-scatter; more would keep more memory."""


class FSDP(nn.Module):
    """Shard `module` over all ranks; use it like `module`, with an optimizer on `parameters()`.

    After `backward` call `finish_gradient_synchronization()`, then step the optimizer. A gradient
    norm over `parameters()` would cover this rank's shards only: use `clip_gradient_norm`.

    Args:
        module: built alike on every rank; rank 0's values are taken. Its parameters become shards
            in place: `Linear` and `Embedding` weights hold `ceil(rows / world_size)` rows (the last
            ranks may hold fewer, even none), all else stays whole. Names do not change.
        compute_dtype: dtype in which sharded layers are gathered and compute, such as
            torch.bfloat16; their floating-point input is cast to it. Shards, gradients and the
            averaging stay in the parameter's own dtype. None computes in that dtype too.
        prefetch: how many weights are gathered ahead of the layer that computes.
    """

    def __init__(
        self, module: nn.Module, compute_dtype: torch.dtype | None = None, prefetch: int = 2
    ) -> None:
        if prefetch < 0:
            raise ValueError(f"prefetch is {prefetch}: give the number of weights, 0 or more")
        require_process_group("FSDP")
        super().__init__()
        broadcast_module_state(module)
        self.module = module
        self._compute_dtype = compute_dtype
        self._prefetch = prefetch
        self._weights: dict[nn.Parameter, ShardedWeight] = {}
        self._read_in_backward: set[ShardedWeight] = set()
        for layer in module.modules():
            if isinstance(layer, Linear | Embedding):
                self._shard(layer)
        self._reducing: deque[ShardedWeight] = deque()
        # Order of use in the last forward pass; at first a guess. It only steers prefetching.
        self._order = list(self._weights.values())
        self._recorded: list[ShardedWeight] = []
        self._is_recording = False
        # Activation checkpointing repeats layers in backward, where a weight may already be there
        # for the backward that asked for the repetition: the repeated layer must not free it.
        self._awaited_in_backward: set[ShardedWeight] = set()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrapped module, gathering each weight just before it is needed."""
        self._release_all()  # an optimizer step may have changed the shards
        self._recorded = []
        self._is_recording = True
        try:
            return self.module(*args, **kwargs)
        finally:
            self._is_recording = False
            self._order = self._recorded
            self._release_all()

    def finish_gradient_synchronization(self) -> None:
        """Wait until every `grad` is the average over all ranks; call between backward and step.

        Afterwards the `grad` of a sharded parameter has its shard's shape and dtype. Several
        backward passes before one call accumulate, as in one process.
        """
        while self._reducing:
            self._reducing.popleft().finish_reduction()
        all_reduce_gradients_flat(self._replicated_parameters())
        self._release_all()

    @torch.no_grad()
    def clip_gradient_norm(self, max_l2_norm: float, eps: float = 1e-6) -> Tensor:
        """Scale all gradients so that their norm over the whole model is at most `max_l2_norm`.

        Call after `finish_gradient_synchronization()`, on every rank. Returns the norm before.
        """
        device = next(self.parameters()).device
        squares = torch.zeros((), device=device)
        for parameter in self._weights:
            if parameter.grad is not None:
                squares += parameter.grad.square().sum()
        dist.all_reduce(squares)
        for parameter in self._replicated_parameters():
            if parameter.grad is not None:
                squares += parameter.grad.square().sum()
        norm = squares.sqrt()
        scale = (max_l2_norm / (norm + eps)).clamp(max=1.0)
        for parameter in self.parameters():
            if parameter.grad is not None:
                parameter.grad *= scale
        return norm

    @torch.no_grad()
    def gather_full_parameters(self) -> dict[str, Tensor]:
        """Every parameter of `module` by its name, as a new full float32 tensor on every rank."""
        full = {parameter: weight.full_values() for parameter, weight in self._weights.items()}
        return {
            name: full[parameter] if parameter in full else parameter.detach().float().clone()
            for name, parameter in self.module.named_parameters(remove_duplicate=False)
        }

    def _shard(self, layer: Linear | Embedding) -> None:
        parameter = layer.weight
        if parameter not in self._weights:  # else tied: one shard serves several layers
            weight = ShardedWeight(parameter, self._compute_dtype)
            weight.full.register_post_accumulate_grad_hook(  # type: ignore[no-untyped-call]
                partial(self._on_gradient, weight)
            )
            self._weights[parameter] = weight
        weight = self._weights[parameter]
        if isinstance(layer, Linear):  # backward of an embedding only scatters gradients
            self._read_in_backward.add(weight)
        layer.register_forward_pre_hook(partial(self._before_layer, weight))
        layer.register_forward_hook(partial(self._after_layer, weight), always_call=True)

    def _before_layer(self, weight: ShardedWeight, layer: nn.Module, args: tuple[Any, ...]) -> Any:
        if not self._is_recording and weight.is_allocated:
            self._awaited_in_backward.add(weight)
        weight.finish_gather()
        if self._is_recording:
            position = len(self._recorded)
            self._recorded.append(weight)
            if position < len(self._order) and self._order[position] is weight:
                for upcoming in self._order[position + 1 : position + 1 + self._prefetch]:
                    upcoming.start_gather()
        _set_weight(layer, weight.full)
        args = tuple(self._cast(argument) for argument in args)
        if not weight.parameter.requires_grad:
            # Frozen: no gradient will say that backward is done with the weight; the input's does.
            for argument in args:
                if isinstance(argument, Tensor) and argument.requires_grad:
                    argument.register_hook(lambda _: weight.release())  # type: ignore[no-untyped-call]
        return args

    def _after_layer(
        self, weight: ShardedWeight, layer: nn.Module, args: tuple[Any, ...], output: Any
    ) -> None:
        _set_weight(layer, weight.parameter)
        if weight in self._awaited_in_backward:
            self._awaited_in_backward.remove(weight)
        else:
            weight.release()
        if isinstance(output, Tensor) and output.requires_grad and isinstance(layer, Linear):
            position = len(self._recorded) - 1 if self._is_recording else 0
            output.register_hook(  # type: ignore[no-untyped-call]
                lambda _: self._before_layer_backward(weight, position)
            )

    def _before_layer_backward(self, weight: ShardedWeight, position: int) -> None:
        """Gather `weight`, and begin with those used before it at forward position `position`."""
        weight.finish_gather()
        for upcoming in self._order[max(position - self._prefetch, 0) : position][::-1]:
            if upcoming in self._read_in_backward:
                upcoming.start_gather()

    def _on_gradient(self, weight: ShardedWeight, _: Tensor) -> None:
        weight.release()
        weight.start_reduction()
        self._reducing.append(weight)
        if len(self._reducing) > MAX_REDUCTIONS_IN_FLIGHT:
            self._reducing.popleft().finish_reduction()

    def _cast(self, argument: Any) -> Any:
        if self._compute_dtype is None or not isinstance(argument, Tensor):
            return argument
        return argument.to(self._compute_dtype) if argument.is_floating_point() else argument

    def _replicated_parameters(self) -> list[nn.Parameter]:
        return [p for p in self.module.parameters() if p not in self._weights]

    def _release_all(self) -> None:
        self._awaited_in_backward.clear()
        for weight in self._weights.values():
            weight.release()


def _set_weight(layer: nn.Module, weight: Tensor) -> None:
    """Let `layer.weight` be the shard (an `nn.Parameter`) or, while it computes, all rows."""
    del layer.weight
    layer.weight = weight
