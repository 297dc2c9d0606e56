"""Problems with their demonstrations, for supervised fine-tuning and for mixing in."""

from __future__ import annotations

from random import Random

from cs336_alignment.tasks.problem import draw_problem
from cs336_alignment.training.config import AlignmentConfig


def demonstration_rows(config: AlignmentConfig, stream: str, count: int) -> list[tuple[str, str]]:
    """`count` (prompt, response) of the SFT sizes; the same for the same seed and stream."""
    task = config.task.make()
    rng = Random(f"{config.seed}/{stream}")
    problems = (
        draw_problem(task, rng, rng.choice(config.task.sft_sizes), "train") for _ in range(count)
    )
    return [(problem.prompt, problem.demonstration) for problem in problems]
