"""Rollouts over a key/value cache: prompts are read once, then rows grow by a token a step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from cs336_alignment.models.decoder import Decoder
from cs336_alignment.models.policy import pad_left
from cs336_alignment.rollouts.protocol import Rollouts
from cs336_alignment.rollouts.recording import Recording

# Reads the tokens last drawn, draws the next ones: (rows, temperature, top_p) -> None
Step = Callable[[int, float, float], None]


class CachedGenerator:
    """A `Generator` over a `Decoder`: batches of at most `max_batch` rows.

    `step` does what one step does, `decoder.step` and `recording.add`, in another way; it is how
    CUDA graphs come in. Asking the device whether all rows have ended makes the host wait, so it
    happens every `check_every` steps.
    """

    def __init__(
        self,
        decoder: Decoder,
        recording: Recording,
        *,
        pad_id: int,
        max_batch: int,
        max_length: int,
        step: Step | None = None,
        check_every: int = 1,
    ) -> None:
        self._decoder = decoder
        self._recording = recording
        self._pad_id = pad_id
        self._max_batch = max_batch
        self._max_length = max_length
        self._step = step or self._plain_step
        self._check_every = check_every

    @torch.no_grad()
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
        """Draw `samples` answers to each prompt; `temperature` 0 is greedy."""
        check_request(prompts, samples, max_new_tokens, self._max_length)
        device = self._recording.ids.device
        ids, mask = pad_left(prompts, self._pad_id, device)
        owners = torch.arange(len(prompts), device=device).repeat_interleave(samples)
        uniforms = torch.rand(
            (len(owners), max_new_tokens),
            dtype=torch.float64,
            device=generator.device,
            generator=generator,
        ).to(device)
        parts = []
        for start in range(0, len(owners), self._max_batch):
            rows = slice(start, min(start + self._max_batch, len(owners)))
            first, last = start // samples, (rows.stop - 1) // samples
            logits = self._decoder.prefill(
                ids[first : last + 1], mask[first : last + 1], owners[rows] - first
            )
            parts.append(self._decode(logits, uniforms[rows], temperature, top_p))
        answers, kept, log_probs, finished = (torch.cat(part) for part in zip(*parts, strict=True))
        return Rollouts(ids[owners], mask[owners], answers, kept, log_probs, finished)

    def _decode(
        self, logits: Tensor, uniforms: Tensor, temperature: float, top_p: float
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Ids, mask, log-probabilities (rows, steps) and end flags of one batch."""
        rows, steps = uniforms.shape
        recording = self._recording
        recording.start(uniforms)
        recording.add(logits, temperature, top_p)
        for step in range(1, steps):
            if step % self._check_every == 0 and bool(recording.finished[:rows].all()):
                break
            self._step(rows, temperature, top_p)
        return (
            recording.ids[:rows, :steps].clone(),
            recording.mask[:rows, :steps].clone(),
            recording.log_probs[:rows, :steps].clone(),
            recording.finished[:rows].clone(),
        )

    def _plain_step(self, rows: int, temperature: float, top_p: float) -> None:
        logits = self._decoder.step(self._recording.last[:rows])
        self._recording.add(logits, temperature, top_p)


def check_request(
    prompts: list[list[int]], samples: int, max_new_tokens: int, max_length: int
) -> None:
    """Raise ValueError when a request cannot be met; says which prompt or number is wrong."""
    if not prompts:
        raise ValueError("no prompt given")
    for name, value in (("samples", samples), ("max_new_tokens", max_new_tokens)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    for index, prompt in enumerate(prompts):
        if not prompt:
            raise ValueError(f"prompt {index} is empty: there is nothing to continue")
    longest = max(map(len, prompts))
    if longest + max_new_tokens > max_length:
        raise ValueError(
            f"a prompt of {longest} tokens and {max_new_tokens} new ones need "
            f"{longest + max_new_tokens} positions; max_length is {max_length}"
        )
