"""The task on which lecture 4 trains its routers, and the training itself, on a CPU.

Sixteen groups of inputs, and each group has a linear map of its own to be learned: as if texts came
from sixteen fields of knowledge. One narrow network has to share its hidden units among all maps;
experts can divide them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from cs336_basics.optimizer import AdamW
from torch import Tensor

from lectures.lecture_04.moe import StackedMixture
from lectures.lecture_04.router import balance_loss, load, moved_bias, z_loss

GROUPS, WIDTH = 16, 16
COMMON = 1.5
"""Size of the component that all inputs share, as the residual stream of a real model has one."""


class Fields:
    """Batches of (x, y): x is near the centre of its group, y = A_group · x."""

    def __init__(self, seed: int, spread: float = 0.3, common: float = COMMON) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.spread = spread
        self.centres = torch.randn(GROUPS, WIDTH, generator=self.generator)
        self.centres = self.centres + common * torch.randn(WIDTH, generator=self.generator)
        maps = torch.randn(GROUPS, WIDTH, WIDTH, generator=self.generator)
        self.maps = maps / WIDTH**0.5

    def batch(self, size: int) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs (size, WIDTH), targets (size, WIDTH), groups (size,)."""
        draw = torch.randint(GROUPS, (size,), generator=self.generator)
        noise = torch.randn(size, WIDTH, generator=self.generator)
        x = self.centres[draw] + self.spread * noise
        return x, torch.einsum("tij,tj->ti", self.maps[draw], x), draw


@dataclass(frozen=True)
class Pressure:
    """What keeps the experts busy: weights of two losses, and the step of the bias."""

    balance: float = 0.0
    z: float = 0.0
    bias_step: float = 0.0


@dataclass
class Run:
    """What a training run left behind."""

    model: StackedMixture
    steps: list[int] = field(default_factory=list)
    loads: list[list[float]] = field(default_factory=list)
    """Share of the assignments of each expert, on the batches since the last entry."""
    losses: list[float] = field(default_factory=list)
    level: list[float] = field(default_factory=list)
    """Mean absolute logsumexp of the router's logits, which softmax does not see."""
    test_loss: float = 0.0
    """Mean squared error on 4096 new inputs."""

    def dead(self, below: float = 0.1) -> int:
        """Experts that at the end get less than `below` times their fair share."""
        last = self.loads[-1]
        return sum(share * len(last) < below for share in last)

    def busiest(self) -> float:
        """Load of the busiest expert at the end, in fair shares."""
        return max(self.loads[-1]) * len(self.loads[-1])


def train(
    model: StackedMixture, pressure: Pressure, *, seed: int = 0, steps: int = 300, batch: int = 256,
    lr: float = 1e-2, every: int = 10, common: float = COMMON,
) -> Run:  # fmt: skip
    """AdamW on the mean squared error and the router's losses."""
    data, run = Fields(seed, common=common), Run(model)
    optimizer = AdamW(model.parameters(), lr=lr, weight_decay=0.0)
    seen = torch.zeros(len(model.w1))
    for step in range(1, steps + 1):
        x, y, _ = data.batch(batch)
        error = (model(x) - y).square().mean()
        assert model.routing is not None
        assert model.logits is not None
        total = error + pressure.balance * balance_loss(model.routing)
        total = total + pressure.z * z_loss(model.logits)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        shares = load(model.routing.experts, len(model.w1))
        model.bias.copy_(moved_bias(model.bias, shares, pressure.bias_step))
        seen += shares / every
        if step % every == 0:
            run.steps.append(step)
            run.loads.append([round(float(s), 4) for s in seen])
            run.losses.append(error.item())
            run.level.append(model.logits.logsumexp(dim=-1).abs().mean().item())
            seen = torch.zeros_like(seen)
    with torch.no_grad():
        x, y, _ = data.batch(4096)
        run.test_loss = float((model(x) - y).square().mean())
    return run


def trained(
    num_experts: int, k: int, d_ff: int, pressure: Pressure, seed: int = 0, *,
    renormalise: bool = True, common: float = COMMON,
) -> Run:  # fmt: skip
    """A new mixture, trained."""
    torch.manual_seed(seed)
    model = StackedMixture(WIDTH, d_ff, num_experts, k, renormalise=renormalise)
    return train(model, pressure, seed=seed, common=common)


def summary(runs: Mapping[str, Run]) -> list[list[str | float]]:
    """Name, dead experts, load of the busiest in fair shares, test loss."""
    return [
        [name, run.dead(), round(run.busiest(), 2), round(run.test_loss, 4)]
        for name, run in runs.items()
    ]
