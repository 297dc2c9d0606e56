"""ZeRO stage 1: each rank keeps the optimizer state of its share of the parameters only.

After the gradients are synchronised, every rank updates the parameters it owns and broadcasts them.
Optimizer memory falls from 8 bytes per parameter (Adam, float32 moments) to 8 / world_size, at the
price of the broadcast. Rajbhandari et al. 2020, "ZeRO" (arXiv 1910.02054), section 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.optim import Optimizer

from cs336_systems.distributed.collectives import broadcast_from_owners, require_process_group


class ShardedOptimizer(Optimizer):
    """Wrap `optimizer_cls`: the same updates, with the state divided among the ranks.

    Args:
        params: parameters or parameter groups, the same on every rank. All of them stay on every
            rank; `zero_grad` clears all their gradients.
        optimizer_cls: any optimizer whose update of a parameter depends on that parameter only.
        kwargs: passed to `optimizer_cls`; its defaults appear in `param_groups`, so that learning
            rate schedulers work on this object as on the wrapped one.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        optimizer_cls: type[Optimizer],
        **kwargs: Any,
    ) -> None:
        require_process_group("ShardedOptimizer")
        self._rank = dist.get_rank()
        self._make_local: Callable[[list[dict[str, Any]]], Optimizer] = lambda groups: (
            optimizer_cls(groups, **kwargs)
        )
        self._local: Optimizer | None = None  # None while this rank owns nothing
        self._local_group_of: dict[int, dict[str, Any]] = {}
        self._owned_elements = [0] * dist.get_world_size()
        self._owner: dict[Tensor, int] = {}
        # An optimizer over one throw-away parameter reveals the defaults that kwargs left open.
        prototype = optimizer_cls([torch.nn.Parameter(torch.zeros(1))], **kwargs)
        super().__init__(params, dict(prototype.defaults))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Divide the group's parameters among the ranks, balancing the number of elements.

        Largest first to the rank that owns least so far: every rank computes the same assignment.
        """
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for parameter in sorted(group["params"], key=lambda p: -p.numel()):
            owner = self._owned_elements.index(min(self._owned_elements))
            self._owned_elements[owner] += parameter.numel()
            self._owner[parameter] = owner
        owned = [p for p in group["params"] if self._owner[p] == self._rank]
        if not owned:
            return
        local_group = {**group, "params": owned}
        if self._local is None:
            self._local = self._make_local([local_group])
        else:
            self._local.add_param_group(local_group)
        self._local_group_of[len(self.param_groups) - 1] = self._local.param_groups[-1]

    def step(self, closure: Callable[[], Any] | None = None, **kwargs: Any) -> Any:
        """Update the owned parameters, then fetch the others from their owners.

        Gradients must already be averaged over ranks. `closure` runs once, on every rank, before
        the update; its loss is returned. `kwargs` go to the wrapped optimizer's `step`.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self._copy_options_to_local()
        if self._local is not None:
            self._local.step(**kwargs)
        broadcast_from_owners(self._owner)
        return loss

    def _copy_options_to_local(self) -> None:
        """Schedulers change `param_groups` of this object; the wrapped optimizer must follow."""
        for index, local_group in self._local_group_of.items():
            local_group.update(
                {key: value for key, value in self.param_groups[index].items() if key != "params"}
            )

    def state_dict(self) -> dict[str, Any]:
        """This rank's share of the state; save one file per rank."""
        return {
            "rank": self._rank,
            "world_size": dist.get_world_size(),
            "local": None if self._local is None else self._local.state_dict(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore what `state_dict` returned on the same rank of a job of the same size.

        Raises:
            ValueError: the state belongs to another rank or another number of processes.
        """
        saved = (state_dict["rank"], state_dict["world_size"])
        here = (self._rank, dist.get_world_size())
        if saved != here:
            raise ValueError(
                f"optimizer state of rank {saved[0]} of {saved[1]} cannot be loaded on rank "
                f"{here[0]} of {here[1]}: restart with {saved[1]} processes, each with its own file"
            )
        if self._local is not None:
            self._local.load_state_dict(state_dict["local"])
            for index, group in zip(self._local_group_of, self._local.param_groups, strict=True):
                self._local_group_of[index] = group
                options = {key: value for key, value in group.items() if key != "params"}
                self.param_groups[index].update(options)

    def state_elements(self) -> int:
        """Number of optimizer state elements stored on this rank: what sharding reduces."""
        if self._local is None:
            return 0
        return sum(
            value.numel()
            for state in self._local.state.values()
            for value in state.values()
            if isinstance(value, Tensor)
        )
