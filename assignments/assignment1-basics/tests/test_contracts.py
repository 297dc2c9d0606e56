"""The public names keep their contracts: called through the adapters that outside tests use."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cs336_basics.model import MultiHeadSelfAttention, TransformerBlock, TransformerLM
from torch.nn import functional as F

from . import adapters


@pytest.fixture(autouse=True)
def fixed_seed() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_layers_take_their_weights() -> None:
    x, ids = torch.randn(2, 3, 6), torch.randint(9, (2, 3))
    weight, rows, scale = torch.randn(4, 6), torch.randn(9, 6), torch.randn(6)
    torch.testing.assert_close(adapters.run_linear(6, 4, weight, x), F.linear(x, weight))
    torch.testing.assert_close(adapters.run_embedding(9, 6, rows, ids), rows[ids])
    expected = F.rms_norm(x, (6,), scale, 1e-5)
    torch.testing.assert_close(adapters.run_rmsnorm(6, 1e-5, scale, x), expected)
    torch.testing.assert_close(adapters.run_silu(x), F.silu(x))
    w1, w2, w3 = torch.randn(8, 6), torch.randn(6, 8), torch.randn(8, 6)
    expected = F.linear(F.silu(F.linear(x, w1)) * F.linear(x, w3), w2)
    torch.testing.assert_close(adapters.run_swiglu(6, 8, w1, w2, w3, x), expected)


@pytest.mark.parametrize("shape", [(5,), (1, 5), (2, 5)])
def test_rotary_positions_of_any_shape(shape: tuple[int, ...]) -> None:
    x, positions = torch.randn(2, 3, 5, 4), torch.arange(5).expand(shape)
    rotated = adapters.run_rope(4, 1e4, 7, x, positions)
    angles = torch.outer(torch.arange(5), 1e4 ** (-torch.arange(0, 4, 2) / 4))
    expected = torch.view_as_complex(x.view(2, 3, 5, 2, 2)) * torch.exp(1j * angles)
    torch.testing.assert_close(rotated, torch.view_as_real(expected).flatten(-2))


def test_attention_layers_and_models_take_their_state_dictionaries() -> None:
    x, ids = torch.randn(2, 5, 8), torch.randint(11, (2, 5))
    plain, rotary = MultiHeadSelfAttention(8, 2), MultiHeadSelfAttention(8, 2, 7, 1e4)
    q, k, v, o = (p.weight for p in (plain.q_proj, plain.k_proj, plain.v_proj, plain.output_proj))
    output = adapters.run_multihead_self_attention(8, 2, q, k, v, o, x)
    torch.testing.assert_close(output, plain(x))
    rotary.load_state_dict(plain.state_dict())
    for positions in (None, torch.arange(5), torch.arange(5)[None]):
        output = adapters.run_multihead_self_attention_with_rope(
            8, 2, 7, 1e4, q, k, v, o, x, positions
        )
        torch.testing.assert_close(output, rotary(x))
    block, lm = TransformerBlock(8, 2, 12, 7, 1e4), TransformerLM(11, 7, 8, 2, 2, 12)
    output = adapters.run_transformer_block(8, 2, 12, 7, 1e4, block.state_dict(), x)
    torch.testing.assert_close(output, block(x))
    logits = adapters.run_transformer_lm(11, 7, 8, 2, 2, 12, 1e4, lm.state_dict(), ids)
    torch.testing.assert_close(logits, lm(ids))


def test_functions_keep_their_signatures() -> None:
    q, k, v = (torch.randn(2, 3, n, 4) for n in (5, 6, 6))
    mask = torch.rand(2, 3, 5, 6) > 0.2
    mask[..., 0] = True
    torch.testing.assert_close(
        adapters.run_scaled_dot_product_attention(q, k, v, mask),
        F.scaled_dot_product_attention(q, k, v, attn_mask=mask),
    )
    logits, targets = torch.randn(4, 9) * 1000, torch.randint(9, (4,))
    torch.testing.assert_close(adapters.run_softmax(logits, 1), logits.softmax(1))
    expected = F.cross_entropy(logits, targets)
    torch.testing.assert_close(adapters.run_cross_entropy(logits, targets), expected)
    parameter = torch.nn.Parameter(torch.zeros(3))
    parameter.grad = torch.tensor([3.0, 4.0, 0.0])
    adapters.run_gradient_clipping([parameter, torch.nn.Parameter(torch.zeros(1))], 1.0)
    torch.testing.assert_close(parameter.grad, torch.tensor([0.6, 0.8, 0.0]))
    rates = [adapters.run_get_lr_cosine_schedule(it, 1.0, 0.1, 2, 4) for it in range(6)]
    assert rates == pytest.approx([0.0, 0.5, 1.0, 0.55, 0.1, 0.1])


def test_batches_are_shifted_windows() -> None:
    x, y = adapters.run_get_batch(np.arange(20, dtype=np.uint16), 4, 6, "cpu")
    assert x.shape == y.shape == (4, 6)
    assert x.dtype == y.dtype == torch.int64
    assert torch.equal(y, x + 1)
    with pytest.raises((RuntimeError, AssertionError)):
        adapters.run_get_batch(np.arange(20), 4, 6, "cuda:99")


@pytest.mark.parametrize("kind", ["path", "file"])
def test_a_checkpoint_brings_everything_back(tmp_path: Path, kind: str) -> None:
    adamw = adapters.get_adamw_cls()
    model, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    settings: dict[str, Any] = {"lr": 0.1, "betas": (0.9, 0.99), "eps": 1e-8, "weight_decay": 0.01}
    first, second = (adamw(m.parameters(), **settings) for m in (model, other))
    model(torch.ones(1, 3)).sum().backward()
    first.step()
    target = tmp_path / "checkpoint.pt" if kind == "path" else io.BytesIO()
    adapters.run_save_checkpoint(model, first, 7, target)
    if isinstance(target, io.BytesIO):
        target.seek(0)
    assert adapters.run_load_checkpoint(target, other, second) == 7
    assert torch.equal(model.weight, other.weight)
    assert str(first.state_dict()) == str(second.state_dict())


def test_a_tokenizer_is_trained_and_used(tmp_path: Path) -> None:
    text = "low low lower<|endoftext|>newest newest"
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    vocab, merges = adapters.run_train_bpe(tmp_path / "text.txt", 262, ["<|endoftext|>"], workers=1)
    assert len(vocab) == 262
    assert len(merges) == 5
    tokenizer = adapters.get_tokenizer(vocab, merges, ["<|endoftext|>"])
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert list(tokenizer.encode_iterable(text)) == tokenizer.encode(text)
