"""Take the contamination record of lecture 12 on one H100: about two and a half minutes.

    python lectures/lecture_12/tools/measure.py --output FOLDER [--seconds 170]
    python lectures/lecture_12/tools/measure.py --output FOLDER --small      # a try, on any machine

Runs from a bare checkout: needs torch, numpy, jaxtyping, regex and tqdm, nothing installed from
this repository. Trains 22 small Transformers side by side, whose training data hold between 0 and
64 copies of a benchmark in three forms, examines each, and tries the order test on it; then again
with other seeds. FOLDER/leaks.json is written anew after every such group, and no group is begun
that would end after `--seconds`.
"""

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from lectures.lecture_12.examinees import Examinees, Recipe, orders_to_try, scores  # noqa: E402
from lectures.lecture_12.leaks import (  # noqa: E402
    ITEMS,
    LEAKS,
    Leak,
    ids,
    make_exam,
    training_windows,
)
from lectures.shared.measuring import keep, provenance  # noqa: E402

COPIES = (1, 2, 4, 8, 16, 32, 64)
ARMS: list[tuple[Leak, int]] = [("in order", 0), *((leak, c) for leak in LEAKS for c in COPIES)]
LARGE = Recipe(d_model=128, layers=3, batch=32)
STEPS = (800, 400)
SEEDS = 5
SHUFFLES = 99
SHARDS = 4


def group(recipe: Recipe, steps: int, seed: int, items: int, arms: list[tuple[Leak, int]],
          device: str) -> list[dict[str, Any]]:  # fmt: skip
    """Train and examine all arms of one seed; one row each."""
    exam = make_exam(items, seed)
    data = [training_windows(exam, steps * recipe.batch, leak, c, seed) for leak, c in arms]
    models = Examinees(recipe, [seed] * len(arms), device)
    models.train(np.stack(data), lambda said: print(f"  {said}", flush=True))
    tokens, length = ids(exam.items), items // SHARDS
    sums = [
        models.log_likelihoods(shard, orders_to_try(length, SHUFFLES, seed))
        for shard in np.split(tokens, SHARDS)
    ]
    return [
        {"leak": leak, "copies": copies, "seed": seed, "steps": steps} | found
        | {"order": [[round(value, 2) for value in shard[arm]] for shard in sums]}
        for arm, ((leak, copies), found) in enumerate(zip(arms, scores(models, exam), strict=True))
    ]  # fmt: skip


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their log-likelihoods reduced to what the lecture reads.

    `order_z`: published order against the shuffles' mean, in their standard deviations, of each of
    the shards; `order_p`: the share of shuffles of the whole benchmark (the n-th of every shard
    together) that are at least as likely, the published order counted among them.
    """
    reduced = []
    for row in rows:
        values = np.array(row["order"])
        shuffled = values[:, 1:]
        z = (values[:, 0] - shuffled.mean(1)) / shuffled.std(1, ddof=1)
        whole = values.sum(0)
        p = float((whole >= whole[0]).mean())
        kept = {key: value for key, value in row.items() if key != "order"}
        reduced.append(kept | {"order_z": [round(float(v), 2) for v in z], "order_p": round(p, 4)})
    return reduced


def take(options: argparse.Namespace, command: str) -> None:
    """All groups for which there is time."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_float32_matmul_precision("high")
    where, begin = provenance(command), time.monotonic()
    recipe = Recipe(d_model=16, layers=1, batch=4) if options.small else LARGE
    arms = [arm for arm in ARMS if arm[1] <= 2] if options.small else ARMS
    items = 32 if options.small else 128
    rows: list[dict[str, Any]] = []
    for seed in range(1 if options.small else SEEDS):
        for steps in (20, 12) if options.small else STEPS:
            started = time.monotonic()
            print(f"seed {seed}, {steps} steps", flush=True)
            rows += summary(group(recipe, steps, seed, items, arms, device))
            taken = time.monotonic()
            shape: dict[str, Any] = {
                "d_model": recipe.d_model,
                "layers": recipe.layers,
                "batch": recipe.batch,
            }
            about: dict[str, Any] = {"recipe": shape | {"rate": recipe.rate, "heads": recipe.heads}}
            about |= {"items": items, "items_of_a_window": ITEMS, "shuffles": SHUFFLES}
            about |= {"shards": SHARDS, "seconds": round(taken - begin, 1)}
            keep(options.output / "leaks.json", {"provenance": where} | about | {"runs": rows})
            print(f"  {taken - started:.0f} s", flush=True)
            if taken - begin + (taken - started) * 2 > options.seconds:
                print(f"no time for more; {len(rows)} runs kept", flush=True)
                return


def main() -> int:
    """Measure; exit code 2 where there is no GPU for the large models."""
    parser = argparse.ArgumentParser(description="Take the contamination record of lecture 12.")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--seconds", type=float, default=170, help="begin nothing that ends later")
    parser.add_argument("--small", action="store_true", help="a few steps, on any device")
    options = parser.parse_args()
    if not torch.cuda.is_available() and not options.small:
        print("measure.py: this machine has no GPU that torch can use", file=sys.stderr)
        return 2
    take(options, shlex.join(["python", "lectures/lecture_12/tools/measure.py"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
