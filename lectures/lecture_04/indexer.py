"""A cheap indexer that says where exact attention should look, trained live.

The attention that is to be imitated has random weights; each of its heads looks in a small subspace
of the input, as trained heads do. The indexer has one narrow key for each token, shared by its
heads, and is trained on the attention's own weights: KL(attention ‖ softmax of the index scores),
as DeepSeek-V3.2 warms up its indexer (DeepSeek-AI 2025).

Shape letters: T tokens, D width, H heads, h width of a head, J heads of the indexer, j their width.
"""

import math
from dataclasses import dataclass

import torch
from cs336_basics.attention import causal_mask
from cs336_basics.nn_utils import softmax
from cs336_basics.optimizer import AdamW
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

WIDTH, HEADS, SUBSPACE = 64, 4, 8


class Indexer(nn.Module):
    """score(t, s) = Σ_j w_j(x_t) · ReLU(q_j(x_t) · k(x_s)): (T, D) -> (T, T)."""

    def __init__(self, width: int = WIDTH, heads: int = 4, head_width: int = 16) -> None:
        super().__init__()
        self.heads = heads
        self.queries = nn.Linear(width, heads * head_width, bias=False)
        self.keys = nn.Linear(width, head_width, bias=False)
        self.weights = nn.Linear(width, heads)

    def forward(self, x: Float[Tensor, "T D"]) -> Float[Tensor, "T T"]:
        """The score of every key for every query, future ones too."""
        q = self.queries(x).view(len(x), self.heads, -1)
        matches = torch.relu(torch.einsum("tjd,sd->tjs", q, self.keys(x)))
        return torch.einsum("tj,tjs->ts", self.weights(x), matches)


@dataclass(frozen=True)
class Attention:
    """Random heads that look for tokens alike in a subspace of `SUBSPACE` dimensions."""

    queries: Float[Tensor, "H D r"]
    keys: Float[Tensor, "H D r"]
    sharpness: float

    def weights(self, x: Float[Tensor, "T D"]) -> Float[Tensor, "T T"]:
        """Causal attention weights, averaged over the heads; each row sums to one."""
        q, k = (
            torch.einsum("td,hdr->htr", x, self.queries),
            torch.einsum("td,hdr->htr", x, self.keys),
        )
        scores = self.sharpness * q @ k.transpose(1, 2) / math.sqrt(SUBSPACE)
        scores = scores.masked_fill(~causal_mask(len(x), len(x)), -math.inf)
        return softmax(scores, dim=-1).mean(dim=0)


def random_attention(seed: int = 0) -> Attention:
    """Heads whose keys and queries agree up to some noise."""
    generator = torch.Generator().manual_seed(seed)
    shape = (HEADS, WIDTH, SUBSPACE)
    keys = torch.randn(shape, generator=generator) / math.sqrt(WIDTH)
    noise = torch.randn(shape, generator=generator) / math.sqrt(WIDTH)
    return Attention(keys + 0.3 * noise, keys, sharpness=5.0)


def tokens(count: int, generator: torch.Generator) -> Float[Tensor, "T D"]:
    """Inputs: what they have in common comes from 24 topics, the rest is their own."""
    topics = torch.randn(24, WIDTH, generator=torch.Generator().manual_seed(99))
    chosen = torch.randint(24, (count,), generator=generator)
    return 0.7 * topics[chosen] + 0.7 * torch.randn(count, WIDTH, generator=generator)


def fit(indexer: Indexer, attention: Attention, steps: int = 250, length: int = 128) -> list[float]:
    """Train it on new sequences; the divergence of every tenth step, nats."""
    generator = torch.Generator().manual_seed(1)
    optimizer = AdamW(indexer.parameters(), lr=3e-3, weight_decay=0.0)
    mask, losses = causal_mask(length, length), []
    for step in range(steps):
        x = tokens(length, generator)
        wanted = attention.weights(x)
        scores = indexer(x).masked_fill(~mask, -math.inf)
        log_shares = torch.log_softmax(scores, dim=-1).masked_fill(~mask, 0.0)
        entropy = torch.special.entr(wanted).sum(dim=-1)
        loss = (-(wanted * log_shares).sum(dim=-1) - entropy).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            losses.append(loss.item())
    return losses


def chosen(scores: Float[Tensor, "T T"], kept: int) -> Bool[Tensor, "T T"]:
    """The `kept` best earlier keys of each query (or all of them, early on)."""
    causal = causal_mask(len(scores), len(scores))
    best: Int[Tensor, "T k"] = scores.masked_fill(~causal, -math.inf).topk(kept, dim=-1).indices
    return torch.zeros_like(causal).scatter(1, best, True) & causal


def quality(scores: Tensor, wanted: Tensor, kept: int) -> tuple[float, float]:
    """Recall of attention's own top keys, and the share of its weight that is kept.

    Over queries with at least twice as many earlier keys as are kept.
    """
    rows = slice(2 * kept, None)
    ours, best = chosen(scores, kept)[rows], chosen(wanted, kept)[rows]
    recall = (ours & best).sum() / best.sum()
    return recall.item(), (wanted[rows] * ours).sum(dim=-1).mean().item()


def window(count: int) -> Float[Tensor, "T T"]:
    """Scores that prefer the latest keys: a sliding window."""
    return torch.arange(float(count)).expand(count, count)


@torch.no_grad()
def rankings(indexer: Indexer, attention: Attention, count: int) -> dict[str, Tensor]:
    """Scores for the keys of new tokens: by the indexer, by a window, by attention itself."""
    x = tokens(count, torch.Generator().manual_seed(7))
    return {
        "indexer": indexer(x),
        "latest": window(count),
        "attention itself": attention.weights(x),
    }


def kept_weights(scored: dict[str, Tensor], sizes: tuple[int, ...]) -> dict[str, dict[int, float]]:
    """The share of attention's weight that is kept, by ranking and number of keys."""
    wanted = scored["attention itself"]
    return {
        name: {kept: quality(scores, wanted, kept)[1] for kept in sizes}
        for name, scores in scored.items()
    }
