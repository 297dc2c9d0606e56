"""Train, quantise and prune the byte models of lecture 10."""

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import torch
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_10 import pruning, quantisation
from lectures.lecture_10.tools.output import Output, Record
from lectures.lecture_10.training import (
    Recipe,
    logits_of,
    losses_by_place,
    train,
    windows,
)
from lectures.lecture_10.variants import VARIANTS, Sizes, Variant, build, cached_numbers, matched
from lectures.shared.source_text import standard_library

SEEDS = 3
D_FF = 688  # of the variant with all heads; the others are as large as it is
CALIBRATION = 64  # windows
BITS = (8, 4, 3, 2)
LAST = "unrounded, trained on"  # with which the records of a seed are complete
GROUP = 32  # weights that share a scale, where a row does not


@dataclass(frozen=True)
class Arm:
    """How a model of half the size comes about: cut or fresh, and taught by what."""

    label: str
    start: str
    teacher: bool
    long: bool = False


ARMS = (
    Arm("cut by activation, distilled", "activation", True),
    Arm("cut by activation, labels", "activation", False),
    Arm("cut at random, distilled", "random", True),
    Arm("fresh, distilled", "fresh", True),
    Arm("fresh, labels", "fresh", False),
    Arm("fresh, labels, as long as the original", "fresh", False, long=True),
)


class Study:
    """The data, and the models that several records start from."""

    def __init__(self, device: str, small: bool) -> None:
        self.small, self.device = small, device
        self.sizes = Sizes(64, 2, 8, 64) if small else Sizes()
        self.recipe = Recipe(3, 4, 64) if small else Recipe()
        self.repair = Recipe(2, 4, 64, 1e-3) if small else Recipe(steps=200, rate=1e-3)
        self.seeds = 1 if small else SEEDS
        self.d_ff = 64 if small else D_FF
        self.units, self.heads = self.d_ff // 2, self.sizes.heads // 2
        self._text: tuple[Tensor, Tensor, Record] | None = None
        self._originals: dict[int, TransformerLM] = {}

    @property
    def text(self) -> tuple[Tensor, Tensor, Record]:
        """Bytes to train on, bytes to test on, and what they are."""
        if self._text is None:
            corpus = standard_library(200_000 if self.small else 12_000_000)
            name = {"name": corpus.name, "sha256": corpus.sha256}
            self._text = corpus.train.to(self.device), corpus.test.to(self.device), name
        return self._text

    def _head(self, out: Output) -> None:
        out.head |= {"corpus": self.text[2], "sizes": asdict(self.sizes), "d_ff": self.d_ff}
        out.head |= {"recipe": asdict(self.recipe), "repair": asdict(self.repair)}

    def take_models(self, out: Output, until: float) -> None:
        """Every variant with every seed, the seeds outermost; what the file holds is kept."""
        self._head(out)
        out.go_on()
        known = {(record["variant"], record["seed"]) for record in out.records}
        longest = 0.0
        for seed in range(self.seeds):
            for variant in VARIANTS:
                if (variant.label, seed) in known:
                    continue
                if time.monotonic() + longest > until:
                    print(f"models: time is up before {variant.label}, seed {seed}", flush=True)
                    return
                begin = time.monotonic()
                out.add(self._one_model(variant, seed))
                longest = max(longest, time.monotonic() - begin)

    def _one_model(self, variant: Variant, seed: int) -> Record:
        begin = time.monotonic()
        model, curve = self._trained(variant, seed)
        if variant == VARIANTS[0]:
            self._originals[seed] = model
        by_place = losses_by_place(model, self.text[1], self.recipe.length)
        stretch = max(1, len(curve) // 40)
        return {
            "variant": variant.label,
            "seed": seed,
            "parameters": sum(p.numel() for p in model.parameters()),
            "cached_numbers": cached_numbers(variant, self.sizes, self.recipe.length),
            "test_loss": round(by_place.mean().item(), 4),
            "last_quarter": round(by_place[-self.recipe.length // 4 :].mean().item(), 4),
            "seconds": round(time.monotonic() - begin, 2),
            "curve": curve[stretch - 1 :: stretch],
        }

    def _trained(self, variant: Variant, seed: int) -> tuple[TransformerLM, list[float]]:
        whole = build(VARIANTS[0], self.sizes, self.d_ff)
        wanted = sum(p.numel() for p in whole.parameters())
        torch.manual_seed(seed)
        model = build(variant, self.sizes, matched(variant, self.sizes, wanted)).to(self.device)
        return model, train(model, self.text[0], self.recipe, seed)

    def original(self, seed: int) -> TransformerLM:
        """The trained model with all heads."""
        if seed not in self._originals:
            self._originals[seed], _ = self._trained(VARIANTS[0], seed)
        return self._originals[seed]

    def _calibrate(self, model: TransformerLM) -> Callable[[], object]:
        ids = windows(self.text[0], CALIBRATION, self.recipe.length, seed=99).long()[:, :-1]
        return lambda: [logits_of(model, part) for part in torch.split(ids, 16)]

    def _loss(self, model: TransformerLM) -> float:
        return round(losses_by_place(model, self.text[1], self.recipe.length).mean().item(), 4)

    def take_quantised(self, out: Output) -> None:
        """Loss and errors by layer after rounding in several ways, and after training with it.

        Seeds that the file holds completely are kept.
        """
        self._head(out)
        ways: list[tuple[str, int, int, quantisation.Rounding]] = [
            (name, bits, group, partial(rounding, bits=bits, group=group))
            for name, rounding in (("nearest", _nearest), ("gptq", _gptq))
            for bits in BITS
            for group in (0, GROUP)
            if name == "nearest" or bits in (4, 3) or (bits, group) == (2, 0)
        ]
        out.go_on()
        complete = {r["seed"] for r in out.records if r["way"] == LAST}
        out.records = [r for r in out.records if r["seed"] in complete]
        for seed in set(range(self.seeds)) - complete:
            model = self.original(seed)
            seen = quantisation.moments(model, self._calibrate(model))
            out.add({"seed": seed, "way": "unrounded", "test_loss": self._loss(model)})
            for name, bits, group, way in ways:
                changed, errors = quantisation.quantised(model, way, seen)
                record = {"seed": seed, "way": name, "bits": bits, "group": group}
                record |= {"test_loss": self._loss(changed)}
                if seed == 0:
                    record["errors"] = {k: float(f"{e:.4g}") for k, e in errors.items()}
                out.add(record)
            for bits in (3,):
                aware = quantisation.made_aware(model, bits)
                train(aware, self.text[0], self.repair, seed + 100)
                out.add({"seed": seed, "way": "aware", "bits": bits, "group": 0}
                        | {"test_loss": self._loss(aware)})  # fmt: skip
            longer = copy.deepcopy(model)
            train(longer, self.text[0], self.repair, seed + 100)
            out.add({"seed": seed, "way": LAST, "test_loss": self._loss(longer)})

    def take_pruned(self, out: Output) -> None:
        """Half of the heads and units: loss after the cut and after repair, beside fresh models."""
        self._head(out)
        for seed in range(self.seeds):
            model = self.original(seed)
            importance = pruning.by_activation(model, self._calibrate(model))
            out.add({"seed": seed, "arm": "original", "test_loss": self._loss(model)}
                    | {"parameters": sum(p.numel() for p in model.parameters())})  # fmt: skip
            for arm in ARMS:
                smaller = self._start(arm, model, importance, seed)
                before = self._loss(smaller)
                recipe = self.recipe if arm.long else self.repair
                teacher = model if arm.teacher else None
                train(smaller, self.text[0], recipe, seed + 200, teacher)
                record = {"seed": seed, "arm": arm.label, "steps": recipe.steps, "before": before}
                record |= {"parameters": sum(p.numel() for p in smaller.parameters())}
                record |= {"test_loss": self._loss(smaller)}
                out.add(record | {"accepted": self._accepted(model, smaller)})

    def _start(
        self, arm: Arm, model: TransformerLM, importance: pruning.Importance, seed: int
    ) -> TransformerLM:
        if arm.start == "activation":
            return pruning.cut(model, importance, self.heads, self.units)
        order = pruning.at_random(importance, seed)
        torch.manual_seed(seed + 300)
        source = model if arm.start == "random" else build(VARIANTS[0], self.sizes, self.d_ff)
        return pruning.cut(source.to(self.device), order, self.heads, self.units)

    @torch.no_grad()
    def _accepted(self, target: TransformerLM, draft: TransformerLM) -> float:
        """How often speculative sampling would take the draft's byte: mean of sum of min(p, q)."""
        rows = windows(self.text[1], 32, self.recipe.length, seed=7).long()[:, :-1]
        shares = [
            torch.minimum(
                logits_of(target, part).softmax(-1), logits_of(draft, part).softmax(-1)
            ).sum(-1).mean()
            for part in torch.split(rows, 8)
        ]  # fmt: skip
        return round(torch.stack(shares).mean().item(), 4)


def _nearest(weight: Tensor, moment: Tensor, bits: int, group: int) -> Tensor:
    return quantisation.rounded(weight, bits, group)


def _gptq(weight: Tensor, moment: Tensor, bits: int, group: int) -> Tensor:
    """On the CPU: a thousand small steps one after another are no work for a GPU."""
    return quantisation.gptq(weight.cpu(), moment.cpu(), bits, group).to(weight.device)
