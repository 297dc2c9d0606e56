"""The contests of assignment 1: compression and loss at equal time, and speed of encoding.

Text is made up, or given by `--text`; the last tenth of a given text is held out.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from judge.contest import ContestError, Settings, TimeIsUp, at_most, contest, within
from judge.stories import Writer
from judge.train import train
from numpy.typing import NDArray

GROWTH = 1.25
"""From one size of vocabulary that is tried to the next."""
LARGEST = 50_000
ENCODED_WITH = 1_000
WINDOWS, LENGTH = 1024, 64
BYTES = 256


def texts(settings: Settings, characters: int) -> tuple[str, str]:
    """(text to train on, held-out text of a tenth of it)."""
    if settings.text is None:
        held_out = Writer(settings.seed, "held out").text(characters // 10)
        return Writer(settings.seed).text(characters), held_out
    border = len(settings.text) * 9 // 10
    if border < 10_000:
        raise ContestError("the text is too short: give 12,000 characters or more")
    return settings.text[:border][:characters], settings.text[border:][: characters // 10]


@contest("bytes_a_token", unit="bytes/token", better="higher",
         needs=["train_bpe", "tokenizer"], seconds=10)  # fmt: skip
def bytes_a_token(adapters: Any, settings: Settings) -> float:
    """Held-out bytes a token with the largest vocabulary that is trained within the time.

    Sizes grow by a quarter from 320; training that is not over when the time is does not count.
    """
    training, held_out = texts(settings, 2_000_000)
    found = None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text(training, encoding="utf-8", newline="")
        ends = time.perf_counter() + settings.seconds
        size = 320.0
        try:
            while size < LARGEST:
                with at_most(ends - time.perf_counter()):
                    found = adapters.run_train_bpe(path, int(size), [])
                if len(found[0]) < int(size):
                    break
                size *= GROWTH
        except TimeIsUp:
            pass
    if found is None:
        raise ContestError(f"no vocabulary of 320 was trained within {settings.seconds:g} s")
    ids = adapters.get_tokenizer(*found).encode(held_out)
    return len(held_out.encode()) / len(ids)


@contest("encoding_speed", unit="tokens/s", better="higher",
         needs=["train_bpe", "tokenizer"], seconds=5)  # fmt: skip
def encoding_speed(adapters: Any, settings: Settings) -> float:
    """Tokens that `encode` gives a second, story by story, with 1,000 entries."""
    training, _ = texts(settings, 200_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text(training, encoding="utf-8", newline="")
        vocab, merges = adapters.run_train_bpe(path, ENCODED_WITH, [])
    tokenizer = adapters.get_tokenizer(vocab, merges)
    unseen, _ = texts(settings, 2_000_000)
    stories = unseen.split("\n\n")[len(training.split("\n\n")) :] or unseen.split("\n\n")
    tokens, started = 0, time.perf_counter()
    for story in stories:
        tokens += len(tokenizer.encode(story))
        if time.perf_counter() - started > settings.seconds:
            break
    return tokens / (time.perf_counter() - started)


@contest("loss", unit="nats/byte", better="lower", seconds=20,
         needs=["transformer_lm", "cross_entropy", "adamw", "gradient_clipping", "get_batch",
                "learning_rate_schedule"])  # fmt: skip
def loss(adapters: Any, settings: Settings) -> float:
    """Held-out loss of a model of bytes that was trained for the given time.

    `run_contest(tokens, vocab_size, seconds)` in your `tests/adapters.py` may train whatever model
    it likes and return it: ids (B, 64) to logits (B, 64, V). Without it the course's loop trains
    your parts. Only the byte after each window counts, so to look ahead gains nothing.
    """
    training, held_out = texts(settings, 2_000_000)
    own = getattr(adapters, "run_contest", None)
    torch.manual_seed(settings.seed)
    if own is None:
        model = within(settings, "training", train, adapters, _ids(training), settings.seconds)
    else:
        model = within(settings, "run_contest", own, _ids(training), BYTES, settings.seconds)
    ids = torch.from_numpy(_ids(held_out).astype(np.int64))
    starts = torch.linspace(0, len(ids) - LENGTH - 1, WINDOWS).long()
    total = 0.0
    with torch.no_grad():
        for part in torch.split(starts, 128):
            windows = torch.stack([ids[s : s + LENGTH] for s in part])
            logits = model(windows)[:, -1]
            total += float(F.cross_entropy(logits.float(), ids[part + LENGTH], reduction="sum"))
    return total / WINDOWS


def _ids(text: str) -> NDArray[np.uint16]:
    return np.frombuffer(text.encode(), np.uint8).astype(np.uint16)
