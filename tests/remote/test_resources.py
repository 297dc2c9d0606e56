"""What a lecture's header declares, read without importing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.plan import Group, Task, sbatch_arguments
from lecture_tracer.remote.resources import declared_resources, resources_for

CONFIG = RemoteConfig(host="hpc", gpus=1, cpus=4, memory="8G", time_limit="30")


def lecture(folder: Path, text: str) -> Path:
    path = folder / "lecture_08.py"
    path.write_text(text, encoding="utf-8")
    return path


def header(resources: str) -> str:
    """The docstring of a lecture that asks for `resources`."""
    return f'"""A lecture.\n\nResources: {resources}\n"""\n'


def test_declaration_is_read_although_the_imports_are_not_installed(tmp_path: Path) -> None:
    path = lecture(tmp_path, header("gpus=2, nodes=2") + "import no_such_module\n")

    resources = resources_for(path, CONFIG)

    assert (resources.gpus, resources.nodes, resources.tasks_per_node) == (2, 2, 2)
    assert (resources.cpus, resources.memory, resources.time_limit) == (4, "8G", "30")
    assert resources.distributed


def test_without_declaration_the_configuration_holds(tmp_path: Path) -> None:
    resources = resources_for(lecture(tmp_path, "def main(): ...\n"), CONFIG)

    assert (resources.gpus, resources.nodes, resources.tasks_per_node) == (1, 1, 1)
    assert not resources.distributed


def test_a_lecture_may_ask_for_a_place_of_its_own(tmp_path: Path) -> None:
    text = "gpus=2, gpu_type=h100, constraint=nvlink&(a|b), partition=big, account=me, qos=long"

    resources = resources_for(lecture(tmp_path, header(f"{text}, requeue=yes")), CONFIG)

    assert (resources.gpu_type, resources.constraint) == ("h100", "nvlink&(a|b)")
    assert (resources.partition, resources.account, resources.qos) == ("big", "me", "long")
    assert resources.requeue
    assert {"--gres=gpu:h100:2", "--constraint=nvlink&(a|b)", "--requeue"} < set(
        sbatch_arguments(Group((Task(0, "lecture_08"),), resources), CONFIG)
    )


def test_several_gpus_in_one_process(tmp_path: Path) -> None:
    path = lecture(tmp_path, header("gpus=4 tasks_per_node=1"))

    assert not resources_for(path, CONFIG).distributed


def test_only_the_header_declares(tmp_path: Path) -> None:
    text = '"""A lecture."""\n\ndef main():\n    """Main.\n\n    Resources: gpus=9\n    """\n'
    assert declared_resources(lecture(tmp_path, text)) == {}


@pytest.mark.parametrize(
    ("declared", "slug", "words"),
    [
        ("gpu=2", "resources-key", "lecture_08.py:3: Resources: unknown key 'gpu'; did you mean"),
        ("gpus=two", "resources-value", "lecture_08.py:3: Resources: gpus must be a whole number"),
        ("nodes=0", "resources-value", "nodes must be a whole number of at least 1, not '0'"),
        ("requeue=true", "resources-value", "requeue must be yes or no, not 'true'"),
        ("constraint=$(x)", "resources-value", "constraint must be written as a100|h100"),
        ("memory=lots", "resources-value", "memory must be written as 32G, not 'lots'"),
        ("gpus", "resources-syntax", "lecture_08.py:3: Resources: 'gpus'; write it as gpus=2"),
        ("gpus=1, gpus=2", "resources-syntax", "a key is there twice"),
    ],
)
def test_wrong_declarations_name_the_line(
    tmp_path: Path, declared: str, slug: str, words: str
) -> None:
    with pytest.raises(RemoteError) as caught:
        resources_for(lecture(tmp_path, header(declared)), CONFIG)

    assert caught.value.slug == slug
    assert words in str(caught.value)


def test_a_file_that_is_no_python_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match=r"lecture_08\.py:1: not valid Python") as caught:
        resources_for(lecture(tmp_path, "def main(:\n"), CONFIG)
    assert caught.value.slug == "resources-syntax"
