"""Stages of SmolLM2-135M-Instruct; each writes a record as it goes.

    python scripts/smollm2.py --stage complete --output results
    python scripts/smollm2.py --stage complete --prompt "Why is the sea salty?" --output /tmp/live
    python scripts/smollm2.py --stage sft --output results --device cuda --seed 1

Get the weights first: python -m cs336_alignment.models.smollm2 fetch. Without --size a GPU does the
full size and a CPU the small one. Records are OUTPUT/smollm2_STAGE.json, with _seedN for training
(dpo_template is against a template's answers, dpo_nll with --chosen-weight). A record of
completions or choices that was cut short is taken up where it ended.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from cs336_alignment.models.smollm2 import load_smollm2
from cs336_alignment.text.pairs import REJECTED
from cs336_alignment.text.records import Record, machine
from cs336_alignment.text.stages import SIZES, STAGES, TRAINING, complete, tuned
from cs336_basics.support.command_line import exit_status

CONTEXT = 384  # the longest of the texts here, and some


def make_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stage", choices=[*STAGES], required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of the records")
    parser.add_argument("--weights", type=Path, help="the GGUF file, if not where fetch puts it")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--size", choices=[*SIZES])
    parser.add_argument("--seed", type=int, default=0, help="order of the training examples")
    parser.add_argument("--learning-rate", type=float, help="instead of the size's")
    parser.add_argument("--steps", type=int, help="updates, instead of the size's")
    parser.add_argument(
        "--rejected", choices=[*REJECTED], default="own", help="DPO's rejected answers"
    )
    parser.add_argument(
        "--chosen-weight", type=float, help="of DPO's chosen answers' negative log-likelihood"
    )
    parser.add_argument("--threads", type=int, default=2, help="on a CPU (default: %(default)s)")
    parser.add_argument(
        "--prompt", action="append", help="complete this instead of the prompts; may be repeated"
    )
    return parser


def run(options: argparse.Namespace) -> None:
    """Load the model, run the stage."""
    device = torch.device(options.device)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    # Training needs float32; on a CPU products in bfloat16 are slower than in float32.
    half = device.type == "cuda" and options.stage not in TRAINING
    dtype = torch.bfloat16 if half else torch.float32
    smol = load_smollm2(options.weights, context_length=CONTEXT, dtype=dtype, device=device)
    name = options.size or ("full" if device.type == "cuda" else "small")
    size = tuned(
        SIZES[name],
        seed=options.seed,
        learning_rate=options.learning_rate,
        steps=options.steps,
        rejected=options.rejected,
        chosen_weight=options.chosen_weight,
    )
    record = Record(
        options.output,
        record_name(options),
        resume=options.stage not in TRAINING and not options.prompt,
        **machine(device, "scripts/smollm2.py"),
        weights_sha256=smol.sha256,
        dtype=str(dtype).removeprefix("torch."),
        size=name,
    )
    if options.prompt:
        complete(smol, record, size, print, options.prompt)
    else:
        STAGES[options.stage](smol, record, size, print)
    print(f"wrote {record.path}")


def record_name(options: argparse.Namespace) -> str:
    """The stage, and what tells this training from others."""
    if options.stage not in TRAINING:
        return str(options.stage)
    variant = "" if options.rejected == "own" or options.stage != "dpo" else "_template"
    variant += "_nll" if options.chosen_weight and options.stage == "dpo" else ""
    return f"{options.stage}{variant}_seed{options.seed}"


def main() -> int:
    """The command; returns the exit status."""
    parser = make_parser()
    options = parser.parse_args()
    if options.prompt and options.stage != "complete":
        parser.error("--prompt goes with --stage complete")
    return exit_status(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
