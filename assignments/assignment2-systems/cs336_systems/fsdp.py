"""Fully sharded data parallelism (ZeRO stage 3) for models built from `cs336_basics.model`.

Each rank stores 1/world_size of the rows of every `Linear` and `Embedding` weight, with its
gradient and, because the optimizer sees only shards, its optimizer state. The weights of one block
form a unit, any other layer is a unit of its own. Full weights exist while their unit computes:

    forward    all-gather unit i+1 ‖ compute unit i     free unit i
    backward   all-gather unit i−1 ‖ compute unit i     free unit i, reduce-scatter its gradients

Normalisation weights are small: they are replicated, their gradients averaged in one all-reduce.
Every rank has to run the same layers in the same order.

Zhao et al. 2023, "PyTorch FSDP" (arXiv 2304.11277); Rajbhandari et al. 2020, "ZeRO", section 5.3.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from cs336_basics.model import Embedding, Linear
from torch import Tensor, nn

from cs336_systems.ddp import all_reduce_gradients_flat
from cs336_systems.distributed.collectives import broadcast_module_state, require_process_group
from cs336_systems.distributed.hooks import on_accumulated_gradient
from cs336_systems.distributed.sharded_unit import ShardedUnit, ShardedWeight

MAX_REDUCTIONS_IN_FLIGHT = 1
"""Units whose full gradients may wait for their reduce-scatter; more would keep more memory."""


class FSDP(nn.Module):
    """Shard `module` over all ranks; use it like `module`, with an optimizer on `parameters()`.

    After `backward` call `finish_gradient_synchronization()`, then step the optimizer. A gradient
    norm over `parameters()` would cover this rank's shards only: use `clip_gradient_norm`.

    Args:
        module: built alike on every rank; rank 0's values are taken. Its parameters become shards
            in place: `Linear` and `Embedding` weights hold `ceil(rows / world_size)` rows (the last
            ranks may hold fewer, even none), all else stays whole. Names do not change. Each entry
            of an `nn.ModuleList` is taken for a block.
        compute_dtype: dtype in which sharded layers are gathered and compute, such as
            torch.bfloat16; their floating-point input is cast to it. Shards, gradients and the
            averaging stay in the parameter's own dtype. None computes in that dtype too.
        prefetch: how many units are gathered ahead of the one that computes.
    """

    def __init__(
        self, module: nn.Module, compute_dtype: torch.dtype | None = None, prefetch: int = 1
    ) -> None:
        if prefetch < 0:
            raise ValueError(f"prefetch is {prefetch}: give the number of units, 0 or more")
        require_process_group("FSDP")
        super().__init__()
        broadcast_module_state(module)
        self.module = module
        self._compute_dtype = compute_dtype
        self._prefetch = prefetch
        self._units = [ShardedUnit(group, compute_dtype) for group in _parameter_groups(module)]
        self._sharded = {weight.parameter: weight for u in self._units for weight in u.weights}
        self._owner_of = {w.full: (unit, w) for unit in self._units for w in unit.weights}
        self._read_in_backward: set[ShardedUnit] = set()
        self._active: ShardedUnit | None = None
        # Order of use in the last forward pass; at first a guess. It only steers prefetching.
        self._order = list(self._units)
        self._recorded: list[ShardedUnit] = []
        self._is_recording = False
        self._used: dict[ShardedUnit, set[ShardedWeight]] = {unit: set() for unit in self._units}
        self._ready: dict[ShardedUnit, set[ShardedWeight]] = {unit: set() for unit in self._units}
        self._reducing: deque[ShardedUnit] = deque()
        self._add_hooks()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrapped module, gathering each unit just before it is needed."""
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
        for unit in self._units:
            if self._ready[unit]:  # some of its layers had no influence on the loss
                self._reduce(unit)
            self._used[unit].clear()
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
        for parameter in self._sharded:
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
        full: dict[nn.Parameter, Tensor] = {}
        for unit in self._units:
            parameters = [weight.parameter for weight in unit.weights]
            full |= dict(zip(parameters, unit.full_values(), strict=True))
        return {
            name: full[parameter] if parameter in full else parameter.detach().float().clone()
            for name, parameter in self.module.named_parameters(remove_duplicate=False)
        }

    @torch.no_grad()
    def load_full_parameters(self, values: Mapping[str, Tensor]) -> None:
        """Take over whole parameters, as `gather_full_parameters` or `join_shards` give them.

        Each rank keeps its rows, so the values may come from any number of processes.

        Raises:
            ValueError: a name is missing or unknown, or a shape differs. Nothing is changed then.
        """
        expected = dict(self.module.named_parameters(remove_duplicate=False))
        names = sorted(values.keys() ^ expected.keys())
        if names:
            raise ValueError(f"the parameters differ from this model's: {', '.join(names[:3])}")
        for name, parameter in expected.items():
            shape = self._full_shape(parameter)
            if tuple(values[name].shape) != shape:
                raise ValueError(f"{name} has shape {tuple(values[name].shape)}, not {shape}")
        self._release_all()
        for name, parameter in expected.items():
            if parameter in self._sharded:
                self._sharded[parameter].take_rows(values[name])
            else:
                parameter.copy_(values[name])

    @torch.no_grad()
    def shard_state(self) -> dict[str, Any]:
        """What this rank stores of the parameters; save one file per rank, see `join_shards`."""
        named = dict(self.module.named_parameters(remove_duplicate=False))
        return {
            "rank": dist.get_rank(),
            "world_size": dist.get_world_size(),
            "sharded": {n: p.detach().clone() for n, p in named.items() if p in self._sharded},
            "whole": {n: p.detach().clone() for n, p in named.items() if p not in self._sharded},
        }

    def _full_shape(self, parameter: nn.Parameter) -> tuple[int, ...]:
        rows = self._sharded[parameter].rows if parameter in self._sharded else parameter.shape[0]
        return (rows, *parameter.shape[1:])

    def _add_hooks(self) -> None:
        for full in self._owner_of:
            on_accumulated_gradient(full, self._on_gradient)
        for layer in self.module.modules():
            if isinstance(layer, Linear | Embedding):
                weight = self._sharded[layer.weight]
                unit, _ = self._owner_of[weight.full]
                if isinstance(layer, Linear):  # backward of an embedding only scatters gradients
                    self._read_in_backward.add(unit)
                layer.register_forward_pre_hook(partial(self._before_layer, unit, weight))
                layer.register_forward_hook(
                    partial(self._after_layer, unit, weight), always_call=True
                )

    def _before_layer(
        self, unit: ShardedUnit, weight: ShardedWeight, layer: nn.Module, args: tuple[Any, ...]
    ) -> Any:
        if self._is_recording:
            if unit is not self._active:
                self._recorded.append(unit)
                position = len(self._recorded)
                # Until the order is known to be the last one's, gathering ahead would be a guess.
                is_expected = self._order[position - 1 : position] == [unit]
                ahead = self._order[position : position + self._prefetch] if is_expected else []
                self._activate(unit, ahead)
        else:  # activation checkpointing repeats layers in backward, which then frees the unit
            unit.finish_gather()
        if torch.is_grad_enabled() and weight.parameter.requires_grad:
            self._used[unit].add(weight)
        _set_weight(layer, weight.full)
        return tuple(self._cast(argument) for argument in args)

    def _after_layer(
        self,
        unit: ShardedUnit,
        weight: ShardedWeight,
        layer: nn.Module,
        args: tuple[Any, ...],
        output: Any,
    ) -> None:
        _set_weight(layer, weight.parameter)
        if isinstance(output, Tensor) and output.requires_grad and isinstance(layer, Linear):
            position = len(self._recorded) - 1 if self._is_recording else 0
            output.register_hook(  # type: ignore[no-untyped-call]
                lambda _: self._before_layer_backward(unit, position)
            )

    def _before_layer_backward(self, unit: ShardedUnit, position: int) -> None:
        """Runs right before autograd computes a layer's gradients; `position` as in forward."""
        if unit is not self._active or not unit.is_allocated:
            ahead = self._order[max(position - self._prefetch, 0) : position]
            self._activate(unit, [u for u in reversed(ahead) if u in self._read_in_backward])

    def _activate(self, unit: ShardedUnit, ahead: list[ShardedUnit]) -> None:
        """Free the unit that computed so far, make `unit` usable, begin to gather those `ahead`."""
        if self._active is not None and self._active is not unit:
            self._active.release()
        self._active = unit
        unit.finish_gather()
        for upcoming in ahead:
            upcoming.start_gather()

    def _on_gradient(self, full: Tensor) -> None:
        unit, weight = self._owner_of[full]
        self._ready[unit].add(weight)
        if self._ready[unit] == self._used[unit]:
            self._reduce(unit)

    def _reduce(self, unit: ShardedUnit) -> None:
        self._ready[unit].clear()
        unit.start_reduction()
        self._reducing.append(unit)
        if len(self._reducing) > MAX_REDUCTIONS_IN_FLIGHT:
            self._reducing.popleft().finish_reduction()

    def _cast(self, argument: Any) -> Any:
        if self._compute_dtype is None or not isinstance(argument, Tensor):
            return argument
        return argument.to(self._compute_dtype) if argument.is_floating_point() else argument

    def _replicated_parameters(self) -> list[nn.Parameter]:
        return [p for p in self.module.parameters() if p not in self._sharded]

    def _release_all(self) -> None:
        self._active = None
        for unit in self._units:
            unit.release()


def join_shards(shares: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
    """Every parameter, whole, from each rank's `FSDP.shard_state()`, in any order.

    They are joined on the CPU: the shares may lie on different GPUs, and none need hold it all.

    Raises:
        ValueError: a rank is missing or there twice, or the shares are of different jobs.
    """
    ordered = sorted(shares, key=lambda share: int(share["rank"]))
    sizes = sorted({share["world_size"] for share in shares})
    ranks = [share["rank"] for share in ordered]
    if len(sizes) != 1 or ranks != list(range(sizes[0])):
        raise ValueError(
            f"these are the shards of ranks {ranks} of jobs of {sizes} processes; give each rank's "
            "of one job once"
        )
    joined = {
        name: torch.cat([share["sharded"][name].cpu() for share in ordered])
        for name in ordered[0]["sharded"]
    }
    return joined | {name: tensor.cpu() for name, tensor in ordered[0]["whole"].items()}


def _parameter_groups(module: nn.Module) -> list[list[nn.Parameter]]:
    """Weights to shard, grouped by block, dtype and device; tied weights once, in the first place.

    Blocks are the entries of the outermost `nn.ModuleList`s.
    """
    block_of = {layer: block for block in _blocks(module) for layer in block.modules()}
    groups: dict[object, list[nn.Parameter]] = {}
    seen: set[nn.Parameter] = set()
    for layer in module.modules():
        if isinstance(layer, Linear | Embedding) and layer.weight not in seen:
            weight = layer.weight
            seen.add(weight)
            owner = block_of.get(layer, layer)
            groups.setdefault((owner, weight.dtype, weight.device), []).append(weight)
    return list(groups.values())


def _blocks(module: nn.Module) -> list[nn.Module]:
    if isinstance(module, nn.ModuleList):
        return list(module)
    return [block for child in module.children() for block in _blocks(child)]


def _set_weight(layer: nn.Module, weight: Tensor) -> None:
    """Let `layer.weight` be the shard (an `nn.Parameter`) or, while it computes, all rows."""
    del layer.weight
    layer.weight = weight
