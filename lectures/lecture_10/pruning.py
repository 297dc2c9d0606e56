"""Cut heads and hidden units out of a trained Transformer, the least used first.

Shape letters: B batch, T sequence, D d_model, F d_ff, H heads, d_k width of a head.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from cs336_basics.layers import SwiGLU
from cs336_basics.model import MultiHeadSelfAttention, TransformerBlock, TransformerLM
from torch import Tensor, nn


@dataclass(frozen=True)
class Importance:
    """Of each layer's parts, larger for more important: heads (L, H) and hidden units (L, F)."""

    heads: Tensor
    units: Tensor


@torch.no_grad()
def by_activation(model: TransformerLM, run: Callable[[], object]) -> Importance:
    """Norm of what each head and unit puts out during `run`.

    After Muralidharan et al. 2024 (2407.14679), section 2.1, who also cut width and depth.
    """
    attentions = [layer.attn for layer in blocks(model)]
    feeds = [layer.ffn for layer in blocks(model)]
    heads, units = [torch.zeros(())] * len(feeds), [torch.zeros(())] * len(feeds)

    def look(index: int) -> list[torch.utils.hooks.RemovableHandle]:
        def at_output(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            by_head = inputs[0].float().reshape(*inputs[0].shape[:2], -1, attentions[index].d_k)
            heads[index] = heads[index] + by_head.square().sum((0, 1, 3)).cpu()

        def at_units(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            units[index] = units[index] + inputs[0].float().square().sum((0, 1)).cpu()

        return [
            attentions[index].output_proj.register_forward_pre_hook(at_output),
            feeds[index].w2.register_forward_pre_hook(at_units),
        ]

    hooks = [hook for index in range(len(feeds)) for hook in look(index)]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return Importance(torch.stack(heads).sqrt(), torch.stack(units).sqrt())


def at_random(like: Importance, seed: int) -> Importance:
    """Any order: what a rule has to beat."""
    generator = torch.Generator().manual_seed(seed)
    return Importance(
        torch.rand(like.heads.shape, generator=generator),
        torch.rand(like.units.shape, generator=generator),
    )


@torch.no_grad()
def cut(model: TransformerLM, importance: Importance, heads: int, units: int) -> TransformerLM:
    """A copy with the most important `heads` heads and `units` hidden units in every layer."""
    smaller = copy.deepcopy(model)
    for index, layer in enumerate(blocks(smaller)):
        keep_heads(layer.attn, best(importance.heads[index], heads))
        assert isinstance(layer.ffn, SwiGLU)
        keep_units(layer.ffn, best(importance.units[index], units))
    return smaller


def blocks(model: TransformerLM) -> list[TransformerBlock]:
    """The layers, with their type."""
    return [layer for layer in model.layers if isinstance(layer, TransformerBlock)]


def best(importance: Tensor, count: int) -> Tensor:
    """Places of the `count` largest, in their old order."""
    return importance.topk(count).indices.sort().values


def keep_heads(attention: MultiHeadSelfAttention, kept: Tensor) -> None:
    """Leave only these heads, in place; every head has keys and values of its own."""
    assert attention.num_kv_heads == attention.num_heads
    d_k = attention.d_k
    rows = (kept[:, None] * d_k + torch.arange(d_k)).flatten().to(attention.q_proj.weight.device)
    for projection in (attention.q_proj, attention.k_proj, attention.v_proj):
        projection.weight = nn.Parameter(projection.weight[rows].clone())
    output = attention.output_proj
    output.weight = nn.Parameter(output.weight[:, rows].clone())
    attention.num_heads = attention.num_kv_heads = len(kept)


def keep_units(feed_forward: SwiGLU, kept: Tensor) -> None:
    """Leave only these hidden units, in place."""
    kept = kept.to(feed_forward.w1.weight.device)
    feed_forward.w1.weight = nn.Parameter(feed_forward.w1.weight[kept].clone())
    feed_forward.w3.weight = nn.Parameter(feed_forward.w3.weight[kept].clone())
    feed_forward.w2.weight = nn.Parameter(feed_forward.w2.weight[:, kept].clone())
