"""What each process of a ZeRO-1 test runs: compared with the unsharded optimizer."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
import torch.utils.checkpoint
from cs336_basics.model import Linear
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.optimizer import AdamW
from cs336_systems.distributed.launch import Rank
from cs336_systems.sharded_optimizer import ShardedOptimizer, join_states
from distributed_setup import (  # type: ignore[import-not-found, unused-ignore]
    AwkwardModel,
    joined_batches,
    raises,
)
from torch import Tensor, nn


def check_sharded_optimizer(rank: Rank) -> None:
    """Equal to the unsharded optimizer at rtol 1e-7; state divided; options and groups follow."""
    for make, options in (
        (torch.optim.AdamW, {"weight_decay": 0.1, "betas": (0.9, 0.95), "eps": 1e-8}),
        (AdamW, {"weight_decay": 0.1}),
        (torch.optim.SGD, {"momentum": 0.9}),
    ):
        model, reference = AwkwardModel(0).float(), AwkwardModel(0).float()
        late = [model.outer.weight, reference.outer.weight]
        early = [[p for p in m.parameters() if p is not last] for m, last in
                 zip((model, reference), late, strict=True)]  # fmt: skip
        sharded = ShardedOptimizer(early[0], make, lr=0.1, **options)
        whole = make(early[1], lr=0.1, **options)
        sharded.add_param_group({"params": [late[0]], "lr": 0.02})
        whole.add_param_group({"params": [late[1]], "lr": 0.02})
        schedules = [
            torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
            for optimizer in (sharded, whole)
        ]
        for x, y in joined_batches(rank.world_size, steps=6):
            for net, optimizer, schedule in zip(
                (model, reference), (sharded, whole), schedules, strict=True
            ):
                optimizer.zero_grad()
                torch.autograd.backward(cross_entropy(net(x), y))
                optimizer.step()
                schedule.step()
        for found, expected in zip(model.parameters(), reference.parameters(), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-7, atol=0)
        sharded.zero_grad()
        assert all(p.grad is None for p in model.parameters())
        check_state_is_divided(sharded, whole)


def check_state_is_divided(sharded: ShardedOptimizer, whole: torch.optim.Optimizer) -> None:
    """Over all ranks the shards hold as many elements as one unsharded optimizer."""
    elements = torch.tensor(sharded.state_elements())
    dist.all_reduce(elements)
    expected = sum(
        value.numel()
        for state in whole.state.values()
        for value in state.values()
        if isinstance(value, Tensor)
    )
    assert elements.item() == expected


def check_sharded_optimizer_state(rank: Rank) -> None:
    """A saved state continues identically; the state of another rank is refused."""

    def trained() -> tuple[AwkwardModel, ShardedOptimizer]:
        model = AwkwardModel(0)
        return model, ShardedOptimizer(model.parameters(), AdamW, lr=0.1)

    def step(model: nn.Module, optimizer: ShardedOptimizer, batch: Sequence[Tensor]) -> float:
        def closure() -> float:
            optimizer.zero_grad()
            loss = cross_entropy(model(batch[0]), batch[1])
            torch.autograd.backward(loss)
            return loss.item()

        return float(optimizer.step(closure))

    first, *rest = joined_batches(rank.world_size, steps=3)
    model, optimizer = trained()
    step(model, optimizer, first)
    resumed_model, resumed = trained()
    resumed_model.load_state_dict(model.state_dict())
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for batch in rest:
        assert step(model, optimizer, batch) == step(resumed_model, resumed, batch)
    foreign = {**optimizer.state_dict(), "rank": rank.index + 1}
    raises(ValueError, "cannot be loaded on rank", lambda: resumed.load_state_dict(foreign))


def check_state_of_another_number_of_processes(rank: Rank) -> None:
    """Every rank's share makes the whole state, which any number of processes goes on from."""

    def prepared(kind: str) -> tuple[AwkwardModel, torch.optim.Optimizer]:
        model = AwkwardModel(0)
        late = model.outer.weight
        early = [p for p in model.parameters() if p is not late]
        make = partial(ShardedOptimizer, optimizer_cls=AdamW) if kind == "sharded" else AdamW
        optimizer = make(early, lr=0.1)
        optimizer.add_param_group({"params": [late], "lr": 0.02})
        return model, optimizer

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, batch: Sequence[Tensor]) -> None:
        optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(model(batch[0]), batch[1]))
        optimizer.step()

    first, second = joined_batches(rank.world_size, steps=2)
    model, optimizer = prepared("sharded")
    step(model, optimizer, first)
    optimizer.param_groups[0]["lr"], optimizer.param_groups[1]["lr"] = 0.05, 0.01
    shares: list[dict[str, Any]] = [{} for _ in range(rank.world_size)]
    dist.all_gather_object(shares, optimizer.state_dict())
    whole = join_states(shares[::-1])
    # The same state as three processes would have saved it.
    of_three: list[dict[str, Any]] = [
        {"rank": r, "world_size": 3, "param_groups": whole["param_groups"],
         "state": {n: s for n, s in whole["state"].items() if n % 3 == r}}
        for r in range(3)
    ]  # fmt: skip
    before = copy.deepcopy(model.state_dict())
    step(model, optimizer, second)
    for kind, state in (("plain", whole), ("sharded", whole), ("sharded", join_states(of_three))):
        other, resumed = prepared(kind)
        other.load_state_dict(before)
        resumed.load_state_dict(copy.deepcopy(state))
        assert [group["lr"] for group in resumed.param_groups] == [0.05, 0.01]
        step(other, resumed, second)
        for found, expected in zip(other.parameters(), model.parameters(), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
    raises(ValueError, "give each rank's of one job once", lambda: join_states(of_three[1:]))
    raises(ValueError, "give join_states of them", lambda: resumed.load_state_dict(of_three[2]))
    fewer = {**whole, "param_groups": whole["param_groups"][:1]}
    raises(ValueError, "groups of", lambda: resumed.load_state_dict(fewer))


def check_more_ranks_than_parameters(rank: Rank) -> None:
    """Ranks that own nothing still step and receive."""
    layer = Linear(4, 4)
    nn.init.ones_(layer.weight)
    optimizer = ShardedOptimizer(layer.parameters(), torch.optim.SGD, lr=0.5)
    torch.autograd.backward(layer(torch.ones(1, 4)).sum())
    optimizer.step()
    torch.testing.assert_close(layer.weight, torch.full((4, 4), 0.5))
    assert optimizer.param_groups[0]["momentum"] == 0
