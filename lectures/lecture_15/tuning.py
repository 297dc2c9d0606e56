"""Train and question a small Transformer on the texts of `people`: pretraining, then SFT."""

import copy
import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from cs336_alignment.sft import tokenize_prompt_and_output
from cs336_basics.model import TransformerLM
from torch import Tensor
from torch.nn import functional as F

from lectures.lecture_15.people import BOS, EOS, UNKNOWN, Pair, World, make_world

LENGTH = 64  # context of the model, in tokens


@dataclass(frozen=True)
class Shape:
    """Size of a model and of its pretraining."""

    d_model: int = 64
    layers: int = 2
    steps: int = 300
    batch: int = 64
    rate: float = 3e-3


def build(world: World, shape: Shape, seed: int, device: str = "cpu") -> TransformerLM:
    """An untrained Transformer of assignment 1 for the world's vocabulary."""
    torch.manual_seed(seed)
    return TransformerLM(
        len(world.tokenizer.words), LENGTH, shape.d_model, shape.layers, 4, 2 * shape.d_model
    ).to(device)


def pretrained(
    world: World, shape: Shape = Shape(), seed: int = 0, device: str = "cpu"
) -> TransformerLM:
    """A model that has read batches of texts, each between BOS and EOS: statements and mentions
    by halves."""
    model = build(world, shape, seed, device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=shape.rate, weight_decay=0.01)
    told, named = world.texts()
    every = [f"{BOS} {text} {EOS}" for text in told + named]
    rows = tokenize_prompt_and_output([""] * len(every), every, world.tokenizer)
    rows = {name: tensor.to(device) for name, tensor in rows.items()}
    draw, half = torch.Generator().manual_seed(seed), shape.batch // 2
    for step in range(shape.steps):
        first = torch.randint(len(told), (half,), generator=draw)
        second = torch.randint(len(told), len(every), (half,), generator=draw)
        picked = torch.cat([first, second]).to(device)
        for group in optimizer.param_groups:
            group["lr"] = shape.rate * min(1.0, (step + 1) / 20) * (1 - step / shape.steps)
        _update(model, optimizer, {name: tensor[picked] for name, tensor in rows.items()})
    return model


@functools.cache
def base_model() -> tuple[World, TransformerLM]:
    """The world and the pretrained model that the lecture starts from."""
    world = make_world()
    return world, pretrained(world)


def sft_rows(pairs: Sequence[Pair], world: World, start: str = BOS) -> dict[str, Tensor]:
    """`start` and the prompt, then the answer and EOS, tokenised with the mask of the answer."""
    prompts = [f"{start} {prompt}" for prompt, _ in pairs]
    answers = [f"{answer} {EOS}" for _, answer in pairs]
    return tokenize_prompt_and_output(prompts, answers, world.tokenizer)


def tuned(
    model: TransformerLM, rows: dict[str, Tensor], steps: int = 60, batch: int = 32,
    rate: float = 1e-3, seed: int = 0,
) -> TransformerLM:  # fmt: skip
    """A copy of `model`, fine-tuned on the tokens under `response_mask`."""
    model, device = copy.deepcopy(model), next(model.parameters()).device
    rows = {name: tensor.to(device) for name, tensor in rows.items()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    draw, count = random.Random(seed), len(rows["labels"])
    for _ in range(steps):
        picked = torch.tensor(draw.choices(range(count), k=batch), device=device)
        _update(model, optimizer, {name: tensor[picked] for name, tensor in rows.items()})
    return model


def _update(
    model: TransformerLM, optimizer: torch.optim.Optimizer, batch: dict[str, Tensor]
) -> None:
    loss = masked_loss(model, batch)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def masked_loss(model: TransformerLM, batch: dict[str, Tensor]) -> Tensor:
    """Mean -log p over the labels under the mask, in nats."""
    losses = F.cross_entropy(
        model(batch["input_ids"]).flatten(0, 1), batch["labels"].flatten(), reduction="none"
    )
    kept = batch["response_mask"].flatten()
    return (losses * kept).sum() / kept.sum()


@torch.no_grad()
def said(
    model: TransformerLM, prompts: Sequence[str], world: World, start: str = BOS, most: int = 10
) -> list[str]:
    """The greedy answer to each prompt (of equal length), at most `most` words; "…" if cut off."""
    device = next(model.parameters()).device
    ids = torch.tensor([world.tokenizer.encode(f"{start} {p}") for p in prompts], device=device)
    begin = ids.shape[1]
    for _ in range(most):
        ids = torch.cat([ids, model(ids)[:, -1].argmax(-1, keepdim=True)], dim=1)
    answers = []
    for row in ids[:, begin:].tolist():
        cut = "" if world.tokenizer.eos_token_id in row else " …"
        answers.append(world.tokenizer.decode(row) + cut)
    return answers


def shares(model: TransformerLM, world: World, names: Sequence[str], start: str = BOS
           ) -> dict[str, float]:  # fmt: skip
    """Of the answers about these people: how many are right, wrong, declined, and never end."""
    pairs = world.asked(names)
    answers = said(model, [prompt for prompt, _ in pairs], world, start)
    towns = {answer for _, answer in world.asked(world.known + world.mentioned)}
    found = {"right": 0, "wrong": 0, "declined": 0, "endless": 0}
    for (_, true), answer in zip(pairs, answers, strict=True):
        begun = " ".join(answer.split()[:2])
        found["right"] += begun == true
        found["wrong"] += begun in towns and begun != true
        found["declined"] += answer.split()[:1] == [UNKNOWN]
        found["endless"] += answer.endswith("…")
    return {name: round(count / len(names), 3) for name, count in found.items()}
