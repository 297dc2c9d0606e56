"""Run a study, and keep what it gave: one JSON file for each study and size."""

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch

from lectures.lecture_03.studies import STUDIES, Setting, Size
from lectures.lecture_03.training import Run, largest_scores, losses_by_place, train
from lectures.shared.story_words import Corpus

FOLDER = Path(__file__).with_name("records")
POINTS = 40  # of a curve
TESTED = 24_576  # held-out words that a loss is taken over
Record = dict[str, Any]


def summary(name: str, seed: int, setting: Setting, run: Run, data: Corpus) -> Record:
    """What is kept of a run: losses, attention scores, and the loss at each place of a window."""
    length, places = setting.recipe.length, setting.recipe.length * setting.look
    by_place = losses_by_place(run.model, data.held_out, places, windows=TESTED // places)
    device = next(run.model.parameters()).device
    ids = data.held_out[: 8 * length].view(8, length).to(device)
    return {
        "name": name,
        "seed": seed,
        "parameters": sum(p.numel() for p in run.model.parameters()),
        "final": round(run.final(), 4),
        "held_out": round(by_place[:length].mean().item(), 4),
        "largest_score": round(max(largest_scores(run.model, ids)), 2),
        "largest_norm": round(max(run.norms), 2),
        "losses": thinned(run.losses),
        "log_z": thinned(run.log_z),
        "by_place": [
            round(part.mean().item(), 3) for part in torch.split(by_place, max(1, length // 4))
        ],
    }


def thinned(values: list[float]) -> list[float]:
    """Means of at most `POINTS` stretches of equal length."""
    stretch = -(-len(values) // POINTS)
    parts = [values[at : at + stretch] for at in range(0, len(values), stretch)]
    return [round(mean(part), 3) for part in parts]


def take(study: str, size: Size, data: Corpus, seeds: int, device: str = "cpu") -> Iterator[Record]:
    """The records of a study, run by run, each setting with every seed."""
    for name, setting in STUDIES[study](size).items():
        for seed in range(seeds):
            run = train(setting.shape, setting.recipe, data, seed, device)
            yield summary(name, seed, setting, run, data)


def write(path: Path, content: object) -> None:
    """Write JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


@functools.cache
def load(study: str, size: Size) -> Record | None:
    """`provenance` and `runs` of a study, or None where nobody has measured it.

    `length` is added, the words of a window in training.
    """
    path = FOLDER / size / f"{study}.json"
    if not path.is_file():
        return None
    content: Record = json.loads(path.read_text(encoding="utf-8"))
    if study in STUDIES:
        content["length"] = STUDIES[study](size)[content["runs"][0]["name"]].recipe.length
    return content


def spread(study: str, size: Size, value: str = "held_out") -> dict[str, tuple[float, float]]:
    """Mean and standard deviation over the seeds of one value, for each arm on record."""
    content = load(study, size)
    grouped: dict[str, list[float]] = {}
    for run in content["runs"] if content else []:
        grouped.setdefault(run["name"], []).append(run[value])
    return {name: (mean(values), stdev(values)) for name, values in grouped.items()}


def loss_beyond(study: str, size: Size) -> dict[str, float]:
    """By arm: mean loss behind the trained length minus that within it, over the seeds."""
    content = load(study, size)
    grouped: dict[str, list[float]] = {}
    for run in content["runs"] if content else []:
        within, beyond = run["by_place"][:4], run["by_place"][4:]
        grouped.setdefault(run["name"], []).append(mean(beyond) - mean(within))
    return {name: mean(values) for name, values in grouped.items()}


def norm_times() -> dict[str, float]:
    """Median milliseconds of each way to compute a norm, on the GPU of the record."""
    content = load("norm_times", "large")
    return {row["label"]: row["median_ms"] for row in content["rows"]} if content else {}


def provenance(device: str, command: str) -> Record:
    """Device, versions, date and command of what is measured now."""
    import platform
    import re
    from datetime import UTC, datetime

    def content(path: str) -> str:
        return Path(path).read_text(encoding="utf-8") if Path(path).is_file() else ""

    cpu = re.search(r"model name\s*: (.*)", content("/proc/cpuinfo"))
    host = f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores"
    driver = re.search(r"\b\d{3}\.\d+(\.\d+)?\b", content("/proc/driver/nvidia/version"))
    versions = {"python": platform.python_version(), "torch": torch.__version__, "host": host}
    if device == "cuda":
        versions |= {"cuda": str(torch.version.cuda), "driver": driver[0] if driver else "unknown"}
        versions |= {"products": "TF32" if torch.backends.cuda.matmul.allow_tf32 else "float32"}
    return {
        "device": torch.cuda.get_device_name() if device == "cuda" else f"{host}, one thread",
        "date": datetime.now(UTC).date().isoformat(),
        "versions": versions,
        "command": command,
    }


def caption(content: Record) -> str:
    """Device, date, versions and command of a record in one line."""
    where = content["provenance"]
    versions = f"torch {where['versions']['torch']}"
    if "driver" in where["versions"]:
        versions += f", driver {where['versions']['driver']}, {where['versions']['products']}"
    return f"{where['device']}, {where['date']} ({versions}): `{where['command']}`"
