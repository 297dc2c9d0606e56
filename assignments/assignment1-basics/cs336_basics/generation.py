"""Sampling text from a model: temperature, top-p, stop token, batches, streaming.

Command: python -m cs336_basics.generate_text --run runs/NAME --prompt "Once upon a time"
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from cs336_basics.kv_cache import KVCache
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import softmax

SMALLEST_TEMPERATURE = 1e-37
"""About float32's smallest normal number; a quotient by less may be infinite or not a number."""


def next_token_probabilities(
    logits: Float[Tensor, "batch vocab"], temperature: float, top_p: float
) -> Float[Tensor, "batch vocab"]:
    """softmax(logits / temperature) cut to its nucleus (Holtzman et al. 2020, section 3.1).

    The nucleus is the smallest set of most probable tokens whose probability reaches `top_p`; at
    least one token is kept. temperature = 0, or one too small for float32, puts everything on the
    most probable token.
    """
    _check_sampling(temperature, top_p)
    logits = logits.float()
    if temperature < SMALLEST_TEMPERATURE:
        return torch.zeros_like(logits).scatter_(-1, logits.argmax(-1, keepdim=True), 1.0)
    # Minus the maximum first: at a low temperature the quotient itself would overflow.
    gaps = logits - logits.amax(dim=-1, keepdim=True)
    probabilities = softmax(gaps / temperature, dim=-1)
    if top_p == 1:
        return probabilities
    ordered, indices = probabilities.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered  # probability of all tokens ranked above
    ordered = ordered.masked_fill(before >= top_p, 0.0)
    nucleus = torch.zeros_like(probabilities).scatter_(-1, indices, ordered)
    return nucleus / nucleus.sum(dim=-1, keepdim=True)


def stream_batch(
    model: TransformerLM,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    eos_id: int | None = None,
    *,
    generator: torch.Generator | None = None,
) -> Iterator[list[int | None]]:
    """Yield, step by step, the newly sampled token of each prompt (None: nothing at this step).

    Prompts may differ in length: all are fed from the left at the same positions, and a row starts
    sampling once its own prompt is used up, so no padding enters the attention. A row ends after
    `max_new_tokens` tokens or with `eos_id`, which is yielded. When the context is full, the older
    half of it is dropped and the rest is fed again.

    Raises:
        ValueError: no prompt, an empty one, an id outside the vocabulary, a prompt longer than the
            context, or settings outside their range.
    """
    rows = _check_prompts(model, prompts)
    _check_sampling(temperature, top_p)
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens must not be negative, got {max_new_tokens}")
    remaining = [max_new_tokens] * len(rows)
    sequences = [list(row) for row in rows]
    position = min(len(row) for row in rows)  # tokens of every row that are decided
    window = _Window(model)
    while any(remaining):
        logits = window.next_logits(sequences, position)
        probabilities = next_token_probabilities(logits, temperature, top_p)
        # One draw per row at every step, so a row's text does not depend on when others end.
        sampled = torch.multinomial(probabilities.cpu(), 1, generator=generator).squeeze(-1)
        step: list[int | None] = []
        for row, token in enumerate(sampled.tolist()):
            if position < len(sequences[row]):
                step.append(None)  # still inside its prompt
                continue
            sequences[row].append(token)
            if remaining[row] == 0:
                step.append(None)  # finished; the token only keeps the batch rectangular
                continue
            remaining[row] = 0 if token == eos_id else remaining[row] - 1
            step.append(token)
        position += 1
        yield step


class _Window:
    """Feeds the rows' common positions to the model through a cache of the context's length."""

    def __init__(self, model: TransformerLM) -> None:
        self._model = model
        self._cache: KVCache = model.new_cache()
        self._start = 0  # position in the sequences of the first cached token
        self._device = model.token_embeddings.weight.device

    @torch.no_grad()
    def next_logits(self, sequences: list[list[int]], end: int) -> Float[Tensor, "batch vocab"]:
        """Logits after the tokens before position `end`."""
        capacity = self._cache.capacity
        if end - self._start > capacity:
            self._start = end - max(1, capacity // 2)
            self._cache.reset()
        fed = self._start + self._cache.length
        ids: Int[Tensor, "batch new"] = torch.tensor(
            [sequence[fed:end] for sequence in sequences], device=self._device
        )
        was_training = self._model.training
        self._model.eval()
        logits: Tensor = self._model(ids, self._cache)[:, -1]
        self._model.train(was_training)
        return logits


def generate_batch(
    model: TransformerLM,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    eos_id: int | None = None,
    *,
    generator: torch.Generator | None = None,
) -> list[list[int]]:
    """The new tokens of every prompt (without the prompts), all decoded in one batch."""
    results: list[list[int]] = [[] for _ in prompts]
    for step in stream_batch(
        model, prompts, max_new_tokens, temperature, top_p, eos_id, generator=generator
    ):
        for result, token in zip(results, step, strict=True):
            if token is not None:
                result.append(token)
    return results


def generate(
    model: TransformerLM,
    prompt_ids: Sequence[int] | Int[Tensor, " prompt"],
    max_new_tokens: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    eos_id: int | None = None,
    *,
    seed: int | None = None,
) -> list[int]:
    """The new tokens after `prompt_ids` (without it), ending with `eos_id` if it was drawn.

    `seed` fixes the text; without it torch's global generator is used. For several prompts at once
    there is `generate_batch`.
    """
    if isinstance(prompt_ids, Tensor) and prompt_ids.ndim != 1:
        raise ValueError(
            f"prompt_ids has shape {tuple(prompt_ids.shape)}, expected one prompt (T,); "
            "generate_batch takes several"
        )
    ids = prompt_ids.tolist() if isinstance(prompt_ids, Tensor) else list(prompt_ids)
    return generate_batch(
        model, [ids], max_new_tokens, temperature, top_p, eos_id, generator=seeded(seed)
    )[0]


def seeded(seed: int | None) -> torch.Generator | None:
    """A CPU generator started at `seed`, or None for the global one."""
    return None if seed is None else torch.Generator().manual_seed(seed)


def _check_sampling(temperature: float, top_p: float) -> None:
    if not temperature >= 0:
        raise ValueError(f"temperature must be 0 (greedy) or positive, got {temperature!r}")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p must lie in (0, 1], got {top_p!r}")


def _check_prompts(model: TransformerLM, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
    rows = [list(prompt) for prompt in prompts]
    if not rows:
        raise ValueError("no prompt given")
    for index, row in enumerate(rows):
        if not row:
            raise ValueError(f"prompt {index} is empty; start it with the end-of-text token")
        if len(row) > model.context_length:
            raise ValueError(
                f"prompt {index} has {len(row)} tokens, more than the model's context length "
                f"{model.context_length}; shorten it"
            )
        bad = next((i for i in row if not 0 <= i < model.vocab_size), None)
        if bad is not None:
            raise ValueError(
                f"prompt {index} holds id {bad}, outside the vocabulary [0, {model.vocab_size})"
            )
    return rows
