"""Sampling over a cache: against the plain loop, the distribution, and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from cs336_alignment.models.decoder import TransformerDecoder
from cs336_alignment.models.policy import grouped_attention, pad_left, padded_logits
from cs336_alignment.rollouts import Rollouts, make_generator
from cs336_alignment.rollouts.recording import draw
from cs336_alignment.rollouts.simple import SimpleGenerator
from cs336_basics.attention import causal_mask, scaled_dot_product_attention
from cs336_basics.generation import next_token_probabilities
from cs336_basics.model import TransformerLM
from hypothesis import given, settings
from hypothesis import strategies as st

EOS, PAD, VOCAB = 0, 1, 12
PROMPTS = [[2, 3], [4, 5, 6, 7, 8], [9], [10, 11, 2, 3]]
Sampler = Callable[..., Rollouts]


def make_model(seed: int = 0, device: str = "cpu") -> TransformerLM:
    """Two layers whose logits differ enough that a mistake shows."""
    torch.manual_seed(seed)
    model = TransformerLM(VOCAB, 40, 32, 2, 4, 48, device=device)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    return model


def sampler_of(model: TransformerLM, max_batch: int = 64, pad_id: int = PAD) -> Sampler:
    """`sample` of a generator with short settings."""
    generator = make_generator(model, eos_id=EOS, pad_id=pad_id, max_batch=max_batch, max_length=32)

    def sample(
        prompts: list[list[int]] = PROMPTS,
        samples: int = 8,
        tokens: int = 12,
        temperature: float = 1.0,
        top_p: float = 1.0,
        seed: int = 0,
    ) -> Rollouts:
        return generator.sample(
            prompts,
            samples=samples,
            max_new_tokens=tokens,
            temperature=temperature,
            top_p=top_p,
            generator=torch.Generator().manual_seed(seed),
        )

    return sample


def forward_log_probs(
    model: TransformerLM, rollouts: Rollouts, temperature: float = 1.0, top_p: float = 1.0
) -> torch.Tensor:
    """Each row alone, without padding, through the model's own forward; 0 where masked."""
    result = torch.zeros_like(rollouts.log_probs)
    for row in range(len(result)):
        prompt = rollouts.prompt_ids[row][rollouts.prompt_mask[row]]
        answer = rollouts.response_ids[row][rollouts.response_mask[row]]
        with torch.no_grad():
            logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]
        chances = next_token_probabilities(logits, temperature, top_p)
        result[row, : len(answer)] = chances.gather(-1, answer[:, None]).squeeze(-1).log()
    return result


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.7, 1.0), (1.3, 0.6)])
def test_log_probs_are_those_of_the_full_forward(
    temperature: float, top_p: float, record_property: Callable[[str, object], None]
) -> None:
    model = make_model()
    rollouts = sampler_of(model)(temperature=temperature, top_p=top_p)
    expected = forward_log_probs(model, rollouts, temperature, top_p)
    gap = float((rollouts.log_probs - expected).abs().max())
    record_property("cached_decode_gap", gap)
    assert gap < 2e-5
    assert rollouts.log_probs.dtype == torch.float32


def test_temperature_and_top_p_change_the_log_probs() -> None:
    model = make_model()
    rollouts = sampler_of(model)(temperature=0.5, top_p=0.8)
    plain = forward_log_probs(model, rollouts)
    kept = rollouts.response_mask
    # A nucleus shares 1 among fewer tokens and a low temperature favours what was drawn.
    assert (rollouts.log_probs[kept] - plain[kept]).mean() > 0.1


def test_greedy_answers_are_those_of_the_plain_loop() -> None:
    model = make_model()
    fast = sampler_of(model)(samples=1, temperature=0.0)
    plain = SimpleGenerator(model, eos_id=EOS, pad_id=PAD).sample(
        PROMPTS,
        samples=1,
        max_new_tokens=12,
        temperature=0.0,
        top_p=1.0,
        generator=torch.Generator(),
    )
    for name in Rollouts.__slots__:
        torch.testing.assert_close(getattr(fast, name), getattr(plain, name))
    assert (fast.log_probs == 0).all()  # the greedy distribution gives its token probability 1


def test_rows_are_in_prompt_major_order_and_padded_on_the_left() -> None:
    rollouts = sampler_of(make_model())(prompts=[[2, 3], [4]], samples=2)
    assert rollouts.prompt_ids.tolist() == [[2, 3], [2, 3], [PAD, 4], [PAD, 4]]
    assert rollouts.prompt_mask.tolist() == [[True, True]] * 2 + [[False, True]] * 2


def test_the_end_of_text_counts_and_nothing_after_it() -> None:
    rollouts = sampler_of(make_model())(samples=32)
    ended = 0
    for ids, mask, log_probs, finished in zip(
        rollouts.response_ids,
        rollouts.response_mask,
        rollouts.log_probs,
        rollouts.finished,
        strict=True,
    ):
        length = int(mask.sum())
        assert mask[:length].all()
        assert EOS not in ids[: length - 1]
        assert (ids[length:] == PAD).all()
        assert (log_probs[length:] == 0).all()
        assert bool(finished) == (ids[length - 1] == EOS)
        if finished:
            ended += 1
            assert log_probs[length - 1] < 0
        else:
            assert length == 12
    assert 0 < ended < 128


def test_padding_with_the_end_of_text_changes_only_the_padding() -> None:
    model = make_model()
    apart, same = sampler_of(model)(), sampler_of(model, pad_id=EOS)()
    assert torch.equal(apart.response_mask, same.response_mask)
    assert torch.equal(apart.finished, same.finished)
    assert torch.equal(apart.log_probs, same.log_probs)
    kept = same.response_mask
    assert torch.equal(apart.response_ids[kept], same.response_ids[kept])
    assert (same.response_ids[~kept] == EOS).all()


def test_answers_do_not_depend_on_the_batch() -> None:
    model = make_model()
    whole, pieces = sampler_of(model)(), sampler_of(model, max_batch=5)()
    assert torch.equal(whole.response_ids, pieces.response_ids)
    torch.testing.assert_close(whole.log_probs, pieces.log_probs)


def test_updates_of_the_weights_are_seen_and_nothing_is_left_of_earlier_rows() -> None:
    model, other = make_model(0), make_model(1)
    sample = sampler_of(model)
    sample(prompts=[[2] * 20], samples=64)  # longer rows, left in the cache
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), other.parameters(), strict=True):
            parameter.copy_(value)
    again, fresh = sample(), sampler_of(other)()
    assert torch.equal(again.response_ids, fresh.response_ids)
    assert torch.equal(again.log_probs, fresh.log_probs)


def test_a_model_that_diverged_leaves_nothing_in_the_cache() -> None:
    model = make_model()
    decoder = TransformerDecoder(model, max_batch=2, max_length=16)
    ids, mask = pad_left([[2, 3]], PAD)
    owners = torch.zeros(2, dtype=torch.int64)
    decoder._cache.fill_(float("nan"))
    decoder.prefill(ids, mask, owners)
    assert decoder.step_within(torch.tensor([4, 5]), span=16).isfinite().all()


@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_on_either_side_leaves_the_logits_of_real_tokens(side: str) -> None:
    model = make_model()
    ids, mask = pad_left(PROMPTS, PAD)
    if side == "right":
        shifts = (~mask).sum(dim=1).tolist()
        ids = torch.stack([row.roll(-s) for row, s in zip(ids, shifts, strict=True)])
        mask = torch.stack([row.roll(-s) for row, s in zip(mask, shifts, strict=True)])
    with torch.no_grad():
        logits = padded_logits(model, ids, mask)
        for row, prompt in enumerate(PROMPTS):
            alone = model(torch.tensor([prompt]))[0]
            torch.testing.assert_close(logits[row][mask[row]], alone, atol=1e-5, rtol=1e-5)


def test_gradients_flow_through_padded_logits() -> None:
    model = make_model()
    ids, mask = pad_left(PROMPTS, PAD)
    padded_logits(model, ids, mask)[mask].square().mean().backward()  # type: ignore[no-untyped-call]
    assert all(
        parameter.grad is not None and parameter.grad.isfinite().all()
        for parameter in model.parameters()
    )


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_grouped_queries_equal_repeated_key_heads(kv_heads: int) -> None:
    torch.manual_seed(0)
    Q = torch.randn(3, 4, 5, 8)
    K, V = torch.randn(2, 3, kv_heads, 5, 8)
    mask = causal_mask(5, 5)
    expected = scaled_dot_product_attention(
        Q,
        K.repeat_interleave(4 // kv_heads, dim=1),
        V.repeat_interleave(4 // kv_heads, dim=1),
        mask,
    )
    torch.testing.assert_close(grouped_attention(Q, K, V, mask.expand(3, 1, 5, 5)), expected)


def test_frequencies_match_the_distribution() -> None:
    """Pearson's chi-square over 20,000 first tokens: 11 degrees of freedom, p = 1e-4 at 37.4."""
    model = make_model()
    rollouts = sampler_of(model, max_batch=20_000)(
        prompts=[[2, 3]], samples=20_000, tokens=1, temperature=0.8
    )
    with torch.no_grad():
        logits = model(torch.tensor([[2, 3]]))[:, -1]
    expected = 20_000 * next_token_probabilities(logits, 0.8, 1.0)[0]
    seen = rollouts.response_ids[:, 0].bincount(minlength=VOCAB)
    assert ((seen - expected) ** 2 / expected).sum() < 37.4
    # The same test tells the temperature: without it the statistic is far out.
    wrong = 20_000 * next_token_probabilities(logits, 1.0, 1.0)[0]
    assert ((seen - wrong) ** 2 / wrong).sum() > 37.4


def test_drawing_takes_the_interval_that_the_number_falls_into() -> None:
    probabilities = torch.tensor([[0.0, 0.25, 0.0, 0.75, 0.0]]).repeat(4, 1)
    uniforms = torch.tensor([0.0, 0.2499, 0.25, 1 - 2**-53], dtype=torch.float64)
    assert draw(probabilities, uniforms).tolist() == [1, 1, 3, 3]


@settings(max_examples=25, deadline=None)
@given(
    prompts=st.lists(
        st.lists(st.integers(2, VOCAB - 1), min_size=1, max_size=9), min_size=1, max_size=4
    ),
    samples=st.integers(1, 4),
    tokens=st.integers(1, 20),
    max_batch=st.integers(1, 8),
    temperature=st.sampled_from([0.0, 0.6, 1.0]),
    top_p=st.sampled_from([0.3, 1.0]),
)
def test_any_request_gives_consistent_rows(
    prompts: list[list[int]],
    samples: int,
    tokens: int,
    max_batch: int,
    temperature: float,
    top_p: float,
) -> None:
    model = make_model()
    rollouts = sampler_of(model, max_batch)(prompts, samples, tokens, temperature, top_p)
    assert rollouts.response_ids.shape == (len(prompts) * samples, tokens)
    lengths = rollouts.response_mask.sum(dim=1)
    assert (lengths >= 1).all()
    assert torch.equal(rollouts.response_mask, torch.arange(tokens) < lengths[:, None])
    assert torch.equal(rollouts.finished, (rollouts.response_ids == EOS).any(dim=1))
    expected = forward_log_probs(model, rollouts, temperature, top_p)
    torch.testing.assert_close(rollouts.log_probs, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompts": []}, "no prompt given"),
        ({"prompts": [[2], []]}, "prompt 1 is empty"),
        ({"tokens": 31}, "a prompt of 5 tokens and 31 new ones need 36 positions"),
        ({"samples": 0}, "samples must be at least 1, got 0"),
        ({"tokens": 0}, "max_new_tokens must be at least 1, got 0"),
        ({"top_p": 0.0}, r"top_p must lie in \(0, 1\], got 0.0"),
        ({"temperature": -1.0}, "temperature must be 0 .greedy. or positive, got -1.0"),
    ],
)
def test_requests_that_cannot_be_met_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sampler_of(make_model())(**change)


def test_rows_longer_than_the_context_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="max_length 41 exceeds the model's context length 40"):
        make_generator(make_model(), eos_id=EOS, pad_id=PAD, max_batch=1, max_length=41)


def test_norms_in_another_place_are_refused() -> None:
    model = TransformerLM(VOCAB, 40, 32, 2, 4, 48, norm="post")
    with pytest.raises(ValueError, match=r"norms before each branch, not \['post'\]"):
        make_generator(model, eos_id=EOS, pad_id=PAD, max_batch=1, max_length=8)
