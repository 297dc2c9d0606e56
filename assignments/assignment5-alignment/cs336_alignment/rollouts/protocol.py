"""What sampling returns, and what every sampler offers.

Shape letters: R rows = prompts x samples in prompt-major order, P positions of the longest prompt,
T positions of the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Sampled answers; row `p * samples + s` is sample s of prompt p."""

    prompt_ids: Int[Tensor, "rows prompt"]
    """int64, padded on the left."""
    prompt_mask: Bool[Tensor, "rows prompt"]
    """True at the prompts' own tokens."""
    response_ids: Int[Tensor, "rows response"]
    """int64, padded on the right after the end-of-text token."""
    response_mask: Bool[Tensor, "rows response"]
    """True up to and including the end-of-text token."""
    log_probs: Float[Tensor, "rows response"]
    """float32, of each token under the distribution it was drawn from (after temperature and
    top-p); 0 where masked."""
    finished: Bool[Tensor, " rows"]
    """False where the answer was cut off before its end-of-text token."""


class Generator(Protocol):
    """Anything that samples answers."""

    def sample(
        self,
        prompts: list[list[int]],
        *,
        samples: int,
        max_new_tokens: int,
        temperature: float,
        top_p: float,
        generator: torch.Generator,
    ) -> Rollouts:
        """Draw `samples` answers to each prompt; `temperature` 0 is greedy.

        Raises:
            ValueError: an empty or too long prompt, or settings outside their range.
        """
