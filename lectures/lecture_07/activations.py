"""What autograd keeps of one block: counted on the assignment's own, and by the paper's formula."""

import torch
from cs336_basics.fast.attention import attention_backend
from cs336_basics.model import TransformerBlock
from torch import Tensor
from torch.utils.checkpoint import checkpoint

VARIANTS = {
    "plain attention": {"flash": False, "recompute": False},
    "fused attention": {"flash": True, "recompute": False},
    "recomputed block": {"flash": True, "recompute": True},
}


def saved_bytes(block: TransformerBlock, x: Tensor, *, recompute: bool) -> int:
    """Bytes that the forward pass keeps for backward, without the weights.

    Tensors that share memory count once: a view keeps nothing of its own.
    """
    weights = {p.untyped_storage().data_ptr() for p in block.parameters()}
    weights |= {b.untyped_storage().data_ptr() for b in block.buffers()}
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        address = tensor.untyped_storage().data_ptr()
        if address not in weights:
            kept[address] = tensor  # held, so that no other tensor gets the address meanwhile
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        if recompute:
            out = checkpoint(block, x, use_reentrant=False)
            kept[x.untyped_storage().data_ptr()] = x
        else:
            out = block(x)
    assert out.requires_grad
    return sum(t.untyped_storage().nbytes() for t in kept.values())


def count_block(width: int, hidden: int, tokens: int, *, flash: bool, recompute: bool) -> float:
    """Numbers kept for each token by a block of assignment 1, in float32 on a CPU."""
    torch.manual_seed(0)
    block = TransformerBlock(width, 4, hidden, tokens, 10_000.0)
    x = torch.randn(1, tokens, width, requires_grad=True)
    with attention_backend("fused" if flash else "reference"):
        return saved_bytes(block, x, recompute=recompute) / (4 * tokens)


def paper_bytes(s: int, b: int, h: int, a: int, t: int = 1) -> dict[str, float]:
    """Bytes kept by a layer of GPT (Korthikanti et al. 2022): sequence s, micro-batch b, width h.

    a heads, 16-bit activations, t-way tensor parallelism; the terms are theirs.
    """
    scores = 5 * a * s / h
    return {
        "one device": s * b * h * (34 + scores),
        "tensor": s * b * h * (10 + (24 + scores) / t),
        "tensor + sequence": s * b * h * (34 + scores) / t,
        "… + selective": s * b * h * 34 / t,
        "full recompute": s * b * h * 2,
    }
