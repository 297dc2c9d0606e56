"""How long a look may wait for news before it asks Slurm's controller. Pure.

A look waits on the login node, where it reads a few small files five times a second, and returns
with whatever comes first: log bytes, the end of a job's script, or its time. Only in the last two
cases is the controller asked, which all users share: a second after something changed, then less
often. The end of a job's script is news, so backing off delays nothing; the limit is for jobs that
end without a word, such as by SIGKILL or with their node.
"""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_S = 1.0
LONGEST_RUNNING_S = 1.6
LONGEST_WAITING_S = 5.0
GROWTH = 1.25
VERDICT_S = 0.2
"""Between a job's last line and Slurm's verdict there is little time: ask at this interval."""


@dataclass(slots=True)
class Pace:
    """When Slurm is asked next; times are those of any steady clock, in seconds."""

    interval_s: float = SHORTEST_S
    due_s: float = 0.0

    def wait_s(self, now_s: float) -> float:
        """How long a look starting now may wait for news; with 0 it asks at once."""
        return max(0.0, self.due_s - now_s)

    def after(
        self, now_s: float, *, asked: bool, changed: bool, urgent: bool, waiting: bool, ending: bool
    ) -> float:
        """Take in what a look brought; returns the seconds to pause before the next.

        `changed`: a job is in another state; `urgent`: a log says that a state must have changed;
        `waiting`: no job has started; `ending`: a job's script is through and only Slurm's verdict
        is missing.
        """
        if changed or urgent:
            self.interval_s = SHORTEST_S
        if urgent or ending:
            self.due_s = now_s
        elif asked:
            self.due_s = now_s + self.interval_s
            longest = LONGEST_WAITING_S if waiting else LONGEST_RUNNING_S
            self.interval_s = min(self.interval_s * GROWTH, longest)
        return VERDICT_S if ending and asked else 0.0
