"""Expert iteration: fit what was sampled and found right, again and again (Anthony et al. 2017).

Command: python -m cs336_alignment.expert_iteration configs/sort_cpu.toml
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    from cs336_alignment.training.commands import run_command

    return run_command("expert_iteration", arguments)


if __name__ == "__main__":
    sys.exit(main())
