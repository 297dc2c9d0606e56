"""What each process of a distributed test runs; imported by name in the child processes.

Every check compares with one process that trains on the joined batch.
"""

from __future__ import annotations

import copy
import itertools
import os
import re
import signal
import warnings
from collections.abc import Callable, Sequence
from functools import partial

import pytest
import torch
import torch.distributed as dist
import torch.utils.checkpoint
from cs336_basics.model import Embedding, Linear, RMSNorm, TransformerLM
from cs336_basics.nn_utils import clip_gradient_norm, cross_entropy
from cs336_basics.optimizer import AdamW
from cs336_systems.ddp import (
    DDPBucketed,
    DDPIndividualParameters,
    all_reduce_gradients_flat,
    all_reduce_gradients_naive,
)
from cs336_systems.fsdp import FSDP
from cs336_systems.launch import Rank
from cs336_systems.sharded_optimizer import ShardedOptimizer
from torch import Tensor, nn

ROWS_PER_RANK = 3
VOCAB = 13  # not a multiple of 2 or 4: uneven shards


class AwkwardModel(nn.Module):
    """Tied embedding and head, a frozen layer, a layer nobody calls, one that some ranks skip."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = Embedding(VOCAB, 8)
        self.frozen = Linear(8, 8)
        self.frozen.weight.requires_grad_(False)
        self.unused = Linear(8, 5)
        self.sometimes = Linear(8, 8)
        self.norm = RMSNorm(8)
        self.inner = Linear(8, 6)
        self.outer = Linear(6, 8)
        self.head = Linear(8, VOCAB)
        self.head.weight = self.embedding.weight

    def forward(self, ids: Tensor, use_sometimes: bool = True) -> Tensor:
        x = self.frozen(self.embedding(ids))
        if use_sometimes:
            x = x + self.sometimes(x)
        x = x + self.outer(torch.tanh(self.inner(self.norm(x))))
        logits: Tensor = self.head(x)
        return logits


def small_lm(seed: int = 0) -> TransformerLM:
    """A Transformer whose 13 tokens and d_ff 20 do not divide evenly by 4 ranks everywhere."""
    torch.manual_seed(seed)
    return TransformerLM(VOCAB, 8, d_model=16, num_layers=2, num_heads=2, d_ff=21)


def joined_batches(world_size: int, steps: int) -> list[tuple[Tensor, Tensor]]:
    """Inputs and targets (world·3, 8) per step, equal on every rank."""
    generator = torch.Generator("cpu").manual_seed(1)
    shape = (steps, 2, world_size * ROWS_PER_RANK, 8)
    batches = torch.randint(VOCAB, shape, generator=generator, device="cpu")
    return [(x, y) for x, y in batches.to(torch.get_default_device())]


def own_rows(rank: Rank, tensor: Tensor) -> Tensor:
    """This rank's slice of a joined batch."""
    return tensor[rank.index * ROWS_PER_RANK : (rank.index + 1) * ROWS_PER_RANK]


def assert_same_parameters(model: nn.Module, reference: nn.Module) -> None:
    """Names, values and absence of gradients agree."""
    expected = dict(reference.named_parameters())
    found = dict(model.named_parameters())
    assert list(found) == list(expected)
    for name, parameter in found.items():
        torch.testing.assert_close(parameter, expected[name], rtol=1e-5, atol=1e-6, msg=name)
        assert (parameter.grad is None) == (expected[name].grad is None), name


def train_like_one_process(
    rank: Rank,
    reference: nn.Module,
    model: nn.Module,
    forward: Callable[[Tensor], Tensor],
    synchronize: Callable[[], None],
    before_batch: Callable[[], None] = lambda: None,
) -> None:
    """Five AdamW steps on slices equal five on the joined batches."""
    optimizer = AdamW(model.parameters(), lr=1e-2)
    expected_optimizer = AdamW(reference.parameters(), lr=1e-2)
    for x, y in joined_batches(rank.world_size, steps=5):
        expected_optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(reference(x), y))
        expected_optimizer.step()
        before_batch()
        optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(forward(own_rows(rank, x)), own_rows(rank, y)))
        synchronize()
        optimizer.step()


def check_unoverlapped(rank: Rank) -> None:
    """Naive and flat averaging after backward."""
    for average in (all_reduce_gradients_naive, all_reduce_gradients_flat):
        model, reference = AwkwardModel(0), AwkwardModel(0)
        train_like_one_process(
            rank, reference, model, model, partial(average, list(model.parameters()))
        )
        assert_same_parameters(model, reference)


def check_ddp(rank: Rank) -> None:
    """Individual and bucketed DDP; the ranks begin with different weights."""
    wrappers: list[Callable[[nn.Module], DDPIndividualParameters | DDPBucketed]] = [
        DDPIndividualParameters,
        lambda module: DDPBucketed(module, bucket_size_mb=None),
        lambda module: DDPBucketed(module, bucket_size_mb=0.0003),
        lambda module: DDPBucketed(module, bucket_size_mb=1e-6),
    ]
    for wrap in wrappers:
        ddp = wrap(AwkwardModel(seed=rank.index))
        before = ddp.on_train_batch_start if isinstance(ddp, DDPBucketed) else lambda: None
        reference = AwkwardModel(seed=0)
        train_like_one_process(
            rank, reference, ddp, ddp, ddp.finish_gradient_synchronization, before
        )
        assert_same_parameters(ddp.module, reference)


def check_parameter_used_on_some_ranks(rank: Rank) -> None:
    """Only rank 0 calls `sometimes`; the average counts the others as zero, on every rank."""
    for wrap in (DDPIndividualParameters, DDPBucketed):
        ddp = wrap(AwkwardModel(0))
        reference = copy.deepcopy(ddp.module)
        (x, y), *_ = joined_batches(rank.world_size, steps=1)
        losses = [
            cross_entropy(
                reference(x_part, use_sometimes=index == 0),
                y_part,
            )
            for index, (x_part, y_part) in enumerate(
                zip(x.chunk(rank.world_size), y.chunk(rank.world_size), strict=True)
            )
        ]
        torch.autograd.backward(torch.stack(losses).mean())
        logits = ddp(own_rows(rank, x), use_sometimes=rank.is_first)
        torch.autograd.backward(cross_entropy(logits, own_rows(rank, y)))
        ddp.finish_gradient_synchronization()
        for (name, found), expected in zip(
            ddp.module.named_parameters(), reference.parameters(), strict=True
        ):
            if expected.grad is None:
                assert found.grad is None, name
            else:
                torch.testing.assert_close(found.grad, expected.grad, msg=name)


def check_ddp_gradient_accumulation(rank: Rank) -> None:
    """Two synchronised backward passes add up; an unsynchronised second one is refused."""
    ddp = DDPBucketed(AwkwardModel(0), bucket_size_mb=None)
    reference = copy.deepcopy(ddp.module)
    for x, y in joined_batches(rank.world_size, steps=2):
        torch.autograd.backward(cross_entropy(reference(x), y))
        torch.autograd.backward(cross_entropy(ddp(own_rows(rank, x)), own_rows(rank, y)))
        ddp.finish_gradient_synchronization()
    for found, expected in zip(ddp.module.parameters(), reference.parameters(), strict=True):
        if expected.grad is not None:
            torch.testing.assert_close(found.grad, expected.grad)
    ddp.zero_grad()
    torch.autograd.backward(ddp(own_rows(rank, x)).sum())
    loss = ddp(own_rows(rank, x)).sum()
    raises(RuntimeError, "backward ran twice", lambda: torch.autograd.backward(loss))
    ddp.on_train_batch_start()  # forgets the abandoned batch
    ddp.zero_grad()
    torch.autograd.backward(ddp(own_rows(rank, x)).sum())
    ddp.finish_gradient_synchronization()


def raises(error: type[Exception], text: str, call: Callable[[], object]) -> None:
    """`call()` raises `error` with `text` in its message."""
    with pytest.raises(error, match=re.escape(text)):
        call()


def check_different_models_are_refused(rank: Rank) -> None:
    """A model of another size on one rank is named on every rank, not broadcast over."""
    if rank.world_size == 1:
        return
    raises(
        RuntimeError,
        "entry 0 is ((2, 4), 'torch.float32') on rank 0 and ((3, 4), 'torch.float32') on rank 1",
        lambda: DDPIndividualParameters(Linear(4, 2 if rank.is_first else 3)),
    )


def check_sharded_optimizer(rank: Rank) -> None:
    """Equal to the unsharded optimizer at rtol 1e-7; state divided; options and groups follow."""
    for make, options in (
        (torch.optim.AdamW, {"weight_decay": 0.1, "betas": (0.9, 0.95), "eps": 1e-8}),
        (AdamW, {"weight_decay": 0.1}),
        (torch.optim.SGD, {"momentum": 0.9}),
    ):
        model, reference = AwkwardModel(0), AwkwardModel(0)
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


def check_more_ranks_than_parameters(rank: Rank) -> None:
    """Ranks that own nothing still step and receive."""
    layer = Linear(4, 4)
    nn.init.ones_(layer.weight)
    optimizer = ShardedOptimizer(layer.parameters(), torch.optim.SGD, lr=0.5)
    torch.autograd.backward(layer(torch.ones(1, 4)).sum())
    optimizer.step()
    torch.testing.assert_close(layer.weight, torch.full((4, 4), 0.5))
    assert optimizer.param_groups[0]["momentum"] == 0


def check_fsdp(rank: Rank) -> None:
    """FSDP trains like one process and stores its share only."""
    builds: list[Callable[[int], nn.Module]] = [small_lm, AwkwardModel]
    for build, prefetch in itertools.product(builds, (0, 2)):
        model = build(rank.index).double()  # AdamW magnifies float32 rounding near zero
        names = [name for name, _ in model.named_parameters()]
        fsdp = FSDP(model, prefetch=prefetch)
        reference = build(0).double()
        assert [name for name, _ in fsdp.module.named_parameters()] == names
        train_like_one_process(rank, reference, fsdp, fsdp, fsdp.finish_gradient_synchronization)
        check_shards(rank, fsdp, reference)
        full = fsdp.gather_full_parameters()
        for name, expected in reference.named_parameters(remove_duplicate=False):
            torch.testing.assert_close(full[name], expected.detach().float())


def check_shards(rank: Rank, fsdp: FSDP, reference: nn.Module) -> None:
    """Rows are divided, norms are whole, gradients fit, and no full weight is left in memory."""
    for (name, found), whole in zip(
        fsdp.module.named_parameters(), reference.parameters(), strict=True
    ):
        rows = -(-whole.shape[0] // rank.world_size)
        expected_rows = max(0, min(rows, whole.shape[0] - rank.index * rows))
        is_norm = whole.dim() == 1
        assert found.shape[0] == (whole.shape[0] if is_norm else expected_rows), name
        if found.grad is not None:
            assert found.grad.shape == found.shape
            assert found.grad.dtype == found.dtype == whole.dtype
        assert (found.grad is None) == (whole.grad is None), name
    assert not any(weight.is_allocated for weight in fsdp._weights.values())


def check_fsdp_low_precision(rank: Rank) -> None:
    """bf16 compute: float32 shards and gradients, close to float32; logits in bf16."""
    reference = small_lm()
    fsdp = FSDP(small_lm(), compute_dtype=torch.bfloat16)
    (x, y), *_ = joined_batches(rank.world_size, steps=1)
    expected_loss = cross_entropy(reference(x), y)
    torch.autograd.backward(expected_loss)
    logits = fsdp(own_rows(rank, x))
    assert logits.dtype == torch.bfloat16
    torch.autograd.backward(cross_entropy(logits, own_rows(rank, y)))
    fsdp.finish_gradient_synchronization()
    check_shards(rank, fsdp, reference)
    shards = own_shards(rank, reference)
    for (name, found), expected in zip(fsdp.module.named_parameters(), shards, strict=True):
        assert found.grad is not None
        difference = (found.grad - expected).norm()
        assert difference <= 0.03 * expected.norm() + 1e-6, name


def own_shards(rank: Rank, reference: nn.Module) -> list[Tensor]:
    """This rank's rows of the reference's gradients; whole for one-dimensional parameters."""
    shards = []
    for parameter in reference.parameters():
        assert parameter.grad is not None
        rows = -(-parameter.shape[0] // rank.world_size)
        first = rank.index * rows
        is_norm = parameter.dim() == 1
        shards.append(parameter.grad if is_norm else parameter.grad[first : first + rows])
    return shards


def check_fsdp_accumulation_clipping_and_evaluation(rank: Rank) -> None:
    """Two backward passes add up, the clipped norm is global, evaluation keeps nothing."""
    reference, fsdp = small_lm(), FSDP(small_lm())
    for x, y in joined_batches(rank.world_size, steps=2):
        torch.autograd.backward(cross_entropy(reference(x), y))
        torch.autograd.backward(cross_entropy(fsdp(own_rows(rank, x)), own_rows(rank, y)))
    fsdp.finish_gradient_synchronization()
    expected_norm = clip_gradient_norm(reference.parameters(), 0.1)
    norm = fsdp.clip_gradient_norm(0.1)
    torch.testing.assert_close(norm, expected_norm)
    for found, expected in zip(fsdp.parameters(), own_shards(rank, reference), strict=True):
        torch.testing.assert_close(found.grad, expected, rtol=1e-4, atol=1e-7)
    with torch.no_grad():
        torch.testing.assert_close(fsdp(x), reference(x), rtol=1e-4, atol=1e-5)
    assert not any(weight.is_allocated for weight in fsdp._weights.values())


def check_fsdp_survives_a_failed_forward(rank: Rank) -> None:
    """A bad batch raises and leaves shards, not full weights, as parameters."""
    fsdp = FSDP(small_lm())
    shapes = [p.shape for p in fsdp.parameters()]
    raises(ValueError, "context length", lambda: fsdp(torch.zeros(1, 99, dtype=torch.long)))
    raises(ValueError, "outside the vocabulary", lambda: fsdp(torch.full((1, 2), VOCAB)))
    assert [p.shape for p in fsdp.parameters()] == shapes
    assert not any(weight.is_allocated for weight in fsdp._weights.values())
    assert fsdp(torch.zeros(1, 4, dtype=torch.long)).shape == (1, 4, VOCAB)


def check_fsdp_with_activation_checkpointing(rank: Rank) -> None:
    """Recomputing layers in backward gathers again and gives the same gradients."""
    reference, model = small_lm(), small_lm()
    for block in model.layers:
        plain = block.forward
        block.forward = lambda *args, plain=plain: torch.utils.checkpoint.checkpoint(
            plain, *args, use_reentrant=False
        )
    fsdp = FSDP(model)
    for x, y in joined_batches(rank.world_size, steps=2):
        torch.autograd.backward(cross_entropy(reference(x), y))
        torch.autograd.backward(cross_entropy(fsdp(own_rows(rank, x)), own_rows(rank, y)))
        fsdp.finish_gradient_synchronization()
    for found, expected in zip(fsdp.parameters(), own_shards(rank, reference), strict=True):
        torch.testing.assert_close(found.grad, expected, rtol=1e-4, atol=1e-6)


ALL_CHECKS: list[Callable[[Rank], None]] = [
    check_unoverlapped,
    check_ddp,
    check_parameter_used_on_some_ranks,
    check_ddp_gradient_accumulation,
    check_different_models_are_refused,
    check_sharded_optimizer,
    check_sharded_optimizer_state,
    check_more_ranks_than_parameters,
    check_fsdp,
    check_fsdp_low_precision,
    check_fsdp_accumulation_clipping_and_evaluation,
    check_fsdp_survives_a_failed_forward,
    check_fsdp_with_activation_checkpointing,
]


def run_all_checks(rank: Rank) -> None:
    """Run every check, a group of processes being started once; any warning is an error."""
    warnings.simplefilter("error")
    torch.set_default_device(rank.device)
    for check in ALL_CHECKS:
        check(rank)


def raise_on_rank_one(rank: Rank) -> None:
    """Rank 1 raises while the others wait for it."""
    if rank.index == 1:
        raise ValueError("rank 1 gives up on purpose")
    dist.barrier()


def kill_rank_one(rank: Rank) -> None:
    """Rank 1 is killed, as by the kernel when memory runs out, while the others wait for it."""
    if rank.index == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    dist.barrier()
