"""The door without a cluster: usage, `--dry-run`, and what never reaches ssh."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer.remote.listing import ListedRun, ListedTask, parse_list

ROOT = Path(__file__).resolve().parents[2]


def remote_execute(root: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `root`, with nothing configured but `environ`."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("REMOTE_")}
    return subprocess.run(
        [sys.executable, "-m", "lecture_tracer.remote", *arguments],
        cwd=root,
        env={**clean, "PYTHONPATH": str(ROOT), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one lecture, a lock file and an odd file name."""
    (tmp_path / "lecture_01.py").write_text("def main(): ...\n")
    (tmp_path / "requirements.lock").write_text("numpy==2.0.0\n")
    (tmp_path / "it's odd.txt").write_text("")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def test_unconfigured_gives_2_and_says_what_to_write(root: Path) -> None:
    done = remote_execute(root, "lecture_01")

    assert done.returncode == 2
    assert 'host = "my-cluster"' in done.stderr
    assert "`lecture-tracer remote --check`" in done.stderr
    assert "(unconfigured)" in done.stderr


def test_unconfigured_in_a_course_with_door_and_example_names_them(root: Path) -> None:
    for name in ("remote_execute.sh", "remote.toml.example"):
        (root / name).write_text("")

    done = remote_execute(root, "lecture_01")

    assert "cp remote.toml.example remote.toml" in done.stderr
    assert "`./remote_execute.sh --check`" in done.stderr


def test_dry_run_prints_every_command_and_runs_none(root: Path) -> None:
    done = remote_execute(root, "--dry-run", "lecture_01", REMOTE_HOST="hpc", REMOTE_PARTITION="g")

    assert done.returncode == 0, done.stderr
    for words in (
        "git ls-files -z --cached --others --exclude-standard",
        "ssh -o ControlMaster=yes",
        "rsync --archive",
        "--link-dest=../EARLIER-CHECKOUT",
        "--partition=g",
        "sbatch --parsable",
        "scontrol -o show job",
        "JOBID",
        "-m venv",
    ):
        assert words in done.stdout, words
    assert "# send checkouts/uncommitted-" in done.stdout
    scripts = re.findall(r"<<'END_OF_SCRIPT'\n(.*?)END_OF_SCRIPT", done.stdout, re.S)
    assert len(scripts) == 7
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_dry_run_of_a_course_sends_the_tracer_of_this_machine(root: Path) -> None:
    done = remote_execute(root, "--dry-run", "lecture_01", REMOTE_HOST="hpc")

    assert re.search(
        r"# send tracers/[0-9a-f]{16}, unless it is there\nfind .*lecture_tracer ", done.stdout
    )
    assert re.search(r"^tracer=.*/tracers/[0-9a-f]{16}$", done.stdout, re.M)


def test_dry_run_without_a_lock_file_is_refused(root: Path) -> None:
    (root / "requirements.lock").unlink()

    done = remote_execute(root, "--dry-run", "lecture_01", REMOTE_HOST="hpc")

    assert done.returncode == 2
    assert "no requirements.lock in" in done.stderr


@pytest.mark.parametrize(
    "arguments", [(), ("--check", "lecture_01"), ("--list", "--check"), ("--dry-run",)]
)
def test_wrong_usage_gives_2(root: Path, arguments: tuple[str, ...]) -> None:
    assert remote_execute(root, *arguments, REMOTE_HOST="hpc").returncode == 2


def test_wrong_job_id_is_refused_before_connecting(root: Path) -> None:
    done = remote_execute(root, "--cancel", "12; rm -rf /", REMOTE_HOST="hpc")

    assert done.returncode == 2
    assert "not a job id" in done.stderr


def test_help_lists_the_exit_codes(root: Path) -> None:
    done = remote_execute(root, "--help")

    assert done.returncode == 0
    assert "3  a job ran past its time limit" in done.stdout


def test_listing_takes_states_from_slurm_or_from_the_end_marker() -> None:
    record = '{"run_id": "20260102-030405-abcdef", "tasks": [%s]}'
    tasks = '{"index": 0, "lecture": "lecture_01"}, {"index": 1, "lecture": "lecture_02"}'
    output = (
        f"motd\n::run yes {record % tasks}\n::job 7 0\n::job 8 1\n::exit 1 0 12.0\n"
        "::state 7 0 RUNNING\n"
    )

    assert parse_list(output) == [
        ListedRun(
            "20260102-030405-abcdef",
            True,
            (
                ListedTask("7_0", "lecture_01", "RUNNING"),
                ListedTask("8_1", "lecture_02", "ended with 0"),
            ),
        )
    ]


def test_first_sigterm_in_a_job_is_a_ctrl_c_for_the_recorder_alone(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, time\n"
        "from lecture_tracer.remote.in_job import interrupt_at_sigterm\n"
        "interrupt_at_sigterm()\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'])\n"
        "try:\n    print('up', child.pid, flush=True)\n    time.sleep(20)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', child.poll(), flush=True)\n"
        "    time.sleep(0.3)\n"
        "    print('saved', child.poll())\n    child.kill()\n"
    )
    job = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert job.stdout is not None
    child = int(job.stdout.readline().split()[1])
    for pid in (child, job.pid, job.pid):
        os.kill(pid, signal.SIGTERM)

    assert job.communicate(timeout=30)[0] == "interrupted None\nsaved None\n"


TRANSCRIPTS = re.findall(
    r"```toml\n((?:(?!```).)*)```\n\n"
    r"```text\n\$ \./remote_execute\.sh --dry-run lecture_06 \| grep '\^(.*?)'\n(.*?)```",
    (ROOT / "docs/remote.md").read_text(encoding="utf-8"),
    re.S,
)


@pytest.mark.parametrize(("configuration", "words", "printed"), TRANSCRIPTS)
def test_transcripts_of_the_manual_are_what_dry_run_prints(
    root: Path, configuration: str, words: str, printed: str
) -> None:
    (root / "lecture_06.py").write_text("def main(): ...\n")
    (root / "remote.toml").write_text(configuration)

    done = remote_execute(root, "--dry-run", "lecture_06")

    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(words)]
    assert lines == printed.splitlines()


def test_the_manual_has_a_transcript_for_each_kind_of_container() -> None:
    assert len(TRANSCRIPTS) == 2
