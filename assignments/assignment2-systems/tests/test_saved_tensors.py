"""What autograd keeps, by module; segments of blocks that keep less and compute the same."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from cs336_basics.model import TransformerBlock
from cs336_systems.measurement.saved_tensors import (
    best_segment,
    expected_peak,
    forward_in_segments,
    peak_bytes,
    saved_tensors,
)
from torch import Tensor, nn

CPU = torch.device("cpu")


class Product(nn.Module):
    """x W, then squared: saves x in the product and the product in the square."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear(x)
        return y.square()


def test_each_storage_counts_once_under_the_module_that_saved_it() -> None:
    module, x = Product(), torch.randn(5, 8, requires_grad=True)
    found = saved_tensors(module, partial(module, x))
    assert [(s.module, s.shape, s.dtype, s.num_bytes) for s in found] == [
        ("linear", (5, 8), "float32", 160),
        ("", (5, 4), "float32", 80),
    ]


def test_weights_are_not_counted_and_hooks_are_gone_afterwards() -> None:
    module = Product()
    saved_tensors(module, partial(module, torch.randn(5, 8)))
    assert not module.linear._forward_hooks
    assert not module._forward_pre_hooks
    with pytest.raises(RuntimeError):
        saved_tensors(module, partial(module, torch.randn(5, 7)))
    assert not module.linear._forward_hooks


def test_without_gradients_nothing_is_saved() -> None:
    module = Product()
    with torch.no_grad():
        assert saved_tensors(module, partial(module, torch.randn(5, 8))) == []


def blocks_and_input(layers: int = 6) -> tuple[nn.ModuleList, Tensor]:
    torch.manual_seed(0)
    blocks = nn.ModuleList(TransformerBlock(32, 2, 64, 32, 1e4) for _ in range(layers))
    return blocks, torch.randn(2, 32, 32, requires_grad=True)


def gradients(blocks: nn.ModuleList, x: Tensor, segment: int) -> list[Tensor]:
    loss = forward_in_segments(list(blocks), x, segment).square().mean()
    return list(torch.autograd.grad(loss, [x, *blocks.parameters()]))


@pytest.mark.parametrize("segment", [1, 2, 4, 6, 9])
def test_segments_give_the_same_gradients(segment: int) -> None:
    blocks, x = blocks_and_input()
    expected = gradients(blocks, x, 0)
    torch.testing.assert_close(gradients(blocks, x, segment), expected, rtol=0, atol=0)


def test_a_negative_segment_is_an_error() -> None:
    blocks, x = blocks_and_input(1)
    with pytest.raises(ValueError, match="a segment of -1 blocks"):
        forward_in_segments(list(blocks), x, -1)


def test_the_peak_is_the_one_that_the_formula_expects() -> None:
    blocks, x = blocks_and_input()
    saved = sum(s.num_bytes for s in saved_tensors(blocks[0], partial(blocks[0], x)))
    measured, expected = {}, {}
    for segment in (0, 1, 2, 3, 6):
        measured[segment] = peak_bytes(partial(gradients, blocks, x, segment), CPU)
        expected[segment] = expected_peak(6, segment, saved, x.nbytes)
    weights = sum(p.nbytes for p in blocks.parameters())  # gradients are allocated, too
    for segment, peak in measured.items():
        assert expected[segment] <= peak <= expected[segment] + weights + 2 * saved
    assert measured[1] < measured[2] < measured[3] < measured[0]


def test_the_root_of_the_layers_is_best_only_if_a_block_saves_no_more_than_its_input() -> None:
    assert best_segment(layers=64, block_bytes=1, input_bytes=1) == 8
    assert best_segment(layers=64, block_bytes=30, input_bytes=1) in (1, 2)
    assert best_segment(layers=64, block_bytes=100, input_bytes=1) == 1
