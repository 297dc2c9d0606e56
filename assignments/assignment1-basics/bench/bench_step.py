"""Time one training iteration under different settings, on a GPU, in one run.

    python bench/bench_step.py --config configs/gpu_28m.toml --out results/step_times.json

Every variant compiles and captures in its own process at the same time; then they are timed one
after another on random tokens, so that all share one device and one hour. The last row is the sum
of the step's matrix products alone: no step can be faster than that with these products.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import torch
from cs336_basics.config import RunConfig
from cs336_basics.fast.attention import attention_backend
from cs336_basics.optimizer import AdamW
from cs336_basics.throughput import flops_per_token, model_flops_utilization
from cs336_basics.training.config_file import load_config
from cs336_basics.training.sampler import WindowSampler
from cs336_basics.training.speed import apply_speed_settings
from cs336_basics.training.stepping import EagerStepper, Stepper

# A variant that compiles for longer is left out.
PREPARE_SECONDS = float(os.environ.get("BENCH_PREPARE_SECONDS", "300"))
PLAIN = [
    "training.compile=false", "training.cuda_graph=false", "training.joint_projections=false",
    "training.residual=float32", "training.bf16_weight_copies=false",
]  # fmt: skip
BUILTIN = [
    "training.attention=fused", "training.loss=reference", "training.norms=reference",
    "training.inductor_flags=[]",
]  # fmt: skip
PLAIN += BUILTIN
ROTARY, LOSS = ["training.attention=rotary"], ["training.loss=fused"]
NORMS = ["training.norms=fused"]
ALL = [*ROTARY, *LOSS, *NORMS]
DESCENT, MIXED = "coordinate_descent_tuning", "triton.mix_order_reduction_non_strict_mode"
PRODUCTS = ["max_autotune_gemm", "triton.enable_persistent_tma_matmul"]
BEST = "+ fused norms"  # the variant that BENCH_PROFILE profiles


def flags(*names: str) -> str:
    """The override that switches exactly these options of torch.compile on."""
    return f"training.inductor_flags={json.dumps(names)}"


# Each variant: the overrides of the configuration, and environment variables.
VARIANTS: dict[str, tuple[list[str], dict[str, str]]] = {
    "reference attention, eager": ([*PLAIN, "training.attention=reference"], {}),
    "fused attention, eager": (PLAIN, {}),
    "+ compile": ([*PLAIN, "training.compile=true"], {}),
    "+ CUDA graph": ([*PLAIN, "training.compile=true", "training.cuda_graph=true"], {}),
    "+ joint projections": (
        [*BUILTIN, "training.residual=float32", "training.bf16_weight_copies=false"], {}),
    "+ bf16 residual": ([*BUILTIN, "training.bf16_weight_copies=false"], {}),
    "+ bf16 weight copies": (BUILTIN, {}),
    "  FlashAttention-2 kernel": (BUILTIN, {"BENCH_SDP": "flash"}),
    "  with max-autotune": (BUILTIN, {"TORCHINDUCTOR_MAX_AUTOTUNE": "1"}),
    "+ coordinate descent": ([*BUILTIN, flags(DESCENT)], {}),
    "+ rotary attention": ([*BUILTIN, *ROTARY, flags(DESCENT)], {}),
    "+ fused loss": ([*BUILTIN, *ROTARY, *LOSS, flags(DESCENT)], {}),
    "  mixed-order reductions": ([*BUILTIN, *ROTARY, *LOSS, flags(DESCENT, MIXED)], {}),
    "+ fused norms": ([*ALL, flags(DESCENT)], {}),
    "  without coordinate descent": ([*ALL, flags()], {}),
    "  with autotuned products": ([*ALL, flags(DESCENT, *PRODUCTS)], {}),
    "  4 layers (22.70M)": ([*ALL, flags(DESCENT), "model.num_layers=4"], {}),
    "  batch 128": ([*ALL, flags(DESCENT), "training.batch_size=128"], {}),
}  # fmt: skip


def make_stepper(config: RunConfig, tokens: np.ndarray[Any, Any], device: torch.device) -> Stepper:
    """The configured stepper with a fresh model on `device`."""
    from cs336_basics.fast.graphed_stepping import GraphedStepper

    training, o = config.training, config.optimizer
    torch.manual_seed(0)
    model = config.model.build().to(device)
    apply_speed_settings(model, training, device)
    optimizer = AdamW(model.parameters(), o.max_learning_rate, (o.beta1, o.beta2))
    sampler = WindowSampler(tokens, training.batch_size, config.model.context_length, training.seed)
    stepper_class = GraphedStepper if training.cuda_graph else EagerStepper
    return stepper_class(model, optimizer, sampler, config, device)


def random_tokens(vocab_size: int, count: int = 2_000_000) -> np.ndarray[Any, Any]:
    """Tokens with the skewed frequencies of text (Zipf)."""
    ranks = np.random.default_rng(0).zipf(1.2, count)
    return (ranks % vocab_size).astype(np.uint16)


def child(name: str, config_path: str, steps: int) -> None:
    """Prepare a variant, report readiness, wait for a line, time it, print one JSON line."""
    overrides, environment = VARIANTS[name]
    if environment.get("BENCH_SDP") == "flash":  # PyTorch's own choice on this device is cuDNN
        torch.backends.cuda.enable_cudnn_sdp(False)
    config = load_config(config_path, overrides)
    device = torch.device("cuda")
    with attention_backend(config.training.attention):
        stepper = make_stepper(config, random_tokens(config.model.vocab_size), device)
        started = time.perf_counter()
        stepper.prepare(0)
        torch.cuda.synchronize()
        prepared = time.perf_counter() - started
        print("ready", flush=True)
        sys.stdin.readline()
        first_losses = stepper.run(0, 20).losses
        times = []
        for repeat in range(5):
            started = time.perf_counter()
            stepper.run(20 + repeat * steps, steps)
            times.append((time.perf_counter() - started) / steps)
    seconds = statistics.median(times)
    tokens = config.training.batch_size * config.model.context_length
    result = {
        "variant": name,
        "milliseconds": seconds * 1e3,
        "spread": (max(times) - min(times)) / seconds,
        "tokens_per_second": tokens / seconds,
        "mfu": model_flops_utilization(tokens / seconds, config.model, device),
        "prepare_seconds": prepared,
        "loss_20": first_losses[-1],
    }
    print(json.dumps(result), flush=True)
    if "BENCH_PROFILE" in os.environ and name == BEST:
        table = kernel_table(stepper, 5 * steps + 20)
        Path(os.environ["BENCH_PROFILE"]).write_text(table, encoding="utf-8")


def kernel_table(stepper: Stepper, first: int, steps: int = 10) -> str:
    """Device time per kernel over a few steps."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA]) as profiler:
        stepper.run(first, steps)
    return str(
        profiler.key_averages().table(
            sort_by="cuda_time_total", row_limit=60, max_name_column_width=90
        )
    )


def matmul_floor(config: RunConfig) -> dict[str, Any]:
    """Seconds of the step's matrix products alone, forward and backward, one shape at a time."""
    from triton.testing import do_bench

    model, rows = config.model, config.training.batch_size * config.model.context_length
    d, f, layers = model.d_model, model.d_ff, model.num_layers
    shapes = {"qkv": (d, 3 * d, layers), "out": (d, d, layers), "w13": (d, 2 * f, layers),
              "w2": (f, d, layers), "head": (d, model.vocab_size, 1)}  # fmt: skip
    total, flops, detail = 0.0, 0.0, {}
    for name, (d_in, d_out, count) in shapes.items():
        x = torch.randn(rows, d_in, device="cuda", dtype=torch.bfloat16)
        w = torch.randn(d_out, d_in, device="cuda", dtype=torch.bfloat16)
        g = torch.randn(rows, d_out, device="cuda", dtype=torch.bfloat16)
        products = {"forward": lambda x=x, w=w: x @ w.T, "grad x": lambda g=g, w=w: g @ w,
                    "grad w": lambda g=g, x=x: g.T @ x}  # fmt: skip
        for kind, product in products.items():
            seconds = do_bench(product, return_mode="median") / 1e3
            total += seconds * count
            flops += 2 * rows * d_in * d_out * count
            detail[f"{name} {kind}"] = {
                "microseconds": seconds * 1e6,
                "tflops": 2 * rows * d_in * d_out / seconds / 1e12,
            }
    tokens_per_second = rows / total
    return {
        "variant": "matrix products alone",
        "milliseconds": total * 1e3,
        "mfu": model_flops_utilization(tokens_per_second, model, torch.device("cuda")),
        "share_of_flops": flops / (rows * flops_per_token(model)),
        "detail": detail,
    }


def run_all(config_path: str, names: list[str], steps: int) -> list[dict[str, Any]]:
    """Prepare all variants at once, then time them one by one."""
    processes = {}
    for name in names:
        errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - read after the process has ended
        environment = os.environ | VARIANTS[name][1]
        command = [sys.executable, __file__, "--config", config_path, "--child", name,
                   "--steps", str(steps)]  # fmt: skip
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env=environment,
        )  # fmt: skip
        processes[name] = (process, errors)
    waiting = [Thread(target=p.stdout.readline) for p, _ in processes.values() if p.stdout]
    for thread in waiting:
        thread.start()
    deadline = time.monotonic() + PREPARE_SECONDS
    for thread, (process, _) in zip(waiting, processes.values(), strict=True):
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            process.kill()
    results = []
    for name, (process, errors) in processes.items():
        output, _ = process.communicate("go\n" if process.poll() is None else None)
        if process.returncode:
            errors.seek(0)
            print(f"{name} failed:\n{errors.read()[-1500:]}", file=sys.stderr)
        results += [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        print(output, flush=True)
    return results


def provenance(options: argparse.Namespace) -> dict[str, Any]:
    """Device, date, versions, and the command that measures the same again."""
    command = ["python", "bench/bench_step.py", "--config", options.config]
    command += ["--steps", str(options.steps)]
    command += ["--only", *options.only] if options.only else []
    driver = Path("/proc/driver/nvidia/version")
    found = re.search(r"\b\d{3}\.\d+(\.\d+)?\b", driver.read_text() if driver.exists() else "")
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.*)", cpuinfo)
    return {
        "device": torch.cuda.get_device_name(),
        "date": time.strftime("%Y-%m-%d"),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "cuda": str(torch.version.cuda),
            "driver": found[0] if found else "unknown",
            "host": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores",
        },
        "command": shlex.join(command),
    }


def main() -> None:
    """Time the variants and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--config", required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", nargs="*", help="names of variants; default: all")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.config, options.steps)
        return
    results = run_all(options.config, options.only or list(VARIANTS), options.steps)
    results.append(matmul_floor(load_config(options.config)))
    if options.out:
        record = provenance(options) | {"results": results}
        options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    for result in results:
        print(
            f"{result['variant']:<28}{result['milliseconds']:8.3f} ms  MFU {result['mfu']:6.1%}"
            f"  compile {result.get('prepare_seconds', 0):5.1f} s"
            f"  spread {result.get('spread', 0):.1%}  loss {result.get('loss_20', 0):.4f}"
        )


if __name__ == "__main__":
    main()
