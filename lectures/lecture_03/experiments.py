"""What lecture 3 computes while it runs, besides the studies: gradients, caches, equilibria."""

import math

import sympy
import torch
import torch.nn.functional as F
from cs336_basics.kv_cache import KVCache
from cs336_basics.model import NormPlacement, TransformerLM
from cs336_basics.optimizer import AdamW

from lectures.lecture_03.studies import STUDIES
from lectures.lecture_03.training import Run, train
from lectures.lecture_03.variants import Shape, build
from lectures.shared.story_words import Corpus

DEPTHS = (2, 4, 8, 16, 32)


def live(study: str, data: Corpus) -> dict[str, Run]:
    """Train every arm of the small study once, with seed 0."""
    arms = STUDIES[study]("small").items()
    return {name: train(setting.shape, setting.recipe, data) for name, setting in arms}


def gradients_at_start(norm: NormPlacement, data: Corpus) -> dict[int, tuple[float, float]]:
    """Norm of the gradient of the down-projection in the first and last layer, by depth."""
    found = {}
    for depth in DEPTHS:
        torch.manual_seed(0)
        model = build(Shape(d_model=64, layers=depth, context=32, norm=norm), len(data.words))
        rows = data.train[: 33 * 8].view(8, 33)
        logits = model(rows[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        downs = [model.get_parameter(f"layers.{i}.ffn.w2.weight") for i in (0, depth - 1)]
        first, last = (g.norm().item() for g in torch.autograd.grad(loss, downs))
        found[depth] = (first, last)
    return found


def slope(values: dict[int, float]) -> float:
    """Exponent between the first and the last point of a power law."""
    (x0, y0), *_, (x1, y1) = values.items()
    return math.log(y1 / y0) / math.log(x1 / x0)


def mean_share(run: Run, data: Corpus) -> list[float]:
    """Share of the stream's mean square that its mean holds, in front of every norm."""
    shares: list[float] = []

    def look(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        x = inputs[0]
        shares.append((x.mean(dim=-1).square() / x.square().mean(dim=-1)).mean().item())

    norms = [m for name, m in run.model.named_modules() if "ln" in name.rsplit(".", 1)[-1]]
    hooks = [norm.register_forward_pre_hook(look) for norm in norms]
    with torch.no_grad():
        run.model(data.held_out[:1024].view(16, 64))
    for hook in hooks:
        hook.remove()
    return shares


def stored_bytes(kv_heads: int, tokens: int = 32) -> int:
    """Bytes in the cache of a model of two layers and eight heads of width 8, in float32."""
    model = TransformerLM(64, tokens, 64, 2, 8, 64, num_kv_heads=kv_heads)
    cache = KVCache(2, tokens)
    with torch.no_grad():
        model(torch.zeros(1, tokens, dtype=torch.int64), cache)
    kept = [tensor for layer in cache.layers for tensor in (layer._keys, layer._values)]
    return sum(t.numel() * t.element_size() for t in kept if t is not None)


def relative_steps(rate: float, decay: float, steps: int, size: int = 4096) -> list[float]:
    """|change| / |weight| of a matrix that only ever sees noise, under AdamW, for every step."""
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(size))
    optimizer = AdamW([weight], lr=rate, weight_decay=decay, betas=(0.9, 0.95))
    ratios = []
    for _ in range(steps):
        before = weight.detach().clone()
        direction = torch.randn(size)
        weight.grad = direction / weight.detach().norm()
        optimizer.step()
        ratios.append(((weight.detach() - before).norm() / before.norm()).item())
    return ratios


def entropy_of_words(data: Corpus) -> float:
    """Nats a word of a model that knows only how frequent each word is."""
    counts = torch.bincount(data.train, minlength=len(data.words)).double()
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * shares.log()).sum())


def latex(expression: object) -> str:
    """A sympy expression in LaTeX, with indices as such."""
    return str(sympy.latex(expression))
