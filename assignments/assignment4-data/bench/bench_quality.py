"""The quality classifier on packages that nobody looked at before.

    python -m cs336_data.make_warc --output fresh --junk 0 --max-pages 500 --packages \\
        $(python bench/fresh.py)
    python bench/bench_quality.py --fresh fresh --output results/quality.json

The packages that `models/train_quality.py` prints figures for were never trained on, but read
several times while it was made. These were chosen by name, and measured once.
"""

from __future__ import annotations

from pathlib import Path

from cs336_data.models.linear import load_model
from cs336_data.models.train_quality import evaluate, package_chunks
from fresh import FRESH
from records import keep, parser


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--fresh", type=Path, required=True, help="archives of fresh packages")
    chosen = options.parse_args()
    chunks = [chunk for package in FRESH for chunk in package_chunks(package, chosen.fresh)]
    keep({"packages": len(FRESH), **evaluate(load_model("quality"), chunks)}, chosen.output)


if __name__ == "__main__":
    main()
