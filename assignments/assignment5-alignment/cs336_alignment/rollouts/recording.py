"""Drawing each row's next token and writing down what was drawn, on the device.

A token is drawn by inverting the cumulative distribution at one uniform number per row and step.
The numbers come from the caller's generator before anything is sampled, for all rows and steps, so
an answer depends neither on how many rows fit in a batch, nor on when others end, nor on the device
beyond rounding; and a CUDA graph needs no random state of its own.
"""

from __future__ import annotations

import torch
from cs336_basics.generation import next_token_probabilities
from jaxtyping import Float, Int
from torch import Tensor


def draw(
    probabilities: Float[Tensor, "rows vocab"], uniforms: Float[Tensor, " rows"]
) -> Int[Tensor, " rows"]:
    """The first token whose cumulative probability exceeds `uniforms` in [0, 1).

    Sums are float64, so that no token of probability 0 can be met by rounding.
    """
    cumulative = probabilities.double().cumsum(dim=-1)
    targets = uniforms[:, None] * cumulative[:, -1:]
    return (cumulative <= targets).sum(dim=-1).clamp(max=probabilities.shape[-1] - 1)


class Recording:
    """Answers in the making, in memory with fixed addresses: (max_batch, max_length) each."""

    def __init__(
        self, max_batch: int, max_length: int, *, eos_id: int, pad_id: int, device: torch.device
    ) -> None:
        self._eos_id = eos_id
        self._pad_id = pad_id
        shape = (max_batch, max_length)
        self.ids = torch.full(shape, pad_id, device=device)
        self.mask = torch.zeros(shape, dtype=torch.bool, device=device)
        self.log_probs = torch.zeros(shape, device=device)
        self.finished = torch.zeros(max_batch, dtype=torch.bool, device=device)
        self.last = torch.zeros(max_batch, dtype=torch.int64, device=device)  # to be fed next
        self._uniforms = torch.zeros(shape, dtype=torch.float64, device=device)
        self._column = torch.zeros(1, dtype=torch.int64, device=device)

    def start(self, uniforms: Float[Tensor, "rows steps"]) -> None:
        """Forget the rows before; `uniforms` holds a number for each token to come."""
        rows, steps = uniforms.shape
        self._uniforms[:rows, :steps] = uniforms
        self.ids.fill_(self._pad_id)
        self.mask.zero_()
        self.log_probs.zero_()
        self.finished.zero_()
        self._column.zero_()

    def progress(self) -> list[Tensor]:
        """What `add` changes and a repetition of it would change again."""
        return [self.finished, self.last, self._column]

    def add(self, logits: Float[Tensor, "rows vocab"], temperature: float, top_p: float) -> None:
        """Draw a token for each row that has not ended; device work only."""
        rows = len(logits)
        probabilities = next_token_probabilities(logits, temperature, top_p)
        uniforms = self._uniforms[:rows].index_select(1, self._column).squeeze(1)
        tokens = draw(probabilities, uniforms)
        chances = probabilities.gather(1, tokens[:, None]).log()
        going = ~self.finished[:rows, None]
        tokens = torch.where(going, tokens[:, None], self._pad_id)
        self.ids[:rows].index_copy_(1, self._column, tokens)
        self.mask[:rows].index_copy_(1, self._column, going)
        self.log_probs[:rows].index_copy_(1, self._column, torch.where(going, chances, 0.0))
        self.finished[:rows] |= (going & (tokens == self._eos_id)).squeeze(1)
        self.last[:rows] = tokens.squeeze(1)
        self._column += 1
