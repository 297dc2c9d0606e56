"""DPO on pairs of a right and a wrong answer to the same prompt, both the SFT model's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cs336_alignment.dpo import dpo_loss
from cs336_alignment.log_probs import get_response_log_probs
from cs336_alignment.masked import masked_normalize
from cs336_alignment.sft import pad_and_shift
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.problem import Side, draw_problem
from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.demonstrations import answer_loss, demonstration_rows
from cs336_alignment.training.evaluation import Evaluator, ProblemSolver
from cs336_alignment.training.loop import Metrics, apply_gradients, rounded

PROMPTS_AT_ONCE = 64
MOST_DRAWS = 400  # batches of prompts; a policy without mixed groups has no pairs


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt with an answer that is right and one that is wrong."""

    prompt: str
    chosen: str
    rejected: str


def sample_pairs(
    config: AlignmentConfig, solver: ProblemSolver, count: int, side: Side
) -> list[Pair]:
    """At most one pair for each prompt that got right and wrong answers; different prompts.

    Fewer than `count` where the problems of that side run out.
    """
    pairs: dict[str, Pair] = {}
    sampling = config.sampling
    first_seed = config.seed * 10_000_019 + (5_000_000 if side == "train" else 0)
    for draw in range(MOST_DRAWS):
        rng = Random(f"{config.seed}/pairs/{side}/{draw}")
        problems = [
            draw_problem(solver.task, rng, rng.choice(config.dpo.sizes), side)
            for _ in range(PROMPTS_AT_ONCE)
        ]
        sampled = solver.solve(
            problems, samples=sampling.samples, temperature=sampling.temperature,
            top_p=sampling.top_p, seed=first_seed + draw,
        )  # fmt: skip
        finished = sampled.rollouts.finished.tolist()
        for index, problem in enumerate(problems):
            rows = range(index * sampling.samples, (index + 1) * sampling.samples)
            right = [sampled.texts[r] for r in rows if sampled.rewards[r] == 1]
            wrong = [sampled.texts[r] for r in rows if sampled.rewards[r] < 1 and finished[r]]
            if right and wrong and problem.prompt not in pairs:
                pair = Pair(problem.prompt, rng.choice(right), rng.choice(wrong))
                pairs[problem.prompt] = pair
        if len(pairs) >= count:
            break
    return list(pairs.values())[:count]


class DpoStage:
    """Batches of pairs against log-probabilities of the frozen start, computed once."""

    finished = False

    def __init__(
        self, config: AlignmentConfig, solver: ProblemSolver, evaluator: Evaluator,
        model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device,
    ) -> None:  # fmt: skip
        self._config, self._evaluator = config, evaluator
        self._model, self._optimizer, self._device = model, optimizer, device
        self._tokenizer = CharacterTokenizer()
        self._train = sample_pairs(config, solver, config.dpo.pairs, "train")
        self._held_out = sample_pairs(config, solver, config.dpo.held_out_pairs, "held_out")
        if not self._train or not self._held_out:
            raise ValueError(
                f"the start answers every problem of the sizes {config.dpo.sizes} alike, so there "
                "are no pairs; choose sizes that it gets right sometimes"
            )
        self._train_reference = self._reference(self._train)
        self._held_out_reference = self._reference(self._held_out)

    def step(self, index: int, learning_rate: float) -> Metrics:
        dpo, count = self._config.dpo, len(self._train)
        generator = torch.Generator().manual_seed(self._config.seed * 10_000_019 + index)
        rows = torch.randint(count, (min(dpo.batch_size, count),), generator=generator)
        pairs = [self._train[i] for i in rows.tolist()]
        chosen, rejected, tokens = self._log_probs(pairs)
        reference = self._train_reference[:, rows.to(self._device)]
        loss, metrics = dpo_loss(chosen, rejected, reference[0], reference[1], dpo.beta)
        total = loss.mean() - dpo.chosen_weight * chosen.sum() / tokens
        if dpo.demonstrations:
            shown = demonstration_rows(self._config, f"dpo/{index}", dpo.demonstrations)
            total = total + dpo.chosen_weight * answer_loss(
                self._model, self._tokenizer, shown, self._device
            )
        total.backward()  # type: ignore[no-untyped-call]
        norm = apply_gradients(
            self._model, self._optimizer, learning_rate, self._config.limits.max_l2_norm
        )
        means = {name: value.mean() for name, value in metrics.items()}
        preferred = (metrics["margin"] > 0).float().mean()
        return {"loss": total.detach(), "gradient_norm": norm, "preferred": preferred, **means}

    def report(self) -> dict[str, Any]:
        return {}

    @torch.no_grad()
    def evaluate(self) -> dict[str, Any]:
        """Held-out pairs: preferred, and by how much against the start; and accuracies."""
        reference = self._held_out_reference
        chosen, rejected, _ = self._log_probs(self._held_out)
        _, metrics = dpo_loss(chosen, rejected, reference[0], reference[1], 1.0)
        return {
            "accuracy": {size: rounded(a) for size, a in self._evaluator.accuracy().items()},
            "pairs": len(self._train),
            "held_out_pairs": len(self._held_out),
            # Without the reference this is the policy's own preference, so the start has one too.
            "held_out_preferred": rounded(float((chosen > rejected).float().mean())),
            "held_out_reward_preferred": rounded(float((metrics["margin"] > 0).float().mean())),
            "held_out_margin": rounded(float(metrics["margin"].mean())),
            "held_out_chosen": rounded(float(metrics["chosen"].mean())),
            "held_out_rejected": rounded(float(metrics["rejected"].mean())),
        }

    def state(self) -> dict[str, Any]:
        return {"train": self._train_reference, "held_out": self._held_out_reference}

    def restore(self, state: dict[str, Any]) -> None:
        """The pairs are sampled again from the start; its log-probabilities are the saved ones."""
        self._train_reference = state["train"].to(self._device)
        self._held_out_reference = state["held_out"].to(self._device)

    @torch.no_grad()
    def _reference(self, pairs: Sequence[Pair]) -> Float[Tensor, "two pairs"]:
        chosen, rejected, _ = self._log_probs(pairs)
        return torch.stack([chosen, rejected])

    def _log_probs(self, pairs: Sequence[Pair]) -> tuple[Tensor, Tensor, int]:
        """Summed log-probabilities of the chosen and of the rejected answers, chosen tokens."""
        answers = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
        batch = pad_and_shift(
            [self._tokenizer.encode(pair.prompt) for pair in pairs] * 2,
            [[*self._tokenizer.encode(a), self._tokenizer.eos_token_id] for a in answers],
            self._tokenizer.pad_token_id,
        )
        names = ("input_ids", "labels", "response_mask")
        ids, labels, mask = (batch[name].to(self._device) for name in names)
        log_probs = get_response_log_probs(self._model, ids, labels)["log_probs"]
        sums = masked_normalize(log_probs, mask, dim=1)
        return (
            sums[: len(pairs)],
            sums[len(pairs) :],
            int(batch["response_mask"][: len(pairs)].sum()),
        )
