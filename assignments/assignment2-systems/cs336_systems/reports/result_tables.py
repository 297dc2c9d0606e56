"""Print the tables of the report, in Markdown, from the JSON files of a results folder.

python -m cs336_systems.reports.result_tables results
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from cs336_systems.measurement.provenance import read_note
from cs336_systems.reports.plot_results import collect

Record = dict[str, Any]
MODELS, PROFILES = "model_*.json", "profile_*.json"
SCALING, COLLECTIVES = "data_parallel_*.json", "collectives_*.json"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; the first column to the left, the others to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [header, rule, *rows]]
    return "\n".join(lines)


def model_table(records: Sequence[Record]) -> str:
    """Phases of a step per configuration, and the rate of the model's own operations."""
    rows = []
    for r in records:
        name = [r["size"], r["context"], r["precision"], r["mode"]]
        if r["out_of_memory"]:
            rows.append([*name, *["–"] * 4, "out of memory"])
            continue
        phases = [f"{r[phase]['median_ms']:.1f}" for phase in ("forward", "backward", "optimizer")]
        rows.append([*name, *phases, f"{r['model_tflop_per_s']:.0f}", _peaks(r)])
    header = ["size", "context", "precision", "mode", "forward ms", "backward ms", "optimizer ms"]
    return markdown_table([*header, "TFLOP/s", "peak GiB: inference / fwd+bwd / step"], rows)


def warm_up_table(records: Sequence[Record]) -> str:
    """The first steps of each file's first configuration beside the median of the warm ones."""
    rows = []
    for r in records:
        phases = [r[phase]["all_ms"] for phase in ("forward", "backward", "optimizer")]
        steps = [sum(times) for times in zip(*phases, strict=True)]
        name = f"{r['size']}, {r['context']}, {r['precision']}, {r['mode']}"
        rows.append([name, *(f"{s:.1f}" for s in steps[:3]), f"{r['step']['median_ms']:.1f}"])
    return markdown_table(["fresh process", "step 1 ms", "step 2", "step 3", "warm median"], rows)


def scaling_table(records: Sequence[Record]) -> str:
    """Step time, exposed synchronisation, peak memory and weak-scaling efficiency by strategy."""
    sizes = sorted({r["world_size"] for r in records})
    by_key = {(r["strategy"], r["world_size"]): r for r in records}
    alone = by_key.get(("compute_only", 1))
    rows = []
    for strategy in dict.fromkeys(r["strategy"] for r in records if r["world_size"] == sizes[-1]):
        found = {n: by_key.get((strategy, n)) for n in sizes}
        times = [f"{r['step_ms']:.1f}" if (r := found[n]) else "–" for n in sizes]
        last = by_key[strategy, sizes[-1]]
        efficiency = f"{alone['step_ms'] / last['step_ms']:.0%}" if alone else "–"
        rest = [f"{last['synchronize_ms']:.1f}", f"{last['optimizer_ms']:.1f}", efficiency]
        rows.append([f"`{strategy}`", *times, *rest, f"{last['peak_gb']:.1f}"])
    header = ["strategy", *(f"step ms, n={n}" for n in sizes)]
    at_most = [f"wait after backward ms, n={sizes[-1]}", "optimizer ms", "efficiency", "peak GiB"]
    return markdown_table([*header, *at_most], rows)


def collectives_table(records: Sequence[Record]) -> str:
    """Median time and bus bandwidth per operation and message size, by backend and world size."""
    groups = sorted({(r["backend"], r["world_size"]) for r in records})
    cells = {(r["operation"], r["size_mb"], r["backend"], r["world_size"]): r for r in records}
    rows = []
    for operation, size in dict.fromkeys((r["operation"], r["size_mb"]) for r in records):
        row = [f"{operation}, {size:g} MiB"]
        for group in groups:
            cell = cells.get((operation, size, *group))
            row.append(f"{cell['median_ms']:.3f}" if cell else "–")
            row.append(f"{cell['bus_gb_per_s']:.1f}" if cell else "–")
        rows.append(row)
    header = [part for b, n in groups for part in (f"{b}, n={n}: ms", "bus GB/s")]
    return markdown_table(["operation, size", *header], rows)


def profile_table(records: Sequence[Record]) -> str:
    """Kernel time per phase, its three largest categories, and the parts of attention."""
    rows = []
    for r in records:
        for phase in r["phases"]:
            largest = list(phase["by_category_ms"].items())[:3]
            shares = ", ".join(f"{k} {v / phase['total_ms']:.0%}" for k, v in largest)
            parts = [f"{v:.1f}" for v in phase["attention_ranges_ms"].values()]
            name = f"{r['size']}, {r['context']}, {r['precision']}"
            attention = " / ".join(parts) or "–"
            rows.append([name, phase["phase"], f"{phase['total_ms']:.1f}", shares, attention])
    header = ["model", "phase", "kernels ms", "largest categories"]
    return markdown_table([*header, "attention: scores / softmax / output ms"], rows)


def holders_table(records: Sequence[Record]) -> str:
    """What held memory at the peak of a step, by the line that allocated it."""
    rows = []
    for r in records:
        for line, gigabytes in list(r["memory"]["held_at_peak_gb"].items())[:6]:
            name = f"{r['size']}, {r['context']}, {r['precision']}"
            rows.append([name, f"`{line}`", f"{gigabytes:.2f}"])
    return markdown_table(["model", "allocated at", "GiB at the peak"], rows)


def _peaks(record: Record) -> str:
    peaks = record["peak_gb"]
    names = ("inference", "forward_backward", "training_step")
    return " / ".join(f"{peaks[name]:.1f}" for name in names) if peaks else "–"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every table whose results exist; exit code 1 if there are none."""
    parser = argparse.ArgumentParser(description="Print the tables of the report.")
    parser.add_argument("folder", type=Path, help="results folder")
    folder: Path = parser.parse_args(arguments).folder
    models = collect(folder, MODELS)
    profiles = collect(folder, PROFILES)
    first_of_file = [collect(p.parent, p.name)[0] for p in sorted(folder.glob(MODELS))]
    tables: dict[str, tuple[str, list[Record], Callable[[Sequence[Record]], str]]] = {
        "Model steps": (MODELS, models, model_table),
        "Warm-up": (MODELS, [r for r in first_of_file if not r["out_of_memory"]], warm_up_table),
        "Kernels": (PROFILES, profiles, profile_table),
        "Memory at the peak": (PROFILES, [r for r in profiles if "memory" in r], holders_table),
        "Scaling": (SCALING, collect(folder, SCALING), scaling_table),
        "Collectives": (COLLECTIVES, collect(folder, COLLECTIVES), collectives_table),
    }
    printed = 0
    for title, (pattern, records, table) in tables.items():
        if records:
            print(f"### {title}\n\n{table(records)}\n")
            for note in sorted({read_note(path) or "" for path in folder.glob(pattern)} - {""}):
                print(f"Note: {note}\n")
            printed += 1
    if not printed:
        print(f"no results in {str(folder)!r}: run scripts/measure_four_gpus.sh {folder} first")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
