"""The contest of assignment 5: the reward that is reached at equal time."""

from __future__ import annotations

import time
from typing import Any

import torch
from judge.contest import Settings, contest, within
from judge.sorting import WIDTH, Policy, Task, answered, mean_reward, prompt_ids, responses
from torch import nn

PROMPTS, GROUP = 32, 8
UPDATES = 2
"""Steps on each batch of answers; from the second on the clip has something to clip."""
RATE, CLIP = 3e-3, 0.2


@contest("reward", unit="of 1", better="higher", seconds=20,
         needs=["compute_group_normalized_rewards", "get_response_log_probs",
                "compute_grpo_clip_loss", "grpo_microbatch_train_step"])  # fmt: skip
def reward(adapters: Any, settings: Settings) -> float:
    """Reward on held-out prompts of the sorting task after training for the given time.

    `run_contest(policy, task, seconds)` in your `tests/adapters.py` may train the policy by any
    rule that learns from rewards (see `judge/sorting.py`). Without it the course's loop calls your
    losses.
    """
    torch.manual_seed(settings.seed)
    policy, task = Policy(), Task(settings.seed)
    own = getattr(adapters, "run_contest", None)
    if own is None:
        within(settings, "training", train, adapters, policy, task, settings.seconds)
    else:
        within(settings, "run_contest", own, policy, task, settings.seconds)
    return mean_reward(policy, task)


def train(adapters: Any, policy: nn.Module, task: Task, seconds: float) -> None:
    """GRPO with the clip until the time is over."""
    optimizer = torch.optim.Adam(policy.parameters(), lr=RATE)
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        prompts = [prompt for prompt in task.prompts(PROMPTS) for _ in range(GROUP)]
        ids = answered(policy, prompt_ids(prompts))
        truths = [task.truth(prompt) for prompt in prompts]
        advantages, _, _ = adapters.run_compute_group_normalized_rewards(
            task.reward, responses(ids), truths, GROUP, 1e-4, True
        )
        inputs = ids.narrow(1, 0, ids.shape[1] - 1)
        labels = ids.narrow(1, 1, ids.shape[1] - 1)
        mask = torch.zeros_like(labels, dtype=torch.bool)
        mask[:, -WIDTH:] = True
        old = None
        for _ in range(UPDATES):
            found = adapters.run_get_response_log_probs(policy, inputs, labels, False)
            log_probs = found["log_probs"]
            old = log_probs.detach() if old is None else old
            optimizer.zero_grad()
            adapters.run_grpo_microbatch_train_step(
                log_probs, mask, 1, "grpo_clip", advantages=advantages.view(-1, 1),
                old_log_probs=old, cliprange=CLIP,
            )  # fmt: skip
            optimizer.step()
