"""remote.toml and REMOTE_* variables: what is read, what wins, what is refused."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from lecture_tracer.remote.config import RemoteConfig, load_config
from lecture_tracer.remote.errors import RemoteError

ROOT = Path(__file__).resolve().parents[2]


def refusal(root: Path, text: str, environ: dict[str, str] | None = None) -> RemoteError:
    """The error that a remote.toml of this text gives."""
    (root / "remote.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RemoteError) as caught:
        load_config(root, environ or {})
    return caught.value


def test_file_is_read_and_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "remote.toml").write_text(
        'host = "hpc"\npartition = "gpu"\ngpus = 2\nsetup = ["module load cuda"]\n'
    )

    config = load_config(tmp_path, {"REMOTE_GPUS": "0", "REMOTE_SETUP": "module load a\nb\n"})

    assert (config.host, config.partition, config.gpus) == ("hpc", "gpu", 0)
    assert config.setup == ("module load a", "b")


def test_environment_alone_is_enough(tmp_path: Path) -> None:
    assert load_config(tmp_path, {"REMOTE_HOST": "hpc"}).host == "hpc"


def test_without_configuration_the_message_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(RemoteError) as caught:
        load_config(tmp_path, {"HOME": "/home/me"})

    assert caught.value.slug == "unconfigured"
    assert 'host = "my-cluster"' in str(caught.value)
    assert 'host = "my-cluster"' in str(caught.value)
    assert "REMOTE_HOST=my-cluster" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "slug", "words"),
    [
        ('host = "a"\npartitoin = "gpu"', "config-key", "did you mean 'partition'?"),
        ('host = "a"\ngpus = "two"', "config-value", "gpus must be a whole number, not 'two'"),
        ('host = "a"\ngpus = -1', "config-value", "gpus = -1: must not be negative"),
        ('host = "a"\nsetup = "x"', "config-value", "setup must be a list of strings"),
        ('host = "a"\nmemory = "lots"', "config-value", 'write it as "32G"'),
        ('host = "a"\ntime_limit = "1h"', "config-value", 'write it as "01:30:00"'),
        ('host = "-oProxyCommand=x"', "config-value", "does not start with '-'"),
        ('host = "a"\nfolder = "$SCRATCH"', "config-value", "without $"),
        ("host = a", "config-syntax", "remote.toml: not valid TOML"),
    ],
)
def test_wrong_values_are_named(tmp_path: Path, text: str, slug: str, words: str) -> None:
    error = refusal(tmp_path, text)

    assert error.slug == slug
    assert words in str(error)


def test_wrong_number_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    error = refusal(tmp_path, 'host = "a"', {"REMOTE_CPUS": "many"})

    assert "REMOTE_CPUS: cpus must be a whole number, not 'many'" in str(error)


@pytest.mark.parametrize(
    ("written", "read"), [("~/runs", "runs"), ("~", "."), ("/scratch/me", "/scratch/me")]
)
def test_home_folder_may_be_written_as_tilde(tmp_path: Path, written: str, read: str) -> None:
    environ = {"REMOTE_HOST": "a", "REMOTE_FOLDER": written}

    assert load_config(tmp_path, environ).folder == read


def test_example_documents_every_key_with_its_default(tmp_path: Path) -> None:
    text = (ROOT / "remote.toml.example").read_text(encoding="utf-8")
    shown = tomllib.loads("\n".join(line.removeprefix("# ") for line in example_lines(text)))

    assert set(shown) == {field.name for field in fields(RemoteConfig)}
    settings = "\n".join(line.removeprefix("# ") for line in example_lines(text))
    (tmp_path / "remote.toml").write_text(settings, encoding="utf-8")
    plain = RemoteConfig(host=shown["host"], partition=shown["partition"])
    assert load_config(tmp_path, {}) == plain


def example_lines(text: str) -> list[str]:
    """Settings of the example, commented out or not."""
    lines = [line for line in text.splitlines() if " = " in line]
    return [line for line in lines if line.removeprefix("# ").split(" = ")[0].isidentifier()]
