"""The whole model: names, causality, cache, ablations, bf16, compilation, bad input."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from cs336_basics.model import BasicsTransformerLM, TransformerBlock, TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.optimizer import AdamW

SIZES: dict[str, Any] = {
    "vocab_size": 40, "context_length": 12, "d_model": 16, "num_layers": 2, "num_heads": 4,
    "d_ff": 24,
}  # fmt: skip
ABLATIONS: dict[str, dict[str, Any]] = {
    "baseline": {}, "no norm": {"norm": "none"}, "post-norm": {"norm": "post"},
    "NoPE": {"rope_theta": None}, "SiLU": {"feed_forward": "silu"},
    "tied": {"tie_embeddings": True},
}  # fmt: skip
every_ablation = pytest.mark.parametrize("options", ABLATIONS.values(), ids=ABLATIONS.keys())


def make(**options: Any) -> TransformerLM:
    torch.manual_seed(0)
    return TransformerLM(**SIZES, **options)


def test_parameter_names_and_shapes() -> None:
    shapes = {name: tuple(p.shape) for name, p in make().state_dict().items()}
    assert shapes["token_embeddings.weight"] == (40, 16)
    assert shapes["lm_head.weight"] == (40, 16)
    assert shapes["ln_final.weight"] == (16,)
    assert {name.removeprefix("layers.1.") for name in shapes if name.startswith("layers.1.")} == {
        "ln1.weight", "ln2.weight", "attn.q_proj.weight", "attn.k_proj.weight",
        "attn.v_proj.weight", "attn.output_proj.weight", "ffn.w1.weight", "ffn.w2.weight",
        "ffn.w3.weight",
    }  # fmt: skip
    assert len(shapes) == 3 + 2 * 9
    assert BasicsTransformerLM is TransformerLM


@every_ablation
@pytest.mark.parametrize("batch", [1, 2, 3, 8])
def test_rows_of_a_batch_do_not_touch_each_other(options: dict[str, Any], batch: int) -> None:
    model, ids = make(**options), torch.randint(40, (batch, 9))
    logits = model(ids)
    assert logits.shape == (batch, 9, 40)
    for row in range(batch):
        torch.testing.assert_close(logits[row], model(ids[row : row + 1])[0], rtol=1e-4, atol=1e-5)


@every_ablation
def test_the_future_changes_nothing(options: dict[str, Any]) -> None:
    model, ids = make(**options), torch.randint(40, (2, 10))
    changed = ids.clone()
    changed[:, 6:] = (ids[:, 6:] + 1) % 40
    before, after = model(ids), model(changed)
    torch.testing.assert_close(before[:, :6], after[:, :6])
    assert not torch.allclose(before[:, 6:], after[:, 6:])


@every_ablation
@pytest.mark.parametrize("chunks", [[12], [1] * 12, [5, 1, 1, 3, 2]])
def test_cached_logits_equal_the_full_pass(options: dict[str, Any], chunks: list[int]) -> None:
    model, ids = make(**options), torch.randint(40, (3, 12))
    cache = model.new_cache()
    parts = [model(part, cache) for part in torch.split(ids, chunks, dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), model(ids), rtol=1e-4, atol=1e-5)
    assert cache.length == 12


def test_tied_head_is_one_matrix_and_saves_once() -> None:
    tied, untied = make(tie_embeddings=True), make()
    assert tied.lm_head.weight is tied.token_embeddings.weight
    assert (
        sum(p.numel() for p in untied.parameters()) - sum(p.numel() for p in tied.parameters())
        == 40 * 16
    )
    other = make(tie_embeddings=True)
    other.load_state_dict(tied.state_dict())
    assert other.lm_head.weight is other.token_embeddings.weight


def test_without_positions_only_the_order_of_the_past_is_lost() -> None:
    ids = torch.tensor([[3, 7, 11, 5]])
    swapped = torch.tensor([[7, 3, 11, 5]])
    nope, rope = make(rope_theta=None).double(), make().double()
    one_layer = TransformerLM(**(SIZES | {"num_layers": 1}), rope_theta=None).double()
    torch.testing.assert_close(one_layer(ids)[:, -1], one_layer(swapped)[:, -1])
    assert not torch.allclose(rope(ids)[:, -1], rope(swapped)[:, -1])
    assert not torch.allclose(nope(ids)[:, 1], nope(swapped)[:, 1])


def test_post_norm_output_is_normalised_and_pre_norm_is_not() -> None:
    x = torch.randn(2, 5, 16) * 7
    post = TransformerBlock(16, 4, 24, 12, 1e4, norm="post")(x)
    torch.testing.assert_close(post.pow(2).mean(-1), torch.ones(2, 5), rtol=1e-3, atol=1e-3)
    pre = TransformerBlock(16, 4, 24, 12, 1e4)(x)
    assert pre.pow(2).mean() > 10


@pytest.mark.parametrize("way", ["weights in bf16", "autocast"])
def test_bf16_stays_near_float32(way: str) -> None:
    model, ids = make(), torch.randint(40, (2, 12))
    expected = model(ids)
    if way == "autocast":
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(ids)
    else:
        logits = model.bfloat16()(ids)
    assert logits.dtype == torch.bfloat16
    error = (logits.float() - expected).norm() / expected.norm()
    assert error < 2e-2


def test_overfits_one_tiny_batch() -> None:
    model, ids = make(), torch.randint(40, (2, 12))
    optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    for _ in range(60):
        optimizer.zero_grad()
        loss = cross_entropy(model(ids[:, :-1]), ids[:, 1:])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert loss.item() < 0.02


@pytest.mark.slow
@every_ablation
def test_compiles_without_graph_breaks(options: dict[str, Any]) -> None:
    model, ids = make(**options), torch.randint(40, (2, 12))
    torch._dynamo.reset()
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(ids), model(ids), rtol=1e-4, atol=1e-5)


def test_bad_input_is_named() -> None:
    model = make()
    with pytest.raises(ValueError, match="13 tokens exceed the model's context length 12"):
        model(torch.zeros(1, 13, dtype=torch.long))
    with pytest.raises(ValueError, match="token id -1 is outside the vocabulary"):
        model(torch.tensor([[0, -1]]))
    cache = model.new_cache()
    model(torch.zeros(1, 10, dtype=torch.long), cache)
    with pytest.raises(ValueError, match="14 tokens exceed"):
        model(torch.zeros(1, 4, dtype=torch.long), cache)
    with pytest.raises(ValueError, match="another batch"):
        model(torch.zeros(2, 1, dtype=torch.long), cache)
    with pytest.raises(ValueError, match="unknown norm 'layer'"):
        make(norm="layer")
