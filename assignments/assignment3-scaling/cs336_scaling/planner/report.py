"""The report of a study: one HTML page without outside parts, and the same figures as a PDF."""

from __future__ import annotations

import base64
import html
import io
import math
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from cs336_scaling.planner.ledger import DIVERGED_FACTOR, Ledger, Observation
from cs336_scaling.planner.prediction import Prediction
from cs336_scaling.planner.response import EFFECTS, Features
from cs336_scaling.planner.shapes import best_config

matplotlib.use("Agg")

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c1c1c; background: #fff }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
td, th { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #ddd }
img { max-width: 100%; height: auto } .dropped { color: #a33 }
"""


def write_report(folder: Path, ledger: Ledger, prediction: Prediction, target: int) -> None:
    """Write report.html and report.pdf."""
    figures = make_figures(ledger.usable(), prediction, target)
    with PdfPages(folder / "report.pdf") as pdf:
        pdf.savefig(summary_page(ledger, prediction))
        for figure, _ in figures:
            pdf.savefig(figure)
        for page in run_pages(ledger):
            pdf.savefig(page)
    (folder / "report.html").write_text(page_html(ledger, prediction, figures), encoding="utf-8")


def make_figures(
    runs: list[Observation], prediction: Prediction, target: int
) -> list[tuple[Figure, str]]:
    """Figures with their captions."""
    return [
        (isoflop_figure(runs, prediction),
         "Loss against N at each budget; lines: the model with all else at its best."),
        (frontier_figure(runs, prediction, target),
         "The best loss against compute, with the 95 % interval, and the best run of each budget."),
        (residual_figure(runs, prediction),
         "Residuals of ln loss in units of the loss: they should show no trend in compute."),
        (rate_figure(runs, prediction),
         "Learning rates that were tried; line: the best one at each size."),
    ]  # fmt: skip


def isoflop_figure(runs: list[Observation], prediction: Prediction) -> Figure:
    """Loss against N by budget."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    budgets = sorted({run.config.train_flops for run in runs})
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(budgets)))
    domain = prediction.config.domain
    for colour, budget in zip(colours, budgets, strict=True):
        group = [run for run in runs if run.config.train_flops == budget]
        sizes = [run.config.parameters for run in group]
        axes.plot(sizes, [run.loss for run in group], "o", ms=3, color=colour)
        line = np.geomspace(min(sizes), max(sizes), 60)
        best = best_config(prediction.model, domain, budget)
        aspect = best.d_model / best.num_layers
        depth = (line / (12 * aspect**2)) ** (1 / 3)
        width = aspect * depth
        theta = prediction.model.theta[EFFECTS]
        features = Features.of(width, depth, np.full(60, float(best.batch_size)),
                               np.ones(60), np.full(60, float(budget)))  # fmt: skip
        rate = np.exp2(theta[1] + theta[2] * features.x + theta[3] * features.batch)
        features = Features.of(width, depth, np.full(60, float(best.batch_size)),
                               np.clip(rate, *domain.learning_rate),
                               np.full(60, float(budget)))  # fmt: skip
        mean = prediction.model.predict(features)
        axes.plot(line, np.exp(mean), color=colour, lw=1, label=f"{budget:.0e}")
    axes.set(xscale="log", yscale="log", xlabel="parameters N", ylabel="loss (nats a token)")
    axes.legend(title="FLOPs", fontsize=8, ncols=2)
    return figure


def frontier_figure(runs: list[Observation], prediction: Prediction, target: int) -> Figure:
    """Best loss against compute."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    domain, model = prediction.config.domain, prediction.model
    tried = sorted({run.config.train_flops for run in runs})
    best_of = [min(r.loss for r in runs if r.config.train_flops == c) for c in tried]
    axes.plot(tried, best_of, "o", color="C0", label="best run")
    budgets = [int(c) for c in np.geomspace(tried[0], target, 25)]
    configs = [best_config(model, domain.with_budget(c), c) for c in budgets]
    features = Features.of_configs(configs)
    mean, spread = model.predict(features), model.spread(features)
    factor = math.log(prediction.high / prediction.loss) / spread[-1]
    axes.plot(budgets, np.exp(mean), color="C1", label="model")
    axes.fill_between(budgets, np.exp(mean - factor * spread), np.exp(mean + factor * spread),
                      color="C1", alpha=0.25, lw=0)  # fmt: skip
    error = [[prediction.loss - prediction.low], [prediction.high - prediction.loss]]
    axes.errorbar([target], [prediction.loss], error, fmt="s", color="C3", label="prediction")
    axes.set(xscale="log", yscale="log", xlabel="compute C (FLOPs)", ylabel="loss (nats a token)")
    axes.legend()
    return figure


def residual_figure(runs: list[Observation], prediction: Prediction) -> Figure:
    """Residuals against compute."""
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    axes = figure.add_subplot()
    mean = prediction.model.predict(Features.of_configs([run.config for run in runs]))
    residuals = 100 * (np.log([run.loss for run in runs]) - mean)
    axes.axhline(0, color="0.6", lw=1)
    axes.plot([run.config.train_flops for run in runs], residuals, "o", ms=3)
    axes.set(xscale="log", xlabel="compute C (FLOPs)", ylabel="ln loss - model (%)")
    return figure


def rate_figure(runs: list[Observation], prediction: Prediction) -> Figure:
    """Learning rates against size."""
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    axes = figure.add_subplot()
    sizes = np.array([run.config.parameters for run in runs], dtype=float)
    axes.plot(sizes, [run.config.learning_rate for run in runs], "o", ms=3, color="0.6")
    theta = prediction.model.theta[EFFECTS]
    line = np.geomspace(sizes.min(), prediction.config.parameters, 30)
    x = np.log(line / 1e7)
    for batch, offset in zip(prediction.config.domain.batch_sizes[:2], (-0.5, 0.5), strict=False):
        axes.plot(
            line, np.exp2(theta[1] + theta[2] * x + theta[3] * offset), label=f"batch {batch}"
        )
    axes.set(xscale="log", yscale="log", xlabel="parameters N", ylabel="learning rate")
    axes.legend()
    return figure


def facts(ledger: Ledger, prediction: Prediction) -> list[tuple[str, str]]:
    """The study in numbers."""
    config, usable = prediction.config, ledger.usable()
    model = prediction.model.likeliest
    return [
        ("Predicted loss", f"{prediction.loss:.4f}"),
        ("95 % interval", f"{prediction.low:.4f} to {prediction.high:.4f} "
                          f"(± {50 * (prediction.high - prediction.low) / prediction.loss:.2f} %)"),
        ("Configuration", f"d_model {config.d_model}, {config.num_layers} layers, "
                          f"{config.num_heads} heads, batch {config.batch_size}, "
                          f"learning rate {config.learning_rate:.2e}"),
        ("Parameters, tokens", f"{config.parameters:,}, {config.tokens:.3g}"),
        ("Target", f"{config.train_flops:.0e} FLOPs"),
        ("Spent", f"{ledger.spent:.4g} of {ledger.budget:.4g} FLOPs on {len(ledger.runs)} runs"),
        ("Dropped", f"{len(ledger.runs) - len(usable)} runs that diverged or ended "
                    f"{DIVERGED_FACTOR - 1:.0%} above others of their size"),
        ("Noise of a run", f"{100 * model.noise:.2g} % of the loss"),
    ]  # fmt: skip


def summary_page(ledger: Ledger, prediction: Prediction) -> Figure:
    """The numbers as the first page of the PDF."""
    figure = Figure(figsize=(8, 5))
    figure.text(0.08, 0.88, "Scaling study", fontsize=20)
    for i, (name, value) in enumerate(facts(ledger, prediction)):
        figure.text(0.08, 0.76 - 0.075 * i, name, color="0.35")
        figure.text(0.32, 0.76 - 0.075 * i, value)
    return figure


def run_pages(ledger: Ledger, rows: int = 46) -> list[Figure]:
    """Every run, some rows a page."""
    lines = [[f"{value}" for value in row] for row in run_rows(ledger)]
    pages = []
    for first in range(0, len(lines), rows):
        figure = Figure(figsize=(8, 11))
        axes = figure.add_axes((0.03, 0.03, 0.94, 0.94))
        axes.axis("off")
        table = axes.table(
            lines[first : first + rows],
            colLabels=list(COLUMNS),
            loc="upper center",
            colWidths=[0.09, 0.09, 0.08, 0.08, 0.08, 0.11, 0.14, 0.1, 0.23],
        )
        table.auto_set_font_size(False)
        table.set_fontsize(7)
        pages.append(figure)
    return pages


COLUMNS = ("FLOPs", "d_model", "layers", "heads", "batch", "rate", "N", "loss", "purpose")


def run_rows(ledger: Ledger) -> list[tuple[str, ...]]:
    """Every run as text, in the order of purchase; dropped ones say so."""
    usable = set(map(id, ledger.usable()))
    rows: list[tuple[str, ...]] = []
    for run in ledger.runs:
        c = run.config
        purpose = run.purpose if id(run) in usable else f"{run.purpose}, dropped"
        rows.append((f"{c.train_flops:.0e}", str(c.d_model), str(c.num_layers), str(c.num_heads),
                     str(c.batch_size), f"{c.learning_rate:.2e}", f"{c.parameters:,}",
                     f"{run.loss:.4f}", purpose))  # fmt: skip
    return rows


def page_html(ledger: Ledger, prediction: Prediction, figures: list[tuple[Figure, str]]) -> str:
    """The page as one text."""
    numbers = "".join(
        f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>"
        for name, value in facts(ledger, prediction)
    )
    pictures = "".join(
        f'<figure><img alt="{html.escape(caption)}" src="data:image/png;base64,{_png(figure)}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for figure, caption in figures
    )
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    body = "".join(
        f"<tr{' class=dropped' if 'diverged' in row[-1] else ''}>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
        + "</tr>"
        for row in run_rows(ledger)
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Scaling study</title>'
        f"<style>{STYLE}</style><h1>Scaling study</h1><table>{numbers}</table>{pictures}"
        f"<h2>Every run</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        "</html>"
    )


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    return base64.b64encode(buffer.getvalue()).decode()
