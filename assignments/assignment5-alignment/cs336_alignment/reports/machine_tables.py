"""Tables of records that are not runs: of rollouts, of resumed runs and of SmolLM2."""

from __future__ import annotations

from itertools import product

from cs336_alignment.reports.cells import markdown_table
from cs336_alignment.reports.collect import Record
from cs336_alignment.reports.runs import Results

RATES = (
    "cached", "cached, without CUDA graph", "batched without cache", "one at a time without cache",
)  # fmt: skip
SMOLLM2_STAGES = {
    "sft": "SFT",
    "dpo": "DPO, own answers rejected",
    "dpo_nll": "DPO + NLL of the chosen, own answers rejected",
    "dpo_template": "DPO, a template's rejected",
}
SMOLLM2_MEASURES = {
    "sft": {
        "format_followed": "share of answers in the format (goal 0.9)",
        "right": "share of right answers",
        "nats_per_token": "loss of the reference answers, nats a token",
    },
    "dpo": {
        "preferred": "share of pairs preferred",
        "margin_least": "least margin of a pair, times β, nats",
        "brief": "share of brief answers",
        "right": "share of right answers",
        "chosen_log_prob": "log-probability of the chosen answer, nats",
        "rejected_log_prob": "log-probability of the rejected answer, nats",
    },
}
"""Kind of training, field of its record: words."""


def rollouts(results: Results) -> str:
    """Generation beside two ways without a cache, one row a device."""
    rows = []
    for record in results.rollouts:
        rates = record["tokens_per_second"]
        rows.append([
            record["device"], f"{record['rows']:,} rows, {record['parameters'] / 1e6:.2f}M",
            *(f"{rates[name]:,}" if name in rates else "–" for name in RATES),
            record["ratio_to_batched_without_cache"], record["ratio_to_one_at_a_time"],
            f"{record['decode_gap_nats']:.1e}", f"{record['load_average'][0]}", record["date"],
        ])  # fmt: skip
    if not rows:
        return "Not measured yet."
    header = ["device", "work", *RATES, "cached / batched", "cached / one at a time",
              "gap, nats", "load average", "date"]  # fmt: skip
    return markdown_table(header, rows)


def smollm2(results: Results) -> str:
    """SmolLM2 before and after SFT on a format, and DPO on brevity; held-out items and topics."""
    rows = []
    for stage, title in SMOLLM2_STAGES.items():
        records = [r for r in results.smollm2 if r["stage"].rpartition("_seed")[0] == stage]
        measures = SMOLLM2_MEASURES[stage.partition("_")[0]] if records else {}
        for (name, words), part in product(measures.items(), ("items", "topics")):
            before = records[0]["before"][part][name]
            after = [record["after"][part][name] for record in records]
            rows.append([
                title, f"{words}, new {part}", f"{before:.3g}",
                f"**{sum(after) / len(after):.3g}** ({' / '.join(f'{a:.3g}' for a in after)})",
            ])  # fmt: skip
    if not rows:
        return "Not measured yet."
    return markdown_table(["stage", "measure", "before", "after"], rows)


def latency(results: Results) -> str:
    """SmolLM2's milliseconds for a prompt and for each token after it, one row a length."""
    rows = [
        [record["device"], row["prompt_tokens"], row["prefill_ms"], row["prefill_ms_per_token"],
         row["decode_ms_per_token"], row["decode_ms_best"], record["read_weights_once_ms"],
         record["load_average"][0], record["date"]]
        for record in results.latency for row in record["latency"]
    ]  # fmt: skip
    if not rows:
        return "Not measured yet."
    header = ["device", "tokens of the prompt", "prompt, ms", "of it a token", "a token after, ms",
              "best", "weights read once, ms", "load average", "date"]  # fmt: skip
    return markdown_table(header, rows)


def resumed(results: Results) -> str:
    """How far a killed and resumed run ends from a whole one, and two whole ones apart."""
    rows = [
        [f"`{stage}`", f"{found['resumed_from_step']} of {found['steps']}",
         *(difference_of(found[pair]) for pair in ("resumed_and_whole", "whole_twice")),
         record["device"], record["torch"], record["date"]]
        for record in results.resumed for stage, found in record["stages"].items()
    ]  # fmt: skip
    if not rows:
        return "Not measured yet."
    header = ["stage", "resumed from step", "resumed and whole", "whole twice", "device", "torch",
              "date"]  # fmt: skip
    return markdown_table(header, rows)


def difference_of(found: Record) -> str:
    """Relative difference of all weights and, where there are rewards, the largest of a step's."""
    if not found["weights_largest"]:
        return "the same bits"
    reward = f", reward of a step up to {found['reward']:.3g}" if "reward" in found else ""
    return f"weights {found['weights_relative']:.1e}{reward}"
