"""The comparisons of lecture 11 that are records: what is trained, run by run.

Every study yields rows ready for JSON: shape, seed, rate and what else tells runs apart, and the
excess over the entropy of assignment 3's source of facts after the last step.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lectures.lecture_11.facts import Facts
from lectures.lecture_11.parametrization import Rule
from lectures.lecture_11.records import FORECAST_RATE
from lectures.lecture_11.schedules import Schedule, cosine, linear_to_zero
from lectures.lecture_11.stacked import Shape
from lectures.lecture_11.training import Runs, Trainer

Row = dict[str, Any]
WARMUP = 40
SECOND = Path(__file__).with_name("records") / "forecast_again.json"
FORECAST_BATCH = 64
FORECAST_DECAY = 0.2
LADDER_WIDTHS, LADDER_STEPS = (16, 32, 48, 64), (128, 256, 512, 1024)
TARGET_WIDTHS, TARGET_STEPS = (128, 256, 512), (2048, 8192)


@dataclass(frozen=True)
class Place:
    """Where a study runs; `small` makes it a try of a few steps."""

    device: torch.device
    facts: Facts
    small: bool = False

    def steps(self, wanted: int) -> int:
        """A number of steps, cut short in a try."""
        return max(4, wanted // 500) if self.small else wanted

    def seeds(self, wanted: int = 3) -> list[int]:
        """Seeds, one in a try."""
        return list(range(1 if self.small else wanted))

    def batch(self, wanted: int) -> int:
        """Sequences a step."""
        return 2 if self.small else wanted

    def rates(self, low: int, high: int) -> list[float]:
        """2^low to 2^high, only these two in a try."""
        return [2.0**k for k in ((low, high) if self.small else range(low, high + 1))]

    def widths(self, wanted: Sequence[int]) -> list[int]:
        """Widths, the narrowest two in a try."""
        return list(wanted)[:2] if self.small else list(wanted)


def place(device: str, small: bool = False) -> Place:
    """The source of facts on a device."""
    where = torch.device(device)
    facts = Facts.on(where, 4, 4) if small else Facts.on(where)
    return Place(where, facts, small)


def transfer(at: Place) -> Iterator[Row]:
    """Learning rates by width under both rules: 300 steps of 16 sequences, straight to zero."""
    steps = at.steps(300)
    rules: tuple[Rule, ...] = ("standard", "mup")
    for width in at.widths((64, 128, 256, 512, 1024, 2048)):
        for rule in rules:
            rates = at.rates(-12, -3)
            if width == 2048:  # five rates are what there is time for
                rates = at.rates(-12, -8) if rule == "standard" else at.rates(-8, -4)
            runs = Runs(Shape(width, rule=rule), rates, at.seeds(), batch=at.batch(16))
            found = _train(runs, steps, linear_to_zero(steps, WARMUP), at)
            yield from _rows(runs, found, steps, rule=rule)


def schedules(at: Place) -> Iterator[Row]:
    """Cosine and straight lines, one run a length, and branches of one trunk."""
    runs = Runs(Shape(128), at.rates(-7, -4), at.seeds(), at.batch(32))
    yield from _schedules(at, runs, _lengths(at))


def muon(at: Place) -> Iterator[Row]:
    """Adam and Muon by width and by length, the lengths from branches of one trunk."""
    for width in at.widths((64, 128, 256)):
        for name, rates, adam_rate in (
            ("Adam", at.rates(-9, -5), None),
            ("Muon", at.rates(-7, -3), 2.0**-6),
        ):
            runs = Runs(Shape(width), rates, at.seeds(), at.batch(32), adam_rate)
            for length, found in _branches(runs, _lengths(at), 0.2, at).items():
                yield from _rows(runs, found, length, optimizer=name)


def laws(at: Place) -> Iterator[Row]:
    """Learning rates and batches by tokens: 2^18 to 2^21 to fit laws to, 2^23 to test them on."""
    yield from _laws(at, 2**18, (8, 16, 32, 64, 128))
    yield from _laws(at, 2**19, (8, 16, 32, 64, 128))
    yield from _laws(at, 2**20, (8, 16, 32, 64, 128, 256))
    yield from _laws(at, 2**21, (8, 16, 32, 64, 128, 256))
    yield from _laws(at, 2**23, (32, 64, 128, 256, 512))


def ladder(at: Place) -> Iterator[Row]:
    """Small runs for a forecast: one recipe, lengths from branches of one trunk."""
    yield from _recipe(at, LADDER_WIDTHS, LADDER_STEPS)


def target(at: Place) -> Iterator[Row]:
    """What is forecast from the ladder: the same recipe, far beyond it."""
    yield from _recipe(at, TARGET_WIDTHS, TARGET_STEPS)


def second(at: Place) -> Iterator[Row]:
    """What was forecast a second time: the rate by a law of the length, and bracketed once."""
    said = json.loads(SECOND.read_text(encoding="utf-8"))
    for width, steps, factors in (
        (256, 4096, (1.0,)),
        (256, 8192, (0.5, 1.0, 2.0)),
        (512, 4096, (1.0,)),
        (512, 8192, (1.0,)),
    ):
        rates = [round(said["rates"][str(steps)] * factor, 6) for factor in factors]
        runs = Runs(Shape(width), rates, at.seeds(), at.batch(32))
        for length, found in _branches(runs, [at.steps(steps)], 0.2, at).items():
            yield from _rows(runs, found, length, forecast_steps=steps)


def laws_rest(at: Place) -> Iterator[Row]:
    """The largest batches of `laws`, for which there was no time."""
    yield from _laws(at, 2**23, (256, 512))


def muon_rest(at: Place) -> Iterator[Row]:
    """Lower rates for Muon: at the lowest of `muon` the excess was still falling."""
    for width in at.widths((64, 128, 256)):
        runs = Runs(Shape(width), at.rates(-9, -8), at.seeds(), at.batch(32), 2.0**-6)
        for length, found in _branches(runs, _lengths(at), 0.2, at).items():
            yield from _rows(runs, found, length, optimizer="Muon")


def schedules_rest(at: Place) -> Iterator[Row]:
    """A lower rate for the long runs of `schedules`, for the same reason."""
    runs = Runs(Shape(128), [2.0**-8], at.seeds(), at.batch(32))
    lengths = [at.steps(n) for n in (1000, 2000)]
    yield from _schedules(at, runs, lengths)


STUDIES: dict[str, Callable[[Place], Iterator[Row]]] = {
    study.__name__: study
    for study in (
        ladder, target, transfer, schedules, muon, laws,
        second, laws_rest, muon_rest, schedules_rest,
    )
}  # fmt: skip
LATER = ("second", "laws_rest", "muon_rest", "schedules_rest")
"""Studies of a second session, whose plan follows from the first."""


def _lengths(at: Place) -> list[int]:
    return [at.steps(n) for n in (250, 500, 1000, 2000)]


def _schedules(at: Place, runs: Runs, lengths: Sequence[int]) -> Iterator[Row]:
    makers: dict[str, Callable[[int, int], Schedule]] = {
        "cosine": cosine,
        "linear": linear_to_zero,
    }
    for name, make in makers.items():
        for length in lengths:
            found = _train(runs, length, make(length, WARMUP), at)
            yield from _rows(runs, found, length, schedule=name)
    for decay in (0.1, 0.2):
        for length, found in _branches(runs, lengths, decay, at).items():
            yield from _rows(runs, found, length, schedule=f"WSD {decay:.0%}")


def _laws(at: Place, tokens: int, batches: Sequence[int]) -> Iterator[Row]:
    for batch in at.widths(batches):
        steps = at.steps(tokens // (64 * batch))
        runs = Runs(Shape(64), at.rates(-9, -3), at.seeds(), batch=at.batch(batch))
        found = _train(runs, steps, linear_to_zero(steps, min(WARMUP, steps // 4 + 1)), at)
        yield from _rows(runs, found, steps, budget=tokens)


def _recipe(at: Place, widths: Sequence[int], lengths: Sequence[int]) -> Iterator[Row]:
    """One learning rate, one batch, WSD: what both parts of the forecast are trained by."""
    for width in at.widths(widths):
        runs = Runs(Shape(width), [FORECAST_RATE], at.seeds(), at.batch(FORECAST_BATCH))
        steps = [at.steps(length) for length in lengths]
        for length, found in _branches(runs, steps, FORECAST_DECAY, at).items():
            yield from _rows(runs, found, length)


def _train(runs: Runs, steps: int, schedule: Schedule, at: Place) -> Tensor:
    trainer = Trainer(runs, at.facts, at.device)
    trainer.train(steps, schedule)
    return trainer.excess()


def _branches(runs: Runs, lengths: Sequence[int], decay: float, at: Place) -> dict[int, Tensor]:
    return Trainer(runs, at.facts, at.device).branches(lengths, WARMUP, decay)


def _rows(runs: Runs, excess: Tensor, steps: int, **more: str | int) -> Iterator[Row]:
    """One row a run; the excess of a run that diverged is None."""
    common = {"width": runs.shape.width, "parameters": runs.shape.parameters}
    tokens = steps * runs.batch * runs.shape.context
    for seed, of_seed in zip(runs.seeds, excess.tolist(), strict=True):
        for rate, value in zip(runs.rates, of_seed, strict=True):
            kept = round(value, 5) if math.isfinite(value) and value < 100 else None
            yield {**more, **common, "batch": runs.batch, "steps": steps, "tokens": tokens,
                   "rate": rate, "seed": seed, "excess": kept}  # fmt: skip
