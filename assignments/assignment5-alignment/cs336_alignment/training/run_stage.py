"""Builds a stage from its configuration, runs it, and writes what it did."""

from __future__ import annotations

import copy
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from cs336_basics.fast.attention import attention_backend
from cs336_basics.fast.layers import Speedups, speed_up
from cs336_basics.training.distributed import Ranks, choose_device
from torch import nn

from cs336_alignment.rollouts import Generator, make_generator
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.training.commands import StageName
from cs336_alignment.training.config import AlignmentConfig, LimitsConfig, longest_sequence
from cs336_alignment.training.dpo_stage import DpoStage
from cs336_alignment.training.evaluation import Evaluator, ProblemSolver
from cs336_alignment.training.files import StageFiles
from cs336_alignment.training.loop import Stage, StageLoop, make_optimizer
from cs336_alignment.training.policy_update import PolicyUpdater
from cs336_alignment.training.rl_stages import ExpertIterationStage, GrpoStage, RolloutSource
from cs336_alignment.training.sft_stage import SftStage

PASS_AT = (1, 4, 16)


@dataclass(frozen=True, slots=True)
class Workplace:
    """A policy on its device with what samples, solves and evaluates."""

    config: AlignmentConfig
    device: torch.device
    model: nn.Module
    solver: ProblemSolver
    evaluator: Evaluator


def prepare(config: AlignmentConfig) -> Workplace:
    """A fresh policy and its surroundings; seeds torch."""
    if config.threads:
        torch.set_num_threads(config.threads)
    device = choose_device(config.device, Ranks())
    # Only matrix products on a GPU: three digits instead of seven, several times as fast.
    torch.set_float32_matmul_precision("high" if config.tf32 else "highest")
    torch.manual_seed(config.seed)
    model = config.model.build()
    speed_up(model, Speedups(joint_projections=True))
    model = model.to(device)
    solver = ProblemSolver(config.task.make(), _generator(config, model), device)
    evaluator = Evaluator(solver, config.evaluation, config.task.evaluate_sizes)
    return Workplace(config, device, model, solver, evaluator)


def run_stage(
    stage: StageName, config: AlignmentConfig, *, name: str = "", start: Path | None = None,
    resume: bool = False, overwrite: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Run a stage in run_dir/name and return the summary that is also written there.

    Every stage but `sft` begins with the weights in `start` (default run_dir/sft).
    """
    files = StageFiles(Path(config.run_dir) / (name or stage), stage)
    with attention_backend("fused"):
        place = prepare(config)
        if stage != "sft":
            source = StageFiles(start or Path(config.run_dir) / "sft", "sft")
            source.load_weights(place.model)
        files.begin(config, resume=resume, overwrite=overwrite)
        fresh = not (resume and files.checkpoint.exists())
        if fresh and stage != "sft":
            _report_start(files, place)
        limits, peak = _limits(stage, config)
        optimizer = make_optimizer(place.model, limits)
        loop = StageLoop(
            _make_stage(stage, place, optimizer), place.model, optimizer, files, limits, peak,
            place.device, resume=resume,
        )  # fmt: skip
        last = loop.run()
        summary = _summary(stage, place, files, loop, last)
    files.write_summary(summary)
    return summary


def _generator(config: AlignmentConfig, model: nn.Module) -> Generator:
    tokenizer = CharacterTokenizer()
    task = config.task.make()
    evaluation = config.evaluation
    rows = max(
        config.sampling.prompts * config.sampling.samples,
        len(config.task.evaluate_sizes) * evaluation.problems,
        evaluation.pass_problems * evaluation.pass_samples,
        64 * config.sampling.samples,
    )
    return make_generator(
        model, eos_id=tokenizer.eos_token_id, pad_id=tokenizer.pad_token_id,
        max_batch=rows, max_length=longest_sequence(task, config.task.sizes()),
    )  # fmt: skip


def _limits(stage: StageName, config: AlignmentConfig) -> tuple[LimitsConfig, float]:
    """The limits and the peak learning rate of a stage."""
    if stage == "sft":
        sft = config.sft
        limits = replace(
            config.limits, steps=sft.steps, seconds=0.0, warmup_steps=sft.warmup_steps,
        )  # fmt: skip
        return limits, sft.learning_rate
    rates = {
        "grpo": config.grpo.learning_rate,
        "expert_iteration": config.expert_iteration.learning_rate,
        "dpo": config.dpo.learning_rate,
    }
    return config.limits, rates[stage]


def _make_stage(stage: StageName, place: Workplace, optimizer: torch.optim.Optimizer) -> Stage:
    config, model, device = place.config, place.model, place.device
    if stage == "sft":
        size = config.sft.stop_size
        stop = Evaluator(place.solver, config.evaluation, [size]) if size else None
        return SftStage(config, place.evaluator, stop, model, optimizer, device)
    if stage == "dpo":
        return DpoStage(config, place.solver, place.evaluator, model, optimizer, device)
    source = RolloutSource(config, place.solver)
    if stage == "expert_iteration":
        return ExpertIterationStage(config, source, place.evaluator, model, optimizer, device)
    reference = None
    if config.grpo.kl_weight:
        reference = copy.deepcopy(model).eval().requires_grad_(False)
    updater = PolicyUpdater(
        model, optimizer, config.grpo.resolved(), config.grpo, config.limits, config.sampling,
        reference,
    )  # fmt: skip
    return GrpoStage(config, source, place.evaluator, updater)


def _report_start(files: StageFiles, place: Workplace) -> None:
    """Chance and pass@k before any update: where pass@16 is 0, rewards hold no gradient."""
    at = place.evaluator.pass_at(PASS_AT)
    files.append(
        {"step": 0, "chance": place.evaluator.chance(), "pass_at": at,
         "problems": place.evaluator.counts}
    )  # fmt: skip
    files.add_samples("before", place.evaluator.examples())
    size = place.config.task.rl_start
    if size in at and max(at[size].values()) == 0:
        print(f"warning: no sample is right at size {size}: rewards there give no gradient")


def _summary(
    stage: StageName, place: Workplace, files: StageFiles, loop: StageLoop, last: dict[str, Any]
) -> dict[str, Any]:
    files.add_samples("after", place.evaluator.examples())
    return {
        "stage": stage,
        "task": place.solver.task.name,
        "seed": place.config.seed,
        "folder": str(files.folder),
        "parameters": sum(p.numel() for p in place.model.parameters()),
        "steps": loop.steps,
        "seconds": round(loop.seconds, 3),
        "clock": place.config.limits.clock,
        "result": last,
        "pass_at": place.evaluator.pass_at(PASS_AT),
        "chance": place.evaluator.chance(),
        "problems": place.evaluator.counts,
        "device": device_name(place.device),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def device_name(device: torch.device) -> str:
    """The card's name, or the number of CPU threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads"


def summary_text(summary: dict[str, Any]) -> str:
    """The result of a stage in a few aligned lines."""
    result = summary["result"]
    lines = [
        ("task", summary["task"]),
        ("parameters", f"{summary['parameters']:,}"),
        ("device", f"{summary['device']}, torch {summary['torch']}"),
        ("steps", f"{summary['steps']:,} in {summary['seconds']:.1f} s ({summary['clock']})"),
    ]
    lines += [
        (name.replace("_", " "), f"{result[name]:,}")
        for name in ("rollouts", "updates", "held_out_preferred", "held_out_margin")
        if name in result
    ]
    lines += [("files", summary["folder"]), ("", "")]
    table = accuracy_table(result["accuracy"], summary["pass_at"], summary["chance"])
    return "\n".join([*(f"{name:<20}{value}".rstrip() for name, value in lines), *table])


def accuracy_table(
    accuracy: dict[Any, float], pass_at: dict[Any, dict[Any, float]], chance: dict[Any, float]
) -> Sequence[str]:
    """One line for each size: greedy accuracy, pass@k, chance."""
    ks = list(next(iter(pass_at.values()), {}))
    lines = [
        f"{'size':>6}{'greedy':>9}" + "".join(f"{f'pass@{k}':>9}" for k in ks) + f"{'chance':>9}"
    ]
    for size, value in accuracy.items():
        cells = [value, *(pass_at[size][k] for k in ks), chance[size]]
        lines.append(f"{size:>6}" + "".join(f"{cell:>9.1%}" for cell in cells))
    return lines
