"""Checkpoints: written atomically, checked before anything is overwritten, resumed bit-exactly.

A checkpoint is one `torch.save` file {format, model, optimizer, iteration, extra, digest}. It is
read with `weights_only=True`, so a file from elsewhere can run no code.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

FORMAT = "cs336-basics-checkpoint-1"
Source = str | os.PathLike[str] | BinaryIO | IO[bytes]


class CheckpointError(ValueError):
    """The checkpoint is unreadable, damaged, or belongs to another model."""


def save_checkpoint(
    model: nn.Module,
    optimizer: Optimizer,
    iteration: int,
    out: Source,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write model, optimizer and iteration (and `extra`: tensors, numbers, strings, containers).

    A path is replaced in one step after the data has reached the disk: a crash at any moment, even
    `kill -9`, leaves the previous checkpoint or the new one. A binary file is written from its
    current position.
    """
    state = {
        "format": FORMAT,
        "model": _unwrap(model).state_dict(),
        "optimizer": optimizer.state_dict(),
        "iteration": int(iteration),
        "extra": dict(extra or {}),
    }
    state["digest"] = _digest(state)
    if not isinstance(out, str | os.PathLike):
        torch.save(state, out)
        return
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(src: Source, model: nn.Module, optimizer: Optimizer) -> int:
    """Load model and optimizer in place and return the iteration.

    Raises:
        CheckpointError: damaged file or other model; model and optimizer are then unchanged.
        FileNotFoundError: no such path.
    """
    state = read_checkpoint(src)
    check_optimizer_state(optimizer, state, _name_of(src))
    load_model_state(model, state, _name_of(src))
    optimizer.load_state_dict(state["optimizer"])
    return int(state["iteration"])


def check_optimizer_state(
    optimizer: Optimizer, state: Mapping[str, Any], name: str = "checkpoint"
) -> None:
    """Raise CheckpointError unless the groups of state["optimizer"] are those of `optimizer`."""
    saved = [len(group["params"]) for group in state["optimizer"]["param_groups"]]
    here = [len(group["params"]) for group in optimizer.param_groups]
    if saved != here:
        raise CheckpointError(
            f"{name} belongs to an optimizer with groups of {saved} parameters, this one has {here}"
        )


def read_checkpoint(src: Source) -> dict[str, Any]:
    """The checked content of a checkpoint with all tensors on the CPU."""
    name = _name_of(src)
    if isinstance(src, str | os.PathLike) and not Path(src).is_file():
        raise FileNotFoundError(f"no checkpoint {name}")
    try:
        state = torch.load(src, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen types for damaged archives
        raise CheckpointError(
            f"{name} is not a readable checkpoint (truncated or not one at all): "
            f"{str(error).splitlines()[0]}"
        ) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"{name} is a torch file but not a {FORMAT}")
    if state.pop("digest") != _digest(state):
        raise CheckpointError(f"{name} is damaged: its content does not match its SHA-256 digest")
    return state


def load_model_state(model: nn.Module, state: Mapping[str, Any], name: str = "checkpoint") -> None:
    """Copy state["model"] into `model` after checking that names and shapes agree."""
    target, saved = _unwrap(model).state_dict(), state["model"]
    problems = [f"lacks {key}" for key in target if key not in saved]
    problems += [f"has unknown {key}" for key in saved if key not in target]
    problems += [
        f"has {key} of shape {tuple(saved[key].shape)}, the model {tuple(target[key].shape)}"
        for key in target
        if key in saved and saved[key].shape != target[key].shape
    ]
    if problems:
        more = f" and {len(problems) - 3} more differences" if len(problems) > 3 else ""
        raise CheckpointError(
            f"{name} belongs to another model: it {'; it '.join(problems[:3])}{more}"
        )
    _unwrap(model).load_state_dict(saved)


def capture_rng() -> dict[str, Any]:
    """States of Python's, NumPy's and torch's (CPU and every GPU) global generators."""
    version, internal, gauss = random.getstate()
    kind, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    return {
        "python": [version, list(internal), gauss],
        "numpy": [str(kind), torch.from_numpy(np.asarray(keys).astype(np.int64)),
                  int(position), int(has_gauss), float(cached)],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }  # fmt: skip


def restore_rng(state: Mapping[str, Any]) -> None:
    """Inverse of `capture_rng`; GPU states are restored when as many GPUs are present."""
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    kind, keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state["torch"])
    if state["cuda"] and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])


def _unwrap(model: nn.Module) -> nn.Module:
    """The module behind torch.compile's wrapper, whose keys carry no `_orig_mod.` prefix."""
    original = getattr(model, "_orig_mod", model)
    assert isinstance(original, nn.Module)
    return original


def _name_of(src: Source) -> str:
    if isinstance(src, str | os.PathLike):
        return str(src)
    return str(getattr(src, "name", "the checkpoint file"))


def _digest(value: Any) -> str:
    """SHA-256 over a nested state: structure, numbers and the bytes of every tensor."""
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, Tensor):
        digest.update(f"{value.dtype}{tuple(value.shape)}".encode())
        # Through uint8, because NumPy has no bfloat16; reshape, because a scalar has no view.
        raw = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(raw.numpy().data)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            digest.update(f"{key!r}:".encode())
            _feed(digest, item)
    elif isinstance(value, list | tuple):
        for item in value:
            _feed(digest, item)
    else:
        digest.update(repr(value).encode())
