"""Fast layers give what the plain ones give and hold the very same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from cs336_basics.attention import causal_mask
from cs336_basics.fast.attention import attention_backend, fused_causal_attention
from cs336_basics.fast.layers import (
    FastSelfAttention,
    FastSwiGLU,
    Speedups,
    project_jointly,
    speed_up,
    stacked_weights,
)
from cs336_basics.kv_cache import LayerCache
from cs336_basics.model import Linear, MultiHeadSelfAttention, SwiGLU, TransformerLM
from torch import Tensor
from torch.nn import functional as F


def residual_norm(x: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """What a kernel for residual branches computes, by PyTorch."""
    return x, F.rms_norm(x, (x.shape[-1],), weight, eps)


def make_model(**options: Any) -> TransformerLM:
    torch.manual_seed(0)
    return TransformerLM(40, 12, 16, 2, 4, 24, **options)


def test_joint_projection_equals_separate_ones() -> None:
    projections, x = [Linear(6, 4), Linear(6, 2), Linear(6, 4)], torch.randn(3, 5, 6)
    for joint, layer in zip(project_jointly(x, projections), projections, strict=True):
        torch.testing.assert_close(joint, layer(x))


@pytest.mark.parametrize(
    "options",
    [{}, {"num_kv_heads": 2}, {"norm": "post"}, {"norm": "none"}, {"feed_forward": "silu"},
     {"tie_embeddings": True}, {"rope_theta": None}],
    ids=str,
)  # fmt: skip
def test_a_fast_model_computes_the_plain_logits_with_the_same_parameters(
    options: dict[str, Any],
) -> None:
    plain, model = make_model(**options), make_model(**options)
    before = list(model.named_parameters())
    speed_up(model, Speedups(joint_projections=True, residual_norm=residual_norm))
    after = list(model.named_parameters())
    assert [name for name, _ in after] == [name for name, _ in before]
    assert all(p is q for (_, p), (_, q) in zip(before, after, strict=True))
    assert model.state_dict().keys() == plain.state_dict().keys()
    ids = torch.randint(40, (3, 12))
    torch.testing.assert_close(model(ids), plain(ids))
    cache = model.new_cache()
    parts = [model(part, cache) for part in torch.split(ids, [7, 1, 4], dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), plain(ids), rtol=1e-4, atol=1e-5)


def test_no_speedup_changes_no_layer() -> None:
    model = make_model()
    modules = list(model.modules())
    speed_up(model, Speedups())
    assert all(a is b for a, b in zip(modules, model.modules(), strict=True))
    assert stacked_weights(model) == {}


def test_stacked_weights_are_named_in_the_order_of_their_rows() -> None:
    model = make_model()
    speed_up(model, Speedups(joint_projections=True))
    names = stacked_weights(model)
    assert list(names) == [
        f"layers.{layer}.{part}.stacked_weight" for layer in (0, 1) for part in ("attn", "ffn")
    ]
    assert names["layers.1.ffn.stacked_weight"] == [
        "layers.1.ffn.w1.weight",
        "layers.1.ffn.w3.weight",
    ]
    ids = torch.randint(40, (2, 5))
    leaves = {
        leaf: torch.cat([model.get_parameter(part) for part in parts])
        for leaf, parts in names.items()
    }
    torch.testing.assert_close(torch.func.functional_call(model, leaves, (ids,)), model(ids))


def test_the_residual_stream_has_its_own_dtype_under_autocast_only() -> None:
    model, seen = make_model(), []
    speed_up(model, Speedups(residual_dtype=torch.bfloat16))
    model.layers[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].dtype))
    ids = torch.randint(40, (2, 5))
    model(ids)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        model(ids)
    assert seen == [torch.float32, torch.bfloat16]


def test_fast_swiglu_equals_the_plain_one() -> None:
    plain, x = SwiGLU(8, 12), torch.randn(2, 5, 8)
    fast = FastSwiGLU(plain)
    torch.testing.assert_close(fast(x), plain(x))
    assert set(fast.state_dict()) == {"w1.weight", "w2.weight", "w3.weight"}


def test_a_packed_kernel_serves_whole_passes_and_leaves_the_cache_to_the_fused_backend() -> None:
    calls = []

    def attend(qkv: Tensor, num_heads: int, cos: Tensor | None, sin: Tensor | None) -> Tensor:
        assert cos is not None
        assert sin is not None
        calls.append((tuple(qkv.shape), num_heads, tuple(cos.shape)))
        Q, K, V = qkv.view(*qkv.shape[:2], 3, num_heads, -1).permute(2, 0, 3, 1, 4)
        positions = torch.arange(qkv.shape[1])
        assert plain.rope is not None
        heads = fused_causal_attention(
            plain.rope(Q, positions), plain.rope(K, positions), V, causal_mask(*Q.shape[-2:-1] * 2)
        )
        return heads.transpose(1, 2).flatten(-2)

    plain = MultiHeadSelfAttention(16, 4, max_seq_len=20, theta=1e4)
    layer = FastSelfAttention(plain, packed_attention=attend)
    x = torch.randn(2, 3, 6, 16)
    cache = LayerCache(20)
    with attention_backend("rotary"):
        torch.testing.assert_close(layer(x), plain(x))
        moved = torch.arange(6) + 1
        torch.testing.assert_close(layer(x, moved), plain(x, moved))
        parts = [layer(part, cache=cache) for part in torch.split(x, [2, 4], dim=-2)]
    torch.testing.assert_close(torch.cat(parts, dim=-2), plain(x))
    assert calls == [((6, 6, 48), 4, (6, 2))]


def test_packed_attention_refuses_grouped_queries() -> None:
    def attend(qkv: Tensor, num_heads: int, cos: Tensor | None, sin: Tensor | None) -> Tensor:
        raise AssertionError

    with pytest.raises(ValueError, match="packed attention has no grouped queries"):
        speed_up(make_model(num_kv_heads=2), Speedups(packed_attention=attend))
