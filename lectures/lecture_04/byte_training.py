"""Train the byte-level Transformers of `byte_model.py` and say what came of it.

On a GPU the whole step (forward, backward, AdamW, the move of the bias) is one captured CUDA graph;
on a CPU the same function runs as it is.
"""

import time
from typing import Any

import torch
from cs336_basics.nn_utils import clip_gradient_norm
from torch import Tensor

from lectures.lecture_04.byte_model import (
    ByteModel,
    Shape,
    Variant,
    batches,
    learning_rate,
    next_byte_loss,
)
from lectures.lecture_04.router import balance_loss, load, moved_bias, z_loss

Record = dict[str, Any]
SNAPSHOTS = 25
TEST_BATCHES = 16
BALANCED = 0.01
ROOM = 2.5
"""Capacity in fair shares where nothing should be dropped: what is, is on record."""
VARIANTS = (  # equal active width 384 unless the label says otherwise; total width 3072
    Variant("dense", 384),
    Variant("16 experts, top 2", 192, 16, 2, factor=ROOM, balance=BALANCED),
    Variant("16 experts, top 2, no pressure", 192, 16, 2),
    Variant("8 experts, top 1", 384, 8, 1, factor=ROOM, balance=BALANCED, renormalise=False),
    Variant("64 experts, top 8", 48, 64, 8, factor=ROOM, balance=BALANCED),
    Variant("62 experts, top 6, 2 shared", 48, 62, 6, 2, factor=ROOM, balance=BALANCED),
    Variant("16 experts, top 2, bias", 192, 16, 2, factor=ROOM, bias_step=2e-3),
    Variant("16 experts, top 2, capacity 1", 192, 16, 2, factor=1.0, balance=BALANCED),
    Variant("dense, 8 times as wide", 3072),
)


def run(variant: Variant, shape: Shape, seed: int, train: Tensor, test: Tensor) -> Record:
    """Train one variant on `train` bytes; the texts lie on the device that is to be used."""
    torch.manual_seed(seed)
    device = train.device
    model = ByteModel(shape, variant).to(device)
    windows = batches(train.cpu(), shape, seed, shape.steps).to(torch.uint8).to(device)
    step = _Step(model, variant, windows[0].long(), shape)
    losses = torch.zeros(shape.steps, device=device)
    snapshots: list[list[float]] = []
    begin = time.monotonic()
    for number in range(shape.steps):
        losses[number] = step(windows[number].long(), learning_rate(number, shape))
        if (
            variant.experts > 1
            and seed == 0
            and (number + 1) % max(1, shape.steps // SNAPSHOTS) == 0
        ):
            snapshots.append(_loads(model)[len(model.blocks) // 2])
    kept = losses.view(-1, max(1, shape.steps // 50)).mean(dim=1) if shape.steps >= 50 else losses
    seconds = time.monotonic() - begin
    record: Record = {"variant": variant.label, "seed": seed, "captured": step.captured}
    record |= {"parameters": sum(p.numel() for p in model.parameters())}
    record |= {"seconds": round(seconds, 2), "ms_per_step": round(1e3 * seconds / shape.steps, 3)}
    record |= {"curve": [round(x, 4) for x in kept.tolist()]}
    if variant.experts > 1:
        record |= {"level": _level(model)} | (
            {"load_of_a_middle_block": snapshots} if snapshots else {}
        )
    return record | _tested(model, variant, shape, test)


class _Step:
    """One step of training, captured if it can be."""

    def __init__(self, model: ByteModel, variant: Variant, first: Tensor, shape: Shape) -> None:
        self.model, self.variant, self.windows = model, variant, first.clone()
        self.cuda = first.is_cuda
        self.lr = torch.zeros((), device=first.device)
        options: dict[str, Any] = {"fused": True, "capturable": True} if self.cuda else {}
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=self.lr, betas=(0.9, 0.95), weight_decay=0.1, **options
        )
        self.graph: torch.cuda.CUDAGraph | None = None
        self.loss = torch.zeros((), device=first.device)
        self.captured = False
        if self.cuda:
            self._capture()

    def _capture(self) -> None:
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):  # with a learning rate of zero
                self.optimizer.zero_grad(set_to_none=True)
                self._work()
        torch.cuda.current_stream().wait_stream(side)
        for mixture in self.model.mixtures():
            mixture.bias.zero_()
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self._work()
        except RuntimeError as error:
            print(f"not captured: {str(error).splitlines()[0]}", flush=True)
            torch.cuda.synchronize()
            return
        self.graph, self.captured = graph, True

    def _work(self) -> None:
        variant = self.variant
        with torch.autocast(self.windows.device.type, dtype=torch.bfloat16, enabled=self.cuda):
            self.loss = next_byte_loss(self.model, self.windows)
        total = self.loss
        for mixture in self.model.mixtures():
            assert mixture.routing is not None
            assert mixture.logits is not None
            total = total + variant.balance * balance_loss(mixture.routing)
            total = total + variant.z * z_loss(mixture.logits)
        total.backward()  # type: ignore[no-untyped-call]
        clip_gradient_norm(self.model.parameters(), 1.0)
        self.optimizer.step()
        if variant.bias_step:
            for mixture in self.model.mixtures():
                assert mixture.routing is not None
                shares = load(mixture.routing.experts, variant.experts)
                mixture.bias.copy_(moved_bias(mixture.bias, shares, variant.bias_step))

    def __call__(self, windows: Tensor, lr: float) -> Tensor:
        """Train on one batch; the loss, detached."""
        self.windows.copy_(windows)
        self.lr.fill_(lr)
        if self.graph is not None:
            self.graph.replay()
        else:
            self.optimizer.zero_grad(set_to_none=True)
            self._work()
        return self.loss.detach()


def _loads(model: ByteModel) -> list[list[float]]:
    """Load of each expert on the last batch, block by block."""
    found = []
    for mixture in model.mixtures():
        assert mixture.routing is not None
        shares = load(mixture.routing.experts, len(mixture.w1))
        found.append([round(x, 4) for x in shares.tolist()])
    return found


def _level(model: ByteModel) -> list[float]:
    """Mean absolute logsumexp of each block's router on the last batch."""
    logits = [m.logits for m in model.mixtures() if m.logits is not None]
    return [round(each.logsumexp(dim=-1).abs().mean().item(), 3) for each in logits]


@torch.no_grad()
def _tested(model: ByteModel, variant: Variant, shape: Shape, test: Tensor) -> Record:
    """Loss on held-out files, load and drops there, and what a neighbour in the batch changes."""
    windows = batches(test.cpu(), shape, 12345, TEST_BATCHES).to(test.device)
    losses, dropped = [], []
    loads: list[Tensor] = []
    on_gpu = test.is_cuda
    with torch.autocast(test.device.type, dtype=torch.bfloat16, enabled=on_gpu):
        for batch in windows:
            losses.append(next_byte_loss(model, batch).item())
            if variant.experts > 1:
                loads.append(torch.tensor(_loads(model)))
                dropped.append(sum(m.dropped.item() for m in model.mixtures()) / shape.layers)
        half = shape.batch // 2
        # Other neighbours stand before the same sequences: whoever comes first finds a place.
        mixed = torch.cat([windows[1][:half], windows[0][half:]])
        one, other = model(windows[0][:, :-1])[half:], model(mixed[:, :-1])[half:]
    record: Record = {"test_loss": round(sum(losses) / len(losses), 4)}
    record |= {"answers_changed": (one.argmax(-1) != other.argmax(-1)).float().mean().item()}
    record |= {"largest_change": (one - other).abs().max().item()}
    if variant.experts > 1:
        mean = torch.stack(loads).mean(dim=0)
        record["dead"] = int((mean * variant.experts < 0.1).sum())
        record["busiest"] = [round(x, 2) for x in (mean.amax(1) * variant.experts).tolist()]
        record["dropped"] = round(sum(dropped) / len(dropped), 4)
    return record
