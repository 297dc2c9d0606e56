"""Results: runs become small records, records become tables, and the README says what they say."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cs336_alignment.reports.cells import accuracy_of, markdown_table, percent, seeds_and_mean
from cs336_alignment.reports.collect import collect, read_file, store, thinned
from cs336_alignment.reports.figures import draw_all
from cs336_alignment.reports.goals import Goal
from cs336_alignment.reports.readme import fill
from cs336_alignment.reports.runs import Results, Run
from cs336_alignment.reports.tables import TABLES, spread
from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.run_stage import run_stage
from cs336_basics.config import ConfigError
from hypothesis import given
from hypothesis import strategies as st

FOLDER = Path(__file__).resolve().parents[1]


def record(run: str, seed: int, final: float, *, round_number: int = 1) -> dict[str, Any]:
    """A made-up record: accuracy rises from 0 at every size."""
    sizes = list(range(2, 15))
    column = [0.0, final / 2, final]
    return {
        "experiment": "sort", "run": run, "round": round_number, "date": "2026-11-27",
        "beside_at_end": 3, "stage": "grpo", "task": "sort plain", "seed": seed, "device": "GPU",
        "torch": "2.11", "python": "3.12", "parameters": 1, "steps": 2, "seconds": 60.0,
        "clock": "wall", "sizes": sizes, "problems": [4] * 13, "chance": [0.1] * 13,
        "settings": {"grpo.recipe": "grpo", "limits.seconds": 60.0},
        "pass_at": {"1": [final] * 13, "16": [final] * 13},
        "evaluations": {
            "step": [0, 1, 2], "seconds": [0.0, 30.0, 60.0], "rollouts": [0, 10, 20],
            "updates": [0, 1, 2], "accuracy": {str(size): column for size in sizes},
        },
        "log": {"reward": [final]}, "samples": ["right  21: >12"],
    }  # fmt: skip


@pytest.fixture
def finished_runs(make_config: Callable[..., AlignmentConfig], tmp_path: Path) -> Path:
    """SFT and GRPO of a tiny experiment: runs/tiny/seed0/{sft,grpo}."""
    config = make_config(run_dir=str(tmp_path / "runs" / "tiny" / "seed0"))
    run_stage("sft", config)
    run_stage("grpo", config)
    return tmp_path / "runs"


def test_a_run_becomes_a_small_record_with_its_settings(finished_runs: Path) -> None:
    records = collect(finished_runs, round_number=1, date="2026-11-27")
    grpo = next(r for r in records if r["run"] == "grpo")
    summary = json.loads((finished_runs / "tiny/seed0/grpo/summary.json").read_text())
    assert [r["run"] for r in records] == ["grpo", "sft"]
    assert (grpo["experiment"], grpo["seed"]) == ("tiny", 0)
    assert grpo["settings"]["grpo.learning_rate"] == 3e-4
    assert not any(name.startswith("dpo.") for name in grpo["settings"])
    assert grpo["evaluations"]["step"] == [0, 4, 8]
    for index, size in enumerate(grpo["sizes"]):
        last = grpo["evaluations"]["accuracy"][str(size)][-1]
        assert last == pytest.approx(summary["result"]["accuracy"][str(size)], abs=1e-4)
        assert grpo["chance"][index] == pytest.approx(summary["chance"][str(size)], rel=0.01)
    assert all(line.split()[0] in ("right", "wrong") for line in grpo["samples"])
    assert len(json.dumps(grpo)) < 4000


def test_an_archive_gives_the_same_records_as_its_folder(
    finished_runs: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "results.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(finished_runs, "runs")
        jobs = json.dumps({"tiny/seed0/grpo": {"result": 0, "beside": ["a", "b"]}}).encode()
        entry = tarfile.TarInfo("jobs.json")
        entry.size = len(jobs)
        packed.addfile(entry, io.BytesIO(jobs))
    packed_records = collect(archive, round_number=1, date="2026-11-27")
    assert packed_records[0].pop("beside_at_end") == 2
    assert packed_records == collect(finished_runs, round_number=1, date="2026-11-27")


def test_what_is_stored_is_read_again_with_its_settings(tmp_path: Path) -> None:
    records = [record("grpo", seed, 0.5) for seed in range(3)]
    records[2]["settings"]["grpo.recipe"] = "dr_grpo"
    (path,) = store(records, tmp_path)
    first = json.loads(path.read_text().splitlines()[0])
    assert first == {"common_settings": {"limits.seconds": 60.0}}
    assert read_file(path) == records


def test_storing_again_replaces_the_run_and_keeps_the_others(tmp_path: Path) -> None:
    store([record("grpo", 0, 0.1), record("grpo", 1, 0.2)], tmp_path)
    (path,) = store([record("grpo", 1, 0.3)], tmp_path)
    assert [r["pass_at"]["1"][0] for r in read_file(path)] == [0.1, 0.3]


def test_of_two_rounds_the_later_counts_and_both_are_kept(tmp_path: Path) -> None:
    store([record("grpo", 0, 0.9, round_number=2), record("grpo", 1, 0.5)], tmp_path / "runs")
    store([record("grpo", 0, 0.1, round_number=1)], tmp_path / "runs")
    results = Results.read(tmp_path)
    assert [run.accuracy(2) for run in results.of("sort", "grpo")] == [0.9, 0.5]
    ((earlier, later),) = results.repeats("sort")
    assert (earlier.accuracy(2), later.accuracy(2)) == (0.1, 0.9)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "does not begin with the settings"),
        ('{"run": "grpo"}\n', "does not begin with the settings"),
        ('{"common_settings": {}}\n{"run": \n', "line 2 is no record"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "sort.jsonl"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message):
        read_file(path)


def test_a_folder_without_runs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no finished run"):
        collect(tmp_path, round_number=1, date="2026-11-27")
    with pytest.raises(ConfigError, match="no folder of runs and no archive"):
        collect(tmp_path / "absent", round_number=1, date="2026-11-27")


@given(st.lists(st.integers(), max_size=40), st.integers(2, 10))
def test_thinning_keeps_the_ends_and_the_order(rows: list[int], count: int) -> None:
    indexed = list(enumerate(rows))
    kept = thinned(indexed, count)
    assert len(kept) == min(len(rows), count)
    assert kept == sorted(kept)
    if rows:
        assert (kept[0], kept[-1]) == (indexed[0], indexed[-1])


def test_three_seeds_have_a_mean_and_fewer_do_not() -> None:
    runs = [Run(record("grpo", seed, value)) for seed, value in enumerate((0.5, 0.6, 0.7))]
    size_2 = accuracy_of(2)
    assert seeds_and_mean(runs, size_2, percent) == "**60.0** (50.0 / 60.0 / 70.0)"
    assert seeds_and_mean(runs[1:2], size_2, percent) == "60.0 (seed 1 only)"
    assert seeds_and_mean([], size_2, percent) == "–"


def test_equal_rollouts_take_the_last_evaluation_within_them() -> None:
    run = Run(record("grpo", 0, 0.8))
    assert [run.last_within(limit) for limit in (0, 9.9, 10, 19, 20, 99)] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("start", "end", "met"), [(0.05, 0.95, True), (0.05, 0.90, False), (0.2, 0.95, False)]
)
def test_a_goal_needs_a_low_start_and_a_high_end(start: float, end: float, met: bool) -> None:
    runs = [Run(record("grpo", seed, end)) for seed in range(3)]
    for run in runs:
        run.record["evaluations"]["accuracy"]["7"] = [start, 0.0, end]
    measures = accuracy_of(7), accuracy_of(7, at=0)
    goal = Goal("size 7", "≤ 10 → ≥ 92", "–", measures[0], runs, 0.92, measures[1], 0.1)
    assert goal.met() is met
    assert goal.row()[-1] == ("yes" if met else "**no**")


def test_the_spread_says_when_seeds_differ_more_than_methods() -> None:
    def results(*methods: tuple[float, float, float]) -> Results:
        return Results(tuple(
            Run(record(f"ablation_{i}", seed, value))
            for i, values in enumerate(methods) for seed, value in enumerate(values)
        ))  # fmt: skip

    noisy = spread(results((0.2, 0.5, 0.8), (0.3, 0.5, 0.7)))
    clear = spread(results((0.2, 0.2, 0.2), (0.7, 0.7, 0.71)))
    assert "Seeds differ more than these methods." in noisy
    assert "Seeds differ" not in clear
    assert "span 50.3 points" in clear


def test_rollouts_are_shown_where_they_were_measured(tmp_path: Path) -> None:
    assert TABLES["rollouts"](Results.read(tmp_path)) == "Not measured yet."
    (tmp_path / "rollouts_cpu.json").write_text(json.dumps({
        "device": "two threads", "rows": 256, "parameters": 340_000, "date": "2026-11-27",
        "tokens_per_second": {"cached": 16_000, "batched without cache": 4_000,
                              "one at a time without cache": 800},
        "ratio_to_batched_without_cache": 4.0, "ratio_to_one_at_a_time": 20.0,
        "decode_gap_nats": 3e-6, "load_average": [1.5, 1, 1],
    }))  # fmt: skip
    row = TABLES["rollouts"](Results.read(tmp_path)).splitlines()[2]
    assert "| 256 rows, 0.34M | 16,000 | – | 4,000 | 800 | 4.0 | 20.0 | 3.0e-06 | 1.5 |" in row


def test_resumed_runs_are_the_same_bits_or_as_far_apart_as_said(tmp_path: Path) -> None:
    assert TABLES["resumed"](Results.read(tmp_path)) == "Not measured yet."
    none = {"weights_relative": 0.0, "weights_largest": 0.0, "reward": 0.0}
    some = {"weights_relative": 2.5e-6, "weights_largest": 1e-5, "reward": 0.031}
    (tmp_path / "resume_cuda.json").write_text(json.dumps({
        "device": "a card", "torch": "2.11", "date": "2026-11-27",
        "stages": {"grpo": {"steps": 40, "resumed_from_step": 10, "resumed_and_whole": some,
                            "whole_twice": none}},
    }))  # fmt: skip
    assert TABLES["resumed"](Results.read(tmp_path)).splitlines()[2] == (
        "| `grpo` | 10 of 40 | weights 2.5e-06, reward of a step up to 0.031 | the same bits "
        "| a card | 2.11 | 2026-11-27 |"
    )


def test_kinds_of_training_do_not_mix(tmp_path: Path) -> None:
    """dpo and dpo_nll begin with the same letters."""
    for stage, brief in (("dpo", 0.5), ("dpo_nll", 1.0), ("dpo_template", 0.25)):
        values = dict.fromkeys(("preferred", "margin_least", "right", "chosen_log_prob",
                                "rejected_log_prob"), 0.0) | {"brief": brief}  # fmt: skip
        record = {
            "stage": f"{stage}_seed0",
            "before": {"items": values, "topics": values},
            "after": {"items": values, "topics": values},
        }
        (tmp_path / f"smollm2_{stage}_seed0.json").write_text(json.dumps(record))
    rows = [r for r in TABLES["smollm2"](Results.read(tmp_path)).splitlines() if "brief" in r]
    assert [row.split("**")[1] for row in rows] == ["0.5", "0.5", "1", "1", "0.25", "0.25"]


def test_tables_come_between_their_marks_and_nothing_else_changes() -> None:
    text = "a\n<!-- table: one -->\nold\n<!-- end of table -->\nb\n"
    filled = fill(text, {"one": "new"})
    assert filled == "a\n<!-- table: one -->\n\nnew\n\n<!-- end of table -->\nb\n"
    assert fill(filled, {"one": "new"}) == filled
    with pytest.raises(ConfigError, match="one, two"):
        fill(text, {"two": "new"})


def test_a_table_has_a_rule_below_its_header() -> None:
    assert markdown_table(["a", "b"], [[1, 2]]).splitlines() == [
        "| a | b |", "| --- | ---: |", "| 1 | 2 |",
    ]  # fmt: skip


def test_the_readme_says_what_the_results_say() -> None:
    readme, results = FOLDER / "README.md", Results.read(FOLDER / "results")
    text = readme.read_text(encoding="utf-8")
    assert fill(text, {name: table(results) for name, table in TABLES.items()}) == text


def test_the_committed_results_are_small() -> None:
    sizes = {path: path.stat().st_size for path in (FOLDER / "results").rglob("*.*")}
    assert sum(sizes.values()) <= 800_000
    assert all(size <= 100_000 for path, size in sizes.items() if path.suffix == ".png")


def test_all_figures_of_the_results_can_be_drawn(tmp_path: Path) -> None:
    paths = draw_all(Results.read(FOLDER / "results"), tmp_path)
    assert {path.name for path in paths} == {path.name for path in FOLDER.glob("results/*.png")}


def test_the_command_refuses_a_readme_that_says_something_else(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    names = list(TABLES)
    readme.write_text("".join(f"<!-- table: {n} -->\n1\n<!-- end of table -->\n" for n in names))
    command = [sys.executable, "scripts/report.py", "check", "--readme", str(readme)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not what the results say" in done.stderr
