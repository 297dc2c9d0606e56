"""Attention against torch: scores, masks, both backends, the multi-head layer."""

from __future__ import annotations

import pytest
import torch
from cs336_basics import model as model_module
from cs336_basics.attention import (
    causal_mask,
    fused_causal_attention,
    scaled_dot_product_attention,
)
from cs336_basics.kv_cache import LayerCache
from cs336_basics.model import MultiHeadSelfAttention, attention_backend
from torch import Tensor
from torch.nn import functional as F


@pytest.mark.parametrize("leading", [(2,), (2, 3), ()])
def test_attention_equals_torch(leading: tuple[int, ...]) -> None:
    Q, K, V = (torch.randn(*leading, n, 8) for n in (5, 7, 7))
    mask = torch.rand(*leading, 5, 7) > 0.3
    mask[..., 0] = True
    torch.testing.assert_close(
        scaled_dot_product_attention(Q, K, V, mask),
        F.scaled_dot_product_attention(Q, K, V, attn_mask=mask),
    )
    torch.testing.assert_close(
        scaled_dot_product_attention(Q, K, V), F.scaled_dot_product_attention(Q, K, V)
    )


def test_a_query_without_any_key_returns_zeros_and_finite_gradients() -> None:
    Q, K, V = (torch.randn(1, 3, 4, requires_grad=True) for _ in range(3))
    mask = torch.tensor([[True, False, False], [False, False, False], [True, True, True]])
    output = scaled_dot_product_attention(Q, K, V, mask)
    assert torch.equal(output[0, 1], torch.zeros(4))
    output.sum().backward()  # type: ignore[no-untyped-call]
    assert all(t.grad is not None and torch.isfinite(t.grad).all() for t in (Q, K, V))


def test_the_fused_backend_is_the_same_function_for_causal_layers() -> None:
    for queries, keys in ((6, 6), (1, 6), (3, 6)):  # whole pass, decoding, chunk of a prompt
        Q, K, V = (torch.randn(2, 4, n, 8) for n in (queries, keys, keys))
        mask = causal_mask(queries, keys)
        torch.testing.assert_close(
            fused_causal_attention(Q, K, V, mask), scaled_dot_product_attention(Q, K, V, mask)
        )


def test_layer_equals_torchs_multihead_attention() -> None:
    layer = MultiHeadSelfAttention(16, 4)
    theirs = torch.nn.MultiheadAttention(16, 4, bias=False, batch_first=True)
    with torch.no_grad():
        weights = (layer.q_proj.weight, layer.k_proj.weight, layer.v_proj.weight)
        theirs.in_proj_weight.copy_(torch.cat(weights))
        theirs.out_proj.weight.copy_(layer.output_proj.weight)
    x = torch.randn(3, 6, 16)
    expected, _ = theirs(x, x, x, attn_mask=~causal_mask(6, 6), need_weights=False)
    torch.testing.assert_close(layer(x), expected)


@pytest.mark.parametrize("batch", [1, 2, 3, 8, 11])
def test_layer_with_rotation_treats_rows_alike_for_every_batch_size(batch: int) -> None:
    layer = MultiHeadSelfAttention(16, 4, max_seq_len=20, theta=1e4)
    x = torch.randn(batch, 6, 16)
    rows = torch.stack([layer(row) for row in x])
    torch.testing.assert_close(layer(x), rows)
    torch.testing.assert_close(layer(x, torch.arange(6).expand(batch, 6)), rows)
    torch.testing.assert_close(layer(x[:, None]), rows[:, None])  # more leading dimensions


def test_the_layer_looks_attention_up_as_a_module_global(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counting(Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None) -> Tensor:
        calls.append(Q.shape)
        return scaled_dot_product_attention(Q, K, V, mask)

    layer, x = MultiHeadSelfAttention(16, 4), torch.randn(2, 6, 16)
    monkeypatch.setattr(model_module, "scaled_dot_product_attention", counting)
    layer(x)
    assert calls == [(2, 4, 6, 4)]


def test_backend_is_put_back_even_after_an_error() -> None:
    before = model_module.scaled_dot_product_attention
    with attention_backend("fused"):
        assert model_module.scaled_dot_product_attention is fused_causal_attention
    with pytest.raises(KeyError), attention_backend("fused"):
        raise KeyError
    assert model_module.scaled_dot_product_attention is before
    with pytest.raises(ValueError, match="unknown attention backend"), attention_backend("flash9"):  # type: ignore[arg-type]
        pass


def test_a_packed_kernel_serves_whole_passes_and_leaves_the_cache_to_the_fused_backend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []

    def attend(qkv: Tensor, num_heads: int, cos: Tensor | None, sin: Tensor | None) -> Tensor:
        assert cos is not None
        assert sin is not None
        calls.append((tuple(qkv.shape), num_heads, tuple(cos.shape)))
        Q, K, V = qkv.view(*qkv.shape[:2], 3, num_heads, -1).permute(2, 0, 3, 1, 4)
        positions = torch.arange(qkv.shape[1])
        assert layer.rope is not None
        heads = fused_causal_attention(
            layer.rope(Q, positions), layer.rope(K, positions), V, causal_mask(*Q.shape[-2:-1] * 2)
        )
        return heads.transpose(1, 2).flatten(-2)

    monkeypatch.setattr(model_module, "rotary_attention_kernel", lambda: attend)
    layer = MultiHeadSelfAttention(16, 4, max_seq_len=20, theta=1e4)
    x = torch.randn(2, 3, 6, 16)
    expected, moved = layer(x), layer(x, torch.arange(6) + 1)
    first, rest = layer(x[..., :2, :], cache=(cache := LayerCache(20))), None
    with attention_backend("rotary"):
        torch.testing.assert_close(layer(x), expected)
        torch.testing.assert_close(layer(x, torch.arange(6) + 1), moved)
        rest = layer(x[..., 2:, :], cache=cache)
    torch.testing.assert_close(torch.cat((first, rest), dim=-2), expected)
    assert calls == [((6, 6, 48), 4, (6, 2))]
    assert model_module.packed_attention is None


def test_impossible_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of num_heads"):
        MultiHeadSelfAttention(10, 3)
    with pytest.raises(ValueError, match="needs max_seq_len"):
        MultiHeadSelfAttention(16, 4, theta=1e4)
