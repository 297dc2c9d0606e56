"""Accounts that add up: every record that was read is kept, or counted under one reason.

Reasons are grouped by the stage that gives them; a stage hands on what it does not count. `check`
raises if a record was lost or counted twice, so a report with wrong sums cannot be written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

RECORDS, PAGES, DUPLICATES = "records", "pages", "duplicates"
STAGES = (RECORDS, PAGES, DUPLICATES)


class AccountsError(AssertionError):
    """The sums do not agree: a fault of the pipeline."""


@dataclass
class Accounts:
    """How many records were read and kept, and how many went for which reason at which stage."""

    read: int = 0
    kept: int = 0
    gone: dict[str, Counter[str]] = field(default_factory=lambda: {s: Counter() for s in STAGES})
    planted: dict[str, Counter[str]] = field(default_factory=dict)  # label -> reason or "kept"

    def count(self, stage: str, reason: str, label: str | None = None, number: int = 1) -> None:
        """One record (or `number`) goes at a stage."""
        self.gone[stage][reason] += number
        if label:
            self.planted.setdefault(label, Counter())[reason] += number

    def move_to_gone(self, stage: str, reason: str, label: str | None) -> None:
        """A record that an earlier stage had kept goes after all."""
        self.kept -= 1
        self.count(stage, reason, label)
        if label:
            self.planted[label]["kept"] -= 1

    def keep(self, label: str | None = None) -> None:
        """One record stays so far."""
        self.kept += 1
        if label:
            self.planted.setdefault(label, Counter())["kept"] += 1

    def left_after(self) -> list[tuple[str, int]]:
        """(stage, records left behind it), the funnel."""
        left = self.read
        steps = [("read", left)]
        for stage in STAGES:
            left -= sum(self.gone[stage].values())
            steps.append((stage, left))
        return steps

    @classmethod
    def total(cls, many: Iterable[Accounts]) -> Accounts:
        """The accounts of several jobs in one."""
        total = cls()
        for one in many:
            total.read += one.read
            total.kept += one.kept
            for stage in STAGES:
                total.gone[stage].update(one.gone[stage])
            for label, reasons in one.planted.items():
                total.planted.setdefault(label, Counter()).update(reasons)
        return total

    def check(self) -> None:
        """Raise AccountsError unless all records are accounted for."""
        total = self.kept + sum(sum(reasons.values()) for reasons in self.gone.values())
        if total != self.read:
            raise AccountsError(f"{self.read:,} records were read, {total:,} are accounted for")

    def to_dict(self) -> dict[str, object]:
        """As JSON: stable order, largest reasons first."""
        return {
            "read": self.read,
            "kept": self.kept,
            "gone": {stage: _sorted(reasons) for stage, reasons in self.gone.items()},
            "planted": {label: _sorted(c) for label, c in sorted(self.planted.items())},
        }

    @classmethod
    def from_dict(cls, values: dict[str, object]) -> Accounts:
        """The inverse of `to_dict`."""
        gone, planted = values["gone"], values["planted"]
        assert isinstance(gone, dict)
        assert isinstance(planted, dict)
        return cls(
            int(str(values["read"])),
            int(str(values["kept"])),
            {stage: Counter(gone.get(stage, {})) for stage in STAGES},
            {label: Counter(reasons) for label, reasons in planted.items()},
        )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    present = [(reason, count) for reason, count in counts.items() if count]
    return dict(sorted(present, key=lambda entry: (-entry[1], entry[0])))
