"""The stages: rows and updates, learning, resuming bit for bit, and what the commands say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch
from cs336_alignment.losses.recipes import RECIPES
from cs336_alignment.rollouts.protocol import Rollouts
from cs336_alignment.rollouts.simple import SimpleGenerator
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.sort import SortTask
from cs336_alignment.training.batches import training_rows
from cs336_alignment.training.config import (
    AlignmentConfig,
    GrpoConfig,
    LimitsConfig,
    longest_sequence,
)
from cs336_alignment.training.curriculum import Curriculum
from cs336_alignment.training.demonstrations import answer_loss
from cs336_alignment.training.evaluation import ProblemSolver, Sampled
from cs336_alignment.training.files import StageFiles, read_log
from cs336_alignment.training.loop import Clock, Schedule, combined, make_optimizer
from cs336_alignment.training.policy_update import PolicyUpdater
from cs336_alignment.training.rl_stages import kept_answers
from cs336_alignment.training.run_stage import run_stage
from cs336_basics.config import ConfigError
from cs336_basics.serialization import read_checkpoint
from torch import Tensor

ConfigMaker = Callable[..., AlignmentConfig]
FOLDER = Path(__file__).parent.parent


def weights(config: AlignmentConfig, name: str) -> dict[str, Tensor]:
    state: dict[str, Tensor] = read_checkpoint(Path(config.run_dir) / name / "checkpoint.pt")[
        "model"
    ]
    return state


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


# Rows


def test_rows_move_left_and_keep_what_belongs_to_each_token() -> None:
    rollouts = Rollouts(
        prompt_ids=torch.tensor([[0, 5, 6], [7, 8, 9]]),
        prompt_mask=torch.tensor([[False, True, True], [True, True, True]]),
        response_ids=torch.tensor([[3, 1, 0, 0], [4, 4, 1, 0]]),
        response_mask=torch.tensor([[True, True, False, False], [True, True, True, False]]),
        log_probs=torch.tensor([[-0.1, -0.2, 0.0, 0.0], [-0.3, -0.4, -0.5, 0.0]]),
        finished=torch.tensor([True, True]),
    )
    rows = training_rows(rollouts)
    assert rows.input_ids[0, :3].tolist() == [5, 6, 3]
    assert rows.labels[0, :3].tolist() == [6, 3, 1]
    assert rows.mask.tolist() == [
        [False, True, True, False, False], [False, False, True, True, True],
    ]  # fmt: skip
    assert rows.labels[1].tolist() == [8, 9, 4, 4, 1]
    assert rows.sampled_log_probs[0].tolist() == pytest.approx([0, -0.1, -0.2, 0, 0])
    assert rows.sampled_log_probs[1].tolist() == pytest.approx([0, 0, -0.3, -0.4, -0.5])
    one = rows.select(torch.tensor([0]))
    assert one.input_ids.tolist() == [[5, 6, 3]]


def policy_and_rollouts(config: AlignmentConfig) -> tuple[torch.nn.Module, Rollouts]:
    tokenizer = CharacterTokenizer()
    model = config.model.build()
    sampler = SimpleGenerator(model, eos_id=tokenizer.eos_token_id, pad_id=tokenizer.pad_token_id)
    rollouts = sampler.sample(
        [tokenizer.encode(text) for text in ("12:", "3:", "4567:")], samples=4, max_new_tokens=6,
        temperature=1.3, top_p=0.9, generator=torch.Generator().manual_seed(3),
    )  # fmt: skip
    return model, rollouts


def updater_of(model: torch.nn.Module, config: AlignmentConfig, **grpo: object) -> PolicyUpdater:
    settings = replace(GrpoConfig(), **grpo)  # type: ignore[arg-type]
    return PolicyUpdater(
        model, make_optimizer(model, config.limits), settings.resolved(), settings, config.limits,
        replace(config.sampling, temperature=1.3, top_p=0.9),
    )  # fmt: skip


@pytest.mark.parametrize("recipe", [name for name in RECIPES if name != "rft"])
def test_micro_batches_of_unequal_length_make_the_same_update(
    make_config: ConfigMaker, recipe: str
) -> None:
    advantages = torch.randn(12)
    results = []
    for rows_at_once in (100, 5):
        torch.manual_seed(0)
        config = make_config(limits={"microbatch_rows": rows_at_once})
        model, rollouts = policy_and_rollouts(config)
        updater = updater_of(model, config, recipe=recipe)
        rows = training_rows(rollouts)
        updater.update(rows, advantages, 1e-2, torch.Generator().manual_seed(0), 6)
        results.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    # Adam's first step divides by the gradient's size: what is nearly 0 may differ by more.
    assert torch.allclose(results[0], results[1], atol=1e-4)


def test_on_policy_the_ratio_is_exactly_one_and_the_gap_is_reported(
    make_config: ConfigMaker,
) -> None:
    config = make_config()
    model, rollouts = policy_and_rollouts(config)
    metrics = updater_of(model, config).update(
        training_rows(rollouts), torch.randn(12), 1e-3, torch.Generator(), 6
    )
    assert float(metrics["ratio_max"]) == 1.0
    assert float(metrics["clipped"]) == 0.0
    # The sampler's log-probabilities, with temperature and top-p, are the training pass's.
    assert 0.0 <= float(metrics["sampler_gap_max"]) < 1e-4


def test_off_policy_steps_move_the_ratio(make_config: ConfigMaker) -> None:
    config = make_config()
    model, rollouts = policy_and_rollouts(config)
    metrics = updater_of(model, config, updates_per_batch=2, epochs_per_batch=3).update(
        training_rows(rollouts), torch.randn(12), 1e-2, torch.Generator(), 6
    )
    assert float(metrics["updates"]) == 6
    assert float(metrics["ratio_max"]) > 1.2
    assert float(metrics["clipped"]) > 0.0


def test_without_differences_nothing_is_updated(make_config: ConfigMaker) -> None:
    config = make_config()
    model, rollouts = policy_and_rollouts(config)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    metrics = updater_of(model, config).update(
        training_rows(rollouts), torch.zeros(12), 1e-2, torch.Generator(), 6
    )
    assert float(metrics["updates"]) == 0
    assert same(before, model.state_dict())


def test_rows_without_advantage_change_nothing_but_are_counted(make_config: ConfigMaker) -> None:
    """Leaving them out of the pass gives the gradient that they would have given."""
    config = make_config()
    advantages = torch.randn(12)
    advantages[::2] = 0.0
    results = []
    for tiny in (0.0, 1e-30):
        torch.manual_seed(0)
        model, rollouts = policy_and_rollouts(config)
        updater_of(model, config).update(
            training_rows(rollouts), advantages + tiny, 1e-2, torch.Generator(), 6
        )
        results.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    assert torch.allclose(results[0], results[1], atol=1e-5)


def test_kept_answers_are_different_and_few_of_a_prompt() -> None:
    problems = [SortTask().draw(Random(i), 2) for i in range(2)]
    texts = ["a", "a", "b", "c", "d", "d", "d", "d"]
    sampled = Sampled(None, texts, [1, 1, 1, 1, 0, 1, 1, 1])  # type: ignore[arg-type]
    kept = kept_answers(problems, sampled, 2)
    assert kept == [(problems[0].prompt, "a"), (problems[0].prompt, "b"), (problems[1].prompt, "d")]


# Curriculum, schedule, clock


def test_the_frontier_grows_with_its_reward_and_no_further(make_config: ConfigMaker) -> None:
    config = make_config()
    curriculum = Curriculum(SortTask(), config.task, config.sampling, seed=0)
    assert {problem.size for problem in curriculum.problems(0)} == {1, 2}
    frontiers = []
    for draw in range(6):
        problems = curriculum.problems(draw)
        curriculum.observe(problems, [1.0] * len(problems))
        frontiers.append(curriculum.frontier)
    assert frontiers == [3, 3, 3, 3, 3, 3]
    again = Curriculum(SortTask(), config.task, config.sampling, seed=0)
    again.restore(curriculum.state())
    assert again.problems(7) == curriculum.problems(7)


def test_the_schedule_warms_up_and_falls() -> None:
    schedule = Schedule(LimitsConfig(steps=100, warmup_steps=10, decay_share=0.5), 1.0)
    assert schedule.learning_rate(0, 0.0) == pytest.approx(0.1)
    assert schedule.learning_rate(50, 0.5) == 1.0
    assert schedule.learning_rate(75, 0.75) == pytest.approx(0.5)
    assert schedule.learning_rate(99, 1.0) == pytest.approx(0.1)
    timed = Schedule(LimitsConfig(steps=100, seconds=10.0), 1.0)
    assert timed.progress(10, 5.0) == 0.5


def test_the_clock_counts_only_while_it_runs() -> None:
    clock = Clock("cpu", torch.device("cpu"), 5.0)
    sum(range(100_000))
    assert clock.seconds == 5.0
    clock.start()
    sum(range(1_000_000))
    clock.stop()
    assert 5.0 < clock.seconds < 6.0


def test_metrics_are_means_or_maxima() -> None:
    rows = [{"loss": 1.0, "ratio_max": torch.tensor(2.0)}, {"loss": 3.0, "ratio_max": 1.0}]
    assert combined(rows) == {"loss": 2.0, "ratio_max": 2.0}  # type: ignore[arg-type]


# Whole stages


@pytest.fixture
def started(make_config: ConfigMaker) -> AlignmentConfig:
    """An experiment whose SFT is done."""
    config = make_config()
    run_stage("sft", config)
    return config


def test_sft_learns_and_leaves_its_files(started: AlignmentConfig) -> None:
    folder = Path(started.run_dir) / "sft"
    rows = read_log(folder / "log.jsonl")
    losses = [row["loss"] for row in rows if "loss" in row]
    assert losses[-1] < losses[0] / 2
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["steps"] == 40
    assert set(summary["result"]["accuracy"]) == {"2", "3"}
    assert (folder / "samples.txt").read_text().startswith("=== after\n")


def test_sft_stops_at_its_accuracy(make_config: ConfigMaker) -> None:
    stop = {"stop_size": 2, "stop_accuracy": 0.0, "stop_check_every": 5}
    assert run_stage("sft", make_config(sft=stop))["steps"] == 5


@pytest.mark.parametrize("stage", ["grpo", "expert_iteration", "dpo"])
def test_stages_go_on_from_sft(started: AlignmentConfig, stage: str) -> None:
    summary = run_stage(stage, started)  # type: ignore[arg-type]
    assert summary["steps"] == 8
    rows = read_log(Path(started.run_dir) / stage / "log.jsonl")
    assert set(rows[0]) == {"step", "chance", "pass_at", "problems"}  # before any update
    assert not same(weights(started, "sft"), weights(started, stage))
    if stage == "dpo":
        assert rows[-1]["held_out_margin"] != 0.0
        assert rows[1]["held_out_margin"] == 0.0  # before the first step policy = reference
    else:
        assert summary["result"]["rollouts"] >= 8 * 16
        assert "verdicts" in rows[3] or "verdicts" in rows[2]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_trains(started: AlignmentConfig, recipe: str) -> None:
    config = replace(started, grpo=replace(started.grpo, recipe=recipe))
    summary = run_stage("grpo", config, name=recipe)
    assert summary["steps"] == 8
    assert all(torch.isfinite(value).all() for value in weights(config, recipe).values())


def test_a_kl_penalty_is_reported_and_holds_the_policy_back(started: AlignmentConfig) -> None:
    distances = []
    for name, weight in (("free", 0.0), ("held", 100.0)):
        config = replace(started, grpo=replace(started.grpo, kl_weight=weight, learning_rate=1e-3))
        run_stage("grpo", config, name=name)
        start, end = weights(config, "sft"), weights(config, name)
        distances.append(sum(float((start[key] - end[key]).square().sum()) for key in start))
    rows = read_log(Path(started.run_dir) / "held" / "log.jsonl")
    assert any(row.get("kl", 0) > 0 for row in rows)
    assert distances[1] < distances[0]


@pytest.mark.parametrize("stage", ["sft", "grpo", "expert_iteration", "dpo"])
def test_a_resumed_run_ends_with_the_same_bits(
    make_config: ConfigMaker, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Curriculum, samples, moments and the reference included."""
    config = make_config(
        limits={"checkpoint_every": 3}, grpo={"kl_weight": 0.1, "updates_per_batch": 2},
        dpo={"chosen_weight": 1.0, "demonstrations": 4},
    )  # fmt: skip
    run_stage("sft", config)
    run_stage(stage, config, name="whole")  # type: ignore[arg-type]

    saves = []
    original = StageFiles.save

    def die_after_the_second(self: StageFiles, *arguments: object) -> None:
        original(self, *arguments)  # type: ignore[arg-type]
        saves.append(1)
        if len(saves) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(StageFiles, "save", die_after_the_second)
        with pytest.raises(KeyboardInterrupt):
            run_stage(stage, config, name="parts")  # type: ignore[arg-type]
    torch.manual_seed(99)  # whatever the new process's generators are at
    run_stage(stage, config, name="parts", resume=True)  # type: ignore[arg-type]
    assert same(weights(config, "whole"), weights(config, "parts"))
    logs = [read_log(Path(config.run_dir) / name / "log.jsonl") for name in ("whole", "parts")]
    for rows in logs:
        for row in rows:
            row.pop("seconds", None)
    assert [row for row in logs[0] if "loss" in row] == [row for row in logs[1] if "loss" in row]


def test_demonstrations_hold_what_pairs_do_not(started: AlignmentConfig) -> None:
    """Size 1 has no pairs here: the answers to it become less likely without demonstrations."""
    losses = []
    for name, count in (("pairs", 0), ("replay", 16)):
        dpo = replace(started.dpo, chosen_weight=1.0, demonstrations=count, beta=1.0)
        config = replace(started, dpo=dpo, limits=replace(started.limits, steps=20))
        run_stage("dpo", config, name=name)
        model = config.model.build()
        model.load_state_dict(weights(config, name))
        shown = [(f"{digit}:", f">{digit}") for digit in range(10)]
        loss = answer_loss(model, CharacterTokenizer(), shown, torch.device("cpu"))
        losses.append(loss.item())
    assert losses[1] < losses[0]


def test_sizes_that_share_a_batch_fit_into_the_context() -> None:
    """A batch is as long as its longest prompt and its longest answer, whosever they are."""

    class LongPromptsShortAnswers(SortTask):
        def max_response(self, size: int) -> int:
            return 20 - size

    prompts = {size: size + 1 for size in (3, 9)}  # digits and a colon
    assert longest_sequence(LongPromptsShortAnswers(), (3, 9)) == prompts[9] + 17


def test_a_run_is_neither_mixed_nor_overwritten_by_accident(started: AlignmentConfig) -> None:
    with pytest.raises(ConfigError, match="already holds a run; continue it with --resume"):
        run_stage("sft", started)
    other = replace(started, sft=replace(started.sft, learning_rate=1.0))
    with pytest.raises(ConfigError, match=r"started with sft\.learning_rate = 0\.003, not 1\.0"):
        run_stage("sft", other, resume=True)
    assert run_stage("sft", other, overwrite=True)["steps"] == 40


def test_a_stage_needs_its_start(make_config: ConfigMaker) -> None:
    with pytest.raises(ConfigError, match="no checkpoint to start from; run that stage first"):
        run_stage("grpo", make_config())


def test_dpo_without_pairs_says_so(
    make_config: ConfigMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cs336_alignment.training.dpo_stage.MOST_DRAWS", 2)
    untrained = make_config(sft={"steps": 1}, dpo={"sizes": [3]})
    run_stage("sft", untrained)
    with pytest.raises(ValueError, match="alike, so there are no pairs; choose sizes"):
        run_stage("dpo", untrained)


# The commands


def command(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"cs336_alignment.{module}", *arguments]


def write_toml(config: AlignmentConfig, path: Path, **changes: object) -> Path:
    lines: list[str] = []
    tables: list[str] = []
    for key, value in (config.to_dict() | changes).items():
        if isinstance(value, dict):
            tables += [f"[{key}]", *(f"{k} = {toml(v)}" for k, v in value.items())]
        else:
            lines.append(f"{key} = {toml(value)}")
    path.write_text("\n".join([*lines, *tables]) + "\n", encoding="utf-8")
    return path


def toml(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def test_killed_and_resumed_from_the_command_line(make_config: ConfigMaker, tmp_path: Path) -> None:
    """kill -9 at any moment leaves a checkpoint from which the same bits are reached."""
    config = make_config(limits={"steps": 60, "checkpoint_every": 2, "evaluations": 0})
    path = str(write_toml(config, tmp_path / "config.toml"))
    assert subprocess.run(command("sft", path), timeout=120, check=False).returncode == 0
    process = subprocess.Popen(command("grpo", path, "--name", "killed"))
    checkpoint = Path(config.run_dir) / "killed" / "checkpoint.pt"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < read_checkpoint(checkpoint)["iteration"] < 60
    for arguments in (["--name", "killed", "--resume"], ["--name", "whole"]):
        done = subprocess.run(
            command("grpo", path, *arguments), timeout=120, check=False, capture_output=True,
            text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "pass@4" in done.stdout
    assert same(weights(config, "whole"), weights(config, "killed"))


def test_evaluate_prints_and_writes_what_the_stage_reached(
    started: AlignmentConfig, tmp_path: Path
) -> None:
    path = write_toml(started, tmp_path / "config.toml")
    out = tmp_path / "measured.json"
    done = subprocess.run(
        command("evaluate", str(path), "--json", str(out), "--examples", "1"),
        timeout=120, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split() == ["size", "greedy", "pass@1", "pass@4", "chance"]
    measured = json.loads(out.read_text())
    summary = json.loads((Path(started.run_dir) / "sft" / "summary.json").read_text())
    assert measured["accuracy"]["2"] == pytest.approx(summary["result"]["accuracy"]["2"], abs=1e-4)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("grpo.recipe=grop", "grpo.recipe must be one of"),
        ("grpo.recipes=grpo", "did you mean 'recipe'"),
        ("limits.steps=0", "or the run never ends"),
        ("model.context_length=4", "model.context_length must be >= "),
        ("task.name=sorting", "'task.name' must be one of sort"),
        ("device=cuda:9", "cuda"),
    ],
)
def test_mistakes_are_one_clear_line(
    make_config: ConfigMaker, tmp_path: Path, capfd: pytest.CaptureFixture[str], setting: str,
    message: str,
) -> None:  # fmt: skip
    from cs336_alignment.sft import main

    path = write_toml(make_config(), tmp_path / "config.toml")
    assert main([str(path), "--set", setting]) == 2
    error = capfd.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("path", sorted((FOLDER / "configs").glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_configurations_load(path: Path) -> None:
    from cs336_basics.training.config_file import config_as, load_config_as

    config = load_config_as(AlignmentConfig, path)
    assert config_as(AlignmentConfig, config.to_dict()) == config
    with torch.device("meta"):
        config.model.build()


def test_the_solver_gives_the_same_answers_for_the_same_seed(make_config: ConfigMaker) -> None:
    config, tokenizer = make_config(), CharacterTokenizer()
    sampler = SimpleGenerator(
        config.model.build(), eos_id=tokenizer.eos_token_id, pad_id=tokenizer.pad_token_id
    )
    solver = ProblemSolver(SortTask(), sampler, torch.device("cpu"))
    problems = Curriculum(SortTask(), config.task, config.sampling, 0).problems(0)
    first, second, other = (
        solver.solve(problems, samples=4, temperature=1.0, top_p=1.0, seed=seed).texts
        for seed in (1, 1, 2)
    )
    assert first == second != other
