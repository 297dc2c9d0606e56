"""A policy of 650 numbers, and many of them at once.

Shape letters: S policies (a leading dimension of every parameter), P prompts, G answers to a
prompt, n positions, V tokens, d width. The positions of an answer are independent of each other
given the prompt, so the probability of an answer is a product, and all 125 can be enumerated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lectures.lecture_17.task import LENGTH, VOCABULARY

WIDTH = 10


@dataclass(frozen=True, slots=True)
class Policies:
    """Parameters of S policies."""

    embedding: Tensor
    """(S, V, d): a vector for each token, used to read and to write."""
    read: Tensor
    """(S, n, d, d): a matrix for each position of the prompt."""
    write: Tensor
    """(S, n, d, d): a matrix for each position of the answer."""

    def parameters(self) -> list[Tensor]:
        """What an optimizer changes."""
        return [self.embedding, self.read, self.write]

    def logits(self, prompts: Tensor) -> Tensor:
        """(S, P, n, V) from prompts (P, n)."""
        embedded = self.embedding[:, prompts]
        encoded = torch.einsum("spid,side->spe", embedded, self.read)
        decoded = torch.einsum("spe,sjef->spjf", encoded, self.write)
        return torch.einsum("spjf,svf->spjv", decoded, self.embedding)

    def log_probs(self, prompts: Tensor) -> Tensor:
        """log p of every token at every position, (S, P, n, V)."""
        return self.logits(prompts).log_softmax(dim=-1)


def start(seeds: int, scales: Sequence[float] = (1.0,)) -> Policies:
    """`seeds` different policies for each scale of the embedding, the same draws for all scales.

    Logits go with the square of the embedding twice over, so half the scale is a far flatter start.
    """
    drawn = [_draw(torch.Generator().manual_seed(seed)) for seed in range(seeds)]
    embedding, read, write = (torch.stack(parts) for parts in zip(*drawn, strict=True))
    parts = [torch.cat([embedding * scale for scale in scales])]
    parts += [matrices.repeat(len(scales), 1, 1, 1) for matrices in (read, write)]
    return Policies(*(part.requires_grad_() for part in parts))


def _draw(generator: torch.Generator) -> list[Tensor]:
    shapes = [(VOCABULARY, WIDTH), (LENGTH, WIDTH, WIDTH), (LENGTH, WIDTH, WIDTH)]
    scales = [1.0, WIDTH**-0.5, WIDTH**-0.5]
    return [
        torch.randn(shape, generator=generator) * scale
        for shape, scale in zip(shapes, scales, strict=True)
    ]


def sample(log_p: Tensor, answers: int, generator: torch.Generator) -> Tensor:
    """(S, P, G, n) tokens drawn from distributions log p (S, P, n, V)."""
    flat = log_p.detach().exp().reshape(-1, log_p.shape[-1])
    drawn = torch.multinomial(flat, answers, replacement=True, generator=generator)
    return drawn.view(*log_p.shape[:-1], answers).movedim(-1, -2)


def picked(log_p: Tensor, answers: Tensor) -> Tensor:
    """log p of every token of answers (S, P, G, n), under distributions log p (S, P, n, V)."""
    return log_p.gather(-1, answers.movedim(-2, -1)).movedim(-1, -2)


def probabilities(log_p: Tensor) -> Tensor:
    """p of all V^n answers in the order of `all_answers`, (…, V^n), from log p (…, n, V)."""
    total = log_p[..., 0, :]
    for position in range(1, LENGTH):
        total = (total.unsqueeze(-1) + log_p[..., position, :].unsqueeze(-2)).flatten(-2)
    return total.exp()


def kl_between(log_p: Tensor, reference: Tensor) -> Tensor:
    """KL(p || ref) of an answer, the sum over its positions: exact, (S, P)."""
    return (log_p.exp() * (log_p - reference)).sum(dim=(-1, -2))
