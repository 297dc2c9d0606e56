"""ZeRO stage 1: each rank keeps the optimizer state of its share of the parameters only.

After the gradients are synchronised, every rank updates the parameters it owns and broadcasts them.
Optimizer memory falls from 8 bytes per parameter (Adam, float32 moments) to 8 / world_size, at the
price of the broadcast. Rajbhandari et al. 2020, "ZeRO" (arXiv 1910.02054), section 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
            local_group.update(_options(self.param_groups[index]))

    def state_dict(self) -> dict[str, Any]:
        """This rank's share of the state; save one file per rank. `join_states` puts them together.

        Parameters are numbered over all groups in order, as in the state of any optimizer.
        """
        numbers = self._numbers()
        states = {} if self._local is None else self._local.state
        return {
            "rank": self._rank,
            "world_size": dist.get_world_size(),
            "state": {numbers[parameter]: state for parameter, state in states.items()},
            "param_groups": [
                {**_options(group), "params": [numbers[p] for p in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore the options of all groups and the state of what this rank owns.

        `state_dict` is what `state_dict()` returned on the same rank of a job of the same size, or
        the whole state: of a job of any size by `join_states`, or of the unsharded optimizer.

        Raises:
            ValueError: one share of a job of another size or of another rank; other groups. Nothing
                is changed then.
        """
        self._check_is_for_this_rank(state_dict)
        groups = state_dict["param_groups"]
        lengths = [[len(group["params"]) for group in some] for some in (groups, self.param_groups)]
        if lengths[0] != lengths[1]:
            raise ValueError(
                f"the state has groups of {lengths[0]} parameters, this optimizer of {lengths[1]}"
            )
        if self._local is not None:
            self._load_local(state_dict)
        for group, saved in zip(self.param_groups, groups, strict=True):
            group.update(_options(saved))

    def _check_is_for_this_rank(self, state_dict: Mapping[str, Any]) -> None:
        if "rank" not in state_dict:
            return
        saved = (state_dict["rank"], state_dict["world_size"])
        here = (self._rank, dist.get_world_size())
        if saved != here:
            raise ValueError(
                f"optimizer state of rank {saved[0]} of {saved[1]} cannot be loaded on rank "
                f"{here[0]} of {here[1]}: load the files of all {saved[1]} ranks and give "
                "join_states of them"
            )

    def _load_local(self, state_dict: Mapping[str, Any]) -> None:
        """Give the wrapped optimizer its part, in its own numbering."""
        assert self._local is not None
        numbers, count = self._numbers(), 0
        groups: list[dict[str, Any]] = []
        states: dict[int, Any] = {}
        for index in self._local_group_of:
            owned = [p for p in self.param_groups[index]["params"] if self._owner[p] == self._rank]
            places = range(count, count + len(owned))
            count += len(owned)
            groups.append({**_options(state_dict["param_groups"][index]), "params": list(places)})
            known = state_dict["state"]
            states |= {
                place: known[numbers[p]]
                for place, p in zip(places, owned, strict=True)
                if numbers[p] in known
            }
        self._local.load_state_dict({"state": states, "param_groups": groups})
        for index, group in zip(self._local_group_of, self._local.param_groups, strict=True):
            self._local_group_of[index] = group

    def _numbers(self) -> dict[Tensor, int]:
        parameters = (p for group in self.param_groups for p in group["params"])
        return {parameter: number for number, parameter in enumerate(parameters)}

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


def join_states(shares: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The whole state from every rank's `ShardedOptimizer.state_dict()`, in any order.

    It is what the unsharded optimizer would have saved, and loads into it, or into a
    ShardedOptimizer of any number of processes.

    Raises:
        ValueError: a rank is missing or there twice, or the shares are of different jobs.
    """
    sizes = sorted({share["world_size"] for share in shares})
    ranks = sorted(share["rank"] for share in shares)
    if len(sizes) != 1 or ranks != list(range(sizes[0])):
        raise ValueError(
            f"these are the shares of ranks {ranks} of jobs of {sizes} processes; give each rank's "
            "of one job once"
        )
    states = {number: state for share in shares for number, state in share["state"].items()}
    groups = [dict(group) for group in shares[0]["param_groups"]]
    return {"state": dict(sorted(states.items())), "param_groups": groups}


def _options(group: Mapping[str, Any]) -> dict[str, Any]:
    """A group without its parameters."""
    return {key: value for key, value in group.items() if key != "params"}
