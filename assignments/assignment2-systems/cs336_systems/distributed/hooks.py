"""Hooks on tensors that do not keep their owner alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable

from torch import Tensor


def on_accumulated_gradient(leaf: Tensor, method: Callable[[Tensor], None]) -> None:
    """Call the bound `method` with `leaf` whenever backward has accumulated into `leaf.grad`.

    The hook holds `method`'s object weakly. A tensor keeps its hooks where Python's garbage
    collector cannot see them, so a hook that refers back to an owner of the tensor would keep both
    for ever, with all other parameters of the owner.
    """
    weak_method = weakref.WeakMethod(method)

    def hook(tensor: Tensor) -> None:
        alive = weak_method()
        if alive is not None:
            alive(tensor)

    leaf.register_post_accumulate_grad_hook(hook)  # type: ignore[no-untyped-call]
