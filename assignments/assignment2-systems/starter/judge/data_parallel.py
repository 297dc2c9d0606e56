"""What each of two processes does for the problems of data parallelism."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from judge.checks import Wrong, same
from judge.ranks import RANKS, Check, Rank
from torch import Tensor, nn

from tests import adapters

__all__ = ["Check", "bucketed", "buckets", "flat", "individual", "individual_overlap", "naive",
           "one_bucket"]  # fmt: skip
STEPS, LR = 2, 0.5


def _given_gradients(rank: Rank) -> tuple[list[nn.Parameter], list[list[Tensor]]]:
    """Parameters, one without a gradient, one of another dtype; gradients of every rank."""
    shapes = [(3, 4), (5,), (2, 2), (2, 3), (1,)]
    parameters = [nn.Parameter(rank.draw.tensor(*shape)) for shape in shapes]
    parameters[3] = nn.Parameter(parameters[3].double())
    gradients = [[rank.draw.tensor(*shape) for shape in shapes] for _ in range(RANKS)]
    for place, (parameter, gradient) in enumerate(
        zip(parameters, gradients[rank.index], strict=True)
    ):
        parameter.grad = None if place == 2 else gradient.clone().to(parameter.dtype)
    return parameters, gradients


def _check_averages(
    rank: Rank, parameters: list[nn.Parameter], gradients: list[list[Tensor]]
) -> None:
    for place, parameter in enumerate(parameters):
        if place == 2:
            continue
        own, first = (gradients[i][place].to(parameter.dtype) for i in (rank.index, 0))
        total = torch.stack([each[place] for each in gradients]).sum(0).to(parameter.dtype)
        alone = {"rank 0's gradient: nothing was sent, or it was broadcast": first}
        if rank.index:
            alone = {"this rank's own gradient: nothing was sent": own,
                     "rank 0's gradient: a broadcast is no all-reduce": first}  # fmt: skip
        same(f"parameters[{place}].grad", parameter.grad, total / RANKS,
             case=f"{rank.case}, gradients of shapes (3, 4), (5,), none, (2, 3), (1,)",
             suspects={"the sum over ranks and not the mean": total,
                       "divided twice": total / RANKS**2, **alone})  # fmt: skip


def naive(rank: Rank) -> None:
    """One all-reduce for each gradient."""
    parameters, gradients = _given_gradients(rank)
    adapters.run_all_reduce_gradients_naive(parameters)
    _check_averages(rank, parameters, gradients)
    same("elements of each all-reduce", sorted(s.numel for s in rank.gradients_sent()),
         [1, 5, 6, 12], case="one for each gradient")  # fmt: skip


def flat(rank: Rank) -> None:
    """One all-reduce for each dtype."""
    parameters, gradients = _given_gradients(rank)
    adapters.run_all_reduce_gradients_flat(parameters)
    _check_averages(rank, parameters, gradients)
    same("elements of each all-reduce", sorted(s.numel for s in rank.gradients_sent()), [6, 18],
         case="18 numbers in float32 and 6 in float64: one for each dtype",
         suspects={"one all-reduce for each gradient: join them first": [1, 5, 6, 12]})  # fmt: skip


class Model(nn.Module):
    """A table that is tied to the head, a frozen layer, and two layers with biases."""

    def __init__(self, rank: Rank) -> None:
        super().__init__()
        draw = rank.draw
        self.table = nn.Embedding(5, 8)
        self.frozen = nn.Linear(8, 8, bias=False)
        self.inner, self.outer = nn.Linear(8, 12), nn.Linear(12, 8)
        self.head = nn.Linear(8, 5, bias=False)
        self.head.weight = self.table.weight
        self.frozen.weight.requires_grad_(False)
        self.double()
        for parameter in self.parameters():
            parameter.data.copy_(draw.tensor(*parameter.shape, scale=0.3))

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of each id."""
        x = self.frozen(self.table(ids))
        logits: Tensor = self.head(x + self.outer(torch.tanh(self.inner(x))))
        return logits


def _trained(
    rank: Rank,
    wrap: Callable[[nn.Module], nn.Module],
    before: Callable[[Any], None],
    after: Callable[[Any], None],
) -> None:
    """Two steps on halves of a batch, beside one process on the whole."""
    alone = Model(rank)
    module = copy.deepcopy(alone)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(rank.index)  # wrapping has to bring rank 0's values
    model = wrap(module)
    for (name, found), right in zip(module.named_parameters(), alone.parameters(), strict=True):
        same(f"{name} after wrapping", found, right.detach(), case=f"{rank.case}: rank 0's values",
             suspects={"this rank's own value: broadcast from rank 0 at the start":
                       right.detach() + 1})  # fmt: skip
    for step in range(STEPS):
        ids, targets = rank.draw.ids(5, 6), rank.draw.ids(5, 6)
        own = copy.deepcopy(alone)
        F.cross_entropy(own(rank.own(ids)), rank.own(targets)).backward()  # type: ignore[no-untyped-call]
        alone.zero_grad()
        F.cross_entropy(alone(ids), targets).backward()  # type: ignore[no-untyped-call]
        before(model)
        model.zero_grad()
        rank.backward(F.cross_entropy(model(rank.own(ids)), rank.own(targets)))
        after(model)
        _check_step(rank, module, alone, own, step)
        torch.optim.SGD([*module.parameters(), *alone.parameters()], lr=LR).step()


def told(step: int) -> str:
    """Which step it is, and what to ask oneself at a later one."""
    return f"step {step}" + (
        " (the one before was right: what of it is still there?)" if step else ""
    )


def _check_step(rank: Rank, module: nn.Module, alone: nn.Module, own: nn.Module, step: int) -> None:
    for (name, found), right, mine in zip(
        module.named_parameters(), alone.parameters(), own.parameters(), strict=True
    ):
        if right.grad is None:
            continue
        assert mine.grad is not None
        if found.grad is None:
            raise Wrong(f"{name}.grad is None after backward, where a tensor is right. Case: "
                        f"{rank.case}, step {step}.")  # fmt: skip
        same(f"{name}.grad", found.grad, right.grad, tolerance=1e-6,
             case=f"{rank.case}, {told(step)}, the mean over both halves of the batch",
             suspects={"the sum over ranks and not the mean": right.grad * RANKS,
                       "this rank's own gradient: nothing was sent, or it was not waited for":
                           mine.grad,
                       "divided by the ranks twice": right.grad / RANKS})  # fmt: skip


def individual(rank: Rank) -> None:
    """The averages."""
    after = adapters.ddp_individual_parameters_on_after_backward
    _trained(rank, adapters.get_ddp_individual_parameters, lambda model: None,
             lambda model: after(model, None))  # fmt: skip


def individual_overlap(rank: Rank) -> None:
    """One all-reduce for each parameter, started during backward, none of which waits."""
    model = adapters.get_ddp_individual_parameters(Model(rank))
    rank.sent.clear()
    rank.backward(model(rank.draw.ids(5, 6)).sum())
    adapters.ddp_individual_parameters_on_after_backward(model, None)
    sent = rank.gradients_sent()
    sizes = [5 * 8, 12 * 8, 12, 8 * 12, 8]
    same("elements of each all-reduce", sorted(s.numel for s in sent), sorted(sizes),
         case="one for each of five parameters; the tied table travels once, the frozen not at all",
         suspects={"the tied table travels twice": sorted([40, *sizes]),
                   "all in one": [sum(sizes)]})  # fmt: skip
    _check_overlap(sent, len(sizes))


def _check_overlap(sent: list[Any], number: int) -> None:
    started = sum(one.in_backward for one in sent)
    same("all-reduces that start during backward", started, number,
         case="a hook on each parameter starts one as soon as its gradient is there",
         suspects={"none: gradients are sent when backward has ended": 0})  # fmt: skip
    same("all-reduces that wait", sum(one.waits for one in sent), 0,
         case="async_op=True starts one and goes on; wait when backward has ended")  # fmt: skip


def _bucketed(rank: Rank, megabytes: float | None) -> None:
    _trained(
        rank,
        lambda module: adapters.get_ddp_bucketed(module, megabytes),
        lambda model: adapters.ddp_bucketed_on_train_batch_start(model, None),
        lambda model: adapters.ddp_bucketed_on_after_backward(model, None),
    )


def bucketed(rank: Rank) -> None:
    """The averages, with small buckets."""
    _bucketed(rank, 0.001)


def one_bucket(rank: Rank) -> None:
    """The averages with one bucket, and that it is one."""
    _bucketed(rank, None)
    same("elements of each all-reduce", [s.numel for s in rank.gradients_sent()[-1:]],
         [40 + 96 + 12 + 96 + 8], case="bucket_size_mb=None: one bucket of all")  # fmt: skip


def buckets(rank: Rank) -> None:
    """Which parameters travel together, and when."""
    widths = [100, 60, 80, 30, 300, 90, 20, 50]
    layers = nn.ModuleList(nn.Linear(1, width, bias=False) for width in widths)
    module = _Chain(layers)
    limit = 160 * 4  # bytes: 160 numbers of float32
    model = adapters.get_ddp_bucketed(module, limit / 2**20)
    adapters.ddp_bucketed_on_train_batch_start(model, None)
    rank.sent.clear()
    rank.backward(model(rank.draw.tensor(2, 1)))
    adapters.ddp_bucketed_on_after_backward(model, None)
    sent = rank.gradients_sent()
    right = _filled(widths[::-1], 160)
    overflowing = _overflowing(widths[::-1], 160)
    same("elements of each all-reduce, in order", [s.numel for s in sent], right,
         case=f"layers of {widths} numbers, filled from the last, at most 160 a bucket "
              "(bucket_size_mb counts MiB of 2**20 bytes)",
         suspects={"filled from the first layer": _filled(widths, 160),
                   "filled from the first layer, sent from the last": _filled(widths, 160)[::-1],
                   "a bucket is closed after the parameter with which it becomes too large":
                       overflowing,
                   "the limit is taken for a number of elements": _filled(widths[::-1], 640),
                   "8 bytes an element are counted: float32 has 4": _filled(widths[::-1], 80),
                   "bucket_size_mb is taken for 10**6 bytes: it counts 2**20":
                       _filled(widths[::-1], 152),
                   "one for each parameter": widths[::-1],
                   "all in one": [sum(widths)]})  # fmt: skip
    _check_overlap(sent, len(right))


class _Chain(nn.Module):
    """Each layer's sum goes into the next, so that gradients come from the last to the first."""

    def __init__(self, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        """A scalar."""
        for layer in self.layers:
            x = torch.tanh(layer(x)).mean(-1, keepdim=True)
        return x.sum()


def _filled(widths: list[int], limit: int) -> list[int]:
    found = [0]
    for width in widths:
        if found[-1] and found[-1] + width > limit:
            found.append(0)
        found[-1] += width
    return found


def _overflowing(widths: list[int], limit: int) -> list[int]:
    found = [0]
    for width in widths:
        if found[-1] > limit:
            found.append(0)
        found[-1] += width
    return found
