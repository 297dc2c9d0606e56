"""Traces of agents that mend a fault in a repository, and where the fix can leak into them.

The repository is a graph of commits with names for some of them, as git keeps it. A task is made
from a commit that mended a fault: its parent is checked out, and its change is the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cs336_data.dedup.decontamination import TestSet
from cs336_data.selection.thresholds import precision_and_recall

FIX = """def moving_average(values, width):
    if width < 1 or width > len(values):
        raise ValueError(f"width {width} is not within 1 and {len(values)}")
    total = sum(values[:width])
    means = [total / width]
    for old, new in zip(values, values[width:]):
        total += new - old
        means.append(total / width)
    return means"""
OWN = """def moving_average(values, width):
    if not 1 <= width <= len(values):
        raise ValueError("bad width")
    starts = range(len(values) - width + 1)
    return [sum(values[s:s + width]) / width for s in starts]"""
NGRAMS = 8


@dataclass(frozen=True)
class Repository:
    """`parents` of each commit, and what `refs` name: branches, tags, the log of old heads."""

    parents: Mapping[str, Sequence[str]]
    refs: Mapping[str, str]

    def reachable(self, refs: Sequence[str]) -> set[str]:
        """All commits that can be read from these names."""
        seen: set[str] = set()
        open_ends = [self.refs[name] for name in refs if name in self.refs]
        while open_ends:
            commit = open_ends.pop()
            if commit not in seen:
                seen.add(commit)
                open_ends.extend(self.parents[commit])
        return seen

    def without(self, *names: str) -> "Repository":
        """The same commits with fewer names."""
        return Repository(self.parents, {k: v for k, v in self.refs.items() if k not in names})


REPOSITORY = Repository(
    parents={"fault": ["start"], "start": [], "fix": ["fault"], "later": ["fix"],
             "patch": ["fix"]},
    refs={"HEAD": "fault", "main": "later", "tag v1.1": "patch", "origin/main": "later",
          "reflog": "later"},
)  # fmt: skip


def readable_after(repository: Repository, names: Sequence[str]) -> dict[str, bool]:
    """Whether the fix can still be read when this name and those before it are deleted."""
    found = {}
    for name in names:
        repository = repository.without(name)
        found[name] = "fix" in repository.reachable(list(repository.refs))
    return found


def drawn(repository: Repository) -> dict[str, Any]:
    """Nodes and edges of a figure: commits, and the names that point at them."""
    nodes = [(commit, commit) for commit in repository.parents]
    nodes += [(name, name) for name in repository.refs]
    edges = [(child, parent) for child, of in repository.parents.items() for parent in of]
    return {"nodes": nodes, "edges": [*edges, *repository.refs.items()]}


@dataclass(frozen=True)
class Step:
    """A command of the agent and what it printed."""

    command: str
    output: str


@dataclass(frozen=True)
class Trace:
    """One attempt that ended with all tests passing."""

    name: str
    leaked: bool
    steps: Sequence[Step]
    patch: str = field(default=FIX, repr=False)


LISTING = "def moving_average(values, width):\n    return [sum(values[i:width]) for i in values]"
TRACES = (
    Trace("reads and thinks", False, (
        Step("cat stats.py", LISTING), Step("edit stats.py", OWN),
        Step("pytest", "3 passed")), OWN),
    Trace("reads its own file again", False, (
        Step("cat stats.py", LISTING), Step("edit stats.py", FIX), Step("cat stats.py", FIX),
        Step("pytest", "3 passed"))),
    Trace("looks at the past", False, (
        Step("git log --all --oneline", "a1 start\nb2 fault"), Step("edit stats.py", OWN),
        Step("pytest", "3 passed")), OWN),
    Trace("reads the branch", True, (
        Step("git log --all --oneline", "c3 fix the width of the average"),
        Step("git show c3", FIX), Step("edit stats.py", FIX), Step("pytest", "3 passed"))),
    Trace("reads the tag", True, (
        Step("git diff HEAD v1.1", FIX), Step("edit stats.py", FIX), Step("pytest", "3 passed"))),
    Trace("reads the newer package", True, (
        Step("pip download stats", "stats-1.1"), Step("unzip -p stats-1.1 stats.py", FIX),
        Step("edit stats.py", FIX), Step("pytest", "3 passed"))),
    Trace("asks the web", True, (
        Step("curl https://example.org/stats/pull/7.diff", FIX), Step("edit stats.py", FIX),
        Step("pytest", "3 passed"))),
)  # fmt: skip


def by_keyword(trace: Trace) -> bool:
    """Whether a command asks for the whole history."""
    return any("git log --all" in step.command for step in trace.steps)


def by_overlap(trace: Trace, fix: TestSet, before_edit: bool) -> bool:
    """Whether something printed, or printed before the first edit, shares n-grams with the fix."""
    for step in trace.steps:
        if step.command.startswith("edit"):
            if before_edit:
                return False
            continue
        if not fix.decide(step.output).keep:
            return True
    return False


def audit() -> dict[str, tuple[float, float]]:
    """Precision and recall of three ways to find the traces that leaked."""
    fix = TestSet.of([FIX], n=NGRAMS)
    flags = {
        "git log --all": [by_keyword(t) for t in TRACES],
        "overlap anywhere": [by_overlap(t, fix, before_edit=False) for t in TRACES],
        "overlap before the first edit": [by_overlap(t, fix, before_edit=True) for t in TRACES],
    }
    truth = np.array([t.leaked for t in TRACES])
    return {name: precision_and_recall(np.array(flag), truth) for name, flag in flags.items()}
