"""Problems of counting and of IsoFLOP curves: configurations, best runs, parabolas, power laws."""

from __future__ import annotations

import json
import math
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judge.checks import Draw, Wrong, holds, problem, same
from judge.laws import Run, curves, drawn_law
from judge.refusals import refused, with_warnings
from judge.world import BUDGETS, TARGET
from numpy.polynomial import Polynomial

from tests import adapters

CS = [1e19, 6e19, 3e20, 1e21]


@problem("count_parameters", 1, "config.count_non_embedding_params")
def test_parameters(draw: Draw) -> None:
    d, layers = 64 * draw.between(2, 16), draw.between(5, 24)
    same(f"count_non_embedding_params({d}, {layers})",
         adapters.run_count_non_embedding_params(d, layers), 12 * layers * d * d,
         suspects={
             "attention only, 4 d² a layer": 4 * layers * d * d,
             "the feed-forward network only, 8 d² a layer": 8 * layers * d * d,
             "one layer only": 12 * d * d,
             "d is not squared": 12 * layers * d,
             "the layers are squared and not the width": 12 * layers * layers * d,
             "a feed-forward network with a gate, 12 d² for it alone": 16 * layers * d * d,
         })  # fmt: skip


def drawn_config(draw: Draw) -> dict[str, Any]:
    """Six numbers that are allowed."""
    return {
        "d_model": draw.between(64, 1024), "num_layers": draw.between(2, 24),
        "num_heads": draw.between(2, 16), "batch_size": draw.random.choice((128, 256)),
        "learning_rate": round(draw.random.uniform(1e-4, 1e-3), 7),
        "train_flops": draw.random.choice(BUDGETS),
    }  # fmt: skip


@problem("run_config", 3, "config.RunConfig")
def test_a_configuration(draw: Draw) -> None:
    values = drawn_config(draw)
    config = adapters.make_run_config(values)
    n = 12 * values["num_layers"] * values["d_model"] ** 2
    same("config.as_dict()", config.as_dict(), values, case="the six numbers that went in")
    same("config.parameters", config.parameters, n, case=f"{values}")
    same("config.tokens", float(config.tokens), values["train_flops"] / 6 / n, case=f"{values}",
         suspects={"C / N, without the 6": values["train_flops"] / n,
                   "6 C / N": 6 * values["train_flops"] / n})  # fmt: skip


@problem("run_config", 3, "config.RunConfig")
def test_numbers_written_in_another_way_are_the_same_run(draw: Draw) -> None:
    values = drawn_config(draw)
    other = values | {"train_flops": float(values["train_flops"]),
                      "d_model": float(values["d_model"])}  # fmt: skip
    one, two = adapters.make_run_config(values), adapters.make_run_config(other)
    holds(one == two and hash(one) == hash(two),
          f"RunConfig(**{values}) and the same with train_flops {other['train_flops']!r} and "
          f"d_model {other['d_model']!r} are not equal or hash differently: keep whole numbers as "
          "int, 1e15 and 10**15 are one budget.")  # fmt: skip
    same("type of config.d_model", type(two.d_model).__name__, "int",
         case=f"d_model {other['d_model']!r}")  # fmt: skip


@problem("run_config", 3, "config.RunConfig")
@pytest.mark.parametrize(
    ("field", "edges", "outside"),
    [
        ("d_model", (64, 1024), (63, 1025, 128.5, math.nan)),
        ("num_layers", (2, 24), (1, 25)),
        ("num_heads", (2, 16), (1, 17)),
        ("batch_size", (128, 256), (64, 192)),
        ("learning_rate", (1e-4, 1e-3), (9.9e-5, 1.01e-3, math.nan, "0.001")),
        ("train_flops", (10**13, 10**18), (2 * 10**13, 3 * 10**18, TARGET)),
    ],
)
def test_the_domain(
    draw: Draw, field: str, edges: tuple[Any, ...], outside: tuple[Any, ...]
) -> None:
    values = drawn_config(draw)
    for value in edges:
        try:
            made = adapters.make_run_config(values | {field: value})
        except ValueError as error:
            raise Wrong(f"RunConfig({field}={value!r}, …) raises {error!r}, where a configuration "
                        "is right: both ends are allowed.") from None  # fmt: skip
        same(f"config.{field}", getattr(made, field), value, case="both ends are allowed")
    for value in outside:
        other = values | {field: value}
        raised = refused(f"RunConfig({field}={value!r}, …)",
                         partial(adapters.make_run_config, other),
                         f"{value!r} is not in the domain")  # fmt: skip
        same(f"error.field_name of {field}={value!r}", getattr(raised, "field_name", None), field)


@problem("run_config", 3, "config.RunConfig")
def test_a_domain_with_one_more_budget(draw: Draw) -> None:
    values = drawn_config(draw) | {"train_flops": TARGET}
    made = adapters.make_run_config(values, also=TARGET)
    same("config.train_flops", made.train_flops, TARGET, case="a domain with 1e19 added")
    try:
        adapters.make_run_config(values | {"train_flops": 10**15}, also=TARGET)
    except ValueError as error:
        raise Wrong(f"RunConfig(train_flops=10**15, …) in a domain with 1e19 added raises "
                    f"{error!r}, where a configuration is right: one more budget, and all the "
                    "others, too.") from None  # fmt: skip
    refused("RunConfig(train_flops=10**19, …) in the domain of the API",
            lambda: adapters.make_run_config(values),
            "with_budget gives a new domain and leaves the old one")  # fmt: skip


@problem("load_isoflops_runs", 2, "isoflops.load_isoflops_runs")
def test_loading(draw: Draw, tmp_path: Path) -> None:
    rows = [(n, c, round(loss, 4)) for n, c, loss in curves(drawn_law(draw), CS[:2], sizes=3)]
    rows[1] = (rows[1][0], rows[1][1], math.nan)
    path = tmp_path / "runs.json"
    names = ("parameters", "compute_budget", "final_loss")
    entries: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows]
    entries[1]["final_loss"] = None
    path.write_text(json.dumps(entries))
    found = adapters.run_load_isoflops_runs(path)
    holds(len(found) == len(rows), f"len(load_isoflops_runs(path)) is {len(found)}, where "
          f"{len(rows)} is right: a run without a loss is a run, too.")  # fmt: skip
    holds(math.isnan(found[1][2]), f"runs[1].final_loss is {found[1][2]!r}, where nan is right: "
          "the file says null, the run diverged.")  # fmt: skip
    del found[1], rows[1]
    same("load_isoflops_runs(path)", found, rows, case="(N, C, loss) in the order of the file")
    n, c, loss = rows[0]
    same("TrainingRun.tokens", float(adapters.run_tokens((n, c, loss))), c / 6 / n,
         case=f"N {n}, C {c:g}",
         suspects={"C / N, without the 6": c / n, "6 C / N": 6 * c / n})  # fmt: skip


@problem("load_isoflops_runs", 2, "isoflops.load_isoflops_runs")
@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"parameters": 10, "compute_budget": 6e18}, "has no final_loss"),
        ({"parameters": -10, "compute_budget": 6e18, "final_loss": 3.1}, "has a negative size"),
        (
            {"parameters": 10, "compute_budget": "x", "final_loss": 3.1},
            "has a word as budget",
        ),
    ],
)
def test_files_of_another_form(tmp_path: Path, entry: Any, why: str) -> None:
    path = tmp_path / "runs.json"
    good = {"parameters": 10, "compute_budget": 6e18, "final_loss": 3.1}
    path.write_text(json.dumps([good] * 5 + [entry]))
    error = refused("load_isoflops_runs(path)", lambda: adapters.run_load_isoflops_runs(path),
                    f"entry 5 of the file {why}")  # fmt: skip
    said = str(error).replace(str(path), "")
    holds(bool(re.search(r"\b5\b", said)), f"the message of load_isoflops_runs is {said!r}, where "
          f"it has to say that entry 5 of the file {why}.")  # fmt: skip


@problem("load_isoflops_runs", 2, "isoflops.load_isoflops_runs")
def test_a_file_that_is_no_list(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    path.write_text('{"runs": []}')
    refused("load_isoflops_runs(path)", lambda: adapters.run_load_isoflops_runs(path),
            'the file has {"runs": []}, where a list is right')  # fmt: skip


@problem("fit_power_law", 2, "isoflops.fit_power_law")
def test_power_law(draw: Draw) -> None:
    k, a = draw.random.uniform(0.2, 5), draw.random.uniform(0.3, 0.7)
    x = [10.0 ** draw.random.uniform(0, 6) for _ in range(6)]
    y = [k * v**a * math.exp(draw.random.gauss(0, 0.2)) for v in x]
    at = 1e8
    line, turned = (
        Polynomial.fit(np.log(u), np.log(v), 1).convert().coef for u, v in ((x, y), (y, x))
    )
    log_x, log_y = np.log(x), np.log(y)
    steep = float(log_x @ log_y / (log_x @ log_x))
    forced = math.exp(log_y.mean() - steep * log_x.mean())
    found = adapters.run_fit_power_law(x, y, at)
    same("(coefficient, exponent, predict(1e8))", tuple(found),
         (math.exp(line[0]), float(line[1]), math.exp(line[0]) * at ** float(line[1])),
         case=f"x {x}, y {y}",
         suspects={
             "x and y are exchanged":
                 (math.exp(turned[0]), float(turned[1]), math.exp(turned[0]) * at**turned[1]),
             "the coefficient is left as a logarithm":
                 (float(line[0]), float(line[1]), float(line[0]) * at**line[1]),
             "the line is forced through the origin; take deviations from the means":
                 (forced, steep, forced * at**steep),
         })  # fmt: skip


@problem("fit_power_law", 2, "isoflops.fit_power_law")
@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([2.0, 2.0], [1.0, 3.0], "both points have the same x"),
        ([1.0, 2.0], [0.0, 3.0], "0 has no logarithm"),
        ([1.0, 2.0], [1.0, math.nan], "NaN is no point"),
    ],
)
def test_no_power_law(x: list[float], y: list[float], why: str) -> None:
    refused(f"fit_power_law({x}, {y})", lambda: adapters.run_fit_power_law(x, y, 3.0), why)


@problem("best_runs", 2, 'isoflops.select_optimal_runs, method "min"')
def test_best_runs(draw: Draw) -> None:
    runs = curves(drawn_law(draw), CS[:3], sizes=6, noise=0.01, seed=draw.number)
    runs.sort(key=lambda run: -run[1])  # a file may begin with the largest budget
    runs.append((123_456, CS[0], math.nan))
    least = {
        c: min((r for r in runs if r[1] == c and r[2] > 0), key=lambda r: r[2]) for c in CS[:3]
    }
    (found, said) = with_warnings(lambda: adapters.run_select_optimal_runs(runs, "min"))
    holds(len(found) == 3, f"select_optimal_runs has {len(found)} points, where 3 are right: one "
          "for each compute budget.")  # fmt: skip
    same('select_optimal_runs(runs, "min")', found,
         [(c, float(n), c / 6 / n, loss) for c, (n, _, loss) in least.items()],
         case="(C, N, D, loss) by ascending C; 19 runs, one of them with loss NaN",
         suspects={
             "D = C / N, without the 6":
                 [(c, float(n), c / n, loss) for c, (n, _, loss) in least.items()],
             "budgets stand in the order of the runs and not ascending":
                 [(c, float(n), c / 6 / n, loss) for c, (n, _, loss) in reversed(least.items())],
             "the highest loss": [extreme(runs, c, 2) for c in CS[:3]],
             "the largest model": [extreme(runs, c, 0) for c in CS[:3]],
         })  # fmt: skip
    holds(bool(said), "a run with loss NaN is left out in silence; warn of it (FitWarning).")


def extreme(runs: list[Run], budget: float, column: int) -> tuple[float, ...]:
    """(C, N, D, loss) of the run of a budget with the largest number in a column."""
    kept = [run for run in runs if run[1] == budget and run[2] > 0]
    n, c, loss = max(kept, key=lambda run: run[column])
    return c, float(n), c / 6 / n, loss


@problem("best_runs", 2, 'isoflops.select_optimal_runs, method "min"')
def test_one_budget_written_twice_and_a_method_that_is_none() -> None:
    runs: list[Run] = [(10, 1e18, 3.0), (20, 10**18, 2.0), (30, 1e18, 4.0)]
    found = adapters.run_select_optimal_runs(runs, "min")
    same("len(select_optimal_runs(runs))", len(found), 1, case="C is 1e18, 10**18 and 1e18")
    method: Any = "cubic"
    refused("select_optimal_runs(runs, 'cubic')",
            lambda: adapters.run_select_optimal_runs(runs, method),
            "there are two methods, min and quadratic")  # fmt: skip
    refused("select_optimal_runs of runs that all diverged",
            lambda: with_warnings(
                lambda: adapters.run_select_optimal_runs([(10, 1e18, math.nan)], "min")),
            "no budget is left")  # fmt: skip
