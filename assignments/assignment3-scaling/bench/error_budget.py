"""Where the planner's error comes from: the form, the noise, and what the best design would leave.

    python assignments/assignment3-scaling/bench/error_budget.py --worlds 20

Every world is planned and fitted once without noise: what is wrong then is the *bias* of the form.
The *noise* is the standard deviation that noisy answers would give the prediction, by linear
propagation through the fit; *posterior* is what the planner would believe. The *floor* belongs to
whoever knows family 1's law but for its five constants, and all effects: the least standard
deviation that 1,000 runs of 2e18 FLOPs can leave (c-optimal design, Elfving 1952, as a linear
program). All in percent of the loss at 1e19. About 0.5 s a world and form on an idle core.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from cs336_scaling.config import CONTRACT_DOMAIN
from cs336_scaling.planner.ledger import Ledger
from cs336_scaling.planner.plan import follow_plan
from cs336_scaling.planner.posterior import FORMS, Form, fit_with, noise_scales
from cs336_scaling.planner.response import Array, Features, log_loss_and_slopes
from cs336_scaling.planner.shapes import best_config
from cs336_scaling.scoring.score import BUDGET, WORLDS
from cs336_scaling.simulator import TARGET_FLOPS
from cs336_scaling.surfaces import BaseLaw
from scipy.optimize import linprog

NOISE = {"1": 0.005, "2": 0.0105, "3": 0.0105, "4": 0.0105, "5": 0.0105}
"""Of ln L. Heavy tails count as 0.0105: what a fit by Student's t makes of them."""
MOST_RUNS = 1000


def decompose(family: str, seed: int, form: Form) -> tuple[float, float, float, float]:
    """Bias, noise and posterior of ln L and bias of ln N at the target, as fractions."""
    surface, noise = WORLDS[family](seed), NOISE[family]
    ledger = Ledger(surface.loss, BUDGET)
    follow_plan(ledger, CONTRACT_DOMAIN, TARGET_FLOPS)
    runs = ledger.usable()
    f = Features.of_configs([run.config for run in runs])
    posterior = fit_with(f, np.log([run.loss for run in runs]), noise, form)
    domain = CONTRACT_DOMAIN.with_budget(TARGET_FLOPS)
    config, best = best_config(posterior, domain, TARGET_FLOPS), surface.optimum(TARGET_FLOPS)
    at = Features.of_configs([config])
    scales = noise_scales(posterior.theta, f, noise)
    weighted = log_loss_and_slopes(posterior.theta, f)[1] / scales[:, None]
    bend = weighted.T @ weighted + np.diag(form.spreads**-2.0)
    wanted = log_loss_and_slopes(posterior.theta, at)[1][0]
    response = (weighted / scales[:, None]) @ np.linalg.solve(bend, wanted)
    return (
        float(posterior.predict(at)[0] - np.log(best.loss)),
        float(noise * np.linalg.norm(response)),
        float(posterior.spread(at)[0]),
        float(np.log(config.parameters / best.config.parameters)),
    )


def floor(seed: int) -> float:
    """Least standard deviation of ln L at the target of family 1, its form known."""
    base, best = WORLDS["1"](seed).base, WORLDS["1"](seed).optimum(TARGET_FLOPS).config
    budgets = np.array(CONTRACT_DOMAIN.train_flops, dtype=float)
    flops, n = (a.ravel() for a in np.meshgrid(budgets, np.geomspace(98304, 3.02e8, 40)))
    far_enough = flops / (6 * n) > 1e6
    flops, n = flops[far_enough], n[far_enough]
    slopes = law_slopes(base, n, flops / (6 * n))
    wanted = law_slopes(base, np.array([float(best.parameters)]), np.array([best.tokens]))[0]
    least = 0.0
    for share in (0.02, 0.1, 0.3, 0.6):  # of the price that each run pays for being a run
        price = np.sqrt((1 - share) * flops / BUDGET + share / MOST_RUNS)
        program = linprog(np.tile(price, 2), A_eq=np.hstack([slopes.T, -slopes.T]), b_eq=wanted)
        least = max(least, NOISE["1"] * float(program.fun))
    return least


def law_slopes(base: BaseLaw, n: Array, d: Array) -> Array:
    """Derivatives of ln L by E, the two factors and the two exponents, up to scale, (runs, 5)."""
    far = np.array([1e60])  # its power of -0.3 vanishes beside the entropy
    entropy = base(far, far)
    n_term, d_term = base(n, far) - entropy, base(far, d) - entropy
    columns = [np.ones_like(n), n_term, d_term, n_term * np.log(n / 1e7), d_term * np.log(d / 1e9)]
    return np.stack(columns, axis=1) / base(n, d)[:, None]


def row(family: str, form: Form, found: Array) -> str:
    """One line of the table."""
    root_mean_square = 100 * np.sqrt(np.mean(found**2, axis=0))
    bias, noise, posterior, size = root_mean_square
    return (
        f"family {family}  drift {form.drift:5} crossing {form.crossing:6} power {form.power:5}  "
        f"bias {bias:.2f}  noise {noise:.2f}  both {np.hypot(bias, noise):.2f}  "
        f"posterior {posterior:.2f}  bias of N {size:.1f}"
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=20, help="seeds 0 to this")
    parser.add_argument("--families", nargs="+", choices=sorted(NOISE), default=["1", "2"])
    options = parser.parse_args()
    if "1" in options.families:
        floors = [floor(seed) for seed in range(options.worlds)]
        print(f"family 1  floor {100 * np.sqrt(np.mean(np.square(floors))):.2f}", flush=True)
    for family in options.families:
        for form in FORMS:
            found = [decompose(family, seed, form) for seed in range(options.worlds)]
            print(row(family, form, np.array(found)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
