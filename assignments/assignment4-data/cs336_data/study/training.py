"""One training run of the study: a fixed budget of tokens, documents of one variant, two losses.

Needs torch, numpy and assignments 1 and 3 only, so that it runs where nothing else is installed. On
a GPU the model is compiled once and started afresh for every run.
"""

from __future__ import annotations

import json
import lzma
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cs336_basics.model import TransformerLM
from cs336_scaling.real_study.lean_model import LeanTransformer, feed_forward_width
from numpy.typing import NDArray
from torch import Tensor, nn

WARMUP_SHARE = 0.05
FINAL_RATE_SHARE = 0.1
WEIGHT_DECAY = 0.1
MAX_NORM = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Size of the model and of a run; the same for all variants."""

    d_model: int
    num_layers: int
    head_width: int
    context_length: int
    batch_size: int
    steps: int
    max_rate: float
    held_out_tokens: int = 1 << 40  # of each held-out set, whole documents spread over it

    @property
    def tokens(self) -> int:
        """Budget of a run."""
        return self.steps * self.batch_size * self.context_length


GPU = Plan(512, 6, 32, 256, 64, 1000, 1.5e-3)
"""29.1 million parameters with a vocabulary of 10,000, 16.4 million tokens a run."""
SMALL = Plan(64, 2, 16, 128, 4, 400, 6e-3, 20_000)
"""1.4 million parameters, most of them embeddings; 205 thousand tokens a run."""


class RealRotation(LeanTransformer):
    """The lean model with rotations in real numbers, which bfloat16 and the compiler can do."""

    def _attend(self, qkv: Tensor, rotation: Tensor) -> Tensor:
        batch, length, _ = qkv.shape
        heads = qkv.view(batch, length, 3 * self.num_heads, -1)
        query_key, value = torch.split(heads, [2 * self.num_heads, self.num_heads], dim=2)
        cosine, sine = self.cosine_sine.to(qkv.dtype).unbind(-1)  # (T, 1, d_k/2)
        even, odd = query_key.reshape(*query_key.shape[:-1], -1, 2).unbind(-1)
        turned = torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1)
        query, key = torch.split(turned.flatten(-2), self.num_heads, dim=2)
        mixed = nn.functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True
        )
        return mixed.transpose(1, 2).flatten(-2)


class Pool:
    """The pool's ids in memory and which documents each variant has."""

    def __init__(self, folder: Path) -> None:
        path = folder / "index.json"
        if not path.is_file():
            raise FileNotFoundError(f"no {path}: python -m cs336_data.study.pool makes it")
        self.index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.ids = read_parts(folder, self.index["parts"])
        lengths = np.array(self.index["lengths"])
        self._ends = np.cumsum(lengths)
        self._starts = self._ends - lengths
        self.held_out = {
            name: (read_parts(folder, entry["parts"]), np.array(entry["lengths"]))
            for name, entry in self.index["held_out"].items()
        }

    def documents(self, variant: str) -> list[int]:
        """Document numbers of a variant."""
        runs = self.index["variants"][variant]
        return [number for first, count in runs for number in range(first, first + count)]

    def stream(self, variant: str, tokens: int, seed: int) -> NDArray[np.uint16]:
        """`tokens` ids: the variant's documents in an order drawn for each epoch anew."""
        rng = np.random.default_rng(seed)
        documents = np.array(self.documents(variant))
        parts: list[NDArray[np.uint16]] = []
        size = 0
        while size < tokens:
            for i in rng.permutation(documents):
                part = self.ids[self._starts[i] : self._ends[i]]
                parts.append(part)
                size += len(part)
                if size >= tokens:
                    break
        stream: NDArray[np.uint16] = np.concatenate(parts)[:tokens]
        return stream


def read_parts(folder: Path, names: list[str]) -> NDArray[np.uint16]:
    """Ids of compressed parts, joined."""
    data = b"".join(lzma.decompress((folder / name).read_bytes()) for name in names)
    return np.frombuffer(data, dtype="<u2")


class Trainer:
    """A model that is trained again and again, from weights drawn for each seed."""

    def __init__(self, plan: Plan, vocab_size: int, device: str) -> None:
        self.plan, self.vocab_size, self.device = plan, vocab_size, torch.device(device)
        self._model = self._fresh(0).to(self.device)
        on_gpu = self.device.type == "cuda"
        self._forward: Callable[[Tensor, Tensor], Tensor] = self._losses
        if on_gpu:
            torch.set_float32_matmul_precision("high")
            self._forward = torch.compile(self._losses, dynamic=False)

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(p.numel() for p in self._model.parameters())

    def train(self, ids: NDArray[np.uint16], seed: int) -> float:
        """Train on `ids` in their order; returns the seconds that it took."""
        plan = self.plan
        with torch.no_grad():
            for own, fresh in zip(
                self._model.parameters(), self._fresh(seed).parameters(), strict=True
            ):
                own.copy_(fresh)
        on_gpu = self.device.type == "cuda"
        optimizer = torch.optim.AdamW(
            self._model.parameters(),
            plan.max_rate,
            (0.9, 0.95),
            weight_decay=WEIGHT_DECAY,
            fused=on_gpu,
        )
        width = plan.context_length
        rows = torch.from_numpy(ids.astype(np.int32)).to(self.device)
        batches = rows[: plan.tokens].view(plan.steps, plan.batch_size, width)
        begin = time.perf_counter()
        for step in range(plan.steps):
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, plan)
            batch = batches[step].long()
            loss = self._forward(batch[:, :-1], batch[:, 1:]).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self._model.parameters(), MAX_NORM)
            optimizer.step()
        if on_gpu:
            torch.cuda.synchronize()
        return time.perf_counter() - begin

    @torch.no_grad()
    def document_losses(
        self, ids: NDArray[np.uint16], lengths: NDArray[np.int64]
    ) -> list[list[float]]:
        """[sum of losses in nats, tokens] of each document, read in windows of the context.

        Windows do not cross documents, so losses of documents can be drawn anew for an interval.
        """
        chosen = spread(lengths, self.plan.held_out_tokens)
        width, size = self.plan.context_length, self.plan.batch_size
        windows, owners, masks = [], [], []
        ends = np.cumsum(lengths)
        for owner, (end, length) in enumerate(zip(ends[chosen], lengths[chosen], strict=True)):
            for window in _windows(ids[end - length : end], width):
                mask = np.zeros(width - 1, dtype=bool)
                mask[: len(window) - 1] = True
                windows.append(np.pad(window, (0, width - len(window))))
                masks.append(mask)
                owners.append(owner)
        total = np.zeros((len(chosen), 2))
        for i in range(0, len(windows), size):
            chunk = np.array(windows[i : i + size]).astype(np.int64)
            full = np.zeros((size, width), dtype=np.int64)
            full[: len(chunk)] = chunk
            batch = torch.from_numpy(full).to(self.device)
            loss = self._forward(batch[:, :-1], batch[:, 1:]).float().cpu().numpy()[: len(chunk)]
            mask = np.array(masks[i : i + size])
            np.add.at(total[:, 0], owners[i : i + size], (loss * mask).sum(axis=1))
            np.add.at(total[:, 1], owners[i : i + size], mask.sum(axis=1))
        return [[round(float(a), 2), int(b)] for a, b in total]

    def _fresh(self, seed: int) -> RealRotation:
        """Assignment 1's initialisation from a seed."""
        plan = self.plan
        heads = plan.d_model // plan.head_width
        torch.manual_seed(seed)
        model = TransformerLM(
            self.vocab_size,
            plan.context_length - 1,
            plan.d_model,
            plan.num_layers,
            heads,
            feed_forward_width(plan.d_model),
        )
        return RealRotation(model, heads)

    def _losses(self, x: Tensor, y: Tensor) -> Tensor:
        """(B, T) losses in nats; matrix products in bfloat16 on a GPU."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            logits = self._model(x)
        loss = nn.functional.cross_entropy(
            logits.float().flatten(0, 1), y.flatten(), reduction="none"
        )
        return loss.view(y.shape)


def spread(lengths: NDArray[np.int64], tokens: int) -> NDArray[np.int64]:
    """Numbers of every n-th document, with n the least for which they have at most `tokens`."""
    for stride in range(1, len(lengths) + 1):
        if lengths[::stride].sum() <= tokens:
            break
    return np.arange(0, len(lengths), stride)


def rate_at(step: int, plan: Plan) -> float:
    """Linear warm-up, then a cosine down to a tenth."""
    warmup = max(1, round(WARMUP_SHARE * plan.steps))
    if step < warmup:
        return plan.max_rate * (step + 1) / warmup
    done = (step - warmup) / max(1, plan.steps - warmup)
    low = FINAL_RATE_SHARE * plan.max_rate
    return low + (plan.max_rate - low) * (1 + math.cos(math.pi * done)) / 2


def _windows(document: NDArray[np.uint16], width: int) -> Iterator[NDArray[np.uint16]]:
    """Stretches of `width` ids that overlap by one, so that each id but the first is predicted."""
    for start in range(0, max(1, len(document) - 1), width - 1):
        window = document[start : start + width]
        if len(window) > 1:
            yield window
