"""Sampling as one reads it in a paper: the whole sequence through the model for every token.

The definition that the fast generator is tested against. No cache, no padding: prompts of one
length are sampled together, so nothing but the model's plain forward pass is needed.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from cs336_basics.generation import next_token_probabilities
from jaxtyping import Int64
from torch import Tensor
from torch.nn.functional import pad

from cs336_alignment.models.policy import Policy, logits_of
from cs336_alignment.rollouts.protocol import Rollouts


class SimpleGenerator:
    """The `Generator` of the tests and of the first reading."""

    def __init__(
        self, model: Policy, *, eos_id: int, pad_id: int,
        device: torch.device | str = "cpu",
    ) -> None:  # fmt: skip
        self._model, self._eos, self._pad, self._device = model, eos_id, pad_id, device

    @torch.no_grad()
    def sample(
        self, prompts: list[list[int]], *, samples: int, max_new_tokens: int,
        temperature: float, top_p: float, generator: torch.Generator,
    ) -> Rollouts:  # fmt: skip
        """See `protocol.Generator`."""
        by_length: dict[int, list[int]] = defaultdict(list)
        for row, prompt in enumerate(p for p in prompts for _ in range(samples)):
            by_length[len(prompt)].append(row)
        width, rows = max(by_length), len(prompts) * samples
        prompt_ids = torch.full((rows, width), self._pad, device=self._device)
        ids = torch.full((rows, max_new_tokens), self._pad, device=self._device)
        log_probs = torch.zeros(rows, max_new_tokens, device=self._device)
        for length, members in by_length.items():
            here = torch.tensor([prompts[row // samples] for row in members], device=self._device)
            prompt_ids[members, width - length :] = here
            ids[members], log_probs[members] = self._continue(
                here, max_new_tokens, temperature, top_p, generator
            )
        lengths = prompt_ids.new_tensor([len(prompts[row // samples]) for row in range(rows)])
        prompt_mask = torch.arange(width, device=self._device) >= width - lengths[:, None]
        ended = (ids == self._eos).cumsum(dim=1)
        mask = (ended == 0) | ((ended == 1) & (ids == self._eos))
        ids = ids.masked_fill(~mask, self._pad)
        finished = ended.any(dim=1)
        return Rollouts(
            prompt_ids, prompt_mask, ids, mask, log_probs.masked_fill(~mask, 0.0), finished
        )

    def _continue(
        self, ids: Int64[Tensor, "rows past"], max_new_tokens: int,
        temperature: float, top_p: float, generator: torch.Generator,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """(new ids, their log-probabilities), both (rows, max_new_tokens)."""
        drawn = []
        start = ids.shape[1]
        done = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
        for _ in range(max_new_tokens):
            if done.all():
                break
            probabilities = next_token_probabilities(
                logits_of(self._model(ids))[:, -1], temperature, top_p
            )
            token = torch.multinomial(probabilities, 1, generator=generator)
            drawn.append(probabilities.gather(-1, token).log())
            ids = torch.cat([ids, token], dim=1)
            done |= token.squeeze(-1) == self._eos
        missing = max_new_tokens - len(drawn)
        return (
            pad(ids[:, start:], (0, missing), value=self._pad),
            pad(torch.cat(drawn, dim=1), (0, missing)),
        )
