"""Take the records of lecture 4 on one GPU: about four minutes.

    python3 lectures/lecture_04/tools/measure.py --output FOLDER [--only NAME] [--seconds 200]

Runs from a bare checkout: torch, numpy and jaxtyping, nothing installed from this repository.

    layers     a layer of experts beside a dense one, forward, bfloat16
    decoding   one step of decoding against the context
    models     byte-level Transformers, three seeds; stops at a seed's variant when time is up

Each result is written at once to FOLDER/NAME.json. `--small` tries everything on any machine in
seconds, with sizes that mean nothing.
"""

import argparse
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402

from lectures.lecture_04 import byte_training, gpu_layers  # noqa: E402
from lectures.lecture_04.byte_model import Shape  # noqa: E402
from lectures.shared.source_text import standard_library  # noqa: E402

Record = dict[str, Any]
COMMAND = "python3 lectures/lecture_04/tools/measure.py --output FOLDER"


def provenance(device: str) -> Record:
    """Device, host, versions, date and command."""
    cpu = re.search(r"model name\s*: (.*)", _read("/proc/cpuinfo"))
    driver = re.search(r"\b\d{3}\.\d+(\.\d+)?\b", _read("/proc/driver/nvidia/version"))
    host = f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores"
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    versions |= {"cuda": str(torch.version.cuda), "driver": driver[0] if driver else "unknown"}
    name = torch.cuda.get_device_name() if device == "cuda" else host
    return {"device": name, "date": datetime.now(UTC).date().isoformat()} | {
        "versions": versions | {"host": host},
        "command": COMMAND,
    }


class Output:
    """One file of results, written again after every record."""

    def __init__(self, folder: Path, name: str, where: Record) -> None:
        self.path = folder / f"{name}.json"
        self.content: Record = {"provenance": where, "records": []}

    def add(self, record: Record) -> None:
        """Keep a record, and say so in a line."""
        self.content["records"].append(record)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(shown_by_line(self.content), encoding="utf-8")
        part.replace(self.path)
        shown = {k: v for k, v in record.items() if not isinstance(v, list | dict)}
        print(f"{self.path.stem}: {shown}", flush=True)


def shown_by_line(content: Record) -> str:
    """JSON with one record a line: small, and a change of one record changes one line."""
    head = {key: value for key, value in content.items() if key != "records"}
    lines = ",\n  ".join(json.dumps(record) for record in content["records"])
    return json.dumps(head, indent=1)[:-2] + f',\n "records": [\n  {lines}\n ]\n}}\n'


def timed(work: Callable[[], object], device: str, repeats: int = 30) -> Record:
    """Median and quartiles in ms; on a GPU of a captured call, by events, so launches cost nothing.

    A call that cannot be captured is timed as it is, and `captured` is false.
    """
    for _ in range(3):
        work()
    if device != "cuda":
        samples = [_host_ms(work) for _ in range(3)]
        return _spread(samples) | {"captured": False}
    call, captured = _captured(work)
    samples = []
    for _ in range(repeats):
        start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        start.record()
        call()
        end.record()
        torch.cuda.synchronize()
        samples.append(start.elapsed_time(end))
    return _spread(samples) | {"captured": captured}


def _captured(work: Callable[[], object]) -> tuple[Callable[[], object], bool]:
    torch.cuda.synchronize()
    try:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            work()
    except RuntimeError as error:
        print(f"not captured: {str(error).splitlines()[0]}", flush=True)
        return work, False
    return graph.replay, True


def _host_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def _spread(samples: list[float]) -> Record:
    q1, median, q3 = (float(f"{s:.5g}") for s in statistics.quantiles(samples, n=4))
    return {"ms": median, "q1": q1, "q3": q3, "repeats": len(samples)}


def take_layers(out: Output, device: str, small: bool) -> None:
    """Dense, loop, padded and grouped, with even and with uneven load."""
    scale, tokens = (16, 256) if small else (1, gpu_layers.TOKENS)
    out.add({"form": "dense", "skew": 0} | timed(gpu_layers.dense(device, tokens, scale), device))
    forms = {"loop": gpu_layers.loop, "padded": gpu_layers.padded, "grouped": gpu_layers.grouped}
    for skew in (0.0, 0.5):
        rows = gpu_layers.counts(skew, tokens)
        for form, make in forms.items():
            record = {"form": form, "skew": skew, "busiest": max(rows) * len(rows) / sum(rows)}
            try:
                out.add(record | timed(make(device, rows, scale), device))
            except RuntimeError as error:
                print(f"layers: {form}: {str(error).splitlines()[0]}", flush=True)
            if device == "cuda":
                torch.cuda.empty_cache()


def take_decoding(out: Output, device: str, small: bool) -> None:
    """One step of decoding with three kinds of memory, against the context."""
    contexts = (256, 512) if small else (4096, 16384, 65536, 131072)
    for context in contexts:
        for name, make in gpu_layers.DECODERS.items():
            out.add({"memory": name, "context": context} | timed(make(device, context), device))
            if device == "cuda":
                torch.cuda.empty_cache()


def take_models(out: Output, device: str, small: bool, until: float) -> None:
    """Every variant with every seed, the seeds outermost."""
    shape = Shape(32, 2, 2, 32, 4, 6) if small else Shape()
    corpus = standard_library(200_000 if small else 12_000_000)
    out.content["corpus"] = {"name": corpus.name, "sha256": corpus.sha256}
    out.content["shape"] = vars(shape)
    on_device = corpus.train.to(device), corpus.test.to(device)
    longest = 0.0
    for seed in range(1 if small else 3):
        for variant in byte_training.VARIANTS:
            if time.monotonic() + longest > until:
                print(f"models: time is up before {variant.label}, seed {seed}", flush=True)
                return
            begin = time.monotonic()
            out.add(byte_training.run(variant, shape, seed, *on_device))
            longest = max(longest, time.monotonic() - begin)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def main() -> int:
    """Measure; exit code 2 without a GPU unless `--small`."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 4.")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--only", choices=("layers", "decoding", "models"), help="one of the three")
    parser.add_argument("--seconds", type=float, default=210, help="when to begin no further model")
    parser.add_argument("--small", action="store_true", help="tiny sizes, on a CPU too")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.small:
        print("measure.py: this machine has no GPU that torch can use", file=sys.stderr)
        return 2
    begin, where = time.monotonic(), provenance(device)
    if options.only in (None, "layers"):
        take_layers(Output(options.output, "layers", where), device, options.small)
    if options.only in (None, "decoding"):
        take_decoding(Output(options.output, "decoding", where), device, options.small)
    if options.only in (None, "models"):
        out = Output(options.output, "models", where)
        take_models(out, device, options.small, begin + options.seconds)
    print(f"{time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
