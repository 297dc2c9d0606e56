"""Figures of initialization, optimizers and training: data in, a Vega-Lite specification out."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lectures.lecture_02.optimizers import Path, valley
from lectures.lecture_02.training import Losses
from lectures.shared.charts import Spec, axis, labelled_lines, lines


def histograms(samples: Mapping[str, Tensor], bins: int = 40) -> Spec:
    """Histograms of several samples, each over its own range, one under another."""
    charts: list[Spec] = []
    for name, sample in samples.items():
        flat = sample.detach().flatten()
        edge = float(flat.abs().max())
        counts = torch.histc(flat, bins, -edge, edge).tolist()
        width = 2 * edge / bins
        rows = [
            {"value": round(-edge + (place + 0.5) * width, 4), "count": int(count)}
            for place, count in enumerate(counts)
        ]
        charts.append(
            {
                "title": name,
                "data": {"values": rows},
                "mark": {"type": "bar", "binSpacing": 0},
                "height": 90,
                "width": 420,
                "encoding": {"x": axis("value", "value of an output"), "y": axis("count")},
            }
        )
    return {"vconcat": charts}


def deviations(by_gain: Mapping[float, Sequence[float]]) -> Spec:
    """Standard deviation by layer, a line for each gain."""
    rows = [
        {"gain": f"{gain:g} / √D", "layer": layer, "deviation": round(value, 6)}
        for gain, values in by_gain.items()
        for layer, value in enumerate(values)
    ]
    return labelled_lines(
        rows,
        axis("layer", "layer"),
        axis("deviation", "standard deviation of activations", type="log"),
        axis("gain", "deviation of weights", "nominal") | {"sort": None},
        title="Twenty linear layers: vanish, stay, explode",
    )


def paths(by_optimizer: Mapping[str, Path]) -> Spec:
    """Distance from the minimum, measured by the function's value, step by step."""
    rows = [
        {"optimizer": name, "step": step, "value": float(f"{valley(torch.tensor(point)):.3g}")}
        for name, path in by_optimizer.items()
        for step, point in enumerate(path)
    ]
    return labelled_lines(
        rows,
        axis("step", "step"),
        axis("value", "(x² + 20 y²) / 2", type="log") | {"axis": {"format": ".0e", "tickCount": 7}},
        axis("optimizer", "optimizer", "nominal") | {"sort": None},
        title="Five optimizers in a narrow valley",
    )


def held_out_losses(runs: Mapping[int, Losses]) -> Spec:
    """Loss on what is learnt from and on what is held out, by the number of training points."""
    rows = [
        {"line": f"{count} points, {part}", "step": step, "loss": float(f"{loss:.3g}")}
        for count, run in runs.items()
        for part, losses in (("learnt", run.train), ("held out", run.held_out))
        for step, loss in enumerate(losses, 1)
        if step % 4 == 0
    ]
    return labelled_lines(
        rows,
        axis("step", "step"),
        axis("loss", "loss", type="log") | {"axis": {"format": ".0e", "tickCount": 7}},
        axis("line", " ", "nominal") | {"sort": None},
        title="Sixteen weights, learnt from 8 points and from 64",
    )


def error_by_block(errors: Mapping[int, float]) -> Spec:
    """Relative error of the ordinary weights against the size of a block."""
    return lines(
        [{"block": size, "error": error} for size, error in errors.items()],
        axis("block", "numbers that share a scale", type="log", base=2),
        axis("error", "relative error"),
        title="Four bits a number: one outlier in 512 spoils its block",
        height=180,
    )


def loss_by_rate(curves: Mapping[float, Sequence[float]]) -> Spec:
    """Loss curves of one model at several learning rates; what is not finite is left out."""
    rows: list[dict[str, Any]] = [
        {"rate": f"{rate:g}", "step": step + 1, "loss": float(f"{loss:.3g}")}
        for rate, losses in curves.items()
        for step, loss in enumerate(losses)
        if step % 4 == 0 and math.isfinite(loss) and 1e-12 < loss < 1e6
    ]
    y = axis("loss", "loss", type="log", domain=[1e-12, 1e6], clamp=True)
    return labelled_lines(
        rows,
        axis("step", "step"),
        y | {"axis": {"format": ".0e", "tickCount": 7}},
        axis("rate", "learning rate", "nominal") | {"sort": None},
        title="The same regression at five learning rates",
    )


def language_model_loss(losses: Sequence[float], levels: Mapping[str, float]) -> Spec:
    """Training loss, smoothed over ten steps, and horizontal levels to compare it with."""
    rows = [
        {"step": end, "loss": round(sum(losses[end - 10 : end]) / 10, 3)}
        for end in range(10, len(losses) + 1, 5)
    ]
    marks = [{"what": name, "loss": round(level, 3)} for name, level in levels.items()]
    y = axis("loss", "loss, nats a token", zero=False)
    return {
        "title": "A language model learns from stories",
        "height": 260,
        "layer": [
            {
                "data": {"values": rows},
                "mark": "line",
                "encoding": {"x": axis("step", "step"), "y": y},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "rule", "strokeDash": [4, 3]},
                "encoding": {"y": y},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "text", "align": "right", "dy": -6, "x": {"expr": "width"}},
                "encoding": {"y": y, "text": {"field": "what"}},
            },
        ],
    }
