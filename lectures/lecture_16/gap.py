"""The same weights twice: what the sampler says of its tokens, and what the trainer says."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from cs336_alignment.log_probs import get_response_log_probs
from cs336_alignment.tasks.problem import distinct_problems
from cs336_alignment.tasks.sort import SortTask
from cs336_alignment.training.batches import training_rows
from cs336_basics.model import TransformerLM

from lectures.lecture_16.policy import TOKENIZER, sampler


@dataclass(frozen=True)
class Setting:
    """How the sampler differs from the trainer, which computes in float32 at temperature 1."""

    dtype: torch.dtype = torch.float32
    temperature: float = 1.0
    top_p: float = 1.0
    told: bool = True
    """Whether the trainer knows of temperature and top-p."""


SETTINGS: Mapping[str, Setting] = {
    "float32, cache": Setting(),
    "float16, cache": Setting(torch.float16),
    "bfloat16, cache": Setting(torch.bfloat16),
    "temperature 0.8, trainer not told": Setting(temperature=0.8, told=False),
    "temperature 0.8, trainer told": Setting(temperature=0.8),
    "top-p 0.9, trainer not told": Setting(top_p=0.9, told=False),
    "top-p 0.9, trainer told": Setting(top_p=0.9),
}


@dataclass(frozen=True)
class Gap:
    """Differences of log-probabilities, in nats, over the drawn tokens."""

    tokens: int
    largest: float
    spread: float
    """Standard deviation of a token's log-ratio."""
    ratio: float
    """Mean of p of the trainer / p of the sampler, which is 1 for equal supports."""


@torch.no_grad()
def measured(model: TransformerLM, setting: Setting) -> Gap:
    """512 sampled answers, judged again by one forward pass."""
    drawing = copy.deepcopy(model).to(setting.dtype)
    problems = [p for size in (5, 6, 7, 8) for p in distinct_problems(SortTask(), 1, size, 8)]
    rollouts = sampler(drawing).sample(
        [TOKENIZER.encode(problem.prompt) for problem in problems],
        samples=16, max_new_tokens=14, temperature=setting.temperature, top_p=setting.top_p,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    rows = training_rows(rollouts)
    temperature, top_p = (setting.temperature, setting.top_p) if setting.told else (1.0, 1.0)
    judged = get_response_log_probs(
        model, rows.input_ids, rows.labels, temperature=temperature, top_p=top_p
    )["log_probs"]
    gap = (judged - rows.sampled_log_probs)[rows.mask]
    return Gap(len(gap), float(gap.abs().max()), float(gap.std()), float(gap.exp().mean()))
