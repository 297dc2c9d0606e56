"""Take the records of lecture 10 on one GPU: about five minutes, 70 GB of its memory at most.

    python3 lectures/lecture_10/tools/measure.py --output FOLDER [--only NAME …]

Runs from a bare checkout: torch, triton, numpy and jaxtyping, nothing installed from this
repository.

    speed       prefill and decoding of 13 billion random weights in bfloat16
    products    a matrix of 16, 8 and 4 bits times one row
    models      losses of byte models with smaller caches, three seeds; no new one after --seconds
    quantised   the models with 8 heads in fewer bits
    pruned      the same models cut to half, and repaired

Each result is written at once to FOLDER/NAME.json; `models` and `quantised` go on with what a file
there holds. `--small` tries everything on any machine in
seconds, with sizes that mean nothing.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402

from lectures.lecture_10.tools import models, speed  # noqa: E402
from lectures.lecture_10.tools.output import Output  # noqa: E402
from lectures.shared.measuring import provenance  # noqa: E402

COMMAND = "python3 lectures/lecture_10/tools/measure.py --output FOLDER"
NAMES = ("speed", "products", "models", "quantised", "pruned")


def main() -> int:
    """Measure; exit code 2 without a GPU unless `--small`."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 10.")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--only", choices=NAMES, nargs="+", help="some of the five")
    parser.add_argument("--seconds", type=float, default=160, help="for `models`")
    parser.add_argument("--small", action="store_true", help="tiny sizes, on a CPU too")
    options = parser.parse_args()
    on_gpu = torch.cuda.is_available()
    if not on_gpu and not options.small:
        print("measure.py: this machine has no GPU that torch can use", file=sys.stderr)
        return 2
    begin, where = time.monotonic(), provenance(COMMAND)
    device = "cuda" if on_gpu else "cpu"
    study = models.Study(device, options.small)
    for name in NAMES:
        if options.only and name not in options.only:
            continue
        out = Output(options.output, name, where)
        started = time.monotonic()
        if name in ("speed", "products"):
            getattr(speed, f"take_{name}")(out, device, options.small)
        elif name == "models":
            study.take_models(out, until=started + options.seconds)
        else:
            getattr(study, f"take_{name}")(out)
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    print(f"{time.monotonic() - begin:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
