"""Text drawn from a model in training, or ids when no tokenizer is configured."""

from __future__ import annotations

from collections.abc import Iterable

from cs336_basics.config import DataConfig, SampleConfig
from cs336_basics.generation import generate_batch, seeded
from cs336_basics.model import TransformerLM
from cs336_basics.tokenizer import Tokenizer


def load_tokenizer(data: DataConfig) -> Tokenizer | None:
    """The configured tokenizer, or None when none is configured."""
    if not data.vocab:
        return None
    return Tokenizer.from_files(data.vocab, data.merges, list(data.special_tokens))


def end_of_text_id(tokenizer: Tokenizer | None) -> int | None:
    """Id of the first special token, which ends documents; None without one."""
    if tokenizer is None or not tokenizer.special_tokens:
        return None
    return tokenizer.encode(tokenizer.special_tokens[0])[0]


def token_bytes(tokenizer: Tokenizer, token: int) -> bytes:
    """The bytes of a sampled id, U+FFFD when the model's vocabulary is larger and it is in none.

    An untrained model draws such ids; that must not end its training.
    """
    return tokenizer.vocab.get(token, "\N{REPLACEMENT CHARACTER}".encode())


def without_end(ids: list[int], eos_id: int | None) -> list[int]:
    """The ids without the end-of-text token that ended them, which is no part of a text."""
    return ids[:-1] if ids and ids[-1] == eos_id else ids


def decode_sample(tokenizer: Tokenizer, ids: Iterable[int]) -> str:
    """Text of sampled ids; bytes that are no UTF-8 become U+FFFD."""
    return b"".join(token_bytes(tokenizer, token) for token in ids).decode(errors="replace")


def draw_samples(
    model: TransformerLM, tokenizer: Tokenizer | None, settings: SampleConfig, seed: int
) -> list[str]:
    """`num_samples` continuations of the configured prompt, the prompt included, as text."""
    prompt = tokenizer.encode(settings.prompt) if tokenizer else [0]
    eos_id = end_of_text_id(tokenizer)
    continuations = generate_batch(
        model,
        [prompt] * settings.num_samples,
        min(settings.max_new_tokens, model.context_length),
        settings.temperature,
        settings.top_p,
        eos_id,
        generator=seeded(seed),
    )
    sequences = [prompt + without_end(continuation, eos_id) for continuation in continuations]
    if tokenizer is None:
        return [" ".join(map(str, sequence)) for sequence in sequences]
    return [decode_sample(tokenizer, sequence) for sequence in sequences]
