"""How hard each loss pushes a token of a right answer, against how far it has moved."""

import torch
from cs336_alignment.losses.policy_gradient import cispo_loss, clipped_loss, unclipped_loss

RATIOS = [round(0.4 + 0.02 * i, 2) for i in range(71)]


def pushes() -> dict[str, dict[float, float]]:
    """-d loss / d log p by ratio, for an advantage of +1."""
    now = torch.tensor([RATIOS]).log().requires_grad_()
    old, one = torch.zeros(1, len(RATIOS)), torch.ones(1, 1)
    losses = {
        "clip 0.2": clipped_loss(one, now, old, 0.2, 0.2)[0],
        "clip-higher 0.28": clipped_loss(one, now, old, 0.2, 0.28)[0],
        "CISPO 0.28": cispo_loss(one, now, old, 0.28)[0],
        "no limit": unclipped_loss(one, now, old)[0],
    }
    found = {}
    for name, loss in losses.items():
        (gradient,) = torch.autograd.grad(loss.sum(), now)
        found[name] = dict(zip(RATIOS, (0 - gradient)[0].tolist(), strict=True))
    return found
