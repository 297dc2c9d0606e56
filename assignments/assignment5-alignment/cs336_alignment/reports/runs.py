"""Questions to the records of runs: which there are, what they reached, when."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from cs336_alignment.reports.collect import Record, read_file


@dataclass(frozen=True)
class Run:
    """One record with short names for what is asked of it."""

    record: Record

    @property
    def seed(self) -> int:
        return int(self.record["seed"])

    @property
    def sizes(self) -> list[int]:
        """Sizes it was evaluated on."""
        return list(self.record["sizes"])

    def series(self, name: str) -> list[float]:
        """A column of the evaluations: seconds, rollouts, held_out_margin, …"""
        return list(self.record["evaluations"][name])

    def accuracies(self, sizes: Iterable[int]) -> list[float]:
        """Mean accuracy over these sizes at every evaluation."""
        by_size = self.record["evaluations"]["accuracy"]
        return [fmean(values) for values in zip(*(by_size[str(s)] for s in sizes), strict=True)]

    def accuracy(self, *sizes: int, at: int = -1) -> float:
        """Mean accuracy over the sizes in the end, or at evaluation `at`."""
        return self.accuracies(sizes)[at]

    def last_within(self, rollouts: float) -> int:
        """Index of the last evaluation that had seen no more rollouts than that."""
        return max(i for i, count in enumerate(self.series("rollouts")) if count <= rollouts)

    def pass_at(self, k: int, size: int) -> float:
        """pass@k of the model in the end."""
        return float(self.record["pass_at"][str(k)][self.sizes.index(size)])

    def chance(self, size: int) -> float:
        """The level of chance."""
        return float(self.record["chance"][self.sizes.index(size)])

    def total(self, name: str) -> float:
        """The last value of a column of the evaluations, or a fact of the record."""
        evaluations: dict[str, Any] = self.record["evaluations"]
        return float(evaluations[name][-1] if name in evaluations else self.record[name])


@dataclass(frozen=True)
class Results:
    """All records of a folder of results."""

    runs: tuple[Run, ...]
    rollouts: tuple[Record, ...] = ()
    """What bench/bench_rollouts.py wrote, one record a device."""
    smollm2: tuple[Record, ...] = ()
    """What scripts/smollm2.py wrote for its stages sft and dpo, one record a seed."""
    latency: tuple[Record, ...] = ()
    """What its stage latency wrote, one record a device."""
    resumed: tuple[Record, ...] = ()
    """What scripts/resume_tolerance.py wrote, one record a device."""

    @classmethod
    def read(cls, folder: Path) -> Results:
        """runs/*.jsonl, and rollouts_, smollm2_ and resume_*.json, of the folder."""
        files = sorted((folder / "runs").glob("*.jsonl"))

        def records(pattern: str) -> tuple[Record, ...]:
            return tuple(json.loads(p.read_text("utf-8")) for p in sorted(folder.glob(pattern)))

        return cls(
            tuple(Run(record) for path in files for record in read_file(path)),
            rollouts=records("rollouts_*.json"),
            smollm2=records("smollm2_*_seed*.json"),
            latency=records("smollm2_latency*.json"),
            resumed=records("resume_*.json"),
        )

    def of(self, experiment: str, run: str) -> list[Run]:
        """The seeds of a run, in order; of a run made in several rounds the latest."""
        latest: dict[int, Run] = {}
        for found in self._all(experiment, run):
            latest[found.seed] = found
        return [latest[seed] for seed in sorted(latest)]

    def repeats(self, experiment: str) -> list[tuple[Run, Run]]:
        """Runs with the same settings and the same seed in two rounds, earlier and later."""
        pairs = []
        for run in self.names(experiment):
            by_seed: dict[int, list[Run]] = {}
            for found in self._all(experiment, run):
                by_seed.setdefault(found.seed, []).append(found)
            pairs += [(group[0], group[-1]) for group in by_seed.values() if len(group) > 1]
        return pairs

    def names(self, experiment: str) -> list[str]:
        """Names of the runs of an experiment."""
        found = (r.record["run"] for r in self.runs if r.record["experiment"] == experiment)
        return list(dict.fromkeys(found))

    def _all(self, experiment: str, run: str) -> list[Run]:
        found = [
            r for r in self.runs if (r.record["experiment"], r.record["run"]) == (experiment, run)
        ]
        return sorted(found, key=lambda r: (r.record["round"], r.seed))
