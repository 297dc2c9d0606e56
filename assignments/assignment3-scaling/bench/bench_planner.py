"""Score the planner on the hidden worlds that it was tuned on (seeds 0 to 399), with the time.

    python assignments/assignment3-scaling/bench/bench_planner.py

One core does a world in about 0.4 s.
"""

from __future__ import annotations

import sys
import tempfile

from cs336_scaling.scoring.__main__ import main

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(["tuned", "--output", folder, *sys.argv[1:]]))
