"""Small Transformers that are trained on leaked data, several at once, and then examined.

The models of a run are assignment 1's, stacked: their parameters have a leading dimension, and a
step trains all of them side by side, each on data of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from cs336_basics.model import TransformerLM
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from lectures.lecture_12.leaks import VOCABULARY, WINDOW, Exam, Tokens, ids, training_windows


@dataclass(frozen=True)
class Recipe:
    """Shape of the models, and how they are trained."""

    d_model: int = 64
    layers: int = 2
    heads: int = 4
    batch: int = 16
    rate: float = 3e-3
    """Peak of the learning rate: a tenth of the steps up to it, then down to zero."""


class Reader(nn.Module):
    """Assignment 1's Transformer without its look at the ids, which reads values of a tensor that
    stands for many."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        r = recipe
        self.lm = TransformerLM(
            len(VOCABULARY), WINDOW, r.d_model, r.layers, r.heads, 4 * r.d_model
        )

    def forward(self, ids: Tensor) -> Tensor:
        """(rows, T) -> (rows, T, vocabulary)."""
        x = F.embedding(ids, self.lm.token_embeddings.weight)
        for layer in self.lm.layers:
            x = layer(x)
        logits: Tensor = self.lm.lm_head(self.lm.ln_final(x))
        return logits


class Examinees:
    """Models side by side; `seeds` gives each its own initial weights."""

    def __init__(self, recipe: Recipe, seeds: list[int], device: str = "cpu") -> None:
        self.recipe, self.device = recipe, device
        models = [self._made(seed) for seed in seeds]
        parameters, self._buffers = stack_module_state(models)
        self._parameters = {
            name: value.detach().to(device).requires_grad_() for name, value in parameters.items()
        }
        self._buffers = {name: value.to(device) for name, value in self._buffers.items()}
        self._base = self._made(0).to("meta")

    def _made(self, seed: int) -> Reader:
        torch.manual_seed(seed)
        return Reader(self.recipe)

    def logits(self, tokens: Tensor) -> Tensor:
        """(models, rows, T) -> (models, rows, T, vocabulary)."""

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], rows: Tensor) -> Tensor:
            output: Tensor = functional_call(self._base, (parameters, buffers), (rows,))
            return output

        if self.device != "cpu":
            return torch.as_tensor(vmap(one)(self._parameters, self._buffers, tokens))
        parts = [  # on a CPU the detour over vmap takes twice as long
            one(_of(self._parameters, place), _of(self._buffers, place), rows)
            for place, rows in enumerate(tokens)
        ]
        return torch.stack(parts)

    def train(self, windows: Tokens, say: Callable[[str], None] = lambda _: None) -> None:
        """One pass over each model's windows, (models, windows, WINDOW)."""
        data = torch.as_tensor(windows.astype(np.int16), device=self.device)
        steps = data.shape[1] // self.recipe.batch
        optimizer = torch.optim.AdamW(list(self._parameters.values()), lr=self.recipe.rate)
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = self.recipe.rate * min(10 * (step + 1) / steps, 1 - step / steps)
            rows = data[:, step * self.recipe.batch : (step + 1) * self.recipe.batch].long()
            losses = -self.token_log_probs(rows).mean((1, 2))
            optimizer.zero_grad()
            losses.sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            if step % max(1, steps // 5) == 0:
                say(f"step {step} of {steps}: loss {losses.mean().item():.3f}")

    def token_log_probs(self, rows: Tensor) -> Tensor:
        """Log probability of each token but the first, (models, rows, T - 1)."""
        logits = self.logits(rows[..., :-1])
        picked = F.cross_entropy(logits.flatten(0, -2), rows[..., 1:].flatten(), reduction="none")
        return -picked.view(rows[..., 1:].shape)

    @torch.no_grad()
    def right(self, items: Tokens) -> list[list[bool]]:
        """Whether each model's greedy answer to each item, (items, ITEM), is right."""
        rows = torch.as_tensor(items, device=self.device).expand(self._count, -1, -1)
        answers = self.logits(rows[..., :-1])[:, :, -1].argmax(-1)
        found: list[list[bool]] = (answers == rows[..., -1]).tolist()
        return found

    @torch.no_grad()
    def log_likelihoods(self, items: Tokens, orders: Tokens) -> list[list[float]]:
        """log p of the items in each of the `orders`, window by window: (models, orders)."""
        sums = []
        for order in orders:
            rows = torch.as_tensor(items[order].reshape(-1, WINDOW), device=self.device)
            sums.append(self.token_log_probs(rows.expand(self._count, -1, -1)).sum((1, 2)))
        values: list[list[float]] = torch.stack(sums, 1).double().tolist()
        return values

    @property
    def _count(self) -> int:
        return len(next(iter(self._parameters.values())))


def _of(stacked: dict[str, Tensor], place: int) -> dict[str, Tensor]:
    return {name: value[place] for name, value in stacked.items()}


def scores(models: Examinees, exam: Exam) -> list[dict[str, float]]:
    """Each model's share of right answers on the benchmark and on fresh problems."""
    leaked, fresh = models.right(ids(exam.items)), models.right(ids(exam.fresh))
    return [
        {"benchmark": float(np.mean(a)), "fresh": float(np.mean(b))}
        for a, b in zip(leaked, fresh, strict=True)
    ]


def orders_to_try(items: int, shuffles: int, seed: int = 0) -> Tokens:
    """The published order first, then random ones, (1 + shuffles, items)."""
    rng = np.random.default_rng(seed)
    rest = [rng.permutation(items) for _ in range(shuffles)]
    return np.stack([np.arange(items), *rest])


def order_p(likely: list[float]) -> float:
    """Share of the orders, the published one in front, that are at least as likely as it."""
    return float(np.mean(np.array(likely) >= likely[0]))


def order_z(likely: list[float]) -> float:
    """The published order above the mean of the others, in their standard deviations."""
    return float((likely[0] - np.mean(likely[1:])) / np.std(likely[1:], ddof=1))


def trained(exam: Exam, recipe: Recipe, copies: int, windows: int, seed: int = 0) -> Examinees:
    """One model that has read so many windows, among them `copies` of the exam in order."""
    model = Examinees(recipe, [seed])
    model.train(training_windows(exam, windows, "in order", copies, seed)[None])
    return model
