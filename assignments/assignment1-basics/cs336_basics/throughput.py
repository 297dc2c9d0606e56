"""Floating-point operations of a training step and the share of the device's peak they reach."""

from __future__ import annotations

import torch

from cs336_basics.config import ModelConfig

# Dense bf16 peaks in FLOP/s by a part of the device's name, from the vendor's datasheets.
PEAK_FLOPS = {
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "H200": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "4090": 165e12,
}


def matmul_parameters(model: ModelConfig) -> int:
    """Weights that take part in a matrix product per token: all but the embedding and the norms."""
    ffn_matrices = 3 if model.feed_forward == "swiglu" else 2
    kv_width = model.d_model // model.num_heads * (model.num_kv_heads or model.num_heads)
    attention = 2 * model.d_model**2 + 2 * model.d_model * kv_width
    per_layer = attention + ffn_matrices * model.d_model * model.d_ff
    return model.num_layers * per_layer + model.vocab_size * model.d_model


def flops_per_token(model: ModelConfig) -> int:
    """Training FLOPs per token: 6 N + 12 L T D (Chowdhery et al. 2022, PaLM, appendix B).

    N counts the weights in matrix products (the head, not the embedding lookup). The second term
    is attention without the causal saving, as in that paper; forward 2, backward 4 per weight.
    """
    attention = 12 * model.num_layers * model.context_length * model.d_model
    return 6 * matmul_parameters(model) + attention


def peak_flops(device: torch.device) -> float | None:
    """Dense bf16 peak of a CUDA device in FLOP/s, or None when it is not known."""
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(device)
    return next((peak for part, peak in PEAK_FLOPS.items() if part in name), None)


def model_flops_utilization(
    tokens_per_second: float, model: ModelConfig, device: torch.device, num_devices: int = 1
) -> float | None:
    """Achieved FLOP/s over the peak of all devices (MFU), or None when the peak is not known."""
    peak = peak_flops(device)
    if peak is None:
        return None
    return tokens_per_second * flops_per_token(model) / (peak * num_devices)
