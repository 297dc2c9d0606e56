"""SGD and AdaGrad as PyTorch optimizers, and the paths that optimizers take down a valley."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from cs336_basics.optimizer import AdamW
from torch import Tensor
from torch.optim import Optimizer


class SGD(Optimizer):
    """theta = theta - lr * g."""

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter -= group["lr"] * parameter.grad


class AdaGrad(Optimizer):
    """theta = theta - lr * g / (sqrt(sum of all g^2 so far) + eps) (Duchi et al. 2011).

    State per parameter: `sum_of_squares`, shaped like it, the current gradient included.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, eps: float = 1e-10) -> None:
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                gradient = parameter.grad  # @inspect gradient
                state = self.state[parameter]
                if not state:
                    state["sum_of_squares"] = torch.zeros_like(parameter)
                total = state["sum_of_squares"]
                total += gradient**2  # @inspect total
                update = group["lr"] * gradient / (total.sqrt() + group["eps"])  # @inspect update
                parameter -= update  # @inspect parameter


Path = list[tuple[float, float]]
OptimizerMaker = Callable[[list[Tensor]], Any]


def valley(point: Tensor) -> Tensor:
    """(x^2 + 20 y^2) / 2: flat along x, steep along y."""
    return 0.5 * (point[0] ** 2 + 20 * point[1] ** 2)


def descend(make: OptimizerMaker, steps: int, start: tuple[float, float] = (-4.0, 1.5)) -> Path:
    """The points that an optimizer visits on `valley`, the start included."""
    point = torch.tensor(start, requires_grad=True)
    optimizer = make([point])
    path: Path = [start]
    for _ in range(steps):
        optimizer.zero_grad()
        valley(point).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        x, y = point.tolist()
        path.append((x, y))
    return path


def in_the_valley(steps: int = 60) -> dict[str, Path]:
    """Five optimizers, each with a learning rate that was chosen by hand."""
    makers: dict[str, OptimizerMaker] = {
        "SGD": lambda p: SGD(p, lr=0.09),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.04, momentum=0.8),
        "AdaGrad": lambda p: AdaGrad(p, lr=0.9),
        "RMSProp": lambda p: torch.optim.RMSprop(p, lr=0.1),
        "AdamW": lambda p: AdamW(p, lr=0.3, betas=(0.8, 0.99), weight_decay=0),
    }
    return {name: descend(make, steps) for name, make in makers.items()}


def valley_steps(value: float = 0.01) -> tuple[dict[str, Path], dict[str, int]]:
    """The paths of `in_the_valley`, and how many steps each needs to come below `value`."""
    paths = in_the_valley()
    return paths, {name: steps_until(path, value) for name, path in paths.items()}


def steps_until(path: Path, value: float) -> int:
    """The first step after which `valley` is below `value`; the path's length if it never is."""
    below = (step for step, point in enumerate(path) if float(valley(torch.tensor(point))) < value)
    return next(below, len(path))


def agree_with_pytorch() -> bool:
    """Whether our AdaGrad and assignment 1's AdamW take PyTorch's first five steps."""
    adagrad = (
        descend(lambda p: AdaGrad(p, lr=0.1), 5),
        descend(lambda p: torch.optim.Adagrad(p, lr=0.1), 5),
    )
    adamw = (
        descend(lambda p: AdamW(p, lr=0.1, weight_decay=0.1), 5),
        descend(lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1), 5),
    )
    return all(np.allclose(ours, theirs, rtol=1e-5) for ours, theirs in (adagrad, adamw))
