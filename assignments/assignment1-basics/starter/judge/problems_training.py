"""Problems of training: clipping, AdamW, the schedule, batches, checkpoints."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from judge.checks import Draw, Wrong, holds, problem, same
from torch import Tensor, nn

from tests import adapters


@problem("gradient_clipping", 2, "nn_utils.clip_gradient_norm")
@pytest.mark.parametrize("share", [0.3, 2.0])
def test_clipping(draw: Draw, share: float) -> None:
    parameters = [nn.Parameter(draw.tensor(*shape)) for shape in ((3, 4), (5,), (2, 2))]
    for parameter in parameters[:-1]:  # the last one has no gradient
        parameter.grad = draw.tensor(*parameter.shape, scale=3)
    before = [p.grad.clone() for p in parameters if p.grad is not None]
    norm = torch.cat([g.flatten() for g in before]).norm()
    limit = float(norm) * share
    adapters.run_gradient_clipping(parameters, limit)
    factor = min(1.0, limit / (float(norm) + 1e-6))
    case = f"two gradients of global norm {float(norm):.4g}, max_l2_norm {limit:.4g}"
    each = [limit / max(float(g.norm()), limit) for g in before]
    for index, gradient in enumerate(before):
        same(f"parameters[{index}].grad", parameters[index].grad, gradient * factor, case=case,
             suspects={
                 "each gradient has its own norm; take one norm over all": gradient * each[index],
                 "gradients below the limit are made longer": gradient * (limit / float(norm)),
                 "nothing happens": gradient,
                 "the squared norm is taken": gradient * (limit / float(norm) ** 2),
             })  # fmt: skip


def _trained(made: type, start: Tensor, gradients: list[Tensor], **settings: Any) -> Tensor:
    parameter = nn.Parameter(start.clone())
    optimizer = made([parameter], **settings)
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach()


@problem("adamw", 4, "optimizer.AdamW")
@pytest.mark.parametrize("steps", [1, 5])
def test_adamw(draw: Draw, steps: int) -> None:
    start, gradients = draw.tensor(3, 4), [draw.tensor(3, 4) for _ in range(steps)]
    settings: dict[str, Any] = {
        "lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3,
    }  # fmt: skip
    mine = _trained(adapters.get_adamw_cls(), start, gradients, **settings)
    right = _trained(torch.optim.AdamW, start, gradients, **settings)
    same(f"the parameter after {steps} step{'s' * (steps > 1)}", mine, right,
         case="shape (3, 4), lr 0.1, betas (0.8, 0.95), eps 1e-3, weight_decay 0.3",
         suspects={
             "weight decay is put into the gradient (Adam with L2)":
                 lambda: _trained(torch.optim.Adam, start, gradients, **settings),
             "weight decay is left out":
                 lambda: _trained(torch.optim.AdamW, start, gradients,
                                  **settings | {"weight_decay": 0.0}),
             "weight decay is not multiplied by the learning rate":
                 lambda: _trained(torch.optim.AdamW, start, gradients,
                                  **settings | {"weight_decay": 3.0}),
             "the two betas are exchanged":
                 lambda: _trained(torch.optim.AdamW, start, gradients,
                                  **settings | {"betas": (0.95, 0.8)}),
             "the bias correction is forgotten":
                 lambda: _uncorrected(start, gradients),
         })  # fmt: skip


def _uncorrected(start: Tensor, gradients: list[Tensor]) -> Tensor:
    """What is left without the two corrections, for the settings of the case."""
    x, first, second = start, torch.zeros_like(start), torch.zeros_like(start)
    for g in gradients:
        first, second = torch.lerp(g, first, 0.8), torch.lerp(g * g, second, 0.95)
        x = x * 0.97 - 0.1 * first / (second.sqrt() + 1e-3)
    return x


@problem("adamw", 4, "optimizer.AdamW")
def test_adamw_goes_on_from_its_state(draw: Draw) -> None:
    start, gradients = draw.tensor(4), [draw.tensor(4) for _ in range(4)]
    settings: dict[str, Any] = {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-8, "weight_decay": 0.1}
    made = adapters.get_adamw_cls()
    parameter = nn.Parameter(start.clone())
    optimizer = made([parameter], **settings)
    for number, gradient in enumerate(gradients):
        if number == 2:
            state = optimizer.state_dict()
            parameter = nn.Parameter(parameter.detach().clone())
            optimizer = made([parameter], **settings)
            optimizer.load_state_dict(state)
        parameter.grad = gradient.clone()
        optimizer.step()
    same("the parameter after 4 steps, its state saved and loaded after 2", parameter.detach(),
         _trained(torch.optim.AdamW, start, gradients, **settings),
         case="shape (4,); keep moments and step in self.state[parameter]")  # fmt: skip


@problem("learning_rate_schedule", 2, "optimizer.get_lr_cosine_schedule")
def test_schedule(draw: Draw) -> None:
    warm, length = draw.between(4, 9), draw.between(20, 30)
    low, high = 0.1, 1.0
    middle = warm + (length - warm) / 3
    expected = {
        0: 0.0, 1: 1 / warm, warm - 1: (warm - 1) / warm, warm: high, length: low,
        length + 7: low,
    }  # fmt: skip
    angle = math.acos(-1) * (round(middle) - warm) / (length - warm)
    expected[round(middle)] = (high + low) / 2 + (high - low) / 2 * math.cos(angle)
    for it, right in sorted(expected.items()):
        rate = adapters.run_get_lr_cosine_schedule(it, high, low, warm, length)
        same(f"get_lr_cosine_schedule(it={it}, …)", rate, right,
             case=f"max 1, min 0.1, warm-up {warm}, cycle ends at {length}",
             suspects={
                 "the warm-up begins at 1": (it + 1) / warm,
                 "the minimum is 0 during the cosine": (right - low) / (high - low),
                 "the cosine is counted from 0 and not from the end of the warm-up":
                     (high + low) / 2 + (high - low) / 2 * math.cos(math.pi * it / length),
                 "the rate falls linearly": high - (high - low) * (it - warm) / (length - warm),
             })  # fmt: skip


@problem("get_batch", 2, "data.get_batch")
def test_batches(draw: Draw) -> None:
    n, B, T = draw.between(40, 60), 6, 7
    dataset = np.arange(n, dtype=np.uint16) * 3 + 5
    torch.manual_seed(draw.seed)
    np.random.seed(draw.seed)
    x, y = adapters.run_get_batch(dataset, B, T, "cpu")
    for name, part in (("x", x), ("y", y)):
        right = tuple(part.shape) == (B, T) and part.dtype == torch.int64
        holds(right,
              f"{name} has shape {tuple(part.shape)} and dtype {part.dtype}, where ({B}, {T}) and "
              "torch.int64 are right.")  # fmt: skip
    same("x", x, x[:, :1] + 3 * torch.arange(T), case="each row is a run of the data set")
    same("y", y, x + 3, case="data 5, 8, 11, …: y is x moved on by one token",
         suspects={"y is x itself": x, "y is moved by two": x + 6,
                   "y is moved back": x - 3})  # fmt: skip


@problem("get_batch", 2, "data.get_batch")
def test_every_start_can_be_drawn(draw: Draw) -> None:
    n, T = 12, 4
    dataset = np.arange(n)
    torch.manual_seed(draw.seed)
    np.random.seed(draw.seed)
    starts = torch.cat([adapters.run_get_batch(dataset, 50, T, "cpu")[0][:, 0] for _ in range(20)])
    counts = torch.bincount(starts, minlength=n - T)
    missing = [start for start in range(n - T) if counts[start] == 0]
    holds(not missing, f"start {missing[:1]} never comes in 1,000 windows of length {T} from {n} "
          f"tokens: every start in [0, {n - T}) is possible.")  # fmt: skip
    holds(len(counts) == n - T, f"start {len(counts) - 1} is drawn, whose last target would lie "
          f"outside of {n} tokens.")  # fmt: skip
    rare = int(counts.argmin())
    holds(int(counts[rare]) > 60, f"start {rare} comes {int(counts[rare])} times in 1,000, where "
          f"about {1000 // (n - T)} are right: draw the starts uniformly.")  # fmt: skip


@problem("get_batch", 2, "data.get_batch")
def test_a_device_that_is_not_there_is_refused(draw: Draw) -> None:
    try:
        adapters.run_get_batch(np.arange(20), 2, 4, "cuda:99")
    except NotImplementedError:
        raise
    except (RuntimeError, AssertionError):
        return
    raise Wrong("get_batch(…, device='cuda:99') returns a batch, where an error is right: the "
                "device is not used.")  # fmt: skip


@problem("checkpointing", 2, "serialization.save_checkpoint, load_checkpoint")
@pytest.mark.parametrize("to_file", [True, False])
def test_checkpoints(draw: Draw, to_file: bool, tmp_path: Path) -> None:
    def made(seed: int) -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
        return model, torch.optim.AdamW(model.parameters(), lr=0.1)

    def train(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor) -> None:
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()

    x, number = draw.tensor(5, 3), draw.between(10, 99)
    model, optimizer = made(1)
    train(model, optimizer, x)
    out: Any = tmp_path / "checkpoint.pt" if to_file else io.BytesIO()
    adapters.run_save_checkpoint(model, optimizer, number, out)
    other, other_optimizer = made(2)
    if not to_file:
        out.seek(0)
    same("load_checkpoint(…)", adapters.run_load_checkpoint(out, other, other_optimizer), number,
         case=f"saved at iteration {number}")  # fmt: skip
    for when in ("after loading", "one step later: is the optimizer's state loaded, too?"):
        for name, weight in model.state_dict().items():
            same(f"model.state_dict()[{name!r}]", other.state_dict()[name], weight, case=when)
        train(model, optimizer, x)
        train(other, other_optimizer, x)
