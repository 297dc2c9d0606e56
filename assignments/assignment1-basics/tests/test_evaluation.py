"""Evaluation scores every token once, whatever the stride, and counts FLOPs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from cs336_basics.config import ModelConfig
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.throughput import flops_per_token, matmul_parameters, model_flops_utilization
from cs336_basics.training.evaluation import evaluate, evaluation_windows
from hypothesis import given, settings
from hypothesis import strategies as st


@given(
    num_tokens=st.integers(2, 90),
    context=st.integers(1, 16),
    batch_size=st.integers(1, 5),
    data=st.data(),
)
@settings(max_examples=100, deadline=None)
def test_every_prediction_is_scored_once(
    num_tokens: int, context: int, batch_size: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, context))
    scored = []
    for batch in evaluation_windows(num_tokens, context, stride, batch_size):
        assert len(batch.starts) <= batch_size
        for start in batch.starts:
            targets = np.arange(start + 1, start + batch.length + 1)
            scored += targets[-batch.scored :].tolist()
            if start:  # with the promised context
                assert batch.length - batch.scored >= context - stride
    assert sorted(scored) == list(range(1, num_tokens))


def test_loss_equals_one_pass_when_everything_fits() -> None:
    torch.manual_seed(0)
    model = TransformerLM(20, 16, 8, 1, 2, 12)
    tokens = np.random.default_rng(0).integers(0, 20, 17)
    ids = torch.from_numpy(tokens)
    expected = cross_entropy(model(ids[None, :-1]), ids[None, 1:]).item()
    model.train()
    assert evaluate(model, tokens, 16) == pytest.approx(expected)
    assert model.training


def test_a_smaller_stride_gives_more_context_and_a_lower_loss_on_a_copying_model() -> None:
    """Predict the token seen four steps ago, if it is in the window, else guess uniformly."""

    def model(ids: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*ids.shape, 10)
        logits[:, 3:] += 20.0 * torch.nn.functional.one_hot(ids[:, :-3], 10)
        return logits

    tokens = np.tile(np.array([1, 5, 2, 7]), 30)
    whole = evaluate(model, tokens, 8)
    overlapping = evaluate(model, tokens, 8, stride=2)
    assert overlapping < 0.1 < whole


def test_too_few_tokens() -> None:
    with pytest.raises(ValueError, match="at least 2 tokens"):
        evaluate(lambda x: x, np.array([1]), 8)


def test_flops_of_the_reported_model() -> None:
    config = ModelConfig(10_000, 256, 512, 6, 16, 1344)
    model = config.build("meta")
    matrices = sum(p.numel() for p in model.parameters() if p.ndim == 2)
    assert sum(p.numel() for p in model.parameters()) == 28_924_416
    assert matmul_parameters(config) == matrices - 10_000 * 512  # all but the embedding
    assert flops_per_token(config) == 6 * matmul_parameters(config) + 12 * 6 * 256 * 512
    assert model_flops_utilization(1e6, config, torch.device("cpu")) is None
