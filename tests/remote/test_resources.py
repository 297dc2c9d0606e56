"""What a lecture's header declares, read without importing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.resources import declared_resources, resources_for

CONFIG = RemoteConfig(host="hpc", gpus=1, cpus=4, memory="8G", time_limit="30")


def lecture(folder: Path, text: str) -> Path:
    path = folder / "lecture_08.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_declaration_is_read_although_the_imports_are_not_installed(tmp_path: Path) -> None:
    path = lecture(tmp_path, 'import no_such_module\n\nresources = {"gpus": 2, "nodes": 2}\n')

    resources = resources_for(path, CONFIG)

    assert (resources.gpus, resources.nodes, resources.tasks_per_node) == (2, 2, 2)
    assert (resources.cpus, resources.memory, resources.time_limit) == (4, "8G", "30")
    assert resources.distributed


def test_without_declaration_the_configuration_holds(tmp_path: Path) -> None:
    resources = resources_for(lecture(tmp_path, "def main(): ...\n"), CONFIG)

    assert (resources.gpus, resources.nodes, resources.tasks_per_node) == (1, 1, 1)
    assert not resources.distributed


def test_several_gpus_in_one_process(tmp_path: Path) -> None:
    path = lecture(tmp_path, 'resources: dict[str, int] = {"gpus": 4, "tasks_per_node": 1}\n')

    assert not resources_for(path, CONFIG).distributed


def test_a_variable_inside_a_function_is_not_a_declaration(tmp_path: Path) -> None:
    assert declared_resources(lecture(tmp_path, 'def main():\n    resources = {"gpus": 9}\n')) == {}


@pytest.mark.parametrize(
    ("text", "slug", "words"),
    [
        (
            'resources = {"gpu": 2}',
            "resources-key",
            "lecture_08.py:1: resources: unknown key 'gpu'",
        ),
        ('\nresources = {"gpus": "2"}', "resources-value", "lecture_08.py:2: resources: gpus must"),
        (
            'resources = {"nodes": 0}',
            "resources-value",
            "nodes must be a whole number of at least 1",
        ),
        ('resources = {"memory": 4}', "resources-value", 'a string such as "32G"'),
        ('resources = {"gpus": count()}', "resources-syntax", "the file is read, not run"),
        ("resources = [2]", "resources-value", "must be a dict"),
        ("def main(:\n", "resources-syntax", "lecture_08.py:1: not valid Python"),
    ],
)
def test_wrong_declarations_name_the_line(tmp_path: Path, text: str, slug: str, words: str) -> None:
    with pytest.raises(RemoteError) as caught:
        resources_for(lecture(tmp_path, text), CONFIG)

    assert caught.value.slug == slug
    assert words in str(caught.value)
