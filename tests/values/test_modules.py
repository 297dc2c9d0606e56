"""torch modules and optimizers by structure and parameter count."""

from typing import Any

import pytest

from lecture_tracer.trace.schema import Failed, Module
from lecture_tracer.values import Budget, serialize

torch = pytest.importorskip("torch")


def module(obj: Any, budget: Budget = Budget()) -> Module:  # noqa: B008  (frozen)
    value = serialize(obj, budget)
    assert isinstance(value, Module)
    return value


def test_parameters_are_counted() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2, bias=False))
    model[1].requires_grad_(False)
    value = module(model)
    assert value.type == "torch.nn.Sequential"
    assert (value.parameters, value.trainable, value.bytes) == (12 + 4 + 8, 16, 24 * 4)
    assert "(0): Linear(in_features=3, out_features=4, bias=True)" in value.text


def test_tied_weights_count_once() -> None:
    model = torch.nn.ModuleDict(
        {"embed": torch.nn.Embedding(5, 3), "head": torch.nn.Linear(3, 5, bias=False)}
    )
    model["head"].weight = torch.nn.Parameter(model["embed"].weight.detach())
    assert module(model).parameters == 15


def test_meta_and_lazy_parameters() -> None:
    assert module(torch.nn.Linear(3, 4, device="meta")).parameters == 16
    assert module(torch.nn.LazyLinear(3)).parameters == 0


def test_an_optimizer() -> None:
    layer = torch.nn.Linear(3, 4)
    value = module(torch.optim.AdamW(layer.parameters(), lr=0.5))
    assert (value.type, value.parameters) == ("torch.optim.AdamW", 16)
    assert "lr: 0.5" in value.text


def test_a_large_structure_is_cut() -> None:
    model = torch.nn.ModuleList(torch.nn.LayerNorm([i + 1]) for i in range(50))
    text = module(model, Budget(characters=100)).text
    assert (len(text), text[-1]) == (100, "…")


def test_a_module_whose_description_raises() -> None:
    class Broken(torch.nn.Module):  # type: ignore[misc, name-defined]
        def extra_repr(self) -> str:
            raise ValueError("not built yet")

    assert serialize(Broken()) == Failed(type="ValueError", text="not built yet")
