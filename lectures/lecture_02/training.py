"""The two training runs of the lecture: a regression, and a language model on stories."""

import math
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from cs336_basics.bpe import train_bpe
from cs336_basics.config import ModelConfig
from cs336_basics.data import TokenArray, get_batch, open_tokens
from cs336_basics.fast.attention import attention_backend
from cs336_basics.generation import generate_batch, seeded
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import clip_gradient_norm, cross_entropy
from cs336_basics.optimizer import AdamW, get_lr_cosine_schedule
from cs336_basics.stories import sample_block
from cs336_basics.tokenizer import Tokenizer
from torch import Tensor

from lectures.lecture_02.networks import DeepLinear
from lectures.lecture_02.optimizers import SGD

STORIES = 300
MODEL = ModelConfig(
    vocab_size=512, context_length=32, d_model=48, num_layers=2, num_heads=4, d_ff=128
)
"""Small enough to train while the lecture is given."""


@dataclass(frozen=True)
class Points:
    """Regression data: x (n, D) and y (n,)."""

    x: Tensor
    y: Tensor


def regression_points(count: int, dim: int = 16, seed: int = 0) -> Points:
    """x normal and y = x . (0, 1, ..., D - 1); two seeds give two sets without a common point."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, dim, generator=generator)
    return Points(x, x @ torch.arange(dim, dtype=torch.float32))


def squared_error(model: Callable[[Tensor], Tensor], points: Points) -> float:
    """Mean squared error, without a gradient."""
    with torch.no_grad():
        return float(((model(points.x) - points.y) ** 2).mean())


@dataclass(frozen=True)
class Losses:
    """Loss after each step, on all that is learnt from and on what is held out."""

    train: list[float]
    held_out: list[float]


def fresh_regression(rate: float, dim: int = 16) -> tuple[DeepLinear, SGD]:
    """A linear model with the weights of seed 0, and its optimizer."""
    torch.manual_seed(0)
    model = DeepLinear(dim, layers=0)
    return model, SGD(model.parameters(), lr=rate)


def regress(rate: float, steps: int, train: Points, held_out: Points, batch: int = 4) -> Losses:
    """Linear regression by SGD on batches of `train`; `held_out` is measured, never learnt from."""
    model, optimizer = fresh_regression(rate, train.x.shape[1])
    losses = Losses([], [])
    for _ in range(steps):
        chosen = torch.randint(len(train.y), (batch,))
        loss = ((model(train.x[chosen]) - train.y[chosen]) ** 2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.train.append(squared_error(model, train))
        losses.held_out.append(squared_error(model, held_out))
    return losses


def by_rate(
    rates: Iterable[float], steps: int, train: Points, held_out: Points
) -> dict[float, list[float]]:
    """Held-out losses of `regress`, by learning rate."""
    return {rate: regress(rate, steps, train, held_out).held_out for rate in rates}


def read_stories(seed: int, first: int = 0, count: int = STORIES) -> list[str]:
    """Stories of assignment 1's grammar, `first` .. `first + count - 1` of the seed's block."""
    return [story for story, _ in sample_block(seed, 0)[first : first + count]]


def split_stories(seed: int) -> tuple[str, str]:
    """Text to learn from and text to test on: no story stands in both."""
    train = read_stories(seed)
    held_out = [s for s in read_stories(seed, STORIES, STORIES // 4) if s not in set(train)]
    return "\n\n".join(train), "\n\n".join(held_out)


def train_tokenizer(text: str, folder: Path) -> Tokenizer:
    """A tokenizer of the model's vocabulary; its source is written into `folder`."""
    source = folder / "stories.txt"
    source.write_text(text, encoding="utf-8")
    vocabulary, merges = train_bpe(source, MODEL.vocab_size, [], progress=False)
    return Tokenizer(vocabulary, merges)


def write_tokens(tokenizer: Tokenizer, text: str, path: Path) -> Path:
    """The text's tokens as raw uint16."""
    np.array(tokenizer.encode(text), dtype=np.uint16).tofile(path)
    return path


def tokens_of(train: str, held_out: str) -> tuple[Tokenizer, TokenArray, TokenArray]:
    """A tokenizer that has seen `train` only, and both texts as memory-mapped tokens."""
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = train_tokenizer(train, Path(folder))
        learnt = open_tokens(write_tokens(tokenizer, train, Path(folder, "train.bin")))
        if not held_out:
            return tokenizer, learnt, learnt[:0]
        unseen = open_tokens(write_tokens(tokenizer, held_out, Path(folder, "held_out.bin")))
        return tokenizer, learnt, unseen


@dataclass(frozen=True)
class History:
    """Loss (nats a token) and learning rate of every step."""

    losses: list[float]
    learning_rates: list[float]


def train(
    model: TransformerLM,
    optimizer: AdamW,
    tokens: TokenArray,
    first: int,
    last: int,
    total: int,
    batch: int = 8,
) -> History:
    """Steps first .. last - 1 of a run of `total` steps; batches depend on the step alone."""
    history = History([], [])
    with attention_backend("fused"):
        for step in range(first, last):
            rate = get_lr_cosine_schedule(step + 1, 1e-2, 1e-3, total // 10, total)
            for group in optimizer.param_groups:
                group["lr"] = rate
            rng = np.random.default_rng([1, step])  # a seed of its own: data, not weights
            x, y = get_batch(tokens, batch, model.context_length, "cpu", rng)
            loss = cross_entropy(model(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            clip_gradient_norm(model.parameters(), 1.0)
            optimizer.step()
            history.losses.append(float(loss.detach()))
            history.learning_rates.append(rate)
    return history


def fresh_run() -> tuple[TransformerLM, AdamW]:
    """A model with the weights of seed 0, and its optimizer."""
    torch.manual_seed(0)
    model = MODEL.build()
    return model, AdamW(model.parameters(), weight_decay=0.1)


def unigram_entropy(tokens: TokenArray) -> float:
    """Nats a token of a model that knows the frequencies of tokens and nothing else."""
    counts = np.bincount(np.asarray(tokens))
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def levels(tokens: TokenArray) -> dict[str, float]:
    """Nats a token of two models that know nothing, or nothing but frequencies."""
    return {
        "all alike": round(math.log(MODEL.vocab_size), 2),
        "frequencies": round(unigram_entropy(tokens), 2),
    }


def mean_loss(model: TransformerLM, tokens: TokenArray) -> float:
    """Loss on 32 windows that are always the same, to two digits."""
    x, y = get_batch(tokens, 32, MODEL.context_length, "cpu", np.random.default_rng(2))
    with torch.no_grad():
        return round(float(cross_entropy(model(x), y)), 2)


def write_story(model: TransformerLM, tokenizer: Tokenizer, prompt: str, length: int) -> str:
    """The prompt and `length` tokens that the model adds to it."""
    ids = tokenizer.encode(prompt)
    added = generate_batch(model, [ids], length, 0.7, 0.9, None, generator=seeded(3))[0]
    return tokenizer.decode(ids + added)
