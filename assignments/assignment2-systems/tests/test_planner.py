"""The planner on jobs small enough to think through, and against a published layout."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cs336_systems.model_sizes import ModelSize
from cs336_systems.parallelism.calculator import Hardware, Job, Mesh
from cs336_systems.parallelism.planner import Cluster, judge, plan

SMALL = Job(ModelSize(1024, 4096, 24, 16), 10_000, context=1024, batch_tokens=2**19)
LLAMA = Job(ModelSize(16384, 53248, 126, 128, 8), 128_256, context=8192, batch_tokens=2**24)


def test_a_model_that_fits_everywhere_is_not_cut_up() -> None:
    best = plan(SMALL, Cluster(8))[0].mesh
    assert (best.tensor, best.pipeline) == (1, 1)


def test_plans_fit_and_the_fastest_comes_first() -> None:
    cluster = Cluster(64, Hardware(memory_bytes=20e9))
    plans = plan(SMALL, cluster)
    assert plans
    assert all(p.estimate.memory.total <= 20e9 for p in plans)
    assert [p.seconds for p in plans] == sorted(p.seconds for p in plans)
    assert all(0 < p.mfu <= cluster.hardware.utilization for p in plans)
    assert all(p.mesh.num_devices == 64 for p in plans)


def test_nothing_fits_on_too_few_devices() -> None:
    assert plan(LLAMA, Cluster(8)) == []


def test_stages_with_fewer_layers_wait_for_the_others() -> None:
    even = replace(LLAMA, model=replace(LLAMA.model, num_layers=128))
    mesh = Mesh(pipeline=16, data=64, tensor=8)
    uneven, rounded = (
        judge(job, Cluster(8192), mesh, 1, 8, "elementwise") for job in (LLAMA, even)
    )
    assert uneven is not None
    assert rounded is not None
    assert uneven.seconds == rounded.seconds
    assert uneven.mfu < rounded.mfu


@pytest.mark.parametrize(
    ("mesh", "micro_batch", "interleave"),
    [
        (Mesh(data=3, tensor=8), 1, 1),  # 2048 sequences do not divide by 3
        (Mesh(pipeline=16, data=64, tensor=8), 4, 2),  # 8 micro-batches, not a multiple of 16
        (Mesh(data=4, tensor=256), 1, 1),  # 128 heads
    ],
)
def test_layouts_that_cannot_run_are_no_plans(
    mesh: Mesh, micro_batch: int, interleave: int
) -> None:
    assert judge(LLAMA, Cluster(mesh.num_devices), mesh, micro_batch, interleave) is None


def test_the_layout_of_llama_3_is_among_the_best() -> None:
    plans = plan(LLAMA, Cluster(8192))
    published = judge(LLAMA, Cluster(8192), Mesh(16, 64, 1, 8), 1, 8, "elementwise")
    assert published is not None
    assert sum(p.seconds < published.seconds for p in plans) < 5
    assert published.seconds < 1.03 * plans[0].seconds
