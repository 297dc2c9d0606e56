"""Questions of this lecture to the runs of assignment 5, three seeds each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from cs336_alignment.reports.runs import Results, Run

FOLDER = Path(__file__).parents[2] / "assignments/assignment5-alignment/results"
RECORDS = Path(__file__).parent / "records"
RESULTS = Results.read(FOLDER)
COMMAND = "python3 scripts/gpu_results.py --output OUT"

ONE_STEP: Mapping[str, str] = {
    "grpo": "GRPO", "baseline": "mean as baseline, no clip", "dr_grpo": "Dr. GRPO",
    "dapo": "DAPO", "maxrl": "MaxRL", "rloo": "leave one out", "no_baseline": "no baseline",
    "rft": "right answers alone", "token_norm": "GRPO, token mean",
    "constant_norm": "GRPO, constant length", "kl": "GRPO with KL",
}  # fmt: skip
"""Ablations with one update a batch."""
STALE: Mapping[str, str] = {
    "gspo": "GSPO, 4 updates", "cispo": "CISPO, 4 updates", "off_policy_4": "GRPO, 4 updates",
    "off_policy_4_epochs_2": "GRPO, 8 updates",
    "off_policy_4_epochs_2_no_clip": "GRPO, 8 updates, no clip",
}  # fmt: skip
"""Ablations with several updates on parts of each batch."""


def ablation(name: str) -> list[Run]:
    """Its three seeds, the latest round."""
    return RESULTS.of("sort", f"ablation_{name}")


def equal_rollouts() -> int:
    """What the ablation with the fewest rollouts saw."""
    runs = [run for name in (*ONE_STEP, *STALE) for run in ablation(name)]
    return min(int(run.total("rollouts")) for run in runs)


def early(name: str, rollouts: int) -> list[float]:
    """Accuracy on sizes 7 to 10 of each seed, at the last evaluation within so many rollouts."""
    return [
        round(run.accuracy(7, 8, 9, 10, at=run.last_within(rollouts)), 4) for run in ablation(name)
    ]


def late(name: str) -> list[float]:
    """Accuracy on sizes 11 to 14, in neither demonstrations nor rewards, after 60 seconds."""
    return [round(run.accuracy(11, 12, 13, 14), 4) for run in ablation(name)]


def spread(values: list[float]) -> float:
    """Largest less smallest."""
    return max(values) - min(values)


def same_seed_twice() -> list[float]:
    """How far two runs of an ablation with the same seed lie apart on sizes 11 to 14."""
    pairs = [
        (a, b) for a, b in RESULTS.repeats("sort") if str(a.record["run"]).startswith("ablation")
    ]
    return [abs(a.accuracy(11, 12, 13, 14) - b.accuracy(11, 12, 13, 14)) for a, b in pairs]


def of_the_log(name: str, column: str) -> list[float]:
    """Mean over the log of each seed; the largest value for columns that are maxima."""
    take = max if column.endswith("_max") else fmean
    return [float(take(run.record["log"][column])) for run in ablation(name)]


def sampler_gaps() -> list[float]:
    """The largest gap in nats of every ablation with one update a batch."""
    return [gap for name in ONE_STEP for gap in of_the_log(name, "sampler_gap_max")]


@dataclass(frozen=True)
class Change:
    """pass@1 and pass@16 of sampled answers, before and after reinforcement learning."""

    what: str
    before: dict[int, list[float]]
    after: dict[int, list[float]]

    def mean(self, k: int) -> tuple[float, float]:
        """Over the seeds, before and after."""
        return fmean(self.before[k]), fmean(self.after[k])


PASSES = [
    ("sort", "grpo", 7, "sort, 7 digits"),
    ("sort", "grpo", 9, "sort, 9 digits"),
    ("mod_steps", "grpo", 5, "mod in steps, 5 numbers"),
    ("mod_steps", "grpo", 7, "mod in steps, 7 numbers"),
    ("countdown_steps", "grpo_3e-4", 3, "countdown in steps"),
    ("countdown_plain", "grpo_3e-4", 3, "countdown, plain"),
    ("addition_steps", "grpo", 4, "addition, 4 digits"),
]  # fmt: skip


def pass_changes() -> list[Change]:
    """The tasks of the assignment that show something."""
    return [
        Change(what, _passes(experiment, "sft", size), _passes(experiment, run, size))
        for experiment, run, size, what in PASSES
    ]


def change(changes: list[Change], what: str) -> Change:
    """The one of this task."""
    return next(found for found in changes if found.what == what)


def _passes(experiment: str, run: str, size: int) -> dict[int, list[float]]:
    return {k: [r.pass_at(k, size) for r in RESULTS.of(experiment, run)] for k in (1, 4, 16)}


def chance(experiment: str, size: int) -> float:
    """What the best guess without looking gets."""
    return RESULTS.of(experiment, "sft")[0].chance(size)


def devices() -> str:
    """Where the ablations ran."""
    found = {str(r.record["device"]) for name in (*ONE_STEP, *STALE) for r in ablation(name)}
    torch_version = ablation("grpo")[0].record["torch"]
    date = ablation("grpo")[0].record["date"]
    return f"{', '.join(sorted(found))}; torch {torch_version}, {date}, {COMMAND}"


def own_record(name: str) -> dict[str, Any]:
    """A record of this lecture, from `tools/measure.py`."""
    found: dict[str, Any] = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def ends(record: dict[str, Any], rows: str, key: str) -> dict[str, list[float]]:
    """The last value of each arm's seeds."""
    found: dict[str, list[float]] = {}
    for run in record["runs"]:
        found.setdefault(run["arm"], []).append(float(run[rows][-1][key]))
    return found


def where(record: dict[str, Any]) -> str:
    """Device, versions, date and command of such a record."""
    return (
        f"{record['device']}, torch {record['versions']['torch']}, {record['date']}, "
        f"`{record['command']}`"
    )
