"""What is said before anything runs, and what `--check` finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.slurm.conftest import Checkout, until

pytestmark = pytest.mark.slow

HELLO = 'def main():\n    print("hello")\n'


def nothing_submitted(checkout: Checkout) -> bool:
    """Whether the remote folder holds no run."""
    return checkout.runs() == []


def test_wrong_partition_names_the_ones_there_are(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.configure(partition="gpuu")

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "invalid partition specified: gpuu" in done.said
    assert "partitions there: main" in done.said
    assert "(submit-refused)" in done.said
    assert nothing_submitted(checkout)


def test_gpus_that_no_node_has_are_refused(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", '"""Three.\n\nResources: gpus=3\n"""\n\n' + HELLO)

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "Requested node configuration is not available" in done.said
    assert "gpu:h100:2" in done.said
    assert nothing_submitted(checkout)


def test_one_impossible_lecture_stops_the_whole_run(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.write("lecture_02.py", '"""Three.\n\nResources: gpus=3\n"""\n\n' + HELLO)

    done = checkout.run("lecture_01", "lecture_02")

    assert done.code == 2, done.said
    assert "(submit-refused)" in done.said
    assert nothing_submitted(checkout)


def test_array_refused_at_the_last_moment_takes_the_others_back(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", "import time\n\ndef main():\n    time.sleep(60)\n")
    checkout.write("lecture_02.py", '"""Two.\n\nResources: cpus=2\n"""\n\n' + HELLO)
    # Limits of an account only show at submission; here the second array meets one.
    refuse = 'sbatch() { case $* in *-1\\ --chdir*) echo "limit reached" >&2; return 1 ;; esac; '
    checkout.configure(setup=[refuse + 'command sbatch "$@"; }'])

    done = checkout.run("lecture_01", "lecture_02")

    assert done.code == 2, done.said
    assert "limit reached (submit-refused)" in done.said
    (job,) = re.findall(r"cancelling job (\d+)", done.said)
    until(lambda: checkout.cluster.state(job) == "CANCELLED")


def test_folder_that_cannot_be_made(checkout: Checkout, tmp_path: Path) -> None:
    checkout.write("lecture_01.py", HELLO)
    (tmp_path / "file").write_text("in the way")
    checkout.configure(folder=str(tmp_path / "file" / "runs"))

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "Not a directory; set 'folder' to one you can write (folder-unwritable)" in done.said
    assert "submitted" not in done.said


def test_full_disk_is_reported_before_submission(checkout: Checkout, small_disk: Path) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.configure(folder=str(small_disk))

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "8 MB free, 10 MB are needed" in done.said
    assert "(disk-full)" in done.said
    assert "submitted" not in done.said


def test_disk_that_fills_up_during_the_transfer(checkout: Checkout, small_disk: Path) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.configure(folder=str(small_disk), min_free_gb=0)
    (small_disk / "other").write_bytes(bytes(7_300_000))
    checkout.write("big.txt", "x" * 700_000)

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "No space left on device" in done.said or "(disk-full)" in done.said
    assert "submitted" not in done.said
    assert list((small_disk / "runs").glob("*")) == []


def test_host_that_does_not_answer(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.configure(ssh_command=f"{checkout.cluster.ssh_command} -p 1")

    done = checkout.run("lecture_01")

    assert done.code == 8, done.said
    assert "cannot connect to 'cluster'" in done.said
    assert "Connection refused" in done.said


def test_failing_environment_setup_shows_why(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.configure(venv_command="echo 'no such package: nonsense' >&2; exit 7")

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "no such package: nonsense" in done.said
    assert "(environment)" in done.said
    assert nothing_submitted(checkout)


def test_check_finds_everything_on_a_good_cluster(checkout: Checkout) -> None:
    checkout.configure(gpus=1)

    done = checkout.run("--check")

    assert done.code == 0, done.said
    assert "everything a run needs is there" in done.said
    assert "gpu:h100:2" in done.said


def test_check_lists_all_that_is_missing(checkout: Checkout) -> None:
    checkout.configure(gpus=9, python="python9.9", folder="/proc/nowhere")

    done = checkout.run("--check")

    assert done.code == 2, done.said
    assert "missing: folder, job request, Python" in done.said
    assert "ok       slurm: slurm-wlm" in done.said
