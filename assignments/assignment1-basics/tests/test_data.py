"""Batches of windows, the sampler of a run, and token files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from cs336_basics.data import get_batch, open_tokens
from cs336_basics.training.sampler import WindowSampler


def test_targets_are_the_successors_and_all_starts_occur() -> None:
    dataset, starts = np.arange(100, dtype=np.uint16), set()
    for _ in range(100):
        x, y = get_batch(dataset, 32, 7, "cpu")
        assert x.shape == y.shape == (32, 7)
        assert x.dtype == y.dtype == torch.int64
        assert torch.equal(x + 1, y)
        starts.update(x[:, 0].tolist())
    assert starts == set(range(93))  # uniform in [0, n - T)


def test_starts_are_uniform() -> None:
    rng = np.random.default_rng(0)
    x, _ = get_batch(np.arange(20), 20_000, 10, "cpu", rng)
    counts = np.bincount(x[:, 0].numpy(), minlength=10)
    assert counts.min() > 1800
    assert counts.max() < 2200


def test_torchs_seed_fixes_the_batch() -> None:
    dataset = np.arange(1000)
    torch.manual_seed(3)
    first, _ = get_batch(dataset, 4, 5, "cpu")
    torch.manual_seed(3)
    again, _ = get_batch(dataset, 4, 5, "cpu")
    assert torch.equal(first, again)


def test_memory_mapped_files_of_both_kinds(tmp_path: Path) -> None:
    tokens = np.arange(500, dtype=np.uint32)
    tokens.tofile(tmp_path / "raw.bin")
    np.save(tmp_path / "tokens.npy", tokens)
    for name in ("raw.bin", "tokens.npy"):
        opened = open_tokens(tmp_path / name, "uint32")
        assert isinstance(opened, np.memmap)
        x, y = get_batch(opened, 3, 4, "cpu")
        assert torch.equal(x + 1, y)


def test_smallest_data_set_and_one_too_small() -> None:
    x, y = get_batch(np.arange(5), 2, 4, "cpu")
    assert x.tolist() == [[0, 1, 2, 3]] * 2
    assert y.tolist() == [[1, 2, 3, 4]] * 2
    with pytest.raises(ValueError, match="4 tokens, too few for a context of 4"):
        get_batch(np.arange(4), 2, 4, "cpu")


def test_bad_devices_dtypes_and_files(tmp_path: Path) -> None:
    with pytest.raises((RuntimeError, AssertionError), match="CUDA"):
        get_batch(np.arange(50), 2, 4, "cuda:99")
    with pytest.raises(ValueError, match="1-D integer array"):
        get_batch(np.zeros((5, 5), dtype=np.int64), 2, 4, "cpu")
    with pytest.raises(FileNotFoundError, match="no token file"):
        open_tokens(tmp_path / "missing.bin")
    (tmp_path / "empty.bin").touch()
    with pytest.raises(ValueError, match="is empty"):
        open_tokens(tmp_path / "empty.bin")
    (tmp_path / "torn.bin").write_bytes(b"abc")
    with pytest.raises(ValueError, match="not a multiple of 2"):
        open_tokens(tmp_path / "torn.bin")


def test_ranks_and_accumulation_steps_share_one_batch() -> None:
    def starts(rank: int, world: int, micro: int) -> list[int]:
        sampler = WindowSampler(
            np.arange(1000), 8, 4, seed=5, rank=rank, world_size=world, micro_batches=micro
        )
        assert sampler.starts(7).shape == (micro, 8 // (world * micro))
        return [int(s) for s in sampler.starts(7).flatten()]

    whole = starts(0, 1, 1)
    assert starts(0, 1, 4) == whole
    assert starts(0, 2, 2) + starts(1, 2, 2) == whole
    other = WindowSampler(np.arange(1000), 8, 4, seed=5).starts(8)
    assert [int(s) for s in other.flatten()] != whole
    with pytest.raises(ValueError, match="cannot be divided among 3 processes"):
        WindowSampler(np.arange(1000), 8, 4, seed=5, world_size=3)
