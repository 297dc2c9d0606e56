"""Nothing in the cross-entropy holds log Z: a table of bigrams whose logits have drifted."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from lectures.shared.story_words import Corpus

WORDS = 64
RATE = 0.3


@dataclass(frozen=True)
class Drift:
    """Loss in nats a word, and log Z, of every step."""

    losses: list[float]
    log_z: list[float]


def drifted_bigrams(data: Corpus, z_loss: float, start: float = 30.0, steps: int = 200) -> Drift:
    """Train a table of bigram logits, handed to the loss in bfloat16, that starts at `start`.

    The table is (WORDS, WORDS) in float32: one row of logits for each previous word. Shifting a
    row changes no probability, but the larger a logit the fewer digits bfloat16 has left.
    """
    torch.manual_seed(0)
    pairs = data.train.unfold(0, 2, 1)
    pairs = pairs[(pairs < WORDS).all(dim=1)]
    table = torch.nn.Parameter(torch.full((WORDS, WORDS), start))
    optimizer = torch.optim.AdamW([table], lr=RATE, weight_decay=0.0)
    run = Drift([], [])
    for _ in range(steps):
        chosen = pairs[torch.randint(len(pairs), (2048,))]
        logits = table[chosen[:, 0]].bfloat16().float()
        loss = F.cross_entropy(logits, chosen[:, 1])
        log_z = torch.logsumexp(logits, dim=-1)
        table.grad = torch.autograd.grad(loss + z_loss * log_z.square().mean(), table)[0]
        optimizer.step()
        run.losses.append(loss.item())
        run.log_z.append(log_z.mean().item())
    return run


def rounding_error(shift: float) -> float:
    """How wrong the cross-entropy of 4,096 random predictions is on average, in nats.

    Logits of deviation 2 are shifted, and rounded to bfloat16.
    """
    torch.manual_seed(0)
    logits, targets = 2 * torch.randn(4096, WORDS), torch.randint(WORDS, (4096,))
    exact = F.cross_entropy(logits, targets, reduction="none")
    rounded = F.cross_entropy((logits + shift).bfloat16().float(), targets, reduction="none")
    return (rounded - exact).abs().mean().item()
