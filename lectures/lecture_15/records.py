"""Records of this lecture and of assignment 5, and how they are shown."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from lecture_tracer import plot, table, text
from lectures.shared.charts import Spec

FOLDER = Path(__file__).with_name("records")
ASSIGNMENT = Path(__file__).parents[2] / "assignments/assignment5-alignment/results"
COMMAND = "python lectures/lecture_15/tools/measure.py --output lectures/lecture_15/records"
Record = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]


@functools.cache
def load(name: str) -> Record | None:
    """`provenance`, `seeds` and `rows` of a study, or None where nobody has measured it."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def caption(content: Record) -> str:
    """Device, date, versions and command of a record in one line."""
    where = content["provenance"]
    return (
        f"{content['seeds']} seeds, {where['device']}, {where['date']} "
        f"(torch {where['versions']['torch']}): `{where['command']}`"
    )


def show(name: str, what: str, draw: Callable[[Rows], Spec]) -> Record | None:
    """Draw a study and say where it comes from, or say that it is not measured yet."""
    content = load(name)
    if content is None:
        text(f"*{what}: not measured yet; run* `{COMMAND}`")
        return None
    plot(draw(content["rows"]))
    text(f"*Record: {caption(content)}.*")
    return content


def show_table(
    name: str, what: str, columns: Sequence[str], rows_of: Callable[[Rows], list[list[Any]]]
) -> Record | None:
    """A study as a table with its origin, or a line that it is not measured yet."""
    content = load(name)
    if content is None:
        text(f"*{what}: not measured yet; run* `{COMMAND}`")
        return None
    table(rows_of(content["rows"]), columns=columns, caption=f"{what}. Record: {caption(content)}")
    return content


# --- assignment 5 ---------------------------------------------------------------------------------


@functools.cache
def smollm2(stage: str) -> list[Record]:
    """The three seeds of a stage: sft, dpo, dpo_nll or dpo_template."""
    paths = [ASSIGNMENT / f"smollm2_{stage}_seed{seed}.json" for seed in range(3)]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def smollm2_mean(stage: str, when: str, where: str, measure: str) -> float:
    """Mean over the seeds: `when` is before or after, `where` items or topics."""
    return fmean(record[when][where][measure] for record in smollm2(stage))


def smollm2_caption(stage: str) -> str:
    """Where a stage was measured."""
    first = smollm2(stage)[0]
    command = first["command"].split(" --seed")[0]
    return f"Recorded on an {first['device']}, {first['date']}, torch {first['torch']}: `{command}`"


@functools.cache
def sort_runs(run: str) -> list[Any]:
    """The seeds of a DPO run on sorting, as assignment 5 recorded them."""
    from cs336_alignment.reports.runs import Results

    return Results.read(ASSIGNMENT).of("sort", run)


def sort_gains(runs: Mapping[str, str]) -> list[dict[str, Any]]:
    """Mean over seeds of what chosen and rejected held-out answers gained, at each evaluation."""
    rows = []
    for title, run in runs.items():
        found = sort_runs(run)
        for kind in ("chosen", "rejected"):
            series = [each.series(f"held_out_{kind}") for each in found]
            steps = found[0].series("step")
            for step, values in zip(steps, zip(*series, strict=True), strict=True):
                gained = round(fmean(values), 3)
                rows.append({"run": title, "kind": kind, "step": step, "gained": gained})
    return rows


def sort_caption() -> str:
    """Where the DPO runs on sorting were measured."""
    record = sort_runs("dpo_plain")[0].record
    return (
        f"Recorded in assignment 5, 3 seeds, {record['device']}, {record['date']}, "
        f"torch {record['torch']}: `python3 scripts/gpu_results.py --output OUT --only sort,dpo`"
    )
