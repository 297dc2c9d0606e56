"""Bytes of Python's own standard library: real text that every machine with Python has."""

import hashlib
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor


@dataclass(frozen=True)
class Corpus:
    """Bytes to train on and bytes to test on, and what identifies them."""

    train: Tensor
    test: Tensor
    name: str
    sha256: str


def standard_library(limit: int = 12_000_000) -> Corpus:
    """The .py files of Python's standard library, without its tests; every 20th is held out."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    skipped = {"test", "tests", "site-packages", "dist-packages", "__pycache__", "idlelib"}
    files = [
        file
        for file in sorted(folder.rglob("*.py"))
        if not skipped & set(file.relative_to(folder).parts)
    ]
    parts: dict[bool, list[bytes]] = {False: [], True: []}
    for number, file in enumerate(files):
        parts[number % 20 == 19].append(file.read_bytes())
    train, test = b"".join(parts[False])[:limit], b"".join(parts[True])
    digest = hashlib.sha256(train + test).hexdigest()
    version = ".".join(sysconfig.get_python_version().split(".")[:2])
    name = f"standard library of Python {version}, {len(train):,} + {len(test):,} bytes"
    as_tensor = [torch.frombuffer(bytearray(each), dtype=torch.uint8) for each in (train, test)]
    return Corpus(as_tensor[0], as_tensor[1], name, digest)
