"""Everything the README shows from GPUs: jobs as processes, several on each card.

    python scripts/gpu_results.py --output OUT [--only sort,countdown,...] [--seconds 580]

Stages in their order: rollouts, sort, countdown, expert, dpo, smollm2, resume, tasks, ablations;
jobs that want a card alone come first. A job starts as soon as what it needs is done and a place is
free; whatever has ended is packed into OUT/results.tar.gz at once (OUT/jobs.json says how each job
ended and what ran beside it), so a call that is cut off loses only what was running. Jobs that
would not end within --seconds are not started. Without a GPU and with --tiny everything that trains
runs on the CPU at a small size, as a rehearsal.

SmolLM2 needs its weights in place (see the README) and the package gguf on PYTHONPATH.
Runs from a fresh checkout: nothing needs to be installed beside torch, numpy, jaxtyping, regex,
matplotlib and tqdm.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
NEIGHBOURS = [FOLDER.parent / name for name in ("assignment1-basics", "assignment2-systems")]
SEEDS = (0, 1, 2)
START_UP = 25.0  # seconds from a process's start to its training, and from its end to its files
PACKED = (".json", ".jsonl", ".txt", ".md")  # weights stay where they were made
TINY = (
    "model.d_model=32", "model.num_layers=2", "model.num_heads=2", "model.d_ff=64", "sft.steps=30",
    "sampling.prompts=8", "sampling.samples=4", "limits.seconds=2", "limits.log_every=5",
    "limits.evaluations=1", "evaluation.problems=16", "evaluation.pass_problems=4",
    "dpo.pairs=32", "dpo.held_out_pairs=8", "dpo.sizes=[2]", "sft.stop_size=0", "threads=1",
    "task.evaluate_sizes=[3, 4]",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One process: a training stage of one experiment and seed, or any other command."""

    name: str
    stage: str
    arguments: tuple[str, ...]
    seconds: float
    """Expected, with its start."""
    needs: str = ""
    exclusive: bool = False
    """Wants its card alone."""
    configured: bool = False
    """Takes --set, which the rehearsal uses; other jobs are left out of it."""


def experiment(
    stage: str, experiment: str, config: str, seed: int, command: str, name: str,
    settings: Sequence[str], seconds: float, *, exclusive: bool = False,
) -> Job:  # fmt: skip
    """A stage that starts from the SFT of its experiment and seed."""
    run_dir = f"runs/{experiment}/seed{seed}"
    overrides = [f"run_dir={run_dir}", f"seed={seed}", *settings]
    if command != "sft":
        overrides.append(f"limits.seconds={seconds}")
    arguments = ["-m", f"cs336_alignment.{command}", f"configs/{config}.toml", "--name", name]
    arguments += [part for override in overrides for part in ("--set", override)]
    return Job(
        f"{experiment}/seed{seed}/{name}", stage, (*arguments, "--overwrite"),
        (40.0 if command == "sft" else seconds) + START_UP,
        "" if command == "sft" else f"{experiment}/seed{seed}/sft", exclusive, configured=True,
    )  # fmt: skip


DPO_PLAIN = (
    "dpo.chosen_weight=0.0",
    "dpo.beta=0.1",
    "dpo.sizes=[5, 6]",
)  # the loss of the paper on pairs of the frontier alone: shows what is forgotten
DPO_VARIANTS: dict[str, tuple[str, ...]] = {
    "dpo_replay": (),
    "dpo": ("dpo.demonstrations=0",),
    "dpo_plain": ("dpo.demonstrations=0", *DPO_PLAIN),
}
SMOLLM2: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("dpo", ()),
    ("dpo_nll", ("--chosen-weight", "1")),
    ("sft", ()),
    ("dpo_template", ("--rejected", "template")),
)
ABLATIONS: dict[str, tuple[str, ...]] = {
    "grpo": (),
    "no_baseline": ("grpo.recipe=no_baseline",),
    "baseline": ("grpo.recipe=baseline",),
    "rloo": ("grpo.recipe=rloo",),
    "dr_grpo": ("grpo.recipe=dr_grpo",),
    "maxrl": ("grpo.recipe=maxrl",),
    "rft": ("grpo.recipe=rft",),
    "token_norm": ("grpo.length_norm=token",),
    "constant_norm": ("grpo.length_norm=constant",),
    "dapo": ("grpo.recipe=dapo",),
    "gspo": ("grpo.recipe=gspo", "grpo.updates_per_batch=4"),
    "cispo": ("grpo.recipe=cispo", "grpo.updates_per_batch=4"),
    "off_policy_4": ("grpo.updates_per_batch=4",),
    "off_policy_4_epochs_2": ("grpo.updates_per_batch=4", "grpo.epochs_per_batch=2"),
    "off_policy_4_epochs_2_no_clip": (
        "grpo.updates_per_batch=4", "grpo.epochs_per_batch=2", "grpo.token_loss=no_clip",
    ),
    "kl": ("grpo.kl_weight=0.02",),
}  # fmt: skip


def all_jobs() -> Iterator[Job]:
    """Every job, in the order in which they are tried."""
    chosen: tuple[str, ...]
    settings: tuple[str, ...]
    bench = FOLDER / "bench" / "bench_rollouts.py"
    if bench.exists():
        out = "runs/rollouts/rollouts_cuda.json"
        measured = (str(bench), "--device", "cuda", "--out", out)
        yield Job("rollouts", "rollouts", measured, 90.0, exclusive=True)
    for seed in SEEDS:
        yield experiment("sort", "sort", "sort_gpu", seed, "sft", "sft", (), 0)
        yield experiment("sort", "sort", "sort_gpu", seed, "grpo", "grpo", (), 180)
        settings = ("task.rl_largest=12",)
        yield experiment("sort", "sort", "sort_gpu", seed, "grpo", "grpo_to_12", settings, 180)
    for seed in SEEDS:
        name, config = "countdown_ordered", "countdown_ordered_gpu"
        for command, run in (("sft", "sft"), ("grpo", "grpo_3e-4")):
            yield experiment("countdown", name, config, seed, command, run, (), 180, exclusive=True)
    for representation, seed in product(("plain", "steps"), SEEDS):
        chosen = (f"task.representation={representation}",)
        name = f"countdown_{representation}"
        yield experiment("countdown", name, "countdown_gpu", seed, "sft", "sft", chosen, 0)
        for rate in ("1e-4", "3e-4", "5e-4"):
            settings = (*chosen, f"grpo.learning_rate={rate}")
            yield experiment(
                "countdown", name, "countdown_gpu", seed, "grpo", f"grpo_{rate}", settings, 180
            )
    for rate, seed in product(("2e-4", "5e-4", "1e-3"), SEEDS):
        chosen = (f"expert_iteration.learning_rate={rate}",)
        name = f"expert_{rate}"
        yield experiment("expert", "sort", "sort_gpu", seed, "expert_iteration", name, chosen, 180)
    for seed in SEEDS:
        for name, settings in DPO_VARIANTS.items():
            all_settings = ("limits.steps=300", *settings)
            yield experiment("dpo", "sort", "sort_gpu", seed, "dpo", name, all_settings, 60)
    to_smollm2 = ("scripts/smollm2.py", "--output", "runs/smollm2", "--stage")
    for (part, extra), seed in product(SMOLLM2, SEEDS):
        asked = (*to_smollm2, part.partition("_")[0], "--seed", str(seed), *extra)
        yield Job(f"smollm2/{part}/seed{seed}", "smollm2", asked, 100.0)
    for part in ("complete", "choices", "latency"):
        yield Job(f"smollm2/{part}", "smollm2", (*to_smollm2, part), 120.0)
    resumed = ("scripts/resume_tolerance.py", "--output", "runs/resume/resume_cuda.json")
    yield Job("resume", "resume", resumed, 120.0)
    for task, representation, seed in product(("addition", "mod"), ("steps", "plain"), SEEDS):
        chosen = (f"task.representation={representation}", "device=cuda")
        name = f"{task}_{representation}"
        yield experiment("tasks", name, task, seed, "sft", "sft", chosen, 0)
        yield experiment("tasks", name, task, seed, "grpo", "grpo", chosen, 60)
    for (change, settings), seed in product(ABLATIONS.items(), SEEDS):
        name = f"ablation_{change}"
        yield experiment("ablations", "sort", "sort_gpu", seed, "grpo", name, settings, 60)


@dataclass
class Running:
    """A job on a card."""

    job: Job
    card: str
    process: subprocess.Popen[bytes]
    started: float


@dataclass
class Scheduler:
    """Starts jobs on cards and keeps what they leave."""

    output: Path
    cards: list[str]
    places: int
    deadline: float
    tiny: bool
    waiting: list[Job]
    running: list[Running] = field(default_factory=list)
    ended: dict[str, dict[str, object]] = field(default_factory=dict)

    def run(self) -> None:
        """Until nothing runs and nothing can be started."""
        while True:
            self._start_what_fits()
            if not self.running:
                break
            time.sleep(0.5)
            self._collect()
            if time.monotonic() > self.deadline:
                self._stop_all()
        for job in self.waiting:
            self.ended[job.name] = {"result": "not started"}
        self._pack()

    def _start_what_fits(self) -> None:
        for job in list(self.waiting):
            if time.monotonic() + job.seconds > self.deadline:
                continue
            if job.needs and self.ended.get(job.needs, {}).get("result") != 0:
                continue
            card = self._free_card(job)
            if card is not None:
                self.waiting.remove(job)
                self._start(job, card)

    def _free_card(self, job: Job) -> str | None:
        on_card = {card: [r.job for r in self.running if r.card == card] for card in self.cards}
        room = 1 if job.exclusive else self.places
        free = [
            card for card, jobs in on_card.items()
            if len(jobs) < room and not any(other.exclusive for other in jobs)
        ]  # fmt: skip
        return min(free, key=lambda card: len(on_card[card]), default=None)

    def _start(self, job: Job, card: str) -> None:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(
                [str(FOLDER), *map(str, NEIGHBOURS), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
            "CUDA_VISIBLE_DEVICES": card,
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": "Agg",
        }
        log = self._output_file(job)
        log.parent.mkdir(parents=True, exist_ok=True)
        settings = TINY if self.tiny else ()
        if not card:
            settings = (*settings, "device=cpu")
        extra = [part for setting in settings for part in ("--set", setting)]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *job.arguments, *extra], cwd=FOLDER, env=environment, stdout=file,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.running.append(Running(job, card, process, time.monotonic()))
        print(f"{self._clock():6.0f} s  start  {job.name} on card {card or 'cpu'}", flush=True)

    def _collect(self) -> None:
        for run in list(self.running):
            code = run.process.poll()
            if code is None:
                continue
            self.running.remove(run)
            seconds = time.monotonic() - run.started
            neighbours = [other.job.name for other in self.running if other.card == run.card]
            self.ended[run.job.name] = {
                "result": code, "seconds": round(seconds, 1), "card": run.card,
                "beside": neighbours,
            }  # fmt: skip
            print(f"{self._clock():6.0f} s  ended  {run.job.name}: {code}, {seconds:.0f} s",
                  flush=True)  # fmt: skip
            if code:
                print(self._output_file(run.job).read_text(errors="replace")[-1500:], flush=True)
            self._pack()

    def _stop_all(self) -> None:
        for run in self.running:
            os.killpg(run.process.pid, signal.SIGINT)
        for run in self.running:
            try:
                run.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(run.process.pid, signal.SIGKILL)
                run.process.wait()

    def _output_file(self, job: Job) -> Path:
        return FOLDER / "runs" / "jobs" / f"{job.name.replace('/', '-')}.txt"

    def _pack(self) -> None:
        """results.tar.gz with all small files of the runs, replaced as a whole."""
        (self.output / "jobs.json").write_text(json.dumps(self.ended, indent=1) + "\n")
        partial = self.output / ".results.partial"
        with tarfile.open(partial, "w:gz") as archive:
            for path in sorted((FOLDER / "runs").rglob("*")):
                if path.suffix in PACKED:
                    archive.add(path, path.relative_to(FOLDER))
            archive.add(self.output / "jobs.json", "jobs.json")
        partial.replace(self.output / "results.tar.gz")

    def _clock(self) -> float:
        return time.monotonic() - STARTED


STARTED = time.monotonic()


def visible_cards() -> list[str]:
    """Numbers of the GPUs; one empty name stands for the CPU."""
    import torch

    return [str(i) for i in range(torch.cuda.device_count())] or [""]


def main() -> int:
    """Run the chosen stages; 1 if a job failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--only", default="", help="stages or parts of job names, by commas")
    parser.add_argument("--seconds", type=float, default=580.0)
    parser.add_argument("--places", type=int, default=4, help="processes on a card")
    parser.add_argument("--tiny", action="store_true", help="small and short, for a rehearsal")
    parser.add_argument("--list", action="store_true", help="print the jobs and end")
    options = parser.parse_args()
    jobs = chosen_jobs(options.only, options.tiny)
    if options.list:
        for job in jobs:
            print(f"{job.seconds:6.0f} s  {job.stage:<10} {job.name}")
        print(f"{sum(job.seconds for job in jobs):6.0f} s  in all")
        return 0
    options.output.mkdir(parents=True, exist_ok=True)
    scheduler = Scheduler(
        options.output.resolve(), visible_cards(), options.places,
        STARTED + options.seconds, options.tiny, jobs,
    )  # fmt: skip
    scheduler.run()
    return int(any(job["result"] not in (0, "not started") for job in scheduler.ended.values()))


def chosen_jobs(only: str, tiny: bool) -> list[Job]:
    """The jobs of these stages or names, with what they need before them."""
    jobs = {job.name: job for job in all_jobs()}
    words = [word for word in only.split(",") if word]
    wanted = [j for j in jobs.values() if not words or j.stage in words
              or any(w in j.name for w in words)]  # fmt: skip
    names = dict.fromkeys(name for job in wanted for name in (job.needs, job.name) if name)
    chosen = [jobs[name] for name in names]
    chosen.sort(key=lambda job: not job.exclusive)  # before others have spread over the cards
    return [replace(job, seconds=1.0) for job in chosen if job.configured] if tiny else chosen


if __name__ == "__main__":
    sys.exit(main())
