"""Which runs to buy: learning rates first, then sizes around the optimum, budget after budget.

A plan asks a `Ledger` and sees only what it returns. Small budgets come first and teach where to
put the dear runs. The plan is a pure function of the answers, so asking again from the start,
with the old answers free, goes on where a study stopped.

No run can be as long as the target. But 3e16 FLOPs reach the target's N, with few tokens, and they
reach its D, with a small model. So the dear rungs go far to both sides instead of high: what the
target costs in parameters and what it costs in tokens is then seen, though never together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from cs336_scaling.config import Domain, RunConfig
from cs336_scaling.planner.ledger import BudgetExhaustedError, Ledger
from cs336_scaling.planner.posterior import Form, Posterior, fit_with
from cs336_scaling.planner.response import Features
from cs336_scaling.planner.shapes import best_config, configure


@dataclass(frozen=True)
class Rung:
    """Runs at one budget, spread evenly over a box around the current optimum.

    Attributes:
        share: largest part of the whole budget that one run may cost; it picks the budget.
        runs: how many.
        size_factor: N from the optimum divided by this to the optimum times this.
        crowd: how the sizes lie in between: 1 for even steps, less for more of them near the ends.
        octaves: learning rates from this far below the best to this far above.
        aspect_factor: d_model/num_layers likewise.
    """

    share: float
    runs: int
    size_factor: float
    crowd: float
    octaves: float
    aspect_factor: float


SWEEP_SHARES = (0.0005, 0.0015)
MOST_RATES = 5
LADDER = (
    Rung(0.000005, 680, 55.0, 0.7, 0.8, 1.4),
    Rung(0.00005, 600, 10.0, 1.3, 0.8, 1.4),
    Rung(0.00015, 230, 55.0, 0.11, 0.8, 1.4),
    Rung(0.0005, 68, 12.0, 0.4, 0.8, 1.4),
    Rung(0.005, 39, 55.0, 0.46, 0.8, 1.4),
    Rung(0.015, 20, 35.0, 0.25, 0.8, 1.4),
    Rung(0.03, 12, 5.2, 0.28, 0.8, 1.4),
)
"""Chosen by what the posterior would leave open at the target: of the loss and of N (`README`)."""
DEAR_SHARE = 0.01  # runs above this share all have the batch size that the target will want
REPLICATES = 4
GUESSED_NOISE, GUESSED_FORM = 0.007, Form(0.01, 0.001, 0.1)


def follow_plan(ledger: Ledger, domain: Domain, target: int) -> None:
    """Buy the runs of the plan until it ends or the budget does."""
    try:
        sweep_learning_rates(ledger, domain)
        for rung in LADDER:
            climb(ledger, domain, rung, target)
    except BudgetExhaustedError:
        pass  # what is left may still buy cheap runs
    replicate(ledger, domain)


def affordable(domain: Domain, budget: int, share: float) -> int:
    """The largest budget of a run that costs at most a share of the whole."""
    cheap = [flops for flops in domain.train_flops if flops <= share * budget * 1.000001]
    return max(cheap, default=min(domain.train_flops))


def quick_fit(ledger: Ledger) -> Posterior:
    """A posterior good enough to place runs: a guess of the noise instead of a search for it."""
    runs = ledger.usable()
    features = Features.of_configs([run.config for run in runs])
    return fit_with(features, np.log([run.loss for run in runs]), GUESSED_NOISE, GUESSED_FORM)


def sweep_learning_rates(ledger: Ledger, domain: Domain) -> None:
    """Learning rates at two small budgets and both batch sizes, each sweep stopped early."""
    for share in SWEEP_SHARES:
        flops = affordable(domain, ledger.budget, share)
        for batch in domain.batch_sizes:
            centre = replace(best_config(quick_fit(ledger), domain, flops), batch_size=batch)
            bracket(ledger, domain, centre)


def bracket(ledger: Ledger, domain: Domain, centre: RunConfig) -> None:
    """Rates an octave apart around a configuration, outwards until the best one is enclosed.

    Rates beyond the bracket are not bought. Where a run diverged, or the domain has no such rate,
    the loss counts as infinite.
    """
    low, high = domain.learning_rate

    def ask(octave: int) -> float:
        rate = centre.learning_rate * 2.0**octave
        if not low / 1.3 <= rate <= high * 1.3:
            return inf
        config = replace(centre, learning_rate=min(max(rate, low), high))
        loss = ledger.buy(config, "learning rate").loss
        return loss if isfinite(loss) else inf

    losses = {octave: ask(octave) for octave in (0, -1, 1)}
    while len(losses) < MOST_RATES:
        best = min(losses, key=lambda octave: losses[octave])
        if best not in (min(losses), max(losses)):
            return
        further = best - 1 if best == min(losses) else best + 1
        losses[further] = ask(further)


def climb(ledger: Ledger, domain: Domain, rung: Rung, target: int) -> None:
    """Configurations around the optimum that the runs so far predict for this budget."""
    flops = affordable(domain, ledger.budget, rung.share)
    posterior = quick_fit(ledger)
    centre = best_config(posterior, domain, flops)
    batches = domain.batch_sizes
    if rung.share > DEAR_SHARE:
        batches = (best_config(posterior, domain.with_budget(target), target).batch_size,)
    for config in rung_configs(domain, rung, centre, batches):
        ledger.buy(config, "isoFLOP")


def rung_configs(
    domain: Domain, rung: Rung, centre: RunConfig, batches: Sequence[int]
) -> list[RunConfig]:
    """The runs of a rung, spread over its box around a configuration, batch sizes in turn."""
    return [
        configure(
            domain, centre.train_flops, centre.parameters * rung.size_factor**size,
            centre.d_model / centre.num_layers * rung.aspect_factor**aspect,
            centre.learning_rate * 2 ** (rung.octaves * rate), batches[i % len(batches)],
        )
        for i, (size, rate, aspect) in enumerate(spread_out(rung.runs, rung.crowd))
    ]  # fmt: skip


def spread_out(count: int, crowd: float = 1.0) -> list[tuple[float, float, float]]:
    """Points of [-1, 1]^3 that fill it, the first coordinates evenly or crowded at the ends.

    The other two follow the additive recurrence with the plastic number (Roberts 2018), which has
    no short period.
    """
    plastic = 1.32471795724475
    steps = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
    sizes = np.sign(steps) * np.abs(steps) ** crowd
    points = []
    for i, size in enumerate(sizes):
        rate, aspect = ((0.5 + i / plastic**power) % 1 * 2 - 1 for power in (1, 2))
        points.append((float(size), rate, aspect))
    return points


def replicate(ledger: Ledger, domain: Domain) -> None:
    """The predicted optimum again and again, for the noise; rates differ by a thousandth."""
    for share in (0.0015, 0.0005):
        flops = affordable(domain, ledger.budget, share)
        centre = best_config(quick_fit(ledger), domain, flops)
        for i in range(REPLICATES):
            rate = centre.learning_rate * (1 - 0.001 * (i + 1))
            config = configure(
                domain, flops, centre.parameters, centre.d_model / centre.num_layers, rate,
                centre.batch_size,
            )  # fmt: skip
            try:
                ledger.buy(config, "replicate")
            except BudgetExhaustedError:
                break
