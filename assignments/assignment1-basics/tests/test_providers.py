"""Who hands in kernels: a module that a run names, or one that a package registers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from cs336_basics import providers
from cs336_basics.config import ConfigError, TrainingConfig
from cs336_basics.model import TransformerLM
from cs336_basics.providers import ProviderError, load_provider
from cs336_basics.training.distributed import Ranks, data_parallel
from cs336_basics.training.speed import apply_speed_settings

MODULE = """
from cs336_basics.providers import ProviderError

def packed_attention(device):
    raise ProviderError(f"rotary attention needs a CUDA device, not {device}")

def cross_entropy(device):
    return "loss"

def residual_norm(device):
    return "norm"

def data_parallel(model, bucket_size_mb):
    return ("wrapper", model, bucket_size_mb)
"""


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A group of entry points in which nothing is registered, and `tmp_path` to install into."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(providers, "ENTRY_POINTS", "test_group.provider")
    return "test_group.provider"


def install(folder: Path, name: str, group: str, module: str, text: str = MODULE) -> None:
    """What `pip install` leaves of a package that registers a provider."""
    (folder / f"{module}.py").write_text(text, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\nkernels = {module}\n")


def test_a_named_module_needs_no_installation(tmp_path: Path, group: str) -> None:
    (tmp_path / "kernels_by_name.py").write_text(MODULE, encoding="utf-8")
    assert vars(load_provider("kernels_by_name"))["__name__"] == "kernels_by_name"


def test_an_installed_package_is_found_and_several_are_named(tmp_path: Path, group: str) -> None:
    with pytest.raises(ProviderError, match="no provider is installed; install one"):
        load_provider()
    install(tmp_path, "one", group, "kernels_of_one")
    assert vars(load_provider())["__name__"] == "kernels_of_one"
    install(tmp_path, "two", group, "kernels_of_two")
    with pytest.raises(ProviderError, match=r"\(kernels_of_one, kernels_of_two\): choose one with"):
        load_provider()


def test_what_is_no_provider_is_refused(tmp_path: Path, group: str) -> None:
    with pytest.raises(ProviderError, match=r"'no_such_module' cannot be imported .*; install one"):
        load_provider("no_such_module")
    with pytest.raises(ProviderError, match=r"'math' lacks packed_attention, cross_entropy, res"):
        load_provider("math")
    install(tmp_path, "broken", group, "kernels_broken", "import no_such_module")
    with pytest.raises(ProviderError, match=r"'kernels_broken' cannot be imported \(No module"):
        load_provider()


def test_training_reports_it_as_a_configuration_error(tmp_path: Path, group: str) -> None:
    (tmp_path / "kernels_here.py").write_text(MODULE, encoding="utf-8")
    model, cpu = TransformerLM(10, 4, 8, 1, 2, 8), torch.device("cpu")
    for settings, message in (
        ({"attention": "rotary"}, "training: no provider is installed"),
        ({"attention": "rotary", "provider": "kernels_here"}, "needs a CUDA device, not cpu"),
        (
            {"loss": "fused", "provider": "nowhere"},
            "provider 'nowhere' cannot be imported",
        ),
        ({"norms": "fused", "provider": "math"}, "lacks packed_attention"),
    ):
        training = TrainingConfig(iterations=1, batch_size=1, **settings)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match=message):
            apply_speed_settings(model, training, cpu)


def test_several_processes_ask_the_provider_and_one_does_not(tmp_path: Path, group: str) -> None:
    (tmp_path / "kernels_parallel.py").write_text(MODULE, encoding="utf-8")
    model, two = torch.nn.Linear(1, 1), Ranks(rank=0, world_size=2)
    training = TrainingConfig(1, 1, provider="kernels_parallel", bucket_size_mb=3.0)
    wrapper: object = data_parallel(model, two, training)
    assert wrapper == ("wrapper", model, 3.0)
    without = TrainingConfig(1, 1)
    assert data_parallel(model, Ranks(), without) is None
    with pytest.raises(ConfigError, match="on several processes: no provider is installed"):
        data_parallel(model, two, without)
