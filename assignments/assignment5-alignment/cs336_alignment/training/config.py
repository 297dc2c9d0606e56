"""The configuration of an experiment: one TOML file for all of its commands.

`sft` makes the start, `grpo`, `expert_iteration` and `dpo` go on from it, `evaluate` measures any
of them. Each reads the tables that concern it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any, Literal

from cs336_basics.config import ConfigError
from cs336_basics.model import TransformerLM

from cs336_alignment.losses.recipes import (
    RECIPES,
    AdvantageName,
    LengthNorm,
    Recipe,
    TokenLoss,
)
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.choose import TaskName, make_task
from cs336_alignment.tasks.problem import Representation, Task


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the policy; its vocabulary is the tasks' alphabet."""

    d_model: int = 128
    num_layers: int = 4
    num_heads: int = 4
    d_ff: int = 344
    context_length: int = 64

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            _require(value >= 1, f"model.{name}", value, ">= 1")
        _require(
            self.d_model % (2 * self.num_heads) == 0, "model.d_model", self.d_model,
            f"a multiple of 2 x num_heads {self.num_heads}, for RoPE",
        )  # fmt: skip

    def build(self) -> TransformerLM:
        """The model with fresh weights from torch's global generator, on the CPU."""
        return TransformerLM(CharacterTokenizer().vocab_size, **asdict(self))


@dataclass(frozen=True)
class TaskConfig:
    """The problems, and which sizes each stage sees."""

    name: TaskName = "sort"
    representation: Representation = "plain"
    sft_sizes: tuple[int, ...] = (2, 3, 4, 5)
    rl_smallest: int = 2
    """Rewards come from sizes between here and the frontier: the mixture prevents forgetting."""
    rl_start: int = 6
    """The frontier at the start."""
    rl_largest: int = 8
    """The frontier never grows beyond it; evaluation does."""
    evaluate_sizes: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8, 9, 10)

    def __post_init__(self) -> None:
        _require(bool(self.sft_sizes) and min(self.sft_sizes) >= 1, "task.sft_sizes",
                 self.sft_sizes, "sizes >= 1")  # fmt: skip
        _require(bool(self.evaluate_sizes), "task.evaluate_sizes", self.evaluate_sizes, "sizes")
        _require(1 <= self.rl_smallest <= self.rl_start <= self.rl_largest, "task.rl_start",
                 self.rl_start, "between rl_smallest and rl_largest")  # fmt: skip

    def sizes(self) -> set[int]:
        """All sizes that any stage meets."""
        trained = range(self.rl_smallest, self.rl_largest + 1)
        return {*self.sft_sizes, *trained, *self.evaluate_sizes}

    def make(self) -> Task:
        """The task."""
        return make_task(self.name, self.representation)


@dataclass(frozen=True)
class SftConfig:
    """Supervised fine-tuning on demonstrations, from fresh weights."""

    steps: int = 600
    batch_size: int = 128
    learning_rate: float = 1e-3
    warmup_steps: int = 20
    stop_size: int = 0
    """With `stop_accuracy`: stop as soon as held-out problems of this size go that well."""
    stop_accuracy: float = 1.0
    stop_check_every: int = 10

    def __post_init__(self) -> None:
        _positive("sft", self, "steps", "batch_size", "learning_rate", "stop_check_every")


@dataclass(frozen=True)
class SamplingConfig:
    """Rollouts, for every stage after SFT."""

    prompts: int = 32
    samples: int = 16
    temperature: float = 1.0
    top_p: float = 1.0
    frontier_share: float = 0.5
    """Share of the prompts at the frontier; the others are uniform over the sizes below."""
    raise_above: float = 0.85
    """The frontier grows by one when its mean reward, smoothed, exceeds this."""
    smoothing: float = 0.9

    def __post_init__(self) -> None:
        _positive("sampling", self, "prompts", "samples", "temperature")
        _require(0 < self.top_p <= 1, "sampling.top_p", self.top_p, "in (0, 1]")
        for name in ("frontier_share", "smoothing"):
            value = getattr(self, name)
            _require(0 <= value <= 1, f"sampling.{name}", value, "in [0, 1]")


@dataclass(frozen=True)
class GrpoConfig:
    """A recipe by name, parts of it replaced, and how often each batch is used."""

    recipe: str = "grpo"
    advantage: Literal[AdvantageName, ""] = ""
    token_loss: Literal[TokenLoss, ""] = ""
    length_norm: Literal[LengthNorm, ""] = ""
    clip_low: float = -1.0
    """-1: the recipe's."""
    clip_high: float = -1.0
    learning_rate: float = 3e-4
    updates_per_batch: int = 1
    """Optimizer steps on parts of each batch; beyond 1 the later ones are off-policy."""
    epochs_per_batch: int = 1
    kl_weight: float = 0.0
    kl_estimator: Literal["k1", "k2", "k3"] = "k3"
    sampling_rounds: int = 3
    """Dynamic sampling gives up filling a batch after so many rounds."""
    overlong_buffer: int = 2

    def __post_init__(self) -> None:
        _require(self.recipe in RECIPES, "grpo.recipe", self.recipe, f"one of {', '.join(RECIPES)}")
        _positive("grpo", self, "learning_rate", "updates_per_batch", "epochs_per_batch",
                  "sampling_rounds", "overlong_buffer")  # fmt: skip
        _require(self.kl_weight >= 0, "grpo.kl_weight", self.kl_weight, ">= 0")

    def resolved(self) -> Recipe:
        """The recipe with what the configuration replaces."""
        changes: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("advantage", "token_loss", "length_norm")
            if getattr(self, name)
        }
        changes |= {
            name: getattr(self, name)
            for name in ("clip_low", "clip_high")
            if getattr(self, name) >= 0
        }
        return replace(RECIPES[self.recipe], **changes)


@dataclass(frozen=True)
class ExpertIterationConfig:
    """Rounds of sampling, keeping what is right, and fitting it (Anthony et al. 2017)."""

    learning_rate: float = 5e-4
    rounds_of_sampling: int = 2
    """Batches of rollouts that make one round."""
    updates_per_round: int = 2
    max_per_prompt: int = 4
    """Different right answers that one prompt may add, so that easy prompts do not dominate."""
    demonstrations: int = 32
    """Problems of the SFT sizes with their demonstrations that are mixed into each update."""

    def __post_init__(self) -> None:
        _positive("expert_iteration", self, "learning_rate", "rounds_of_sampling",
                  "updates_per_round", "max_per_prompt")  # fmt: skip


@dataclass(frozen=True)
class DpoConfig:
    """Pairs of a right and a wrong answer to one prompt, both sampled from the SFT model."""

    beta: float = 0.1
    learning_rate: float = 1e-4
    pairs: int = 4096
    held_out_pairs: int = 512
    batch_size: int = 64
    sizes: tuple[int, ...] = (5, 6)
    chosen_weight: float = 0.0
    """Weight of -log p of the chosen answer per token, which keeps it from becoming improbable
    (Pang et al. 2024, 2404.19733)."""
    demonstrations: int = 0
    """Problems of the SFT sizes with their demonstrations in each step, with the same weight: sizes
    that SFT has solved have no wrong answers, so no pairs hold them in place."""

    def __post_init__(self) -> None:
        _positive("dpo", self, "learning_rate", "pairs", "held_out_pairs", "batch_size")
        for name in ("beta", "chosen_weight", "demonstrations"):
            _require(getattr(self, name) >= 0, f"dpo.{name}", getattr(self, name), ">= 0")
        _require(bool(self.sizes), "dpo.sizes", self.sizes, "sizes")


@dataclass(frozen=True)
class LimitsConfig:
    """When a stage after SFT ends, and what it reports on the way."""

    steps: int = 0
    """Optimizer steps (expert iteration and DPO too); 0: no limit."""
    seconds: float = 0.0
    """Training time without evaluation; 0: no limit. A run limited by time does not repeat bit
    for bit, one limited by steps does."""
    clock: Literal["wall", "cpu"] = "wall"
    warmup_steps: int = 10
    decay_share: float = 0.2
    """Over this last share the learning rate falls linearly to a tenth."""
    weight_decay: float = 0.0
    max_l2_norm: float = 1.0
    microbatch_rows: int = 4096
    """Rows of one forward and backward pass."""
    log_every: int = 10
    evaluations: int = 10
    """Evaluations on the way, evenly spread; start and end come in addition."""
    checkpoints: int = 4
    checkpoint_every: int = 0
    """Steps between checkpoints in addition to those, 0: none."""

    def __post_init__(self) -> None:
        _positive("limits", self, "max_l2_norm", "microbatch_rows", "log_every")
        _require(self.steps > 0 or self.seconds > 0, "limits.steps/seconds",
                 (self.steps, self.seconds), "one of them > 0, or the run never ends")  # fmt: skip
        _require(0 <= self.decay_share <= 1, "limits.decay_share", self.decay_share, "in [0, 1]")


@dataclass(frozen=True)
class EvaluationConfig:
    """Held-out problems and what is sampled for pass@k."""

    problems: int = 256
    """For each size; sizes with fewer held-out problems use all of them."""
    pass_problems: int = 64
    pass_samples: int = 16

    def __post_init__(self) -> None:
        _positive("evaluation", self, "problems", "pass_problems", "pass_samples")


@dataclass(frozen=True)
class AlignmentConfig:
    """Everything that defines an experiment; the tables of the TOML file."""

    run_dir: str
    seed: int = 0
    device: str = "auto"
    threads: int = 0
    """CPU threads of torch; 0: its default."""
    tf32: bool = True
    """On a GPU: matrix products in TensorFloat-32, for the policy and for its sampler alike."""
    model: ModelConfig = field(default_factory=ModelConfig)
    task: TaskConfig = field(default_factory=TaskConfig)
    sft: SftConfig = field(default_factory=SftConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    grpo: GrpoConfig = field(default_factory=GrpoConfig)
    expert_iteration: ExpertIterationConfig = field(default_factory=ExpertIterationConfig)
    dpo: DpoConfig = field(default_factory=DpoConfig)
    limits: LimitsConfig = field(default_factory=lambda: LimitsConfig(seconds=180.0))
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)

    def __post_init__(self) -> None:
        task = self.task.make()
        sizes = self.task.sizes()
        needed = longest_sequence(task, sizes)
        _require(self.model.context_length >= needed, "model.context_length",
                 self.model.context_length, f">= {needed} up to size {max(sizes)}")  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionaries; `training.config_file.config_as` is the inverse."""
        return asdict(self)


def longest_sequence(task: Task, sizes: Collection[int]) -> int:
    """Positions of the longest prompt and the longest response of any size: they share batches."""
    prompts = (len(task.draw(Random(seed), size).prompt) for size in sizes for seed in range(64))
    return max(prompts) + max(task.max_response(size) for size in sizes)


def _positive(table: str, config: object, *names: str) -> None:
    for name in names:
        value = getattr(config, name)
        _require(value > 0, f"{table}.{name}", value, "> 0")


def _require(condition: bool, name: str, value: object, allowed: str) -> None:
    if not condition:
        raise ConfigError(f"{name} must be {allowed}, got {value!r}")
