"""Checkpoints: exact round trip, atomic replacement, damage and mismatch named."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from cs336_basics.optimizer import AdamW
from cs336_basics.serialization import (
    CheckpointError,
    capture_rng,
    load_checkpoint,
    read_checkpoint,
    restore_rng,
    save_checkpoint,
)
from torch import nn


def make(width: int = 4) -> tuple[nn.Linear, AdamW]:
    model = nn.Linear(3, width)
    optimizer = AdamW(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(2, 3)).sum().backward()
        optimizer.step()
    return model, optimizer


def assert_same(a: tuple[nn.Linear, AdamW], b: tuple[nn.Linear, AdamW]) -> None:
    for p, q in zip(a[0].parameters(), b[0].parameters(), strict=True):
        assert torch.equal(p, q)
        for key in ("exp_avg", "exp_avg_sq"):
            assert torch.equal(a[1].state[p][key], b[1].state[q][key])
        assert a[1].state[p]["step"] == b[1].state[q]["step"]


def test_round_trip_through_a_path_and_a_file(tmp_path: Path) -> None:
    saved, buffer = make(), io.BytesIO()
    save_checkpoint(*saved, 17, tmp_path / "deep" / "checkpoint.pt")
    save_checkpoint(*saved, 18, buffer)
    buffer.seek(0)
    loaded, other = make(), make()
    assert load_checkpoint(tmp_path / "deep" / "checkpoint.pt", *loaded) == 17
    assert load_checkpoint(buffer, *other) == 18
    assert_same(saved, loaded)
    assert_same(saved, other)


def test_a_compiled_model_saves_under_plain_names() -> None:
    model, optimizer = make()
    buffer = io.BytesIO()
    save_checkpoint(torch.compile(model), optimizer, 1, buffer)  # type: ignore[arg-type]
    buffer.seek(0)
    assert load_checkpoint(buffer, *make()) == 1


def test_a_failed_write_keeps_the_old_checkpoint(tmp_path: Path) -> None:
    path, saved = tmp_path / "checkpoint.pt", make()
    save_checkpoint(*saved, 1, path)
    with pytest.raises(Exception, match="pickle"):
        save_checkpoint(*make(), 2, path, extra={"not savable": lambda: None})
    assert load_checkpoint(path, *make()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.pt"]


@pytest.mark.parametrize("damage", ["cut", "flipped byte", "text", "other torch file"])
def test_damage_is_named_and_nothing_is_changed(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(*make(), 5, path)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped byte":
        weight = read_checkpoint(path)["model"]["weight"].numpy().tobytes()
        content[content.index(weight)] ^= 1
        path.write_bytes(content)
    elif damage == "text":
        path.write_text("not a checkpoint", encoding="utf-8")
    else:
        torch.save({"weights": torch.ones(2)}, path)
    model, optimizer = make()
    before = [p.clone() for p in model.parameters()]
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt"):
        load_checkpoint(path, model, optimizer)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_another_models_checkpoint_is_refused(tmp_path: Path) -> None:
    save_checkpoint(*make(width=4), 5, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match=r"has weight of shape \(4, 3\), the model \(5, 3\)"):
        load_checkpoint(tmp_path / "c.pt", *make(width=5))
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        load_checkpoint(tmp_path / "none.pt", *make())


def test_random_generators_continue_where_they_were(tmp_path: Path) -> None:
    def draw() -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), torch.rand(()).item()

    save_checkpoint(*make(), 0, tmp_path / "c.pt", {"rng": capture_rng()})
    expected = draw()
    restore_rng(read_checkpoint(tmp_path / "c.pt")["extra"]["rng"])
    assert draw() == expected
