"""Train byte models: the same step on a CPU and, captured as one CUDA graph, on a GPU.

Shape letters: B batch, T length of a window, V vocabulary.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from cs336_basics.fast.attention import attention_backend
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import clip_gradient_norm
from torch import Tensor

TEST_SEED = 12_345


@dataclass(frozen=True)
class Recipe:
    """Updates, windows an update, bytes a window, the highest learning rate."""

    steps: int = 700
    batch: int = 32
    length: int = 512
    rate: float = 2e-3

    def rate_at(self, step: int) -> float:
        """Warm-up over 5 % of the steps, then a cosine to a tenth."""
        warm = max(1, self.steps // 20)
        if step < warm:
            return self.rate * (step + 1) / warm
        progress = (step - warm) / max(1, self.steps - warm)
        return self.rate * (0.55 + 0.45 * math.cos(math.pi * progress))


def windows(text: Tensor, count: int, length: int, seed: int) -> Tensor:
    """`count` random windows of length + 1 bytes, uint8, on the text's device: the same for all."""
    generator = torch.Generator().manual_seed(seed)
    starts = torch.randint(len(text) - length - 1, (count, 1), generator=generator)
    return text[(starts + torch.arange(length + 1)).to(text.device)]


def next_byte_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of logits (B, T, V) with bytes (B, T), nats."""
    return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


def distillation_loss(logits: Tensor, teacher: Tensor) -> Tensor:
    """Mean cross-entropy with the teacher's distribution: its KL divergence plus a constant."""
    share = F.softmax(teacher.float(), dim=-1)
    return -(share * F.log_softmax(logits.float(), dim=-1)).sum(-1).mean()


class Stepper:
    """Loss, gradient and AdamW as device work only; with a teacher, its answers are the labels."""

    def __init__(
        self, model: TransformerLM, recipe: Recipe, device: torch.device,
        teacher: TransformerLM | None = None,
    ) -> None:  # fmt: skip
        self.model, self.teacher, self.device = model, teacher, device
        self.tokens = torch.zeros(recipe.batch, recipe.length + 1, dtype=torch.int64, device=device)
        self.rate = torch.zeros((), device=device)
        self.loss = torch.zeros((), device=device)
        on_gpu = device.type == "cuda"
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=self.rate, betas=(0.9, 0.95), weight_decay=0.1,
            fused=on_gpu, capturable=on_gpu,
        )  # fmt: skip

    def work(self) -> None:
        """One update from `tokens` at `rate`."""
        ids, targets = self.tokens[:, :-1], self.tokens[:, 1:]
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            logits = self.model(ids)
            if self.teacher is None:
                loss = next_byte_loss(logits, targets)
            else:
                with torch.no_grad():
                    answers = self.teacher(ids)
                loss = distillation_loss(logits, answers)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_gradient_norm(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.loss.copy_(loss.detach())

    def captured(self) -> Callable[[], None]:
        """The same work as a CUDA graph, or as it is where that cannot be had."""
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):  # at a rate of zero
                self.optimizer.zero_grad(set_to_none=True)
                self.work()
        torch.cuda.current_stream().wait_stream(side)
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.work()
        for state in self.optimizer.state.values():  # of steps that are not to count
            for tensor in state.values():
                tensor.zero_()
        return graph.replay

    def plain(self) -> None:
        """One update without a graph."""
        self.optimizer.zero_grad(set_to_none=True)
        self.work()


def train(
    model: TransformerLM, text: Tensor, recipe: Recipe, seed: int,
    teacher: TransformerLM | None = None,
) -> list[float]:  # fmt: skip
    """Train in place on windows of the text (uint8, on the device to use); each step's loss.

    The seed decides the order of the data; whoever builds the model decides its weights.
    """
    stepper = Stepper(model, recipe, text.device, teacher)
    data = windows(text, recipe.steps * recipe.batch, recipe.length, seed)
    data = data.view(recipe.steps, recipe.batch, -1)
    losses = torch.zeros(recipe.steps, device=text.device)
    with attention_backend("fused"):
        step = stepper.captured() if text.is_cuda else stepper.plain
        for number in range(recipe.steps):
            stepper.tokens.copy_(data[number])
            stepper.rate.fill_(recipe.rate_at(number))
            step()
            losses[number] = stepper.loss
    return [round(loss, 4) for loss in losses.tolist()]


@torch.no_grad()
def logits_of(model: TransformerLM, ids: Tensor) -> Tensor:
    """(B, T, V) float32 logits, in the precision that training used."""
    with (
        attention_backend("fused"),
        torch.autocast(ids.device.type, torch.bfloat16, enabled=ids.is_cuda),
    ):
        logits: Tensor = model(ids)
    return logits.float()


@torch.no_grad()
def losses_by_place(model: TransformerLM, text: Tensor, length: int, count: int = 64) -> Tensor:
    """(length,) mean loss at each place of windows that are the same for all models, nats."""
    total = torch.zeros(length, device=text.device)
    for part in torch.split(windows(text, count, length, TEST_SEED).long(), 16):
        logits = logits_of(model, part[:, :-1])
        total += F.cross_entropy(logits.transpose(1, 2), part[:, 1:], reduction="none").sum(0)
    return (total / count).cpu()
