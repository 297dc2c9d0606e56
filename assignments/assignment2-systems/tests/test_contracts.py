"""The public names keep their contracts: called through the adapters that outside tests use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from cs336_basics.model import TransformerLM
from cs336_systems.kernels.flash_portable import INTERPRETED
from torch import Tensor, nn
from torch.nn import functional as F

from . import adapters

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
FUNCTIONS = {
    "pytorch": adapters.get_flashattention_autograd_function_pytorch,
    "triton": adapters.get_flashattention_autograd_function_triton,
}


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[None]:
    """A process group of one."""
    address = f"file://{tmp_path / 'store'}"
    dist.init_process_group("gloo", init_method=address, rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("is_causal", [False, True])
def test_flash_attention_saves_the_log_sum_exp(name: str, is_causal: bool) -> None:
    if name == "triton" and DEVICE == "cpu" and not INTERPRETED:
        pytest.skip("no GPU, and the kernels were imported without TRITON_INTERPRET=1")
    function = FUNCTIONS[name]()
    q, k, v = (torch.randn(2, 32, 16, device=DEVICE, requires_grad=True) for _ in range(3))
    output: Tensor = function.apply(q, k, v, is_causal)  # type: ignore[no-untyped-call]
    expected = F.scaled_dot_product_attention(q, k, v, is_causal=is_causal)
    torch.testing.assert_close(output, expected, rtol=1e-2, atol=1e-2)
    assert output.grad_fn is not None
    saved = [t for t in output.grad_fn.saved_tensors if t.shape == (2, 32)]  # type: ignore[attr-defined]
    assert len(saved) == 1
    scores = q @ k.transpose(1, 2) / 4
    if is_causal:
        hidden = torch.ones(32, 32, device=DEVICE).triu(1).bool()
        scores = scores.masked_fill(hidden, float("-inf"))
    torch.testing.assert_close(saved[0], scores.logsumexp(-1), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("bucket_size_mb", [None, 0.001])
def test_wrappers_train_as_the_plain_module_does(alone: None, bucket_size_mb: float | None) -> None:
    torch.manual_seed(0)
    plain, x = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2)), torch.randn(3, 4)
    start = {name: value.clone() for name, value in plain.state_dict().items()}
    results = []
    for kind in ("plain", "individual", "bucketed"):
        module = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
        module.load_state_dict(start)
        optimizer = adapters.get_sharded_optimizer(module.parameters(), torch.optim.AdamW, lr=0.1)
        if kind == "individual":
            individual = adapters.get_ddp_individual_parameters(module)
            individual(x).sum().backward()
            adapters.ddp_individual_parameters_on_after_backward(individual, optimizer)
        elif kind == "bucketed":
            bucketed = adapters.get_ddp_bucketed(module, bucket_size_mb)
            adapters.ddp_bucketed_on_train_batch_start(bucketed, optimizer)
            bucketed(x).sum().backward()
            adapters.ddp_bucketed_on_after_backward(bucketed, optimizer)
        else:
            module(x).sum().backward()
        optimizer.step()
        results.append(module.state_dict())
    for name, value in results[0].items():
        assert torch.equal(value, results[1][name])
        assert torch.equal(value, results[2][name])


def test_fsdp_gives_the_full_parameters_back(alone: None) -> None:
    model = TransformerLM(11, 4, 8, 1, 2, 12)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    gathered = adapters.get_fsdp(model).gather_full_parameters()
    assert gathered.keys() == before.keys()
    assert all(torch.equal(gathered[name], value) for name, value in before.items())
