"""Take the records of lecture 5 on one H100: 45 seconds.

    python lectures/lecture_05/tools/measure.py --output lectures/lecture_05/records [--only NAME]

Runs from a bare checkout: needs torch, triton and numpy, nothing installed from this repository and
no CUDA toolkit. Each part writes one file as soon as it is done; a part that fails says so and the
others go on. `--small` takes few and small sizes, and on a machine without a GPU tries the parts
that PyTorch alone can do. Exit code 1 if a part failed, 2 if nothing can be measured here.
"""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LECTURE = ROOT / "lectures/lecture_05"
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from lectures.lecture_05.tools import library, probing  # noqa: E402
from lectures.lecture_05.tools.timing import GPU  # noqa: E402
from lectures.shared.measuring import Record, provenance  # noqa: E402

WITHOUT_GPU: dict[str, Callable[[bool], Record]] = {
    "ceilings": library.ceilings,
    "sawtooth": library.sawtooth,
    "padded_rows": library.padded_rows,
    "vocabulary": library.vocabulary,
    "skinny": library.skinny,
    "errors": library.errors,
}
WITH_GPU: dict[str, Callable[[bool], Record]] = {
    "strides": probing.strides,
    "banks": probing.banks,
    "occupancy": probing.occupancy,
    "waves": probing.waves,
    "roofline": probing.roofline,
    "fusion": probing.fusion,
    "latency": probing.latency,
    "divergence": probing.divergence,
    "residency": probing.residency,
    "numbers_and_clock": library.numbers_and_clock,
    "chosen_kernels": library.chosen_kernels,
    "fixed_tile": library.fixed_tile,
}
PARTS = WITHOUT_GPU | WITH_GPU


def keep(path: Path, content: Record) -> None:
    """Write JSON, whole or not at all, one row a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f" {json.dumps(key)}: " + (
            "[\n  " + ",\n  ".join(json.dumps(v, ensure_ascii=False) for v in value) + "\n ]"
            if key == "rows" else json.dumps(value, ensure_ascii=False)
        )
        for key, value in content.items()
    ]  # fmt: skip
    part = path.with_suffix(".part")
    part.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    part.replace(path)


def usable() -> bool:
    """Whether the GPU still answers: an illegal address makes every later call fail."""
    try:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    except RuntimeError:
        return False
    return True


def main() -> int:
    """Measure; exit code 1 if a part failed, 2 without a GPU."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 5.")
    parser.add_argument("--output", type=Path, default=LECTURE / "records", help="folder")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part; repeatable")
    parser.add_argument("--small", action="store_true", help="few and small sizes, to try it")
    options = parser.parse_args()
    if not GPU and not options.small:
        print("measure.py: no GPU that torch can use; try --small", file=sys.stderr)
        return 2
    names = options.only or [n for n in PARTS if GPU or n in WITHOUT_GPU]
    begin, failed = time.monotonic(), []
    for name in names:
        print(f"{time.monotonic() - begin:6.1f} s  {name}", flush=True)
        where = provenance(f"python lectures/lecture_05/tools/measure.py --only {name}")
        try:
            keep(
                options.output / f"{name}.json", {"provenance": where} | PARTS[name](options.small)
            )
        except Exception:  # the other parts are worth having
            failed.append(name)
            traceback.print_exc()
        rest = names[names.index(name) + 1 :]
        if GPU and not usable() and rest:
            print("the GPU's context is broken; the rest in a new process", flush=True)
            only = [word for each in rest for word in ("--only", each)]
            small = ["--small"] if options.small else []
            os.execv(sys.executable, [sys.executable, __file__, "--output", str(options.output),
                                      *small, *only])  # fmt: skip
    print(f"{time.monotonic() - begin:6.1f} s in all" + (f"; failed: {failed}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
