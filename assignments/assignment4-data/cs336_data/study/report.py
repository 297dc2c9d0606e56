"""Tables and a figure of the study's records.

python -m cs336_data.study.report results/study_gpu
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cs336_basics.support.command_line import exit_status
from cs336_basics.support.whole_file import whole_file

from cs336_data.study.names import PAIRS, VARIANTS
from cs336_data.study.records import read_records
from cs336_data.study.statistics import Difference, Record, compare

HELD_OUT = {"packages": "held-out packages", "jargon": "the Jargon File"}


def differences(records: Sequence[Record]) -> list[Difference]:
    """All pairs that are reported, on both held-out sets."""
    return [compare(records, one, two, name) for one, two in PAIRS for name in HELD_OUT]


def as_markdown(
    records: Sequence[Record], about: dict[str, Any], found: Sequence[Difference]
) -> str:
    """The tables of the report."""
    seeds = len({record["seed"] for record in records})
    lines = [
        "# Does filtering help?",
        "",
        f"{about['tokens_a_run']:,} tokens a run, {seeds} paired seeds, {about['device']}, torch "
        f"{about['torch']}, {about['date']}. Losses in nats a token.",
        "",
        "| | variant | documents | unique tokens | epochs | packages | Jargon File |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, title in VARIANTS.items():
        runs = [record for record in records if record["variant"] == name]
        if not runs:
            continue
        means = [sum(r["loss"][h] for r in runs) / len(runs) for h in HELD_OUT]
        lines.append(
            f"| {name} | {title} | {about['documents'][name]:,} | {about['tokens'][name]:,} "
            f"| {runs[0]['epochs']:.2f} | {means[0]:.4f} | {means[1]:.4f} |"
        )
    lines += [
        "",
        "| difference | on | mean | 95 %, seeds | 95 %, documents | |",
        "|---|---|---|---|---|---|",
    ]
    for d in found:
        lines.append(
            f"| {d.one} − {d.another} | {HELD_OUT[d.held_out]} | {d.mean:+.4f} | {d.low:+.4f} to "
            f"{d.high:+.4f} | {d.document_low:+.4f} to {d.document_high:+.4f} | {d.verdict} |"
        )
    return "\n".join(lines) + "\n"


def draw(found: Sequence[Difference], path: Path) -> None:
    """Differences with their intervals over seeds."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axis, (name, title) in zip(axes, HELD_OUT.items(), strict=True):
        rows = [d for d in found if d.held_out == name]
        for y, d in enumerate(rows):
            color = {"lower": "tab:green", "higher": "tab:red"}.get(d.verdict, "gray")
            axis.plot([d.low, d.high], [y, y], color=color, linewidth=2)
            axis.plot(d.mean, y, "o", color=color)
        axis.axvline(0, color="black", linewidth=0.8)
        axis.set_yticks(range(len(rows)), [f"{d.one} − {d.another}" for d in rows])
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("difference in nats a token")
    axes[0].invert_yaxis()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write report.md and differences.png beside the records; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cs336_data.study.report")
    parser.add_argument("folder", type=Path, help="folder with records.jsonl and about.json")
    options = parser.parse_args(arguments)

    def run() -> None:
        records = read_records(options.folder / "records.jsonl")
        if not records:
            raise ValueError(f"no records in {options.folder}: python -m cs336_data.study")
        about = json.loads((options.folder / "about.json").read_text(encoding="utf-8"))
        found = differences(records)
        text = as_markdown(records, about, found)
        with whole_file(options.folder / "report.md") as file:
            file.write(text.encode())
        draw(found, options.folder / "differences.png")
        print(text)

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
