"""How a lecture's job can end, each on a real cluster: state, message, exit code, files at home."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.slurm.conftest import Checkout, Cluster, Started

pytestmark = pytest.mark.slow

HELLO = """\
from lecture_tracer import text

def main():
    text("# Hello")
    print("greetings from the cluster")
"""
# What a lecture prints becomes part of its trace; only the descriptor reaches the job's log.
ENDLESS = """\
import os
import time
from lecture_tracer import text

def main():
    text("# Started")
    os.write(1, b"line one\\n")
    while True:  # @stepover
        time.sleep(0.05)
"""


@pytest.fixture(scope="module", autouse=True)
def limited(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Checkout, Started]]:
    """A run past its time limit. Slurm looks every 30 s: it starts before the other tests."""
    folder = tmp_path_factory.mktemp("limited")
    checkout = Checkout(folder / "checkout", cluster, folder / "runs")
    checkout.write("lecture_01.py", ENDLESS)
    started = checkout.start("lecture_01")
    job = job_of(started)
    started.until_said("line one")
    # A limit is whole minutes: move the end of the running job instead.
    cluster.slurm("scontrol", "update", f"jobid={job}_0", "EndTime=now+1seconds")
    yield checkout, started
    if started.process.poll() is None:
        started.process.kill()


def job_of(started: Started) -> str:
    """The id of the job that a started command has submitted and that runs."""
    started.until_said("running on")
    found = re.search(r"submitted job (\d+)", started.said)
    assert found
    return found[1]


def ended(checkout: Checkout, lecture: str) -> str:
    """What a trace at home says about its end."""
    trace = json.loads(checkout.trace(lecture).read_bytes())
    return str(trace.get("ended", "completed"))


def test_one_lecture_comes_home_with_its_trace(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    assert "greetings from the cluster" in checkout.trace("lecture_01").read_text()
    assert "lecture_01 completed" in done.said
    assert "trace: var/traces/lecture_01.json" in done.said
    assert "?trace=lecture_01" in done.said
    index = json.loads((checkout.root / "var/traces/index.json").read_bytes())
    assert [entry["name"] for entry in index["traces"]] == ["lecture_01"]
    assert not list((checkout.root / "var").glob(".incoming-*"))


def test_three_lectures_are_one_array_over_two_nodes(checkout: Checkout) -> None:
    for name in ("lecture_01", "lecture_02", "lecture_03"):
        body = f'import time\n\ndef main():\n    print("I am {name}")\n    time.sleep(2)\n'
        checkout.write(f"{name}.py", body)
    checkout.configure(cpus=2)

    done = checkout.run("lecture_01", "lecture_02", "lecture_03")

    assert done.code == 0, done.said
    assert len(set(re.findall(r"submitted job (\d+)", done.said))) == 1
    assert {"c1", "c2"} <= set(re.findall(r"running on (c\d)", done.said))
    for name in ("lecture_01", "lecture_02", "lecture_03"):
        assert f"I am {name}" in checkout.trace(name).read_text()


def test_raising_lecture_gives_1_and_its_trace(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.write("lecture_02.py", "def main():\n    x = 1\n    raise ValueError('planned')\n")

    done = checkout.run("lecture_01", "lecture_02")

    assert done.code == 1, done.said
    assert "lecture_01 completed" in done.said
    assert "lecture_02 failed" in done.said
    assert "exit code 1" in done.said
    assert "ValueError: planned" in done.said.partition("last lines of lecture_02")[2]
    assert ended(checkout, "lecture_02") == "failed"


def test_out_of_memory_is_told_from_failure(checkout: Checkout) -> None:
    checkout.write(
        "lecture_01.py",
        "import time\n\ndef main():\n    held = []\n"
        "    while True:  # @stepover\n"
        "        held.append(bytearray(20_000_000))\n        time.sleep(0.05)\n",
    )
    checkout.configure(memory="250M")

    done = checkout.run("lecture_01")

    assert done.code == 4, done.said
    assert "lecture_01 ran out of memory; raise memory in remote.toml" in done.said
    assert "exceeded memory limit" in done.said.partition("last lines of lecture_01")[2]


def test_scancel_by_someone_else_is_told(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", ENDLESS)
    checkout.write("lecture_02.py", HELLO)
    started = checkout.start("lecture_01", "lecture_02")
    job = job_of(started)
    started.until_said("lecture_01 | line one")
    checkout.cluster.slurm("scancel", f"{job}_0")

    done = started.end()

    assert done.code == 5, done.said
    assert "lecture_01 was cancelled" in done.said
    assert "lecture_02 completed" in done.said
    assert ended(checkout, "lecture_01") == "interrupted"


def test_torchrun_starts_one_process_per_task(checkout: Checkout) -> None:
    pytest.importorskip("torch")
    checkout.write(
        "lecture_08.py",
        '"""Two.\n\nResources: tasks_per_node=2, memory=3G\n"""\n\n'
        "import torch\nimport torch.distributed as dist\n\n"
        "def main():\n"
        "    dist.init_process_group('gloo')\n"
        "    total = torch.tensor([dist.get_rank() + 1.0])\n"
        "    dist.all_reduce(total)\n"
        "    print(f'world {dist.get_world_size()}, total {total.item():g}')\n"
        "    dist.destroy_process_group()\n",
    )

    done = checkout.run("lecture_08")

    assert done.code == 0, done.said
    trace = json.loads(checkout.trace("lecture_08").read_bytes())
    assert any(step.get("stdout") == "world 2, total 3\n" for step in trace["steps"])


def test_several_nodes_meet_at_the_configured_address(checkout: Checkout) -> None:
    pytest.importorskip("torch")
    checkout.write(
        "lecture_08.py",
        '"""Two.\n\nResources: nodes=2, tasks_per_node=1, memory=3G\n"""\n\n'
        "import os\n\n"
        "def main():\n"
        "    env = os.environ\n"
        "    rank, size, node = env['RANK'], env['WORLD_SIZE'], env['SLURMD_NODENAME']\n"
        "    os.write(1, f'rank {rank} of {size} on {node}\\n'.encode())\n",
    )
    checkout.configure(rendezvous="127.0.0.1")  # node names do not resolve on this cluster

    done = checkout.run("lecture_08")

    assert done.code == 0, done.said
    ranks = dict(re.findall(r"rank (\d) of 2 on (c\d)", done.said))
    assert set(ranks) == {"0", "1"}
    assert set(ranks.values()) == {"c1", "c2"}
    (run,) = checkout.runs()
    assert (run / "ranks/lecture_08/1/var/traces/lecture_08.json").exists()


def test_a_gpu_is_the_job_s_own(checkout: Checkout) -> None:
    checkout.write(
        "lecture_06.py",
        '"""One.\n\nResources: gpus=1\n"""\n\nimport os\n\n'
        'def main():\n    print("devices", os.environ["CUDA_VISIBLE_DEVICES"])\n',
    )

    done = checkout.run("lecture_06")

    assert done.code == 0, done.said
    assert re.search(r"devices [01]", checkout.trace("lecture_06").read_text())


def test_time_limit_brings_the_partial_trace(limited: tuple[Checkout, Started]) -> None:
    checkout, started = limited

    done = started.end(80)

    assert done.code == 3, done.said
    assert "lecture_01 ran past its time limit" in done.said
    assert "Slurm state TIMEOUT" in done.said
    assert ended(checkout, "lecture_01") == "interrupted"


def test_lost_node_is_told(checkout: Checkout) -> None:
    # Last in this file: it stops a node, and the run past its time limit may be on the same one.
    cluster = checkout.cluster
    checkout.write("lecture_01.py", ENDLESS)
    started = checkout.start("lecture_01")
    job = job_of(started)
    started.until_said("line one")
    node = cluster.slurm("squeue", "-h", "-j", job, "-o", "%N").strip()
    cluster.control("node-stop", node)
    # The controller would notice after SlurmdTimeout; an operator says so at once.
    cluster.slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    try:
        done = started.end()
    finally:
        cluster.control("node-start", node)

    assert done.code == 6, done.said
    assert "lecture_01 lost its node" in done.said
    assert "Slurm state NODE_FAIL" in done.said
