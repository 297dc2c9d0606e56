"""Take the records of lecture 3: small models on a CPU, larger ones on one H100.

    python lectures/lecture_03/tools/measure.py --output FOLDER [--only NAME] [--size small|large]
    python lectures/lecture_03/tools/measure.py --output FOLDER --small      # a try, on any machine

Runs from a bare checkout: needs torch, numpy, jaxtyping, regex and tqdm, nothing installed from
this repository. Writes FOLDER/SIZE/STUDY.json after every run; FOLDER is
`lectures/lecture_03/records` for what the lecture shows. The large studies and the times of the
norms take about five minutes on an H100, the small studies about two minutes on one core.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402

from lectures.lecture_03 import records, studies  # noqa: E402
from lectures.lecture_03.tools.norm_times import norm_times  # noqa: E402
from lectures.shared.story_words import Corpus, corpus  # noqa: E402

SEEDS = 3


def take_study(name: str, size: studies.Size, data: Corpus, device: str, options: Any) -> None:
    """All arms and seeds of a study; the file is written anew after each run."""
    where = records.provenance(device, options.command)
    path, runs, begin = options.output / size / f"{name}.json", [], time.monotonic()
    for run in records.take(name, size, data, SEEDS, device):
        runs.append(run)
        records.write(path, {"provenance": where, "seeds": SEEDS, "runs": runs})
        took = time.monotonic() - begin
        print(f"{name}: {run['name']}, seed {run['seed']}: {run['held_out']} ({took:.0f} s)",
              flush=True)  # fmt: skip


def cut_short() -> None:
    """Make every study a try: narrow models, three steps."""

    def shortened(make: Callable[[studies.Size], studies.Study], size: studies.Size) -> Any:
        return {
            arm: replace(
                setting,
                shape=replace(setting.shape, d_model=32),
                recipe=replace(setting.recipe, steps=3, batch=4, length=8),
            )
            for arm, setting in make(size).items()
        }

    for name, make in list(studies.STUDIES.items()):
        studies.STUDIES[name] = partial(shortened, make)
    records.TESTED = 512


def main() -> int:
    """Measure; exit code 2 where there is no GPU for the large models."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 3.")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--only", help="one study, or norm_times")
    parser.add_argument("--size", choices=["small", "large"], default="large")
    parser.add_argument("--small", action="store_true", help="three steps of each, on any device")
    options = parser.parse_args()
    options.command = f"python lectures/lecture_03/tools/measure.py --size {options.size}"
    gpu = torch.cuda.is_available()
    if options.size == "large" and not gpu and not options.small:
        print("measure.py: the large models need a GPU that torch can use", file=sys.stderr)
        return 2
    names = [*studies.STUDIES, "norm_times"]
    if options.only and options.only not in names:
        print(f"measure.py: no study {options.only}; there are {', '.join(names)}", file=sys.stderr)
        return 2
    device = "cuda" if gpu and options.size == "large" else "cpu"
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
    else:
        torch.set_num_threads(1)
    if options.small:
        cut_short()
    begin = time.monotonic()
    large = options.size == "large" and not options.small
    data = corpus(30_000, 1_000) if large else corpus()
    print(f"corpus of {len(data.train)} words after {time.monotonic() - begin:.0f} s", flush=True)
    for name in studies.STUDIES:
        if options.only in (None, name):
            take_study(name, options.size, data, device, options)
    if options.only in (None, "norm_times") and device == "cuda":
        where = records.provenance(device, options.command)
        content = {"provenance": where, "rows": norm_times()}
        records.write(options.output / "large/norm_times.json", content)
    print(f"{time.monotonic() - begin:.0f} s in all, {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
