"""Problems of attention, the block, the language model and generation."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from judge.checks import Draw, holds, problem, same
from judge.measuring import beside
from judge.reference import Reference
from judge.transformer import attention_layer, block, block_shapes, language_model, model_shapes
from torch import Tensor

from tests import adapters

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "output_proj")


@problem("scaled_dot_product_attention", 3, "attention.scaled_dot_product_attention")
@pytest.mark.parametrize("leading", [(2,), (2, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_attention(draw: Draw, leading: tuple[int, ...], masked: bool) -> None:
    q, k, d_k, d_v = draw.between(3, 4), draw.between(5, 6), draw.between(4, 6), draw.between(7, 8)
    Q, K, V = (draw.tensor(*leading, n, d) for n, d in ((q, d_k), (k, d_k), (k, d_v)))
    mask = None
    if masked:
        mask = draw.tensor(*leading, q, k) > 0
        mask[..., 0], mask[..., 1] = True, False  # no row without a key, none with all
    right = F.scaled_dot_product_attention(Q, K, V, mask)

    def changed(mask: Tensor | None = mask, scale: float | None = None) -> Tensor:
        return F.scaled_dot_product_attention(Q, K, V, mask, scale=scale)

    suspects = {
        "the scores are not divided by sqrt(d_k)": lambda: changed(scale=1.0),
        "the scores are divided by d_k and not by its root": lambda: changed(scale=1 / d_k),
        "the softmax runs over the queries":
            lambda: torch.softmax(_scores(Q, K, mask), -2) @ V,
    }  # fmt: skip
    if mask is not None:
        inverted = ~mask
        suspects["the mask is inverted: True means attend"] = lambda: changed(inverted)
        suspects["the mask is ignored"] = lambda: changed(None)
    same("scaled_dot_product_attention(Q, K, V, mask)",
         adapters.run_scaled_dot_product_attention(Q, K, V, mask), right,
         case=f"Q {tuple(Q.shape)}, K {tuple(K.shape)}, mask {'random' if masked else 'None'}",
         suspects=suspects)  # fmt: skip


def _scores(Q: Tensor, K: Tensor, mask: Tensor | None) -> Tensor:
    scores: Tensor = Q @ K.mT * Q.shape[-1] ** -0.5
    return scores if mask is None else torch.where(mask, scores, -torch.inf)


@problem("multihead_self_attention", 4, "model.MultiHeadSelfAttention")
@pytest.mark.parametrize("theta", [None, 10_000.0])
def test_multihead(draw: Draw, theta: float | None) -> None:
    H, T = draw.between(2, 4), draw.between(4, 7)
    D = 4 * H
    weights = draw.weights({f"{name}.weight": (D, D) for name in PROJECTIONS})
    x = draw.tensor(2, T, D)
    wq, wk, wv, wo = (weights[f"{name}.weight"] for name in PROJECTIONS)
    if theta is None:
        y = adapters.run_multihead_self_attention(D, H, wq, wk, wv, wo, x)
    else:
        y = adapters.run_multihead_self_attention_with_rope(D, H, 16, theta, wq, wk, wv, wo, x)
    case = f"x {tuple(x.shape)}, {H} heads, {'no positions' if theta is None else 'RoPE'}"
    suspects = {
        "future positions are seen: the causal mask is missing":
            lambda: attention_layer(x, weights, H, theta, causal=False),
        "one head as wide as the model": lambda: attention_layer(x, weights, 1, theta),
        "the output projection is left out":
            lambda: attention_layer(x, weights | {"output_proj.weight": torch.eye(D)}, H, theta),
    }  # fmt: skip
    if theta is not None:
        suspects["queries and keys are not rotated"] = lambda: attention_layer(x, weights, H)
    same("MultiHeadSelfAttention(x)", y, attention_layer(x, weights, H, theta), case=case,
         suspects=suspects)  # fmt: skip


@problem("multihead_self_attention", 4, "model.MultiHeadSelfAttention")
@pytest.mark.parametrize("rows", [1, 2])
def test_multihead_at_given_positions(draw: Draw, rows: int) -> None:
    H, T, D = 2, 5, 8
    weights = draw.weights({f"{name}.weight": (D, D) for name in PROJECTIONS})
    x, at = draw.tensor(2, T, D), draw.ids(16, rows, T)
    wq, wk, wv, wo = (weights[f"{name}.weight"] for name in PROJECTIONS)
    y = adapters.run_multihead_self_attention_with_rope(D, H, 16, 100.0, wq, wk, wv, wo, x, at)
    same("MultiHeadSelfAttention(x, token_positions)", y,
         attention_layer(x, weights, H, 100.0, at[:, None]),
         case=f"x {tuple(x.shape)}, positions {at.tolist()}",
         suspects={"the positions given are ignored":
                   lambda: attention_layer(x, weights, H, 100.0)})  # fmt: skip


@problem("transformer_block", 3, "model.TransformerBlock")
def test_block(draw: Draw) -> None:
    D, H, width = 8, 2, draw.between(9, 12)
    weights = draw.weights(block_shapes(D, width))
    x = draw.tensor(2, draw.between(4, 6), D)
    y = adapters.run_transformer_block(D, H, width, 16, 1e4, weights, x)
    same("TransformerBlock(x)", y, block(x, weights, H, 1e4), case=f"x {tuple(x.shape)}",
         suspects={
             "the norm comes after the residual (post-norm)":
                 lambda: block(x, weights, H, 1e4, order="post"),
             "no residual connection": lambda: block(x, weights, H, 1e4, order="no residual"),
         })  # fmt: skip


@problem("transformer_lm", 3, "model.TransformerLM")
@pytest.mark.parametrize("length", [4, 8])
def test_language_model(draw: Draw, length: int) -> None:
    V, D, layers, H, width = 11, 8, 2, 2, 12
    weights = draw.weights(model_shapes(V, D, layers, width))
    ids = draw.ids(V, 2, length)
    logits = adapters.run_transformer_lm(V, 8, D, layers, H, width, 1e4, weights, ids)
    right = language_model(ids, weights, layers, H, 1e4)
    same("TransformerLM(ids)", logits, right, case=f"ids (2, {length}), context length 8",
         suspects={
             "probabilities and not logits": lambda: right.softmax(-1),
             "the last norm is left out":
                 lambda: language_model(ids, weights, layers, H, 1e4, final_norm=False),
             "only the first block is run": lambda: language_model(ids, weights, 1, H, 1e4),
         })  # fmt: skip


SIZES = {"vocab_size": 11, "context_length": 16, "d_model": 8, "num_layers": 1, "num_heads": 2,
         "d_ff": 12}  # fmt: skip


def _greedy(weights: dict[str, Tensor], prompt: list[int], count: int) -> list[int]:
    ids = list(prompt)
    for _ in range(count):
        logits = language_model(torch.tensor([ids]), weights, 1, 2, 1e4)
        ids.append(int(logits[0, -1].argmax()))
    return ids[len(prompt) :]


@problem("generate", 3, "generation.generate")
@pytest.mark.parametrize("top_p", [1.0, 1e-6])
def test_the_most_probable_token_is_drawn(draw: Draw, top_p: float) -> None:
    weights = draw.weights(model_shapes(11, 8, 1, 12))
    prompt = draw.ids(11, 3).tolist()
    temperature = 0.01 if top_p == 1 else 1.0
    weights["lm_head.weight"] = weights["lm_head.weight"] * 5  # no near ties
    new = adapters.run_generate(SIZES, weights, prompt, 8, temperature, top_p)
    right = _greedy(weights, prompt, 8)
    same("generate(…)", new, right,
         case=f"prompt {prompt}, temperature {temperature}, top_p {top_p}: nearly greedy",
         suspects={"the prompt is in the result": [*prompt, *right]})  # fmt: skip


@problem("generate", 3, "generation.generate")
def test_generation_ends_with_the_stop_token(draw: Draw) -> None:
    weights = draw.weights(model_shapes(11, 8, 1, 12))
    weights["lm_head.weight"] = weights["lm_head.weight"] * 5
    prompt = draw.ids(11, 3).tolist()
    free = _greedy(weights, prompt, 8)
    stop = free[2]
    new = adapters.run_generate(SIZES, weights, prompt, 8, 1.0, 1e-6, stop)
    first = free.index(stop)
    same("generate(…)", new, free[: first + 1],
         case=f"prompt {prompt}, eos_id {stop}: it ends the result and is its last token",
         suspects={"eos_id does not stop it": free,
                   "eos_id itself is left out": free[:first]})  # fmt: skip


@problem("generate", 3, "generation.generate")
def test_the_nucleus_is_the_smallest_that_reaches_top_p(draw: Draw) -> None:
    weights = draw.weights(model_shapes(11, 8, 1, 12))
    weights["lm_head.weight"] = weights["lm_head.weight"] * 0.3  # three tokens of like probability
    prompt = draw.ids(11, 3).tolist()
    logits = language_model(torch.tensor([prompt]), weights, 1, 2, 1e4)[0, -1]
    ordered, ids = logits.softmax(-1).sort(descending=True)
    top_p = float(ordered[:2].sum() + ordered[2] / 2)  # two do not reach it, three do
    allowed = set(ids[:3].tolist())
    torch.manual_seed(draw.seed)
    drawn = [adapters.run_generate(SIZES, weights, prompt, 1, 1.0, top_p)[0] for _ in range(150)]
    outside = [token for token in drawn if token not in allowed]
    holds(not outside, f"generate(…) drew token {outside[:1]}, which is outside the nucleus "
          f"{sorted(allowed)} of top_p {top_p:.3f} (150 draws, prompt {prompt}).")  # fmt: skip
    missing = sorted(allowed - set(drawn))
    holds(not missing, f"generate(…) never drew the tokens {missing} in 150 draws, which are "
          f"in the nucleus {sorted(allowed)} of top_p {top_p:.3f}: the token that reaches top_p "
          "belongs to it.")  # fmt: skip


DRAWS = 400
LARGEST_CHI_SQUARE = 30.0
"""Of three tokens, so two degrees of freedom: right code exceeds it once in three million runs."""


@problem("generate", 3, "generation.generate")
def test_tokens_are_drawn_as_often_as_they_are_probable(draw: Draw) -> None:
    weights = draw.weights(model_shapes(11, 8, 1, 12))
    weights["lm_head.weight"] = weights["lm_head.weight"] * 2
    prompt = draw.ids(11, 3).tolist()
    logits = language_model(torch.tensor([prompt]), weights, 1, 2, 1e4)[0, -1]
    ordered, ids = (logits / 2).softmax(-1).sort(descending=True)
    top_p = float(ordered[:2].sum() + ordered[2] / 2)  # three tokens reach it
    kept = ordered[:3].double() / ordered[:3].double().sum()
    torch.manual_seed(draw.seed)
    drawn = [adapters.run_generate(SIZES, weights, prompt, 1, 2.0, top_p)[0] for _ in range(DRAWS)]
    counts = torch.tensor([drawn.count(token) for token in ids[:3].tolist()]).double()
    chi_square = float(((counts - DRAWS * kept) ** 2 / (DRAWS * kept)).sum())
    at = int((counts / DRAWS - kept).abs().argmax())
    holds(chi_square < LARGEST_CHI_SQUARE,
          f"generate(…) drew token {int(ids[at])} {int(counts[at])} times of {DRAWS}, where about "
          f"{DRAWS * float(kept[at]):.0f} are right: its share of the nucleus. Case: prompt "
          f"{prompt}, temperature 2, top_p {top_p:.3f}, chi-square {chi_square:.0f}.")  # fmt: skip


@problem("transformer_lm", 3, "model.TransformerLM")
def test_speed_beside_the_course(reference: Reference, measuring: list[str]) -> None:
    for title, name in (
        ("attention, 4 x 8 heads x 256 tokens of width 32, forward and backward", "attention"),
        ("TransformerLM, forward and backward of 16 x 128 ids", "forward_backward"),
        ("ten training steps of a small model, with loss, clipping and AdamW", "training_step"),
        ("generate, 64 tokens", "generation"),
    ):
        measuring.append(beside(reference, title, f"judge.speeds:{name}"))
