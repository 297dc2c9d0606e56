"""GPT-2 XL on paper: weights by both widths, operations by hand, shares against the context."""

from __future__ import annotations

import pytest
import torch
from cs336_basics.model import TransformerLM
from cs336_systems.accounting import account, gated_width, main, with_gated_width
from cs336_systems.model_sizes import MODEL_SIZES, ModelSize

XL = MODEL_SIZES["xl"]


def test_gating_makes_gpt2_xl_larger_unless_its_width_shrinks() -> None:
    assert gated_width(1600) == 4288
    assert account(with_gated_width(XL), 1024).parameters == 1_640_452_800
    assert account(XL, 1024).parameters == 2_127_057_600


def test_weights_are_those_of_the_model_that_is_built() -> None:
    shape = with_gated_width(ModelSize(d_model=96, d_ff=0, num_layers=2, num_heads=3))
    with torch.device("meta"):
        model = TransformerLM(
            50_257, 16, shape.d_model, shape.num_layers, shape.num_heads, shape.d_ff
        )
    assert sum(p.numel() for p in model.parameters()) == account(shape, 16).parameters


def test_operations_by_hand() -> None:
    tiny = ModelSize(d_model=4, d_ff=8, num_layers=1, num_heads=2)
    assert account(tiny, context=2, vocab_size=10).flops == {
        "projections of attention": 2 * 2 * 4 * 16,  # q, k, v and output: (2, 4) by (4, 4)
        "scores and mixing": 2 * 2 * (2 * 2 * 4),  # (2, 4) by (4, 2), and (2, 2) by (2, 4)
        "feed-forward": 2 * 2 * 3 * 32,
        "head": 2 * 2 * 40,
    }


def test_attention_overtakes_the_matrices_as_the_context_grows() -> None:
    share = {t: account(XL, t).flops["scores and mixing"] / account(XL, t).total_flops
             for t in (1024, 16_384)}  # fmt: skip
    assert share[1024] < 0.1 < 0.5 < share[16_384]


def test_the_table_shows_both_widths(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--size", "xl"]) == 0
    shown = capsys.readouterr().out
    assert "| weights, billions | 1.640 | 2.127 |" in shown
    with pytest.raises(SystemExit, match="2"):
        main(["--context", "0"])
