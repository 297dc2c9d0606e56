"""Hugging Face's causal language models as policies, from a local folder or by their hub name.

They need the extra `hub` (transformers), which is imported only here and only when it is used. A
loaded model is a policy as it is: it takes token ids and returns an object with `.logits`.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from cs336_alignment.models.policy import positions_of


class CausalLM(NamedTuple):
    """A model and what is needed to talk to it."""

    model: nn.Module
    tokenizer: Any | None
    """Its tokenizer, or None where only weights were saved."""
    eos_id: int
    pad_id: int
    """The end-of-text id again where the model has no padding of its own."""


class ModelNotFoundError(ValueError):
    """A causal language model could not be loaded; the message says from where and what to do."""


def load_causal_lm(
    source: str | os.PathLike[str],
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> CausalLM:
    """Load a model in evaluation mode, with its tokenizer where there is one.

    `source` is a folder written by `save_pretrained` or a name on the hub; code that a repository
    brings along is never run.

    Raises:
        ModelNotFoundError: transformers is missing, the folder holds no model, or the hub cannot be
            reached or knows no such name.
    """
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise ModelNotFoundError(
            "Hugging Face models need transformers: pip install 'cs336-alignment[hub]'"
        ) from error
    where = "folder" if Path(source).is_dir() else "hub name"
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(source, dtype=dtype)
    except (OSError, ValueError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelNotFoundError(
            f"cannot load {where} {os.fspath(source)!r}: {reason}; give a folder with config.json "
            "and weights, or the name of a model on a hub that can be reached"
        ) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError, KeyError):
        tokenizer = None
    if tokenizer is not None and not tokenizer.vocab_size:
        tokenizer = None  # some classes are made without any file
    eos_id = _first(model.generation_config.eos_token_id, model.config.eos_token_id)
    if eos_id is None:
        raise ModelNotFoundError(
            f"{where} {os.fspath(source)!r} names no end-of-text token (eos_token_id in "
            "config.json), without which no answer ends"
        )
    pad_id = _first(model.generation_config.pad_token_id, model.config.pad_token_id)
    return CausalLM(
        model.to(device).eval(), tokenizer, eos_id, eos_id if pad_id is None else pad_id
    )


def _first(*ids: int | list[int] | None) -> int | None:
    """The first id given; some models list several."""
    for value in ids:
        if isinstance(value, list):
            return value[0]
        if value is not None:
            return value
    return None


class HuggingFaceDecoder:
    """A `Decoder` of a Hugging Face causal model, with the cache that the model itself makes."""

    def __init__(self, model: nn.Module, max_length: int) -> None:
        config: Any = getattr(model, "config", None)
        if not hasattr(config, "vocab_size"):
            raise TypeError(
                f"a {type(model).__name__} cannot be sampled: give a TransformerLM or a Hugging "
                "Face causal language model"
            )
        context = getattr(config, "max_position_embeddings", max_length)
        if max_length > context:
            raise ValueError(
                f"max_length {max_length} exceeds the model's context length {context}; "
                "rows cannot grow that long"
            )
        self._model = model
        # transformers 5 renamed the argument and the field of the result alike.
        renamed = "cache" in inspect.signature(model.forward).parameters
        self._cache_name = "cache" if renamed else "past_key_values"
        self._mask = torch.zeros(0, 0, dtype=torch.bool)
        self._cache: Any = None

    @torch.no_grad()
    def prefill(
        self,
        ids: Int[Tensor, "prompts positions"],
        mask: Bool[Tensor, "prompts positions"],
        owners: Int[Tensor, " rows"],
    ) -> Float[Tensor, "rows vocab"]:
        """Read left-padded prompts; row r continues prompt `owners[r]`. Logits of first tokens."""
        self._cache, self._mask = None, mask[owners]
        return self._forward(ids[owners], positions_of(self._mask))

    @torch.no_grad()
    def step(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows vocab"]:
        """Append a token to each row; logits of the next ones."""
        self._mask = torch.cat((self._mask, torch.ones_like(self._mask[:, :1])), dim=1)
        return self._forward(tokens[:, None], positions_of(self._mask)[:, -1:])

    def _forward(self, ids: Tensor, positions: Tensor) -> Tensor:
        with evaluating(self._model):
            output = self._model(
                input_ids=ids,
                attention_mask=self._mask.long(),
                position_ids=positions,
                use_cache=True,
                **{self._cache_name: self._cache},
            )
        self._cache = getattr(output, self._cache_name)
        logits: Tensor = output.logits[:, -1]
        return logits


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Within the context `model` is in evaluation mode: no dropout while sampling."""
    was_training = model.training
    if was_training:
        model.eval()
    try:
        yield
    finally:
        if was_training:
            model.train()
