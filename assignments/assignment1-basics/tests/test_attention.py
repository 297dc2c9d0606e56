"""Attention against torch: scores, masks, both backends, the multi-head layer."""

from __future__ import annotations

import pytest
import torch
from cs336_basics import model as model_module
from cs336_basics.attention import causal_mask, scaled_dot_product_attention
from cs336_basics.fast.attention import attention_backend, fused_causal_attention
from cs336_basics.kv_cache import LayerCache
from cs336_basics.model import MultiHeadSelfAttention
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


@pytest.mark.parametrize("num_kv_heads", [1, 2, 4])
@pytest.mark.parametrize("backend", ["reference", "fused"])
def test_grouped_queries_share_their_keys_and_values(num_kv_heads: int, backend: str) -> None:
    """The same as an ungrouped layer in which the rows of each K/V head are repeated."""
    grouped = MultiHeadSelfAttention(16, 4, 20, 1e4, num_kv_heads=num_kv_heads)
    full = MultiHeadSelfAttention(16, 4, 20, 1e4)
    weights = grouped.state_dict()
    assert (
        weights["k_proj.weight"].shape == weights["v_proj.weight"].shape == (4 * num_kv_heads, 16)
    )
    for name in ("k_proj.weight", "v_proj.weight"):
        by_head = weights[name].view(num_kv_heads, 4, 16)
        weights[name] = by_head.repeat_interleave(4 // num_kv_heads, dim=0).view(16, 16)
    full.load_state_dict(weights)
    x = torch.randn(2, 3, 6, 16)
    with attention_backend(backend):  # type: ignore[arg-type]
        torch.testing.assert_close(grouped(x), full(x))


def test_a_cache_holds_the_heads_of_keys_and_values_only() -> None:
    layer, cache = MultiHeadSelfAttention(16, 4, 20, 1e4, num_kv_heads=2), LayerCache(20)
    x = torch.randn(3, 6, 16)
    parts = [layer(part, cache=cache) for part in torch.split(x, [4, 1, 1], dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), layer(x))
    keys, values = cache.append(torch.zeros(3, 2, 1, 4), torch.zeros(3, 2, 1, 4))
    assert keys.shape == values.shape == (3, 2, 7, 4)


def test_impossible_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of num_heads"):
        MultiHeadSelfAttention(10, 3)
    with pytest.raises(ValueError, match="needs max_seq_len"):
        MultiHeadSelfAttention(16, 4, theta=1e4)
    with pytest.raises(ValueError, match="num_heads 4 must be a multiple of num_kv_heads 3"):
        MultiHeadSelfAttention(24, 4, num_kv_heads=3)
