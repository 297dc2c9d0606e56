"""The comparisons of lecture 3 as data: small, to run in the lecture, and large, for records."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from lectures.lecture_03.training import Recipe
from lectures.lecture_03.variants import FeedForward, Positions, Shape

Size = Literal["small", "large"]
FAR = 8  # the study of positions


@dataclass(frozen=True)
class Setting:
    """One arm of a comparison; it is tested on windows `look` times as long as in training."""

    shape: Shape
    recipe: Recipe
    look: int = 1


Study = dict[str, Setting]


def context(size: Size) -> Study:
    """Positions by rotation, none, and local rotation with global layers that have none."""
    shape, recipe = _base(size)
    if size == "small":
        shape = replace(shape, global_every=2)
    named: dict[str, Positions] = {
        "RoPE": "rope",
        "NoPE": "none",
        "local RoPE, global NoPE": "interleaved",
    }
    return {
        name: Setting(replace(shape, positions=positions), recipe, look=FAR)
        for name, positions in named.items()
    }  # fmt: skip


def placement(size: Size) -> Study:
    """Pre-norm and post-norm in twelve layers, at once at full rate and with a warm-up."""
    if size == "small":
        shape = Shape(d_model=32, layers=12, heads=2, context=32)
        recipe = Recipe(steps=60, batch=8, rate=5e-3)
        return {f"{n}-norm": Setting(replace(shape, norm=n), recipe) for n in ("pre", "post")}
    shape = Shape(d_model=256, layers=12, heads=8, context=64)
    arms: Study = {}
    for rate, warmup in ((1e-3, 0), (1e-3, 200), (2e-4, 200)):
        for norm in ("pre", "post"):
            recipe = Recipe(steps=500, batch=64, length=64, rate=rate, warmup=warmup)
            name = f"{norm}-norm, rate {rate:g}, warm-up {warmup}"
            arms[name] = Setting(replace(shape, norm=norm), recipe)
    return arms


def stability(size: Size) -> Study:
    """Rates that are too high, plain, with QK-norm, and (large) with z-loss."""
    shape, recipe = _base(size)
    if size == "small":
        recipe = replace(recipe, rate=0.1, steps=100)
        return {
            "plain": Setting(shape, recipe),
            "QK-norm": Setting(replace(shape, qk_norm=True), recipe),
        }
    arms: Study = {}
    for rate in (3e-3, 1e-2, 3e-2):
        at = replace(recipe, steps=400, warmup=50, rate=rate, weight_decay=0.0)
        arms[f"plain, rate {rate:g}"] = Setting(shape, at)
        arms[f"QK-norm, rate {rate:g}"] = Setting(replace(shape, qk_norm=True), at)
        arms[f"z-loss, rate {rate:g}"] = Setting(shape, replace(at, z_loss=1e-4))
    return arms


def feed_forward(size: Size) -> Study:
    """Two functions, with and without a gate, with the same number of parameters.

    Of the large ones, SwiGLU at a rate of 0.003 is the arm "RMSNorm" of the study of norms.
    """
    shape, recipe = _base(size)
    if size == "small":
        recipe = replace(recipe, rate=3e-3)
        return {
            "ReLU": Setting(replace(shape, feed_forward="relu"), recipe),
            "SwiGLU": Setting(shape, recipe),
        }
    kinds: dict[str, FeedForward] = {"ReLU": "relu", "SiLU": "silu", "ReGLU": "reglu"}
    kinds |= {"SwiGLU": "swiglu"}
    arms = {
        f"{name}, rate 0.001": Setting(
            replace(shape, feed_forward=kind), replace(recipe, rate=1e-3)
        )
        for name, kind in kinds.items()
    }
    arms["ReLU, rate 0.003"] = Setting(replace(shape, feed_forward="relu"), recipe)
    return arms


def norm(size: Size) -> Study:
    """RMSNorm and LayerNorm."""
    shape, recipe = _base(size)
    recipe = replace(recipe, rate=3e-3)
    return {
        "RMSNorm": Setting(shape, recipe),
        "LayerNorm": Setting(replace(shape, norm_kind="layer"), recipe),
    }


def _base(size: Size) -> tuple[Shape, Recipe]:
    if size == "small":
        return Shape(d_model=64, layers=2, heads=4, context=256), Recipe(steps=120, rate=1e-2)
    shape = Shape(d_model=256, layers=4, heads=8, context=512)
    return shape, Recipe(steps=600, batch=64, length=64, rate=3e-3, warmup=50)


STUDIES: dict[str, Callable[[Size], Study]] = {
    "context": context,
    "placement": placement,
    "stability": stability,
    "feed_forward": feed_forward,
    "norm": norm,
}
