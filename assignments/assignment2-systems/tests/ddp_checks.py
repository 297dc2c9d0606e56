"""What each process of a DDP test runs: compared with one process on the joined batch."""

from __future__ import annotations

import contextlib
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
    for wrap in wrappers():
        ddp = wrap(AwkwardModel(seed=rank.index))
        before = ddp.on_train_batch_start
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


def wrappers() -> list[Callable[[nn.Module], DDPIndividualParameters | DDPBucketed]]:
    """Every overlapped wrapper, with one bucket, small ones and one for each parameter."""
    return [
        DDPIndividualParameters,
        lambda module: DDPBucketed(module, bucket_size_mb=None),
        lambda module: DDPBucketed(module, bucket_size_mb=0.0003),
        lambda module: DDPBucketed(module, bucket_size_mb=1e-6),
    ]


def assert_same_gradients(found: nn.Module, expected: nn.Module) -> None:
    """Gradients agree, and exist for the same parameters."""
    for (name, one), other in zip(found.named_parameters(), expected.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None), name
        if other.grad is not None:
            assert one.grad is not None
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-9, atol=1e-12, msg=name)


def check_accumulation_equals_one_batch(rank: Rank) -> None:
    """k micro-batches give the gradient of one batch, inside `no_sync` and without it."""
    k = 3
    batches = joined_batches(rank.world_size, steps=k)
    reference = AwkwardModel(0)
    for x, y in batches:
        torch.autograd.backward(cross_entropy(reference(x), y) / k)
    for wrap in wrappers():
        for sparing in (True, False):
            ddp = wrap(AwkwardModel(0))
            for number, (x, y) in enumerate(batches):
                apart = ddp.no_sync() if sparing and number < k - 1 else contextlib.nullcontext()
                with apart:
                    loss = cross_entropy(ddp(own_rows(rank, x)), own_rows(rank, y)) / k
                    torch.autograd.backward(loss)
                if not sparing:
                    ddp.finish_gradient_synchronization()
            if sparing:
                ddp.finish_gradient_synchronization()
            assert_same_gradients(ddp.module, reference)
    sharded = FSDP(AwkwardModel(0))
    for x, y in batches:
        loss = cross_entropy(sharded(own_rows(rank, x)), own_rows(rank, y)) / k
        torch.autograd.backward(loss)
    sharded.finish_gradient_synchronization()
    assert_same_fsdp_gradients(sharded, reference)


def assert_same_fsdp_gradients(model: FSDP, reference: nn.Module) -> None:
    """A step of SGD with rate 1 shows the gradients of all shards at once."""
    before = model.gather_full_parameters()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.sub_(parameter.grad)
    after = model.gather_full_parameters()
    for name, parameter in reference.named_parameters(remove_duplicate=False):
        gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        found = before[name] - after[name]
        torch.testing.assert_close(found, gradient.float(), rtol=1e-4, atol=1e-6, msg=name)


def check_gradients_of_layers_used_in_turn(rank: Rank) -> None:
    """A layer of the first pass that no rank uses in the second keeps its gradient."""
    (x, y), (x2, y2) = joined_batches(rank.world_size, steps=2)
    for wrap in wrappers():
        ddp, reference = wrap(AwkwardModel(0)), AwkwardModel(0)
        for inputs, targets, sometimes in ((x, y, True), (x2, y2, False)):
            loss = cross_entropy(reference(inputs, use_sometimes=sometimes), targets)
            torch.autograd.backward(loss)
            logits = ddp(own_rows(rank, inputs), use_sometimes=sometimes)
            torch.autograd.backward(cross_entropy(logits, own_rows(rank, targets)))
            ddp.finish_gradient_synchronization()
        assert reference.sometimes.weight.grad is not None
        assert_same_gradients(ddp.module, reference)


def check_unfreezing_and_freezing(rank: Rank) -> None:
    """What is unfrozen after wrapping is averaged too; what is frozen travels no more."""
    (x, y), (x2, y2) = joined_batches(rank.world_size, steps=2)
    for wrap in wrappers():
        ddp, reference = wrap(AwkwardModel(0)), AwkwardModel(0)
        for model in (ddp.module, reference):
            assert isinstance(model, AwkwardModel)
            model.frozen.weight.requires_grad_(True)
            model.inner.weight.requires_grad_(False)
        torch.autograd.backward(cross_entropy(reference(x), y))
        torch.autograd.backward(cross_entropy(ddp(own_rows(rank, x)), own_rows(rank, y)))
        ddp.finish_gradient_synchronization()
        assert reference.frozen.weight.grad is not None
        assert_same_gradients(ddp.module, reference)
        ddp.zero_grad()
        loss = ddp(own_rows(rank, x2)).sum()
        assert isinstance(ddp.module, AwkwardModel)
        ddp.module.inner.weight.requires_grad_(True)  # too late for this forward
        torch.autograd.backward(loss)
        ddp.finish_gradient_synchronization()
        ddp.zero_grad()
        reference.zero_grad()
        reference.inner.weight.requires_grad_(True)
        torch.autograd.backward(cross_entropy(reference(x2), y2))
        torch.autograd.backward(cross_entropy(ddp(own_rows(rank, x2)), own_rows(rank, y2)))
        ddp.finish_gradient_synchronization()
        assert_same_gradients(ddp.module, reference)


def check_an_abandoned_backward_can_be_forgotten(rank: Rank) -> None:
    """A pass that was never finished is refused with what to do, and forgotten by it."""
    (x, y), *_ = joined_batches(rank.world_size, steps=1)
    for wrap in wrappers():
        ddp, reference = wrap(AwkwardModel(0)), AwkwardModel(0)
        torch.autograd.backward(ddp(own_rows(rank, x)).sum())
        loss = ddp(own_rows(rank, x)).sum()
        raises(RuntimeError, "on_train_batch_start()", partial(torch.autograd.backward, loss))
        ddp.on_train_batch_start()
        ddp.zero_grad()
        torch.autograd.backward(cross_entropy(reference(x), y))
        torch.autograd.backward(cross_entropy(ddp(own_rows(rank, x)), own_rows(rank, y)))
        ddp.finish_gradient_synchronization()
        assert_same_gradients(ddp.module, reference)


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
