"""The fastest sampler that a model and its device allow."""

from __future__ import annotations

from cs336_basics.model import TransformerLM
from torch import nn

from cs336_alignment.models.decoder import Decoder, TransformerDecoder
from cs336_alignment.models.huggingface import HuggingFaceDecoder
from cs336_alignment.rollouts.cached import CachedGenerator
from cs336_alignment.rollouts.graphed import GraphedStep
from cs336_alignment.rollouts.recording import Recording

GRAPHED_CHECK_EVERY = 8  # replays between two looks at the device


def make_generator(
    model: nn.Module,
    *,
    eos_id: int,
    pad_id: int,
    max_batch: int,
    max_length: int,
    cuda_graph: bool = True,
) -> CachedGenerator:
    """A sampler of `model`: a TransformerLM or a Hugging Face causal LM, on the device it is on.

    It keeps memory for `max_batch` rows of `max_length` positions, prompt and answer together, and
    uses the model's own weights: train in place and sample again. On a GPU the decoding step of a
    TransformerLM is a CUDA graph unless `cuda_graph` is False. `pad_id` may be `eos_id`.

    Raises:
        ValueError: `max_length` beyond the model's context.
    """
    device = next(model.parameters()).device
    recording = Recording(max_batch, max_length, eos_id=eos_id, pad_id=pad_id, device=device)
    decoder: Decoder
    step, check_every = None, 1
    if isinstance(model, TransformerLM):
        decoder = TransformerDecoder(model, max_batch, max_length)
        if device.type == "cuda" and cuda_graph:
            step, check_every = GraphedStep(decoder, recording), GRAPHED_CHECK_EVERY
    else:
        decoder = HuggingFaceDecoder(model, max_length)
    return CachedGenerator(
        decoder,
        recording,
        pad_id=pad_id,
        max_batch=max_batch,
        max_length=max_length,
        step=step,
        check_every=check_every,
    )
