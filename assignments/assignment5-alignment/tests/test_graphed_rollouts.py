"""The CUDA graph of a decoding step does what the plain step does."""

from __future__ import annotations

import pytest
import torch
from cs336_alignment.rollouts import Rollouts, make_generator
from cs336_alignment.rollouts.graphed import round_up, rounded_rows
from cs336_basics.model import TransformerLM

EOS, PAD = 0, 1


def make_model(seed: int = 0, kv_heads: int = 4) -> TransformerLM:
    torch.manual_seed(seed)
    return TransformerLM(12, 160, 32, 2, 4, 48, device="cuda", num_kv_heads=kv_heads)


def sample(model: TransformerLM, *, cuda_graph: bool) -> list[Rollouts]:
    """Different numbers of rows, lengths and settings by one generator."""
    generator = make_generator(
        model, eos_id=EOS, pad_id=PAD, max_batch=40, max_length=150, cuda_graph=cuda_graph
    )
    return [
        generator.sample(
            prompts,
            samples=samples,
            max_new_tokens=tokens,
            temperature=temperature,
            top_p=top_p,
            generator=torch.Generator().manual_seed(7),
        )
        for prompts, samples, tokens, temperature, top_p in [
            ([[2, 3], [4, 5, 6]], 8, 100, 1.0, 1.0),
            ([[2]], 50, 140, 0.8, 0.9),  # more rows than fit at once, more than one span
            ([[2, 3], [4, 5, 6]], 8, 100, 0.0, 1.0),
            ([[2, 3], [4, 5, 6]], 8, 100, 1.0, 1.0),
        ]
    ]


def assert_same(left: list[Rollouts], right: list[Rollouts]) -> None:
    for a, b in zip(left, right, strict=True):
        assert torch.equal(a.response_ids, b.response_ids)
        assert torch.equal(a.response_mask, b.response_mask)
        assert torch.equal(a.finished, b.finished)
        torch.testing.assert_close(a.log_probs, b.log_probs, atol=2e-5, rtol=1e-5)


@pytest.mark.gpu
@pytest.mark.parametrize("kv_heads", [4, 2])
def test_graphs_sample_what_plain_steps_sample(kv_heads: int) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    model = make_model(kv_heads=kv_heads)
    assert_same(sample(model, cuda_graph=True), sample(model, cuda_graph=False))


@pytest.mark.gpu
@pytest.mark.parametrize("moved", [False, True])
def test_graphs_see_new_weights(moved: bool) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    model, other = make_model(0), make_model(1)
    generator = make_generator(model, eos_id=EOS, pad_id=PAD, max_batch=32, max_length=64)

    def draw() -> Rollouts:
        return generator.sample(
            [[2, 3]],
            samples=32,
            max_new_tokens=40,
            temperature=1.0,
            top_p=1.0,
            generator=torch.Generator().manual_seed(7),
        )

    before = draw()
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), other.parameters(), strict=True):
            if moved:
                parameter.data = value.clone()
            else:
                parameter.copy_(value)
    after = draw()
    assert not torch.equal(before.response_ids, after.response_ids)
    generator = make_generator(
        other, eos_id=EOS, pad_id=PAD, max_batch=32, max_length=64, cuda_graph=False
    )
    assert_same([after], [draw()])


def test_batches_share_graphs_by_rounding() -> None:
    assert [rounded_rows(n) for n in (1, 32, 33, 512, 513)] == [32, 32, 64, 512, 1024]
    assert [round_up(n, 64) for n in (1, 64, 65)] == [64, 64, 128]
