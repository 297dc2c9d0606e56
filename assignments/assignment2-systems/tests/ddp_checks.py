"""What each process of a DDP test runs: compared with one process on the joined batch."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable
from functools import partial

import torch
import torch.utils.checkpoint
from cs336_basics.model import Linear
from cs336_basics.nn_utils import cross_entropy
from cs336_systems.ddp import (
    DDPBucketed,
    DDPIndividualParameters,
    all_reduce_gradients_flat,
    all_reduce_gradients_naive,
)
from cs336_systems.distributed.launch import Rank
from cs336_systems.fsdp import FSDP
from distributed_setup import (  # type: ignore[import-not-found, unused-ignore]
    AwkwardModel,
    joined_batches,
    own_rows,
    raises,
    train_like_one_process,
)
from torch import nn


def assert_same_parameters(model: nn.Module, reference: nn.Module) -> None:
    """Names, values and gradients agree; unused parameters have no gradient."""
    expected = dict(reference.named_parameters())
    found = dict(model.named_parameters())
    assert list(found) == list(expected)
    for name, parameter in found.items():
        torch.testing.assert_close(parameter, expected[name], rtol=1e-9, atol=1e-9, msg=name)
        # Gradients too: AdamW's update hardly depends on their scale.
        torch.testing.assert_close(
            parameter.grad, expected[name].grad, rtol=1e-9, atol=1e-12, msg=name
        )


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


def check_different_models_are_refused(rank: Rank) -> None:
    """A model of another size on one rank is named on every rank, not broadcast over."""
    if rank.world_size == 1:
        return
    raises(
        RuntimeError,
        "entry 0 is ((2, 4), 'torch.float32') on rank 0 and ((3, 4), 'torch.float32') on rank 1",
        lambda: DDPIndividualParameters(Linear(4, 2 if rank.is_first else 3)),
    )


def check_wrappers_are_freed(rank: Rank) -> None:
    """A wrapper that goes out of use takes its model with it."""
    (x, y), *_ = joined_batches(rank.world_size, steps=1)
    for wrap in (DDPIndividualParameters, DDPBucketed, FSDP):
        model = wrap(AwkwardModel(0))
        loss = cross_entropy(model(own_rows(rank, x)), own_rows(rank, y))
        torch.autograd.backward(loss)
        model.finish_gradient_synchronization()
        parameter = weakref.ref(next(model.parameters()))
        del model, loss
        gc.collect()
        assert parameter() is None, wrap.__name__
