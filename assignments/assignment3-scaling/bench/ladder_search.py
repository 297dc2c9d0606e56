"""Look for a better ladder of the planner: a random search over what the posterior leaves open.

    python assignments/assignment3-scaling/bench/ladder_search.py --seconds 240 --weight-of-size 0.3

Nothing is bought. For a ladder the runs are laid out as the planner would, in worlds that were
fitted once without noise, and linear propagation gives the standard deviations of ln L and of ln N
at the target. The score is the sum of their logarithms, relative to today's ladder: below 0 is
better. Two searches, one with a small and one with a large weight of N, bracket the ladder in
`plan.py`, which was then chosen on the hidden worlds. For one core: set OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace

import numpy as np
from cs336_scaling.config import CONTRACT_DOMAIN, RunConfig
from cs336_scaling.planner.ledger import Ledger
from cs336_scaling.planner.plan import (
    DEAR_SHARE,
    LADDER,
    Rung,
    affordable,
    follow_plan,
    rung_configs,
)
from cs336_scaling.planner.posterior import (
    BENT,
    HOFFMANN,
    Form,
    Posterior,
    fit_with,
    noise_scales,
)
from cs336_scaling.planner.response import Array, Features, log_loss_and_slopes
from cs336_scaling.planner.shapes import best_config
from cs336_scaling.scoring.score import BUDGET, WORLDS
from cs336_scaling.simulator import TARGET_FLOPS

FORMS = {"1": (HOFFMANN, 0.005), "2": (BENT, 0.0105)}
"""The form of a family and its noise of ln L."""
MOST_RUNS = 1650
STEP = 0.05  # of ln N, for the curvature of the valley at the target


@dataclass(frozen=True)
class World:
    """A fitted world: what a ladder would teach in it."""

    posterior: Posterior
    noise: float
    form: Form
    others: tuple[RunConfig, ...]
    best: dict[int, RunConfig]

    @classmethod
    def fitted(cls, family: str, seed: int) -> World:
        """Plan and fit without noise."""
        form, noise = FORMS[family]
        ledger = Ledger(WORLDS[family](seed).loss, BUDGET)
        follow_plan(ledger, CONTRACT_DOMAIN, TARGET_FLOPS)
        runs = ledger.usable()
        f = Features.of_configs([run.config for run in runs])
        posterior = fit_with(f, np.log([run.loss for run in runs]), noise, form)
        others = tuple(run.config for run in runs if run.purpose != "isoFLOP")
        best = {c: best_config(posterior, CONTRACT_DOMAIN, c) for c in CONTRACT_DOMAIN.train_flops}
        best[TARGET_FLOPS] = best_config(
            posterior, CONTRACT_DOMAIN.with_budget(TARGET_FLOPS), TARGET_FLOPS
        )
        return cls(posterior, noise, form, others, best)

    def spreads(self, ladder: list[Rung]) -> Array:
        """Standard deviations of ln L and of ln N at the target."""
        f = Features.of_configs([*self.others, *laid_out(ladder, self.best)])
        theta = self.posterior.theta
        scaled = log_loss_and_slopes(theta, f)[1] / noise_scales(theta, f, self.noise)[:, None]
        covariance = np.linalg.inv(0.75 * scaled.T @ scaled + np.diag(self.form.spreads**-2.0))
        return np.array([np.sqrt(v @ covariance @ v) for v in self.wanted()])

    def wanted(self) -> tuple[Array, Array]:
        """Derivatives by the constants of ln L and of the best ln N at the target."""
        down, at, up = (self._beside_the_best(shift) for shift in (-STEP, 0.0, STEP))
        curvature = (down[0] + up[0] - 2 * at[0]) / STEP**2
        return at[1], -(up[1] - down[1]) / (2 * STEP) / curvature

    def _beside_the_best(self, shift: float) -> tuple[float, Array]:
        """ln L and its derivatives at the best N times e^shift, shape and tuning kept best."""
        c, theta = self.best[TARGET_FLOPS], self.posterior.theta
        grown, batch = np.exp(shift / 3), np.log2(c.batch_size / 128) - 0.5
        rate = 2 ** (theta[6] + theta[7] * np.log(c.parameters * grown**3 / 1e7) + theta[8] * batch)
        columns = (c.d_model * grown, c.num_layers * grown, c.batch_size, rate, c.train_flops)
        value, slopes = log_loss_and_slopes(
            theta, Features.of(*(np.array([float(column)]) for column in columns))
        )
        return float(value[0]), slopes[0]


def laid_out(ladder: list[Rung], best: dict[int, RunConfig]) -> list[RunConfig]:
    """The runs of a ladder around the best configurations, as `plan.climb` would ask for them."""
    configs = []
    for rung in (rung for rung in ladder if rung.runs):
        flops = affordable(CONTRACT_DOMAIN, BUDGET, rung.share)
        batches: tuple[int, ...] = CONTRACT_DOMAIN.batch_sizes
        if rung.share > DEAR_SHARE:
            batches = (best[TARGET_FLOPS].batch_size,)
        configs += rung_configs(CONTRACT_DOMAIN, rung, best[flops], batches)
    return configs


def cost(ladder: list[Rung]) -> float:
    """Share of the budget that a ladder spends."""
    return sum(affordable(CONTRACT_DOMAIN, BUDGET, r.share) * r.runs for r in ladder) / BUDGET


def changed(ladder: list[Rung], rng: np.random.Generator) -> list[Rung]:
    """A ladder beside this one: another box of a rung, or runs moved to another rung."""
    ladder = list(ladder)
    i, j = rng.choice(len(ladder), size=2, replace=False)
    what = rng.integers(4)
    if what == 0:
        factor = ladder[i].size_factor * np.exp(0.4 * rng.normal())
        ladder[i] = replace(ladder[i], size_factor=float(np.clip(factor, 1.0, 60.0)))
    elif what == 1:
        crowd = ladder[i].crowd * np.exp(0.5 * rng.normal())
        ladder[i] = replace(ladder[i], crowd=float(np.clip(crowd, 0.1, 1.5)))
    else:
        fewer = min(ladder[i].runs, max(1, int(ladder[i].runs * rng.uniform(0.05, 0.5))))
        more = min(600, int(fewer * ladder[i].share / ladder[j].share))
        ladder[i] = replace(ladder[i], runs=ladder[i].runs - fewer)
        ladder[j] = replace(ladder[j], runs=ladder[j].runs + more)
    return ladder


def search(worlds: dict[str, list[World]], weight: float, seconds: float, seed: int) -> None:
    """Print what was found when the time is over."""
    rng, started, tried = np.random.default_rng(seed), time.monotonic(), 0

    def spreads(ladder: list[Rung]) -> Array:
        logs = [np.mean([np.log(w.spreads(ladder)) for w in ws], axis=0) for ws in worlds.values()]
        return np.array(logs)  # (families, 2)

    today = list(LADDER)
    at_first, most = spreads(today), cost(today) + 1e-9
    best, least, found = today, 0.0, at_first
    while time.monotonic() - started < seconds:
        ladder = changed(best, rng)
        if cost(ladder) > most or sum(rung.runs for rung in ladder) > MOST_RUNS:
            continue
        tried += 1
        now = spreads(ladder)
        score = float(((now - at_first) @ np.array([1.0, weight])).sum())
        if score < least:
            best, least, found = ladder, score, now
    print(f"{tried} ladders; best score {least:.3f}")
    for family, before, after in zip(worlds, np.exp(at_first), np.exp(found), strict=True):
        print(f"family {family}: loss {before[0]:.2%} -> {after[0]:.2%}, "
              f"N {before[1]:.1%} -> {after[1]:.1%}")  # fmt: skip
    for rung in best:
        print(rung)


def main() -> int:
    """Search and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--worlds", type=int, default=12, help="seeds 0 to this, of either family")
    parser.add_argument("--weight-of-size", type=float, default=0.3, help="of ln N beside ln L")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    worlds = {f: [World.fitted(f, s) for s in range(options.worlds)] for f in FORMS}
    search(worlds, options.weight_of_size, options.seconds, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
