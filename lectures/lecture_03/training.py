"""Train one of the small models of lecture 3: the same steps on a CPU and, captured, on a GPU."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from cs336_basics.fast.foreach_adamw import bias_scalars, foreach_adamw_update
from cs336_basics.model import MultiHeadSelfAttention, TransformerLM
from torch import Tensor

from lectures.lecture_03.variants import Shape, build
from lectures.shared.story_words import Corpus, batches

BETAS = (0.9, 0.95)
WARMUP_CALLS = 3  # on a side stream, before a step is captured


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes:
        steps, batch, length: updates, windows an update, tokens a window.
        rate: the highest learning rate. It is reached after `warmup` steps and then falls
            linearly to a tenth of it.
        z_loss: coefficient of the mean of (log Z)^2, Z the softmax's denominator at the output.
        clip: the largest norm of the gradient, infinite for no clipping.
    """

    steps: int = 150
    batch: int = 16
    length: int = 32
    rate: float = 3e-3
    warmup: int = 0
    weight_decay: float = 0.1
    z_loss: float = 0.0
    clip: float = 1.0

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        left = (self.steps - step) / max(1, self.steps - self.warmup)
        return self.rate * (0.1 + 0.9 * left)


@dataclass
class Run:
    """What came out: the model, and three numbers of every step.

    Attributes:
        losses: cross-entropy of the batch in nats a token, before the update.
        log_z: mean of log Z over the batch.
        norms: norm of the gradient before clipping.
    """

    model: TransformerLM
    losses: list[float] = field(default_factory=list)
    log_z: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)

    def final(self, steps: int = 20) -> float:
        """Mean loss of the last steps."""
        return sum(self.losses[-steps:]) / len(self.losses[-steps:])


class Stepper:
    """One update, as device work without a look at any value, so that a GPU can capture it."""

    def __init__(self, model: TransformerLM, recipe: Recipe, device: torch.device) -> None:
        self.model, self.recipe = model, recipe
        self.parameters: list[Tensor] = list(model.parameters())
        self.first = [torch.zeros_like(p) for p in self.parameters]
        self.second = [torch.zeros_like(p) for p in self.parameters]
        shape = (recipe.batch, recipe.length + 1)
        self.tokens = torch.zeros(shape, dtype=torch.int64, device=device)
        self.scalars = torch.zeros(3, device=device)  # rate and both bias corrections
        self.results = torch.zeros(3, device=device)  # loss, log Z, norm of the gradient

    def __call__(self) -> None:
        """Loss of `tokens`, its gradient, and AdamW."""
        logits = self.model(self.tokens[:, :-1])
        log_z = torch.logsumexp(logits, dim=-1)
        target = logits.gather(-1, self.tokens[:, 1:, None]).squeeze(-1)
        loss = (log_z - target).mean()
        total = loss + self.recipe.z_loss * log_z.square().mean()
        gradients = list(torch.autograd.grad(total, self.parameters))
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        with torch.no_grad():
            foreach_adamw_update(
                self.parameters, gradients, self.first, self.second,
                (self.recipe.clip / (norm + 1e-6)).clamp(max=1.0), *self.scalars,
                beta1=BETAS[0], beta2=BETAS[1], eps=1e-8, weight_decay=self.recipe.weight_decay,
            )  # fmt: skip
            self.results.copy_(torch.stack([loss, log_z.mean(), norm]))

    def captured(self) -> Callable[[], None]:
        """The same step as a CUDA graph: the host launches one thing instead of hundreds."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARMUP_CALLS):  # with a rate of 0: the parameters stay as they are
                self()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self()
        for moment in (*self.first, *self.second):
            moment.zero_()
        return graph.replay


def train(shape: Shape, recipe: Recipe, data: Corpus, seed: int = 0, device: str = "cpu") -> Run:
    """Train from scratch; the seed decides the weights and the order of the data."""
    torch.manual_seed(seed)
    place = torch.device(device)
    run = Run(build(shape, len(data.words)).to(place))
    stepper = Stepper(run.model, recipe, place)
    starts = batches(data.train, recipe.steps, recipe.batch, recipe.length, seed).to(place)
    tokens, offsets = data.train.to(place), torch.arange(recipe.length + 1, device=place)
    stepper.scalars.copy_(torch.tensor([0.0, 1.0, 1.0]))
    step = stepper.captured() if place.type == "cuda" else stepper
    scalars = torch.tensor(
        [(recipe.rate_at(s), *bias_scalars(BETAS, s + 1)) for s in range(recipe.steps)]
    ).to(place)
    results = torch.zeros(recipe.steps, 3, device=place)
    for s in range(recipe.steps):
        stepper.tokens.copy_(tokens[starts[s, :, None] + offsets])
        stepper.scalars.copy_(scalars[s])
        step()
        results[s] = stepper.results
    run.losses, run.log_z, run.norms = results.T.tolist()
    return run


@torch.no_grad()
def losses_by_place(model: TransformerLM, tokens: Tensor, length: int, windows: int) -> Tensor:
    """Mean loss at each place of windows of `length` tokens, spread evenly over `tokens`.

    Returns:
        (length,) nats a token; place i has seen i + 1 tokens.
    """
    device = next(model.parameters()).device
    starts = torch.linspace(0, len(tokens) - length - 1, windows).long()
    total = torch.zeros(length, device=device)
    for part in torch.split(starts, 8):
        rows = tokens[part[:, None] + torch.arange(length + 1)].to(device)
        logits = model(rows[:, :-1])
        target = logits.gather(-1, rows[:, 1:, None]).squeeze(-1)
        total += (torch.logsumexp(logits, dim=-1) - target).sum(dim=0)
    return total / windows


@torch.no_grad()
def largest_scores(model: TransformerLM, ids: Tensor) -> list[float]:
    """The largest attention score in absolute value, for each layer, on a batch of ids (B, T)."""
    found: list[float] = []

    def look(attention: MultiHeadSelfAttention, inputs: tuple[Tensor, ...]) -> None:
        q, k, _ = (attention._split_heads(part) for part in attention.project(inputs[0]))
        if attention.rope is not None:
            positions = torch.arange(q.shape[-2], device=q.device)
            q, k = attention.rope(q, positions), attention.rope(k, positions)
        scores = q @ k.transpose(-2, -1) / attention.d_k**0.5
        found.append(scores.tril().abs().max().item())

    attentions = [m for m in model.modules() if isinstance(m, MultiHeadSelfAttention)]
    hooks = [attention.register_forward_pre_hook(look) for attention in attentions]
    model(ids)
    for hook in hooks:
        hook.remove()
    return found
