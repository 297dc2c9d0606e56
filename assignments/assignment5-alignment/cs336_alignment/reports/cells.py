"""What tables and figures share: cells, measures, and which runs belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from cs336_alignment.reports.runs import Results, Run

SEEDS = 3
EXPERT = "expert_"
ABLATION = "ablation_"
SFT_SIZES, RL_SIZES, NEITHER = (2, 3, 4), (5, 6, 7, 8, 9, 10), (11, 12, 13, 14)
DPO_NAMES = {
    "dpo_replay": "DPO + NLL of the chosen and of demonstrations, β 0.5, sizes 2–6",
    "dpo": "DPO + NLL of the chosen, β 0.5, sizes 2–6",
    "dpo_plain": "DPO alone, β 0.1, sizes 5 and 6",
}
COUNTDOWN = (
    ("plain", "1e-4"), ("plain", "3e-4"), ("steps", "1e-4"), ("steps", "3e-4"), ("steps", "5e-4"),
    ("ordered", "3e-4"),
)  # fmt: skip
Measure = Callable[[Run], float]


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; the first column to the left, the others to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [header, rule, *rows])


def percent(value: float) -> str:
    """A share as a figure in percent, without the sign."""
    return f"{100 * value:.1f}"


def seeds_and_mean(runs: Sequence[Run], measure: Measure, show: Callable[[float], str]) -> str:
    """The mean of three seeds in bold, then all of them; fewer than three have no mean."""
    values = [measure(run) for run in runs]
    shown = " / ".join(show(value) for value in values)
    if len(values) < SEEDS:
        numbers = ", ".join(str(run.seed) for run in runs)
        return f"{shown} (seed {numbers} only)" if values else "–"
    return f"**{show(fmean(values))}** ({shown})"


def before_after(
    start: Sequence[Run], end: Sequence[Run], measure: Measure, show: Callable[[float], str]
) -> str:
    """What SFT left and what came of it."""
    return f"{seeds_and_mean(start, measure, show)} → {seeds_and_mean(end, measure, show)}"


def accuracy_of(*sizes: int, at: int = -1) -> Measure:
    """The mean accuracy over these sizes in the end, or at another evaluation."""
    return lambda run: run.accuracy(*sizes, at=at)


def pass_of(k: int, size: int) -> Measure:
    """pass@k at this size in the end; pass@1 is the share of sampled answers that are right."""
    return lambda run: run.pass_at(k, size)


def total_of(column: str) -> Measure:
    """The last value of this column."""
    return lambda run: run.total(column)


def share(value: float) -> str:
    """A level of chance in percent."""
    return percent(value) if value >= 0.0005 else "< 0.1"


def thousands(runs: Sequence[Run], name: str) -> str:
    """What each seed did: rollouts in thousands, updates as they are."""
    scale = 1000 if name == "rollouts" else 1
    return " / ".join(f"{run.total(name) / scale:,.0f}" for run in runs)


def countdown_runs(results: Results, form: str, rate: str) -> tuple[list[Run], list[Run]]:
    """The seeds after SFT and after GRPO."""
    experiment = f"countdown_{form}"
    return results.of(experiment, "sft"), results.of(experiment, f"grpo_{rate}")


def best_countdown(results: Results) -> tuple[str, str]:
    """Form and rate with the highest mean, by the same held-out problems that are reported."""

    def reached(form_and_rate: tuple[str, str]) -> float:
        runs = countdown_runs(results, *form_and_rate)[1]
        return fmean(run.accuracy(3) for run in runs) if runs else -1.0

    return max(COUNTDOWN, key=reached)


def expert_names(results: Results) -> list[str]:
    """The rates of expert iteration that were run."""
    names = [name for name in results.names("sort") if name.startswith(EXPERT)]
    return sorted(names, key=lambda name: float(name.removeprefix(EXPERT)))


def best_expert(results: Results) -> str:
    """The rate with the highest mean accuracy beyond what was trained (sizes 11 to 14)."""

    def reached(name: str) -> float:
        return fmean(run.accuracy(*NEITHER) for run in results.of("sort", name))

    return max(expert_names(results), key=reached, default=f"{EXPERT}5e-4")


def ablation_names(results: Results) -> list[str]:
    """The variants, those with more seeds first."""
    names = [name for name in results.names("sort") if name.startswith(ABLATION)]
    order = {name: (-len(results.of("sort", name)), name != "ablation_grpo") for name in names}
    return sorted(names, key=lambda name: order[name])


def part_of(size: int) -> str:
    """Which stages of the GPU experiment see a size."""
    return "SFT, RL" if size in SFT_SIZES else "RL" if size in RL_SIZES else "neither"


def learning_speed(run: Run) -> float:
    """Accuracy at sizes 7 to 10, averaged over the evaluations: high for who gets there early."""
    return fmean(run.accuracies((7, 8, 9, 10)))
