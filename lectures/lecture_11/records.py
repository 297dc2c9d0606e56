"""What `tools/measure.py` recorded, and what follows from it."""

import functools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lectures.lecture_11.forecast import averaged
from lectures.lecture_11.noisy_descent import bottom, largest_within

FOLDER = Path(__file__).with_name("records")
REGISTERED = Path(__file__).with_name("registered.json")
FORECAST_RATE = 2.0**-6
"""The rate of all lengths in the first forecast."""

Row = dict[str, Any]


@functools.cache
def load(name: str) -> Row:
    """A record with `rows`, one a run; those of a second session are added, or replace theirs."""
    content: Row = {}
    kept: dict[tuple[Any, ...], Row] = {}
    for path in (FOLDER / f"{name}.json", FOLDER / f"{name}_rest.json"):
        if path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"))
            columns = found.pop("columns")
            runs = [dict(zip(columns, r, strict=True)) for r in zip(*columns.values(), strict=True)]
            kept |= {tuple(v for k, v in run.items() if k != "excess"): run for run in runs}
            content = content or found
    return content | {"rows": list(kept.values())}


def rows(name: str, **equal: Any) -> list[Row]:
    """The runs of a study whose values are these."""
    return [row for row in load(name)["rows"] if all(row[k] == v for k, v in equal.items())]


def caption(name: str) -> str:
    """Device, date, versions and command of a record."""
    where = load(name)["provenance"]
    versions = f"torch {where['versions']['torch']}, driver {where['versions']['driver']}, TF32"
    return f"recorded on {where['device']}, {where['date']} ({versions}): `{where['command']}`"


def registered() -> Row:
    """The claims that were written down before the runs."""
    content: Row = json.loads(REGISTERED.read_text(encoding="utf-8"))
    return content


def forecast() -> Row:
    """The forecast that the measuring program wrote before the runs that it is about."""
    content: Row = json.loads((FOLDER / "forecast.json").read_text(encoding="utf-8"))
    return content


def again() -> Row:
    """The second forecast, made from the records of the first session."""
    content: Row = json.loads((FOLDER / "forecast_again.json").read_text(encoding="utf-8"))
    return content


def mean_excess(found: Iterable[Row], by: str) -> dict[float, float]:
    """Excess by a setting, averaged over seeds in the logarithm; without those that diverged."""
    groups: dict[float, list[float]] = defaultdict(list)
    for row in found:
        if row["excess"] is not None and row["excess"] > 0:
            groups[row[by]].append(row["excess"])
        else:
            groups[row[by]].append(np.inf)
    return {key: float(np.exp(np.mean(np.log(v)))) for key, v in sorted(groups.items())}


def best(found: Iterable[Row], by: str = "rate") -> tuple[float, float]:
    """Best setting, at the bottom of a parabola, and the least excess of those that were run."""
    means = mean_excess(found, by)
    return bottom(list(means), list(means.values())), min(means.values())


def best_rates(rule: str) -> dict[int, float]:
    """Best learning rate of each width under a rule."""
    found = rows("transfer", rule=rule)
    widths = sorted({row["width"] for row in found})
    return {w: best(row for row in found if row["width"] == w)[0] for w in widths}


def schedule_table() -> dict[str, dict[int, float]]:
    """Least excess over the rates, by schedule and length."""
    found = load("schedules")["rows"]
    names = list(dict.fromkeys(row["schedule"] for row in found))
    lengths = sorted({row["steps"] for row in found})
    return {
        name: {n: best(rows("schedules", schedule=name, steps=n))[1] for n in lengths}
        for name in names
    }


def schedule_ends(schedule: str, steps: int, least_rate: float) -> float:
    """Least excess of a schedule over the rates from one on."""
    found = rows("schedules", schedule=schedule, steps=steps)
    return best(row for row in found if row["rate"] >= least_rate)[1]


def muon_drift() -> dict[int, float]:
    """Muon's best rate at width 64 over that at width 256, by length."""
    lengths = sorted({row["steps"] for row in rows("muon", optimizer="Muon")})

    def rate(width: int, steps: int) -> float:
        return best(rows("muon", optimizer="Muon", width=width, steps=steps))[0]

    return {n: rate(64, n) / rate(256, n) for n in lengths}


def optimizer_excess(optimizer: str) -> dict[int, dict[int, float]]:
    """Least excess over the rates, by width and length."""
    found = rows("muon", optimizer=optimizer)
    return {
        w: {n: best(rows("muon", optimizer=optimizer, width=w, steps=n))[1]
            for n in sorted({row["steps"] for row in found})}
        for w in sorted({row["width"] for row in found})
    }  # fmt: skip


def speed_ups() -> dict[int, dict[int, float]]:
    """How many times Muon's steps Adam needs for the same excess, by width and Muon's length.

    Read off a line through the logarithms of Adam's excess; what Adam would reach beyond its
    longest run goes on as between the last two.
    """
    adam, muon = optimizer_excess("Adam"), optimizer_excess("Muon")
    return {
        width: {n: steps_to(curve, muon[width][n]) / n for n in curve}
        for width, curve in adam.items()
    }


def steps_to(curve: dict[int, float], excess: float) -> float:
    """Steps after which a falling curve of (steps, excess) has this excess."""
    x, y = np.log(list(curve)), np.log(list(curve.values()))
    i = int(np.clip(np.searchsorted(-y, -np.log(excess)), 1, len(x) - 1))
    slope = (y[i] - y[i - 1]) / (x[i] - x[i - 1])
    return float(np.exp(x[i - 1] + (np.log(excess) - y[i - 1]) / slope))


def best_batches() -> dict[int, tuple[float, float, float]]:
    """Best batch in sequences, the rate there and the least excess, by tokens.

    Each batch stands for its best rate; the rate is that of the batch with the least excess.
    """
    found: dict[int, tuple[float, float, float]] = {}
    for tokens in sorted({row["budget"] for row in load("laws")["rows"]}):
        of_budget = rows("laws", budget=tokens)
        each = {b: best(r for r in of_budget if r["batch"] == b)
                for b in sorted({row["batch"] for row in of_budget})}  # fmt: skip
        batches, least = list(each), [value[1] for value in each.values()]
        winner = batches[int(np.argmin(least))]
        found[tokens] = (bottom(batches, least), each[winner][0], min(least))
    return found


def by_batch(tokens: int) -> dict[int, tuple[float, float]]:
    """Best rate and least excess of each batch, for a number of tokens."""
    batches = sorted({row["batch"] for row in rows("laws", budget=tokens)})
    return {
        b: best(rows("laws", budget=tokens, batch=b))
        for b in batches
        if len(rows("laws", budget=tokens, batch=b)) > len(BUDGETS)
    }


BUDGETS = (2**18, 2**19, 2**20, 2**21, 2**23)
TOLERANCE = 0.1


def largest_batches() -> dict[int, float]:
    """The largest batch that costs at most 10 % of excess, by tokens."""
    found = {}
    for tokens in BUDGETS:
        each = by_batch(tokens)
        found[tokens] = largest_within(list(each), [v for _, v in each.values()], TOLERANCE)
    return found


def rate_at(tokens: int, batch: float) -> float:
    """Best rate at a batch between those that were tried, by logarithms."""
    each = by_batch(tokens)
    x, y = np.log(list(each)), np.log([rate for rate, _ in each.values()])
    return float(np.exp(np.interp(np.log(batch), x, y)))


def target_excess() -> dict[tuple[int, int], float]:
    """Mean excess of what was forecast, by parameters and tokens."""
    found = load("target")["rows"]
    goals = sorted({(row["parameters"], row["tokens"]) for row in found})
    return {
        goal: next(iter(mean_excess(
            (r for r in found if (r["parameters"], r["tokens"]) == goal), "rate").values()))
        for goal in goals
    }  # fmt: skip


def averaged_ladder() -> list[Row]:
    """The small runs that the forecast was made from, averaged over seeds."""
    return averaged(load("ladder")["rows"])


Outcome = tuple[bool, str]


def _standard_drifts() -> Outcome:
    rates = best_rates("standard")
    fall = rates[64] / rates[2048]
    return fall >= 8, f"it fell by a factor of {fall:.1f}"


def _mup_stays() -> Outcome:
    rates = best_rates("mup")
    away = max(max(r / rates[64], rates[64] / r) for r in rates.values())
    return away <= 2, f"at most a factor of {away:.2f} away"


def _wider_is_better() -> Outcome:
    curves = {w: mean_excess(rows("transfer", rule="mup", width=w), "rate") for w in
              best_rates("mup")}  # fmt: skip
    rate = min(curves[64], key=lambda r: curves[64][r])
    values = [curve[rate] for curve in curves.values()]
    return values == sorted(values, reverse=True), ", ".join(f"{v:.3f}" for v in values)


def _branches_suffice() -> Outcome:
    kinds = schedule_table()
    gaps = [kinds["WSD 20%"][n] / kinds["cosine"][n] - 1 for n in kinds["cosine"]]
    return max(gaps) <= 0.03, "from " + " to ".join(f"{g:+.1%}" for g in (min(gaps), max(gaps)))


def _muon_leads() -> Outcome:
    ratios = [s for row in speed_ups().values() for s in row.values()]
    return min(ratios) > 1, f"Adam needs {min(ratios):.2f} to {max(ratios):.2f} times the steps"


def _leads() -> dict[int, dict[int, float]]:
    adam, muon = optimizer_excess("Adam"), optimizer_excess("Muon")
    return {w: {n: 1 - muon[w][n] / adam[w][n] for n in adam[w]} for w in adam}


def _lead_shrinks() -> Outcome:
    leads = _leads()
    return (
        all(row[2000] < row[250] for row in leads.values()),
        "; ".join(f"{w} wide: {row[250]:.0%} to {row[2000]:.0%}" for w, row in leads.items()),
    )


def _batch_grows() -> Outcome:
    found = {tokens: batch for tokens, (batch, *_) in best_batches().items()}
    said = extrapolated({t: b for t, b in found.items() if t <= 2**21}, 2**23)
    off = found[2**23] / said
    return 0.5 <= off <= 2, f"{said:.0f} sequences predicted, {found[2**23]:.0f} found"


def _interval_holds() -> Outcome:
    goal = forecast()["goals"][-1]
    found = target_excess()[goal["parameters"], goal["tokens"]]
    said = f"{goal['excess']:.4f} ({goal['low']:.4f} to {goal['high']:.4f})"
    return goal["low"] <= found <= goal["high"], f"{said} forecast, {found:.4f} came"


def _rate_law_holds() -> Outcome:
    said = again()["rates"]["8192"]
    found = best(rows("second", width=256, forecast_steps=8192))[0]
    off = max(found / said, said / found)
    return off <= 1.5, f"{said:.4f} said, {found:.4f} found"


def second_excess() -> dict[tuple[int, int], float]:
    """Mean excess of the second forecast's runs at the law's rate, by parameters and tokens."""
    found = {}
    for goal in again()["goals"]:
        n, d = goal["parameters"], goal["tokens"]
        runs = [r for r in rows("second", parameters=n) if r["tokens"] == d]
        rate = again()["rates"][str(runs[0]["forecast_steps"])]
        found[n, d] = mean_excess(runs, "rate")[rate]
    return found


def _second_interval_holds() -> Outcome:
    goal = again()["goals"][-1]
    found = second_excess()[goal["parameters"], goal["tokens"]]
    said = f"{goal['excess']:.4f} ({goal['low']:.4f} to {goal['high']:.4f})"
    return goal["low"] <= found <= goal["high"], f"{said} forecast, {found:.4f} came"


def _half_the_tokens() -> Outcome:
    found = list(second_excess().values())[-1]
    return found < 0.0480, f"{found:.4f}"


JUDGES: dict[str, Callable[[], Outcome]] = {
    "standard drifts": _standard_drifts,
    "mup stays": _mup_stays,
    "wider is better": _wider_is_better,
    "branches suffice": _branches_suffice,
    "Muon leads": _muon_leads,
    "the lead shrinks": _lead_shrinks,
    "batch grows": _batch_grows,
    "interval holds": _interval_holds,
    "rate law holds": _rate_law_holds,
    "second interval holds": _second_interval_holds,
    "half the tokens": _half_the_tokens,
}


def extrapolated(found: dict[int, float], at: float) -> float:
    """A power law through (x, y), read off at another x."""
    slope, level = np.polyfit(np.log(list(found)), np.log(list(found.values())), 1)
    return float(np.exp(level + slope * np.log(at)))


def slope_of(found: dict[int, float]) -> float:
    """Exponent of a power law through (x, y)."""
    return float(np.polyfit(np.log(list(found)), np.log(list(found.values())), 1)[0])


def outcomes(claims: Sequence[Row] | None = None) -> list[tuple[str, bool, str]]:
    """Each registered claim in its words, whether it came true, and what was found."""
    known = registered()["claims"] if claims is None else claims
    return [(claim["says"], *JUDGES[claim["name"]]()) for claim in known]
