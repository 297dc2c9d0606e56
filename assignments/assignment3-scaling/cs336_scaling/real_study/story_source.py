"""The stories of assignment 1 as a source: real text shapes, an exact entropy, no power law.

Training windows are cut anywhere; the evaluation reads each story from its start, where the
grammar's entropy can be reached, and subtracts the exact -ln p of those very stories.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from cs336_basics.stories.floor import entropy_floor, story_rows
from cs336_basics.stories.sampling import END_OF_TEXT, SEPARATOR, sample_block, write_stories
from cs336_basics.tokenization.bpe_fast import train_bpe
from cs336_basics.tokenization.encode_file import encode_file
from cs336_basics.tokenization.vocabulary import save_vocabulary
from cs336_basics.tokenizer import Tokenizer
from torch import Tensor

from cs336_scaling.real_study.zipf_source import Excess, LogitsFunction

VOCAB_SIZE = 4096
CONTEXT_LENGTH = 256
TRAIN_SEED, VALID_SEED = 0, 1


@dataclass(frozen=True)
class StoryFiles:
    """Encoded stories in a folder: train.bin (uint16) and the numbers of the evaluation."""

    folder: Path

    @property
    def tokens(self) -> Path:
        """Flat uint16 ids of the training stories."""
        return self.folder / "train.bin"

    @property
    def rows(self) -> Path:
        """(stories, 257) ids of the evaluation, -1 beyond a story's end."""
        return self.folder / "valid_rows.npy"

    @property
    def surprises(self) -> Path:
        """(stories,) float64, the exact -ln p of each story of the evaluation."""
        return self.folder / "valid_surprises.npy"

    @property
    def facts(self) -> dict[str, float]:
        """`entropy`: exact floor, nats a token; `size`: bytes of the training text."""
        values: dict[str, float] = json.loads((self.folder / "facts.json").read_text())
        return values


def prepare_stories(folder: Path, size: int, valid_blocks: int = 2) -> StoryFiles:
    """Write, tokenize and encode `size` bytes of stories, unless the folder has them already."""
    files = StoryFiles(folder)
    if (folder / "facts.json").exists() and files.facts["size"] == size:
        return files
    folder.mkdir(parents=True, exist_ok=True)
    text = folder / "train.txt"
    write_stories(text, size, TRAIN_SEED, progress=False)
    vocabulary, merges = train_bpe(text, VOCAB_SIZE, [END_OF_TEXT], progress=False)
    save_vocabulary(vocabulary, merges, folder / "vocab.json", folder / "merges.txt")
    tokenizer = Tokenizer(vocabulary, merges, [END_OF_TEXT])
    encode_file(tokenizer, text, files.tokens, progress=False)
    text.unlink()
    stories = [s for block in range(valid_blocks) for s in sample_block(VALID_SEED, block)]
    ids = tokenizer.encode("".join(story + SEPARATOR for story, _ in stories))
    rows = story_rows(np.array(ids), tokenizer.encode(END_OF_TEXT)[0], CONTEXT_LENGTH)
    np.save(files.rows, rows.astype(np.int16))
    np.save(files.surprises, np.array([-log_p for _, log_p in stories[1:]]))  # the first has no row
    facts = {"size": size, "entropy": entropy_floor(tokenizer).nats_per_token}
    (folder / "facts.json").write_text(json.dumps(facts))
    return files


class StorySource:
    """The files on a device; a CPU reads an eighth of the evaluation."""

    name = "stories"
    vocab_size = VOCAB_SIZE
    context_length = CONTEXT_LENGTH

    def __init__(self, files: StoryFiles, device: torch.device) -> None:
        self.entropy = files.facts["entropy"]
        rows, surprises = np.load(files.rows), np.load(files.surprises)
        count = len(rows) if device.type == "cuda" else len(rows) // 8
        self._surprise = float(surprises[:count].sum())
        self._rows = torch.from_numpy(rows[:count].astype(np.int64)).to(device)
        ids = np.fromfile(files.tokens, dtype=np.uint16).astype(np.int32)
        self._tokens = torch.from_numpy(ids).to(device)
        self._offsets = torch.arange(CONTEXT_LENGTH + 1, device=device)

    def batches(self, steps: int, batch: int, generator: torch.Generator) -> Tensor:
        """Windows (steps, batch, 1 + 256) int64 that begin anywhere in the training stories."""
        last = len(self._tokens) - CONTEXT_LENGTH
        starts = torch.randint(
            0, last, (steps, batch, 1), generator=generator, device=generator.device
        )
        return self._tokens[starts + self._offsets].long()

    @torch.no_grad()
    def excess(self, logits: LogitsFunction, batch_size: int = 128) -> Excess:
        """Loss minus -ln p over the same stories, in nats per token; there are no keys."""
        nats = torch.zeros((), dtype=torch.float64, device=self._rows.device)
        for rows in torch.split(self._rows, batch_size):
            inputs, targets = rows[:, :-1].clamp(min=0), rows[:, 1:]
            nats += torch.nn.functional.cross_entropy(
                logits(inputs).flatten(0, 1).float(), targets.flatten(),
                ignore_index=-1, reduction="sum",
            ).double()  # fmt: skip
        tokens = int((self._rows[:, 1:] >= 0).sum())
        return Excess((float(nats) - self._surprise) / tokens, 0.0)
