"""The tables of the README, in Markdown, from the records of runs.

Every function takes the results and returns one block of text. A table shows the seeds it has; a
mean is over three or not shown at all. Rows whose runs are missing are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean

from cs336_alignment.reports.cells import (
    ABLATION,
    COUNTDOWN,
    DPO_NAMES,
    EXPERT,
    NEITHER,
    RL_SIZES,
    SEEDS,
    SFT_SIZES,
    ablation_names,
    accuracy_of,
    before_after,
    best_countdown,
    best_expert,
    countdown_runs,
    expert_names,
    learning_speed,
    markdown_table,
    part_of,
    pass_of,
    percent,
    seeds_and_mean,
    share,
    thousands,
    total_of,
)
from cs336_alignment.reports.goals import goals
from cs336_alignment.reports.machine_tables import latency, resumed, rollouts, smollm2
from cs336_alignment.reports.runs import Results, Run


def before_first(runs: Sequence[Run], column: str) -> str:
    """A column of evaluations at the start and in the end."""
    start = seeds_and_mean(runs, lambda run: run.series(column)[0], percent)
    return f"{start} → {seeds_and_mean(runs, total_of(column), percent)}"


def sort_sizes(results: Results) -> str:
    """Accuracy for every size after each stage, means of three seeds, chance and pass@16 beside."""
    named = {"GRPO": "grpo", "GRPO to size 12": "grpo_to_12",
             "expert iteration": best_expert(results), "DPO + NLL": "dpo_replay",
             "DPO alone": "dpo_plain"}  # fmt: skip
    runs = {title: results.of("sort", name) for title, name in named.items()}
    runs = {title: found for title, found in runs.items() if len(found) == SEEDS}
    start, grpo = results.of("sort", "sft"), results.of("sort", "grpo")
    rows = []
    for size in (*SFT_SIZES, *RL_SIZES, *NEITHER):
        pass16 = percent(fmean(run.pass_at(16, size) for run in start))
        before = percent(fmean(run.accuracy(size, at=0) for run in grpo))
        cells = [percent(fmean(run.accuracy(size) for run in found)) for found in runs.values()]
        rows.append([size, part_of(size), share(start[0].chance(size)), pass16, before, *cells])
    return markdown_table(["size", "seen in", "chance", "pass@16 of SFT", "SFT", *runs], rows)


def countdown(results: Results) -> str:
    """Every form and rate, every seed, before and after."""
    rows = []
    for form, rate in COUNTDOWN:
        start, end = countdown_runs(results, form, rate)
        if not end:
            continue
        rows.append([
            f"`{form}`", rate,
            before_after(start, end, accuracy_of(3), percent),
            before_after(start, end, pass_of(1, 3), percent),
            before_after(start, end, pass_of(16, 3), percent),
            seeds_and_mean(end, last_reward, percent),
            seeds_and_mean(end, accuracy_of(4), percent),
            thousands(end, "rollouts"), thousands(end, "updates"),
            f"{fmean(run.record['beside_at_end'] for run in end):.1f}",
        ])  # fmt: skip
    header = ["form", "rate", "greedy", "sampled", "pass@16", "reward in training, end",
              "4 numbers", "rollouts, thousands", "updates", "others on the card"]  # fmt: skip
    return markdown_table(header, rows)


def last_reward(run: Run) -> float:
    """Mean reward of the last rollouts in training, at temperature 1."""
    return float(run.record["log"]["reward"][-1])


def expert(results: Results) -> str:
    """All rates of expert iteration beside GRPO: in the end, and at equal rollouts."""
    rows = []
    grpo = {run.seed: run for run in results.of("sort", "grpo")}
    for name in ("grpo", *expert_names(results)):
        runs = results.of("sort", name)
        equal = [min(r.total("rollouts"), grpo[r.seed].total("rollouts")) for r in runs]
        at_equal = dict(zip((r.seed for r in runs), equal, strict=True))

        def equal_rollouts(run: Run, limits: dict[int, float] = at_equal) -> float:
            return run.accuracy(12, at=run.last_within(limits[run.seed]))

        rows.append([
            "GRPO, 3e-4" if name == "grpo" else f"expert iteration, {name.removeprefix(EXPERT)}",
            *(seeds_and_mean(runs, accuracy_of(size), percent) for size in (8, 10, 12)),
            seeds_and_mean(runs, equal_rollouts, percent),
            seeds_and_mean(runs, accuracy_of(*SFT_SIZES), percent),
            thousands(runs, "rollouts"), thousands(runs, "updates"),
        ])  # fmt: skip
    header = ["method, rate", "size 8", "size 10", "size 12", "size 12 at GRPO's rollouts",
              "sizes 2–4", "rollouts, thousands", "updates"]  # fmt: skip
    return markdown_table(header, rows)


def dpo(results: Results) -> str:
    """With and without the term on the chosen answer: what is preferred, what is forgotten."""
    rows = []
    named = {title: results.of("sort", name) for name, title in DPO_NAMES.items()}
    named = {title: runs for title, runs in named.items() if runs}
    for title, runs in named.items():
        rows.append([
            title, before_first(runs, "held_out_preferred"),
            *(seeds_and_mean(runs, total_of(column), "{:.1f}".format)
              for column in ("held_out_margin", "held_out_chosen", "held_out_rejected")),
        ])  # fmt: skip
    header = ["loss, pairs", "held-out preferred, %", "margin, nats", "chosen, nats",
              "rejected, nats"]  # fmt: skip
    moments = [("SFT", next(iter(named.values())), 0), *((t, r, -1) for t, r in named.items())]
    accuracies = [
        [title, *(seeds_and_mean(runs, accuracy_of(size, at=at), percent)
                  for size in (2, 3, 4, 5, 6, 7))]
        for title, runs, at in moments
    ]  # fmt: skip
    second = markdown_table(["accuracy, %", *(f"size {s}" for s in (2, 3, 4, 5, 6, 7))], accuracies)
    return f"{markdown_table(header, rows)}\n\n{second}"


def tasks(results: Results) -> str:
    """Addition and chains modulo ten: before, after and chance, around the edge of SFT."""
    rows = []
    edges = {"addition": (2, 3, 4, 5), "mod": (3, 4, 5, 6, 7, 8, 10)}
    for task, sizes in edges.items():
        for form in ("steps", "plain"):
            start, end = (results.of(f"{task}_{form}", name) for name in ("sft", "grpo"))
            if not end:
                continue
            used = [int(s) for s in end[0].record["settings"]["task.sft_sizes"]]
            largest = int(end[0].record["settings"]["task.rl_largest"])
            for size in sizes:
                seen = "SFT, RL" if size in used else "RL" if size <= largest else "neither"
                rows.append([
                    f"`{task}`, `{form}`", size, seen, share(end[0].chance(size)),
                    seeds_and_mean(start, pass_of(16, size), percent),
                    before_after(start, end, accuracy_of(size), percent),
                ])  # fmt: skip
    header = ["task, form", "size", "seen in", "chance", "pass@16 of SFT", "accuracy"]
    return markdown_table(header, rows)


def ablations(results: Results) -> str:
    """Every variant of GRPO, 60 s each: how fast, how far, and at what cost."""
    names = ablation_names(results)
    fewest = min(run.total("rollouts") for name in names for run in results.of("sort", name))

    def at_equal_rollouts(run: Run) -> float:
        return run.accuracy(7, 8, 9, 10, at=run.last_within(fewest))

    rows = []
    for name in names:
        runs = results.of("sort", name)
        rows.append([
            f"`{name.removeprefix(ABLATION)}`",
            seeds_and_mean(runs, at_equal_rollouts, percent),
            seeds_and_mean(runs, learning_speed, percent),
            seeds_and_mean(runs, accuracy_of(*RL_SIZES), percent),
            seeds_and_mean(runs, accuracy_of(*NEITHER), percent),
            " / ".join(f"{run.total('seconds'):.0f}" for run in runs),
            thousands(runs, "rollouts"), thousands(runs, "updates"),
        ])  # fmt: skip
    header = ["variant", f"sizes 7–10 within {fewest / 1000:.0f} thousand rollouts",
              "sizes 7–10, mean over the run", "sizes 5–10, end", "sizes 11–14, end",
              "seconds", "rollouts, thousands", "updates"]  # fmt: skip
    return f"{markdown_table(header, rows)}\n\n{spread(results)}"


def spread(results: Results) -> str:
    """Between methods, between seeds, between repetitions: on sizes that no stage has seen."""
    measure = accuracy_of(*NEITHER)
    complete = [
        [measure(run) for run in runs]
        for name in ablation_names(results)
        if len(runs := results.of("sort", name)) == SEEDS
    ]
    if len(complete) < 2:
        return "Too few variants have three seeds to compare them."
    means = sorted(fmean(values) for values in complete)
    within = fmean(max(values) - min(values) for values in complete)
    repeated = [abs(measure(a) - measure(b)) for a, b in results.repeats("sort")
                if a.record["run"].startswith(ABLATION)]  # fmt: skip
    text = (
        f"On sizes 11–14 the means of the {len(complete)} variants with three seeds span "
        f"{percent(means[-1] - means[0])} points, neighbours lie "
        f"{percent(fmean(b - a for a, b in pairwise(means)))} apart; the three seeds of one "
        f"variant span {percent(within)} points on average."
    )
    if repeated:
        text += (
            f" {len(repeated)} runs were made twice with the same seed and 60 seconds of a card "
            f"with other neighbours: they differ by up to {percent(max(repeated))} points."
        )
    if within > means[-1] - means[0]:
        text += " **Seeds differ more than these methods.**"
    return text


def cpu(results: Results) -> str:
    """The experiment on a CPU, size by size."""
    start, end = results.of("sort_cpu", "sft"), results.of("sort_cpu", "grpo")
    if not end:
        return "Not measured yet."
    rows = [
        [size, share(end[0].chance(size)), before_after(start, end, accuracy_of(size), percent)]
        for size in end[0].sizes
    ]
    used = " / ".join(f"{run.total('seconds'):.0f}" for run in end)
    before = " / ".join(f"{run.total('seconds'):.0f}" for run in start)
    note = (
        f"CPU seconds of SFT {before}, of GRPO {used}; rollouts in thousands "
        f"{thousands(end, 'rollouts')}, updates {thousands(end, 'updates')}; "
        f"{end[0].record['device']}, torch {end[0].record['torch']}, {end[0].record['date']}."
    )
    return f"{markdown_table(['size', 'chance', 'accuracy, %'], rows)}\n\n{note}"


def provenance(results: Results) -> str:
    """Where the figures of GPUs come from."""
    records = [r.record for r in results.runs if "beside_at_end" in r.record]
    if not records:
        return "No runs on a GPU yet."
    devices, versions, dates = (
        ", ".join(sorted({str(record[name]) for record in records}))
        for name in ("device", "torch", "date")
    )
    rounds = len({record["round"] for record in records})
    beside = fmean(record["beside_at_end"] for record in records)
    return (
        f"{len(records)} runs in {rounds} rounds on {devices} with torch {versions}, {dates}. Most "
        f"shared a card: when a run ended, {beside:.1f} others were still on its card on average. "
        "Runs that are limited by seconds got different numbers of rollouts, therefore."
    )


def samples(results: Results) -> str:
    """What the first seed wrote to some held-out problems, before and after."""
    blocks = []
    form, rate = best_countdown(results)
    for experiment, end in (("sort", "grpo"), (f"countdown_{form}", f"grpo_{rate}")):
        for title, name in (("after SFT", "sft"), ("after GRPO", end)):
            runs = results.of(experiment, name)
            if runs:
                lines = [line[:92] for line in runs[0].record["samples"]]
                chosen = lines[3:11] if experiment == "sort" else lines[:2]
                blocks += [f"{experiment}, seed {runs[0].seed}, {title}", *chosen, ""]
    return "\n".join(["```", *blocks[:-1], "```"])


TABLES: dict[str, Callable[[Results], str]] = {
    "goals": goals, "provenance": provenance, "sort": sort_sizes, "expert": expert,
    "countdown": countdown, "cpu": cpu, "dpo": dpo, "tasks": tasks, "ablations": ablations,
    "rollouts": rollouts, "resumed": resumed, "smollm2": smollm2, "latency": latency,
    "samples": samples,
}  # fmt: skip
