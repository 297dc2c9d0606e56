"""Layers that take fewer, larger steps than those of `layers.py` and `model.py`; same results.

Each takes the place of a plain layer and holds that layer's own weights under the same names, so
checkpoints, optimizers and wrappers see no difference. `speed_up` exchanges them in a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from cs336_basics.kv_cache import LayerCache
from cs336_basics.layers import Embedding, Linear, RMSNorm, SwiGLU, silu
from cs336_basics.model import MultiHeadSelfAttention, TransformerBlock, TransformerLM
from cs336_basics.providers import PackedAttention, ResidualNorm


def joint_projection(
    x: Float[Tensor, "... d_in"], projections: Sequence[Linear], stacked: Tensor | None = None
) -> Float[Tensor, "... d_out"]:
    """The outputs of `projections`, side by side, as one matrix product with the weights stacked.

    One larger product fills a GPU better than several small ones, forward and backward. `stacked`
    are the weights one below the other, if they are kept so.
    """
    if stacked is None:
        stacked = torch.cat([projection.weight for projection in projections])
    return x @ stacked.T


def project_jointly(
    x: Float[Tensor, "... d_in"], projections: Sequence[Linear], stacked: Tensor | None = None
) -> tuple[Float[Tensor, "... d_out"], ...]:
    """(p(x) for p in projections) as one matrix product."""
    sizes = [projection.weight.shape[0] for projection in projections]
    return torch.split(joint_projection(x, projections, stacked), sizes, dim=-1)


class FastSelfAttention(MultiHeadSelfAttention):
    """q, k and v by one product; `packed_attention`, if given, takes them to the heads' outputs."""

    stacked_weight: Tensor | None

    def __init__(
        self,
        plain: MultiHeadSelfAttention,
        joint_projections: bool = True,
        packed_attention: PackedAttention | None = None,
    ) -> None:
        _take_over(self, plain)
        self.joint_projections = joint_projections
        self.packed_attention = packed_attention
        # None, unless functional_call puts the stacked weights here.
        self.register_buffer("stacked_weight", None, persistent=False)

    @property
    def projections(self) -> tuple[Linear, Linear, Linear]:
        """What is stacked, in this order."""
        return self.q_proj, self.k_proj, self.v_proj

    def forward(
        self,
        x: Float[Tensor, "... seq d_model"],
        token_positions: Int[Tensor, "*shape"] | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "... seq d_model"]:
        """As in the plain layer; the packed kernel knows positions 0, 1, ... and no cache."""
        if self.packed_attention is None or token_positions is not None or cache is not None:
            return super().forward(x, token_positions, cache)
        packed = joint_projection(x, self.projections, self.stacked_weight)
        cos = sin = None
        if self.rope is not None:
            cos, sin = self.rope.cos[: x.shape[-2]], self.rope.sin[: x.shape[-2]]
        rows = packed.reshape(-1, *packed.shape[-2:])
        heads = self.packed_attention(rows, self.num_heads, cos, sin)
        output: Tensor = self.output_proj(heads.view(*x.shape[:-1], heads.shape[-1]))
        return output

    def project(self, x: Float[Tensor, "... seq d_model"]) -> tuple[Tensor, ...]:
        """Queries, keys and values, each (..., T, heads * d_k), the heads side by side."""
        if not self.joint_projections:
            return super().project(x)
        return project_jointly(x, self.projections, self.stacked_weight)


class FastSwiGLU(SwiGLU):
    """w1 and w3 by one product."""

    stacked_weight: Tensor | None

    def __init__(self, plain: SwiGLU) -> None:
        _take_over(self, plain)
        self.register_buffer("stacked_weight", None, persistent=False)

    @property
    def projections(self) -> tuple[Linear, Linear]:
        """What is stacked, in this order."""
        return self.w1, self.w3

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        gate, value = project_jointly(x, self.projections, self.stacked_weight)
        output: Tensor = self.w2(silu(gate) * value)
        return output


class FastBlock(TransformerBlock):
    """A pre-norm block whose norms add both gradients of their input in one pass."""

    def __init__(self, plain: TransformerBlock, residual_norm: ResidualNorm) -> None:
        _take_over(self, plain)
        self.residual_norm = residual_norm

    def forward(
        self,
        x: Float[Tensor, "... seq d_model"],
        token_positions: Int[Tensor, "*shape"] | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "... seq d_model"]:
        residual, normed = self._branch(self.ln1, x)
        x = residual + self.attn(normed, token_positions, cache)
        residual, normed = self._branch(self.ln2, x)
        output: Tensor = residual + self.ffn(normed)
        return output

    def _branch(self, norm: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
        """x for the residual connection and norm(x) for the branch beside it."""
        assert isinstance(norm, RMSNorm)  # the pre-norm block has no other
        return self.residual_norm(x, norm.weight, norm.eps)


class ConvertedEmbedding(Embedding):
    """An embedding whose vectors, under autocast, start the residual stream in another dtype."""

    def __init__(self, plain: Embedding, residual_dtype: torch.dtype) -> None:
        _take_over(self, plain)
        self.residual_dtype = residual_dtype

    def forward(self, ids: Int[Tensor, "*shape"]) -> Float[Tensor, "... d_model"]:
        x = super().forward(ids)
        return x.to(self.residual_dtype) if torch.is_autocast_enabled(x.device.type) else x


@dataclass(frozen=True)
class Speedups:
    """What to exchange in a model; nothing by default."""

    joint_projections: bool = False
    """One matrix product for q, k, v and one for w1, w3."""
    residual_dtype: torch.dtype | None = None
    """Dtype of the residual stream under autocast; None: the embedding's."""
    packed_attention: PackedAttention | None = None
    residual_norm: ResidualNorm | None = None


def speed_up(model: TransformerLM, speedups: Speedups) -> None:
    """Exchange the layers of `model` in place; its parameters stay the same objects, in order.

    Raises:
        ValueError: packed attention for grouped queries: q, k and v must be of one width.
    """
    if speedups.residual_dtype is not None:
        model.token_embeddings = ConvertedEmbedding(model.token_embeddings, speedups.residual_dtype)
    for index, block in enumerate(model.layers):
        assert isinstance(block, TransformerBlock)
        if speedups.packed_attention and block.attn.num_kv_heads != block.attn.num_heads:
            raise ValueError("packed attention has no grouped queries: num_kv_heads = num_heads")
        if speedups.joint_projections or speedups.packed_attention:
            block.attn = FastSelfAttention(
                block.attn, speedups.joint_projections, speedups.packed_attention
            )
        if speedups.joint_projections and isinstance(block.ffn, SwiGLU):
            block.ffn = FastSwiGLU(block.ffn)
        if speedups.residual_norm and block.norm_placement == "pre":
            model.layers[index] = FastBlock(block, speedups.residual_norm)


def stacked_weights(model: nn.Module) -> dict[str, list[str]]:
    """Where stacked weights may be put, and the parameters that they are made of, in order."""
    parts: dict[type[nn.Module], tuple[str, ...]] = {
        FastSelfAttention: ("q_proj", "k_proj", "v_proj"),
        FastSwiGLU: ("w1", "w3"),
    }
    return {
        f"{name}.stacked_weight": [f"{name}.{part}.weight" for part in parts[type(module)]]
        for name, module in model.named_modules()
        if isinstance(module, FastSwiGLU)
        or (isinstance(module, FastSelfAttention) and module.joint_projections)
    }


def _take_over(fast: nn.Module, plain: nn.Module) -> None:
    """Give `fast` the attributes, parameters and parts of `plain`, instead of making new ones."""
    nn.Module.__init__(fast)
    for name, value in vars(plain).items():
        if not name.startswith("_"):
            setattr(fast, name, value)
    for name, parameter in plain.named_parameters(recurse=False):
        fast.register_parameter(name, parameter)
    for name, part in plain.named_children():
        fast.add_module(name, part)
