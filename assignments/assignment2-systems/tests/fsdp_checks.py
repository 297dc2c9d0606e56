"""What each process of an FSDP test runs: compared with one process on the joined batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
import torch.utils.checkpoint
from cs336_basics.model import Linear, RMSNorm
from cs336_basics.nn_utils import clip_gradient_norm, cross_entropy
from cs336_systems.distributed.launch import Rank
from cs336_systems.fsdp import FSDP, join_shards
from distributed_setup import (  # type: ignore[import-not-found, unused-ignore]
    VOCAB,
    AwkwardModel,
    joined_batches,
    own_rows,
    raises,
    small_lm,
    train_like_one_process,
)
from torch import Tensor, nn


def check_fsdp(rank: Rank) -> None:
    """FSDP trains like one process and stores its share only."""
    builds: list[Callable[[int], nn.Module]] = [small_lm, AwkwardModel]
    for build, prefetch in itertools.product(builds, (0, 1, 3)):
        model = build(rank.index).double()
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
    assert not any(unit.is_allocated for unit in fsdp._units)


def check_fsdp_parameters_of_another_number_of_processes(rank: Rank) -> None:
    """Shards of all ranks make the whole model, which any number of processes takes over."""
    fsdp, reference = FSDP(small_lm(5)), small_lm(5)
    shares: list[dict[str, Any]] = [{} for _ in range(rank.world_size)]
    dist.all_gather_object(shares, fsdp.shard_state())
    whole = join_shards(shares[::-1])
    for name, expected in reference.named_parameters(remove_duplicate=False):
        torch.testing.assert_close(whole[name], expected.detach().cpu(), rtol=0, atol=0)
    # The same as three processes would have saved it, each with its rows.
    of_three: list[dict[str, Any]] = []
    for r in range(3):
        sharded = {}
        for name in shares[0]["sharded"]:
            rows = -(-whole[name].shape[0] // 3)
            sharded[name] = whole[name][r * rows : (r + 1) * rows]
        of_three.append({**shares[0], "rank": r, "world_size": 3, "sharded": sharded})
    for values in (whole, join_shards(of_three), dict(reference.named_parameters())):
        other = FSDP(small_lm(6))
        (ids, _), *_ = joined_batches(rank.world_size, steps=1)
        other(ids)  # full weights of the other values may still be around
        other.load_full_parameters(values)
        torch.testing.assert_close(other(ids), reference(ids))
    changed = {**whole, "extra": torch.zeros(1)}
    raises(
        ValueError, "differ from this model's: extra", lambda: other.load_full_parameters(changed)
    )
    name = next(iter(shares[0]["sharded"]))
    changed = {**whole, name: whole[name][1:]}
    raises(ValueError, f"{name} has shape", lambda: other.load_full_parameters(changed))
    raises(ValueError, "give each rank's of one job once", lambda: join_shards(of_three[:2]))


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
    torch.testing.assert_close(norm, expected_norm, rtol=1e-5, atol=0)
    for found, expected in zip(fsdp.parameters(), own_shards(rank, reference), strict=True):
        torch.testing.assert_close(found.grad, expected, rtol=1e-4, atol=1e-6)
    with torch.no_grad():
        torch.testing.assert_close(fsdp(x), reference(x), rtol=1e-4, atol=1e-5)
    assert not any(unit.is_allocated for unit in fsdp._units)


def check_fsdp_survives_a_failed_forward(rank: Rank) -> None:
    """A bad batch raises and leaves shards, not full weights, as parameters."""
    fsdp = FSDP(small_lm())
    shapes = [p.shape for p in fsdp.parameters()]
    raises(ValueError, "context length", lambda: fsdp(torch.zeros(1, 99, dtype=torch.long)))
    if rank.device.type == "cpu":  # a GPU answers with an assertion that ends the process
        raises(ValueError, "outside the vocabulary", lambda: fsdp(torch.full((1, 2), VOCAB)))
    assert [p.shape for p in fsdp.parameters()] == shapes
    assert not any(unit.is_allocated for unit in fsdp._units)
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


def check_fsdp_gathers_one_unit_and_what_it_prefetches(rank: Rank) -> None:
    """While a layer computes, its unit and `prefetch` more are in memory, in both directions."""
    (x, y), *_ = joined_batches(rank.world_size, steps=1)
    for prefetch in (0, 1, 2):
        fsdp = FSDP(small_lm(), prefetch=prefetch)
        seen: list[int] = []

        def count(*_: object, fsdp: FSDP = fsdp, seen: list[int] = seen) -> None:
            seen.append(sum(unit.is_allocated for unit in fsdp._units))

        for norm in fsdp.modules():
            if isinstance(norm, RMSNorm):  # inside and between blocks
                norm.register_forward_hook(count)
                norm.weight.register_post_accumulate_grad_hook(count)  # type: ignore[no-untyped-call]
        torch.autograd.backward(cross_entropy(fsdp(own_rows(rank, x)), own_rows(rank, y)))
        fsdp.finish_gradient_synchronization()
        # 4 units: embedding, 2 blocks, head. Norms: ln1 ln2 | ln1 ln2 | final. ln1 runs before its
        # block's first layer, so it sees the unit before.
        forward, backward = seen[:5], seen[5:]
        ahead = prefetch + 1
        assert forward == [min(ahead, 4 - i) for i in (0, 1, 1, 2, 2)], forward
        # Backward: the embedding's weight is not read, so three units remain to be gathered.
        assert backward == [min(ahead, i) for i in (3, 2, 2, 1, 1)], backward


def check_fsdp_sees_changed_shards(rank: Rank) -> None:
    """A weight left gathered by an abandoned backward pass is not used after a change."""
    fsdp = FSDP(Linear(4, 4))
    x = torch.ones(1, 4)
    before = fsdp(x)
    torch.autograd.backward(before.sum())
    with torch.no_grad():
        for parameter in fsdp.parameters():
            parameter.mul_(0.5)
        torch.testing.assert_close(fsdp(x), before * 0.5)
