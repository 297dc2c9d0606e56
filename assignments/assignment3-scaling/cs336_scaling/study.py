"""Spend a FLOP budget on designed runs and predict the best configuration of a larger one.

    python -m cs336_scaling.study --server http://127.0.0.1:8000 --key KEY --output study
    python -m cs336_scaling.study --simulate 7 --output study          (a world in this process)

Writes runs.jsonl (every run as it comes), report.html and report.pdf. The same command goes on
where it stopped: runs that the server, or runs.jsonl, already has are not bought again.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cs336_scaling.client import ScalingAPIError, ScalingClient
from cs336_scaling.config import CONTRACT_DOMAIN, RUN_FIELDS, Domain, RunConfig
from cs336_scaling.planner.early_stopping import EarlyStopping
from cs336_scaling.planner.ledger import Ledger
from cs336_scaling.planner.plan import follow_plan
from cs336_scaling.planner.prediction import MissingRunsError, Prediction, predict
from cs336_scaling.planner.report import write_report
from cs336_scaling.record_file import append_record, read_records
from cs336_scaling.simulator import FAMILIES, TARGET_FLOPS, make_loss_fn

DEFAULT_BUDGET = 2 * 10**18
USAGE_ERROR, FAILED, INTERRUPTED = 2, 1, 130


@dataclass
class Backend:
    """Where runs come from.

    Attributes:
        loss_fn: trains a configuration and returns its loss.
        domain: what it can train.
        budget: FLOPs in all, those of the known runs included.
        known: runs that were paid for before.
        used: FLOPs charged so far, where runs may be stopped early; else each costs its budget.
    """

    loss_fn: Callable[[RunConfig], float]
    domain: Domain
    budget: int
    known: dict[RunConfig, float]
    used: Callable[[], int] | None = None


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_scaling.study`; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        backend = connect(options)
        prediction = run_study(backend, options.output, options.target)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED
    except (ScalingAPIError, MissingRunsError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    print(answer(prediction))
    print(f"report: {options.output / 'report.html'}, {options.output / 'report.pdf'}")
    return 0


def run_study(backend: Backend, output: Path, target: int = TARGET_FLOPS) -> Prediction:
    """Plan, buy, predict and write the report into a folder."""
    spent = backend.used() if backend.used else sum(c.train_flops for c in backend.known)
    path = output / "runs.jsonl"

    def train(config: RunConfig) -> float:
        loss = backend.loss_fn(config)
        append_run(path, config, loss)
        print(f"{config.train_flops:8.0e} FLOPs  N {config.parameters:>11,}  "
              f"lr {config.learning_rate:.2e}  loss {loss:.4f}", flush=True)  # fmt: skip
        return loss

    ledger = Ledger(train, backend.budget, dict(backend.known), spent, backend.used)
    follow_plan(ledger, backend.domain, target)
    prediction = predict(ledger.usable(), backend.domain, target)
    write_report(output, ledger, prediction, target)
    return prediction


def connect(options: argparse.Namespace) -> Backend:
    """The back end that the command line names."""
    if options.simulate is not None:
        known = read_runs(options.output / "runs.jsonl", CONTRACT_DOMAIN)
        loss_fn = make_loss_fn(options.simulate, options.family)
        return Backend(loss_fn, CONTRACT_DOMAIN, options.budget, known)
    client = ScalingClient(options.server, options.key, on_wait=lambda words: print(words))
    domain = client.domain()
    known = read_runs(options.output / "runs.jsonl", domain)  # those stopped early, too
    known |= {run.config: run.loss for run in client.previous_runs()}
    rule = EarlyStopping(known)

    def train(config: RunConfig) -> float:
        return rule.file(config, client.loss(config, lambda run: rule.hopeless(config, run)))

    return Backend(train, domain, int(client.budget()["budget"]), known, client.total_flops_used)


def append_run(path: Path, config: RunConfig, loss: float) -> None:
    """Add a run to a file; a loss that is no number is null."""
    append_record(path, config.as_dict() | {"loss": loss if math.isfinite(loss) else None})


def read_runs(path: Path, domain: Domain) -> dict[RunConfig, float]:
    """The runs of a file that `append_run` wrote; it may not exist."""
    return {
        RunConfig(**{name: row[name] for name in RUN_FIELDS}, domain=domain): (
            math.nan if row["loss"] is None else row["loss"]
        )
        for row in read_records(path)
    }


def answer(prediction: Prediction) -> str:
    """The prediction in a few lines."""
    config = prediction.config
    return (
        f"best at {config.train_flops:.0e} FLOPs: d_model {config.d_model}, "
        f"{config.num_layers} layers, {config.num_heads} heads (N {config.parameters:,}), "
        f"batch {config.batch_size}, learning rate {config.learning_rate:.2e}\n"
        f"loss {prediction.loss:.4f}, 95 % interval {prediction.low:.4f} to {prediction.high:.4f}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cs336_scaling.study",
                                     description=(__doc__ or "").splitlines()[0])  # fmt: skip
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--server", help="address of a training API")
    where.add_argument(
        "--simulate", type=int, metavar="SEED", help="a hidden world in this process"
    )
    parser.add_argument("--key", default="", help="API key")
    parser.add_argument("--family", type=int, choices=FAMILIES, default=1)
    parser.add_argument("--budget", type=int, default=DEFAULT_BUDGET, help="FLOPs, with --simulate")
    parser.add_argument("--target", type=int, default=TARGET_FLOPS, help="FLOPs to predict")
    parser.add_argument("--output", type=Path, required=True, help="folder for runs and report")
    return parser


if __name__ == "__main__":
    sys.exit(main())
