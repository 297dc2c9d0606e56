"""What a rule says about a text: keep it or not, which rule, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of one rule about one text.

    `keep` is what follows from it, `rule` names who says so (a stable name that accounts are kept
    under), `reason` is for people: the measured value and the limit. Truth value: `keep`.
    """

    keep: bool
    rule: str
    reason: str = ""

    def __bool__(self) -> bool:
        return self.keep


def kept(rule: str) -> Decision:
    """Nothing against the text."""
    return Decision(True, rule)


def below(rule: str, what: str, value: float, limit: float) -> Decision:
    """Rejected: `value` of `what` is below `limit`."""
    return Decision(False, rule, f"{what} {value:.4g} < {limit:g}")


def above(rule: str, what: str, value: float, limit: float) -> Decision:
    """Rejected: `value` of `what` is above `limit`."""
    return Decision(False, rule, f"{what} {value:.4g} > {limit:g}")
