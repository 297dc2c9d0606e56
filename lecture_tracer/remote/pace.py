"""How often to look at a run and how often to bother Slurm's controller about it. Pure.

A look reads a few small files; asking is a request to the controller that all users share. Looks
come about once a second. Asking backs off while nothing happens, and is due at once when a job's
script has left its end marker.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_S = 0.5
LOOK_RUNNING_S = 1.0
LOOK_WAITING_S = 3.0
ASK_LONGEST_S = 5.0
GROWTH = 1.4


@dataclass(slots=True)
class Pace:
    """Seconds until the next look, and whether that look should ask Slurm."""

    look_s: float = FIRST_S
    ask_s: float = FIRST_S
    ask_at: float = 0.0

    def asks(self, now_s: float) -> bool:
        """Whether a look at `now_s` (any steady clock) should ask Slurm."""
        return now_s >= self.ask_at

    def after(
        self, now_s: float, *, changed: bool, asked: bool, waiting: bool, ending: bool
    ) -> float:
        """Take in what a look brought; returns the seconds to sleep before the next.

        `changed`: it brought something new; `waiting`: no job has started; `ending`: a job's
        script is through and only Slurm's verdict is missing.
        """
        longest = LOOK_WAITING_S if waiting else LOOK_RUNNING_S
        self.look_s = FIRST_S if changed else min(self.look_s * GROWTH, longest)
        if changed or ending:
            self.ask_s = FIRST_S / 2 if ending else FIRST_S
            self.ask_at = min(self.ask_at, now_s + self.ask_s)
        if asked:
            self.ask_at = now_s + self.ask_s
            self.ask_s = min(self.ask_s * GROWTH, ASK_LONGEST_S)
        return min(self.look_s, max(self.ask_at - now_s, FIRST_S / 2))
