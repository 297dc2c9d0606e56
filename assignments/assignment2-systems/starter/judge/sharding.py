"""What each of two processes does for the problems of sharding."""

from __future__ import annotations

import copy
import gc
from contextlib import suppress
from typing import Any

import torch
import torch.nn.functional as F
from judge.checks import Draw, holds, same
from judge.data_parallel import told
from judge.ranks import RANKS, Rank, of_every_rank
from torch import Tensor, nn

from tests import adapters

LR = 0.1
SHAPES = [(6, 5), (7,), (3, 4), (10, 2), (9,), (4, 4)]


class Counted(torch.optim.AdamW):
    """AdamW that can be asked how many numbers all instances of this process keep."""

    made: list[Counted] = []  # noqa: RUF012

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.made.append(self)

    @classmethod
    def kept(cls) -> int:
        """Moments of all parameters, without the steps' counters."""
        moments = [state[name] for one in cls.made for state in one.state.values()
                   for name in ("exp_avg", "exp_avg_sq")]  # fmt: skip
        return sum(moment.numel() for moment in moments)


def _parameters(draw: Draw) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The same parameters twice: of the sharded optimizer and of the whole one."""
    values = [draw.tensor(*shape).double() for shape in SHAPES]
    first, second = ([nn.Parameter(value.clone()) for value in values] for _ in range(2))
    return first, second


def _give_gradients(draw: Draw, *both: list[nn.Parameter]) -> None:
    """One gradient for each pair, as after averaging: the same on every rank."""
    for pair in zip(*both, strict=True):
        gradient = draw.tensor(*pair[0].shape).double()
        for parameter in pair:
            parameter.grad = gradient.clone()


def _check_parameters(
    rank: Rank, mine: list[nn.Parameter], whole: list[nn.Parameter], before: list[Tensor], case: str
) -> None:
    for place, (found, right, old) in enumerate(zip(mine, whole, before, strict=True)):
        same(f"parameters[{place}]", found, right.detach(), tolerance=1e-9,
             case=f"{rank.case}, {case}",
             suspects={"this rank has its old value: whoever updates a parameter sends it to the "
                       "others": old})  # fmt: skip


def updates(rank: Rank) -> None:
    """Three steps equal those of the unsharded optimizer, and all gradients are cleared."""
    mine, whole = _parameters(rank.draw)
    options: dict[str, Any] = {"lr": LR, "weight_decay": 0.3, "betas": (0.7, 0.9)}
    optimizer = adapters.get_sharded_optimizer(mine, torch.optim.AdamW, **options)
    right = torch.optim.AdamW(whole, **options)
    for step in range(3):
        _give_gradients(rank.draw, mine, whole)
        before = [parameter.detach().clone() for parameter in mine]
        optimizer.step()
        right.step()
        _check_parameters(rank, mine, whole, before, f"step {step} of AdamW, {options}")
    optimizer.zero_grad()
    left = [i for i, p in enumerate(mine) if p.grad is not None and bool(p.grad.any())]
    holds(not left, f"parameters[{min(left, default=0)}].grad is not cleared by zero_grad on rank "
          f"{rank.index}, where all are right, also those of other ranks' shares.")  # fmt: skip


def state_is_divided(rank: Rank) -> None:
    """Together the ranks keep the state of one optimizer, and each its part."""
    mine, _ = _parameters(rank.draw)
    optimizer = adapters.get_sharded_optimizer(mine, Counted, lr=LR)
    _give_gradients(rank.draw, mine)
    optimizer.step()
    kept = of_every_rank(Counted.kept())
    whole = 2 * sum(parameter.numel() for parameter in mine)
    same("numbers of AdamW's state on all ranks together", sum(kept), whole,
         case=f"{kept} on the ranks, two moments for each of {whole // 2} numbers",
         suspects={"every rank keeps the whole state": whole * RANKS})  # fmt: skip
    holds(max(kept) <= 0.75 * whole, f"numbers of AdamW's state on the ranks are {kept}, where at "
          f"most three quarters of {whole} on one is right: divide by elements, or in "
          "turn.")  # fmt: skip


def options_and_groups(rank: Rank) -> None:
    """A second group with a rate of its own, and rates that a schedule changes."""
    mine, whole = _parameters(rank.draw)
    optimizer = adapters.get_sharded_optimizer(mine[:3], torch.optim.SGD, lr=LR, momentum=0.9)
    right = torch.optim.SGD(whole[:3], lr=LR, momentum=0.9)
    for one, parameters in ((optimizer, mine), (right, whole)):
        one.add_param_group({"params": parameters[3:], "lr": 10 * LR})
    for step in range(3):
        if step == 2:
            for one in (optimizer, right):
                for group in one.param_groups:
                    group["lr"] *= 0.5
        _give_gradients(rank.draw, mine, whole)
        before = [parameter.detach().clone() for parameter in mine]
        optimizer.step()
        right.step()
        told = "a schedule halved every group's lr before it" if step == 2 else "before a schedule"
        _check_parameters(rank, mine, whole, before,
                          f"step {step} of SGD with momentum, {told}; parameters[3:] are a second "
                          "group with ten times the rate")  # fmt: skip
    _give_gradients(rank.draw, mine, whole)
    same("step(closure)", optimizer.step(lambda: 3.5), 3.5, case="a closure that returns 3.5")


class Block(nn.Module):
    """Norm, two layers, residual."""

    def __init__(self, width: int, hidden: int) -> None:
        from cs336_basics.model import Linear, RMSNorm

        super().__init__()
        self.norm = RMSNorm(width)
        self.up, self.down = Linear(width, hidden), Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """(…, width) to (…, width)."""
        y: Tensor = x + self.down(torch.tanh(self.up(self.norm(x))))
        return y


class Small(nn.Module):
    """Embedding, two blocks, norm and head of assignment 1's layers; 13 rows do not halve."""

    def __init__(self, rank: Rank) -> None:
        from cs336_basics.model import Embedding, Linear, RMSNorm

        super().__init__()
        self.embedding = Embedding(13, 8)
        self.blocks = nn.ModuleList(Block(8, 11) for _ in range(2))
        self.norm, self.head = RMSNorm(8), Linear(8, 13)
        shapes = {name: tuple(p.shape) for name, p in self.named_parameters()}
        for name, value in rank.draw.weights(shapes).items():
            self.get_parameter(name).data.copy_(value)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of each id."""
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(self.norm(x))
        return logits


def _wrapped(rank: Rank, **options: Any) -> tuple[Any, Small]:
    """FSDP of a model whose values differ by rank, and rank 0's model alone."""
    alone = Small(rank)
    module = copy.deepcopy(alone)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(rank.index)
    return adapters.get_fsdp(module, **options), alone


def shards(rank: Rank) -> None:
    """Names stay, weights are divided, norms are whole, and the whole can be had."""
    fsdp, alone = _wrapped(rank)
    right = dict(alone.named_parameters())
    found = dict(fsdp.module.named_parameters())
    same("names of fsdp.module's parameters", list(found), list(right), case=rank.case)
    for name, parameter in found.items():
        whole = right[name]
        if whole.dim() == 1:
            same(f"{name}, a norm, which every rank keeps whole:", parameter, whole.detach(),
                 case=f"{rank.case}: rank 0's values",
                 suspects={"this rank's own value: broadcast from rank 0 at the start":
                           whole.detach() + rank.index})  # fmt: skip
            continue
        most = -(-whole.shape[0] // RANKS) * whole.shape[1]
        holds(parameter.numel() <= most, f"{name} has {parameter.numel()} numbers on rank "
              f"{rank.index}, where at most {most} are right: its {whole.shape[0]} rows of "
              f"{whole.shape[1]} are divided among {RANKS} ranks.")  # fmt: skip
    full = fsdp.gather_full_parameters()
    for name, whole in right.items():
        rows = (whole.shape[0] + RANKS - 1) // RANKS
        same(f"gather_full_parameters()[{name!r}]", full.get(name), whole.detach(),
             case=f"{rank.case}, before training: rank 0's values",
             suspects={"this rank's own value: broadcast from rank 0 before it is cut":
                       whole.detach() + rank.index,
                       "the shards of the ranks in the wrong order":
                       whole.detach().roll(-rows, 0)})  # fmt: skip


def training(rank: Rank) -> None:
    """Two steps on halves of a batch equal one process on the whole; gradients fit the shards."""
    fsdp, alone = _wrapped(rank)
    for step in range(2):
        ids, targets = rank.draw.ids(13, 6), rank.draw.ids(13, 6)
        case = f"{rank.case}, {told(step)}"
        alone.zero_grad()
        fsdp.zero_grad()
        right = alone(ids)
        F.cross_entropy(right, targets).backward()  # type: ignore[no-untyped-call]
        logits = fsdp(rank.own(ids))
        same("logits", logits, rank.own(right).detach(), case=case)
        rank.backward(F.cross_entropy(logits, rank.own(targets)))
        fsdp.finish_gradient_synchronization()
        for name, parameter in fsdp.module.named_parameters():
            _check_gradient(name, parameter, case)
        before = {name: p.detach().clone() for name, p in alone.named_parameters()}
        torch.optim.SGD([*fsdp.parameters(), *alone.parameters()], lr=LR).step()
        full = fsdp.gather_full_parameters()
        for name, parameter in alone.named_parameters():
            assert parameter.grad is not None
            same(f"{name} after a step of SGD", full[name], parameter.detach(), tolerance=1e-5,
                 case=case,
                 suspects={"gradients are summed over ranks and not averaged":
                               before[name] - LR * RANKS * parameter.grad,
                           "gradients are divided by the ranks twice":
                               before[name] - LR / RANKS * parameter.grad,
                           "nothing changed": before[name]})  # fmt: skip


def _check_gradient(name: str, parameter: Tensor, case: str) -> None:
    holds(parameter.grad is not None, f"{name}.grad is None after "
          f"finish_gradient_synchronization(), where a tensor is right. Case: {case}.")  # fmt: skip
    assert parameter.grad is not None
    for what in ("shape", "dtype"):
        mine, right = getattr(parameter.grad, what), getattr(parameter, what)
        holds(mine == right, f"{name}.grad has {what} {mine}, where {right} is right, as its "
              f"shard has. Case: {case}.")  # fmt: skip


def _bytes_alive() -> int:
    """Bytes of all tensors that Python knows, each storage once."""
    gc.collect()
    found: dict[int, int] = {}
    for thing in gc.get_objects():
        with suppress(Exception):  # objects may refuse to be looked at
            if isinstance(thing, Tensor):
                storage = thing.untyped_storage()
                if storage.nbytes():
                    found[storage.data_ptr()] = storage.nbytes()
    return sum(found.values())


def memory(rank: Rank) -> None:
    """After a step a rank has shards and their gradients, and nothing of the others."""
    module = Small(rank)
    ids = rank.draw.ids(13, 6)
    whole = sum(p.numel() * p.element_size() for p in module.parameters())
    before = _bytes_alive() - whole
    fsdp = adapters.get_fsdp(module)
    del module
    same("a forward pass has shape", tuple(fsdp(rank.own(ids)).shape), (3, 13))
    loss = fsdp(rank.own(ids)).sum()
    rank.backward(loss)
    del loss
    fsdp.finish_gradient_synchronization()
    kept = _bytes_alive() - before
    holds(kept < 1.6 * whole, f"after backward rank {rank.index} holds tensors of {kept} bytes, "
          f"where about {whole} are right, half of {whole} for shards and as much for their "
          "gradients: free a full weight when its layer has computed, and a full gradient when it "
          "was scattered.")  # fmt: skip


def low_precision(rank: Rank) -> None:
    """bfloat16 computes, float32 stays: shards, gradients, and what is gathered."""
    fsdp, alone = _wrapped(rank, compute_dtype=torch.bfloat16)
    ids, targets = rank.draw.ids(13, 6), rank.draw.ids(13, 6)
    case = f"{rank.case}, compute_dtype bfloat16"
    logits = fsdp(rank.own(ids))
    same("dtype of the logits", str(logits.dtype), "torch.bfloat16", case=case,
         suspects={"compute_dtype is ignored": "torch.float32"})  # fmt: skip
    same("logits", logits.float(), alone(rank.own(ids)).detach(), tolerance=0.05, case=case)
    rank.backward(F.cross_entropy(logits.float(), rank.own(targets)))
    fsdp.finish_gradient_synchronization()
    for name, parameter in fsdp.module.named_parameters():
        same(f"dtype of {name}", str(parameter.dtype), "torch.float32", case=case)
        _check_gradient(name, parameter, case)
    for name, value in fsdp.gather_full_parameters().items():
        same(f"gather_full_parameters()[{name!r}]", value, alone.get_parameter(name).detach(),
             tolerance=1e-6, case=f"{case}: the float32 values, not their copies")  # fmt: skip
