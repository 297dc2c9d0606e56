"""A second forecast, after the first had failed: the same law, with a learning rate that follows
the length of the run.

Adam's runs of the record `muon`, each at the best of five rates, give both: a power law of the best
rate in steps, which is the same at all widths, and the excess of well-tuned runs.
"""

from typing import Any

import numpy as np

from lectures.lecture_11 import records
from lectures.lecture_11.forecast import forecast
from lectures.lecture_11.stacked import Shape

BATCH, CONTEXT = 32, 64
WIDTHS, STEPS = (256, 512), (4096, 8192)
LENGTHS = (250, 500, 1000, 2000)
FITTED_WIDTHS = (64, 128, 256)
Row = dict[str, Any]


def tuned() -> list[Row]:
    """Best rate and least excess of Adam by width and length, up to 2,000 steps."""
    found = []
    for width in FITTED_WIDTHS:
        for steps in LENGTHS:
            rate, excess = records.best(
                row for row in records.rows("muon", optimizer="Adam", width=width, steps=steps)
            )
            found.append({
                "width": width, "parameters": Shape(width).parameters, "steps": steps,
                "tokens": steps * BATCH * CONTEXT, "rate": rate, "excess": excess,
            })  # fmt: skip
    return found


def rate_law(found: list[Row]) -> tuple[float, float]:
    """Level and exponent of rate = level * steps^exponent, all widths together."""
    x, y = (np.log([row[k] for row in found]) for k in ("steps", "rate"))
    exponent, level = np.polyfit(x, y, 1)
    return float(np.exp(level)), float(exponent)


def second_forecast() -> Row:
    """The rates to be used, and the excess that is expected, with intervals."""
    found = tuned()
    level, exponent = rate_law(found)
    goals = [
        (Shape(width).parameters, steps * BATCH * CONTEXT) for width in WIDTHS for steps in STEPS
    ]
    said = forecast(found, goals)
    return {
        "rate": {"level": round(level, 5), "exponent": round(exponent, 4)},
        "rates": {str(steps): round(level * steps**exponent, 6) for steps in STEPS},
        **said,
        "claims": CLAIMS,
    }


CLAIMS = [
    {
        "name": "rate law holds",
        "says": "at width 256 the best rate of 8192 steps, from a parabola through half, once and "
        "twice the law's rate, is within a factor of 1.5 of the law, fitted up to 2000 steps",
    },
    {
        "name": "second interval holds",
        "says": "the interval of width 512 after 8192 steps, 16 times the compute of the largest "
        "run of the fit, holds the mean excess",
    },
    {
        "name": "half the tokens",
        "says": "width 512 ends below 0.0480, what the first recipe reached with twice the tokens",
    },
]
