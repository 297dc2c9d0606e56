"""A small policy that sorts digits, from assignment 5's own parts: demonstrations, then rewards."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from cs336_alignment.losses.recipes import ADVANTAGES, RECIPES, Recipe
from cs336_alignment.rollouts.cached import CachedGenerator
from cs336_alignment.rollouts.choose import make_generator
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.problem import distinct_problems
from cs336_alignment.tasks.sort import SortTask
from cs336_alignment.training.batches import training_rows
from cs336_alignment.training.config import AlignmentConfig, ModelConfig, TaskConfig
from cs336_alignment.training.demonstrations import answer_loss, demonstration_rows
from cs336_alignment.training.evaluation import EVALUATION_SEED, ProblemSolver, Sampled
from cs336_alignment.training.loop import apply_gradients, make_optimizer
from cs336_alignment.training.policy_update import PolicyUpdater
from cs336_alignment.training.rl_stages import RolloutSource
from cs336_basics.model import TransformerLM

CPU = torch.device("cpu")
TOKENIZER = CharacterTokenizer()
POSITIONS = 32
SFT_STEPS = 100
RATE = 1e-3
Row = tuple[str, str]  # (prompt, response)


def configuration(seed: int, smallest: int, start: int, largest: int) -> AlignmentConfig:
    """Sorting with a model of two layers; demonstrations of 2 to 4 digits, rewards on the rest."""
    evaluated = tuple(range(2, 9))
    return AlignmentConfig(
        run_dir="", seed=seed,
        model=ModelConfig(d_model=48, num_layers=2, num_heads=3, d_ff=128,
                          context_length=POSITIONS),
        task=TaskConfig("sort", "plain", (2, 3, 4), smallest, start, largest, evaluated),
    )  # fmt: skip


def demonstrated(
    config: AlignmentConfig,
    steps: int = SFT_STEPS,
    changed: Callable[[list[Row]], list[Row]] = lambda rows: rows,
) -> TransformerLM:
    """A fresh model after supervised fine-tuning; `changed` may alter the demonstrations."""
    torch.manual_seed(config.seed)
    model = config.model.build()
    optimizer = make_optimizer(model, config.limits)
    for step in range(steps):
        rows = changed(demonstration_rows(config, f"sft/{step}", 128))
        answer_loss(model, TOKENIZER, rows, CPU).backward()  # type: ignore[no-untyped-call]
        warm, left = (step + 1) / 15, (steps - step) / (0.3 * steps)
        apply_gradients(model, optimizer, 3e-3 * min(1.0, warm, left), 1.0)
    return model


def sampler(model: TransformerLM, rows: int = 256) -> CachedGenerator:
    """Assignment 5's sampler with a cache."""
    return make_generator(model, eos_id=TOKENIZER.eos_token_id, pad_id=TOKENIZER.pad_token_id,
                          max_batch=rows, max_length=POSITIONS)  # fmt: skip


@dataclass(frozen=True)
class Audit:
    """What 256 sampled answers to 64 held-out problems are, by the grader and in truth."""

    step: int
    reward: float
    right: float
    digits: float
    """Mean length of the answers, in tokens without the mark and the end."""
    examples: tuple[str, ...]


def audit(model: TransformerLM, grader: SortTask, size: int, step: int) -> Audit:
    """Grade the same answers twice: by `grader`, and by the honest task."""
    problems = distinct_problems(SortTask(), EVALUATION_SEED, size, 64)

    def graded(task: SortTask) -> Sampled:
        return ProblemSolver(task, sampler(model), CPU).solve(
            problems, samples=4, temperature=1.0, top_p=1.0, seed=1
        )

    trained, honest = graded(grader), graded(SortTask())
    lengths = [len(text.removeprefix(">")) for text in honest.texts]
    shown = (f"{problems[i].prompt} {honest.texts[4 * i]}" for i in (0, 1, 2))
    return Audit(
        step, sum(trained.rewards) / 256, sum(honest.rewards) / 256, sum(lengths) / 256,
        tuple(shown),
    )  # fmt: skip


@torch.no_grad()
def probability_of(character: str, model: TransformerLM, size: int) -> float:
    """How probable the character is as the first of an answer, over 64 held-out problems."""
    problems = distinct_problems(SortTask(), EVALUATION_SEED, size, 64)
    ids = torch.tensor([TOKENIZER.encode(problem.prompt + ">") for problem in problems])
    chances = model(ids)[:, -1].softmax(dim=-1)
    return float(chances[:, TOKENIZER.encode(character)[0]].mean())


class Trainer:
    """Reinforcement learning of a copy of `start` with the rewards of `grader`."""

    def __init__(
        self, start: TransformerLM, grader: SortTask, config: AlignmentConfig,
        recipe: Recipe = RECIPES["grpo"],
    ) -> None:  # fmt: skip
        self.model = copy.deepcopy(start)
        self.config = replace(config, sampling=replace(config.sampling, prompts=16))
        solver = ProblemSolver(grader, sampler(self.model), CPU)
        self.source = RolloutSource(self.config, solver)
        optimizer = make_optimizer(self.model, config.limits)
        self.updater = PolicyUpdater(
            self.model, optimizer, recipe, config.grpo, config.limits, self.config.sampling
        )

    def step(self, rate: float = RATE) -> float:
        """A batch of 16 prompts with 16 answers each, and one update; the mean reward."""
        problems, sampled = self.source.draw()
        rewards = torch.tensor(sampled.rewards).view(len(problems), -1)
        advantages = ADVANTAGES[self.updater.recipe.advantage](rewards).flatten()
        limit = max(self.source._solver.task.max_response(p.size) for p in problems)
        shuffle = torch.Generator().manual_seed(self.source.seed())
        self.updater.update(training_rows(sampled.rollouts), advantages, rate, shuffle, limit)
        return float(rewards.mean())


def audited(trainer: Trainer, grader: SortTask, size: int, steps: Sequence[int]) -> Iterator[Audit]:
    """Train to each of the numbers of steps, and look."""
    done = 0
    for target in steps:
        while done < target:
            trainer.step()
            done += 1
        yield audit(trainer.model, grader, size, done)
