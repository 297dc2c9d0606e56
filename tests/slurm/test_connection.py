"""The connection to the login node: the user's own master, where there is one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.slurm.conftest import Checkout

pytestmark = pytest.mark.slow

HELLO = 'def main():\n    print("hello")\n'


@pytest.fixture
def keeping(checkout: Checkout, tmp_path: Path) -> Checkout:
    """A checkout whose user's ssh configuration keeps a master connection."""
    config = tmp_path / "ssh_config"
    config.write_text(
        "Host cluster\n  ControlMaster auto\n  ControlPersist 10m\n"
        f"  ControlPath {checkout.cluster.folder}/%C\n"
        f"Include {checkout.cluster.folder}/ssh/config\n"
    )
    checkout.configure(ssh_command=f"ssh -F {config}")
    return checkout


def logins(checkout: Checkout) -> int:
    """How often a key was accepted: with a second factor, how often a user is asked."""
    return (checkout.cluster.folder / "log/sshd").read_text().count("Accepted publickey")


def test_the_user_s_own_master_is_made_once_and_kept(keeping: Checkout) -> None:
    keeping.write("lecture_01.py", HELLO)
    ssh = ["ssh", "-F", str(keeping.root.parent / "ssh_config")]
    before = logins(keeping)
    try:
        for arguments in (["lecture_01"], ["--list"], ["--check"]):
            assert keeping.run(*arguments).code == 0

        check = subprocess.run([*ssh, "-O", "check", "cluster"], capture_output=True, text=True)
        assert "Master running" in check.stderr
        assert logins(keeping) == before + 1
    finally:
        subprocess.run([*ssh, "-O", "exit", "cluster"], capture_output=True)


def test_without_one_each_command_has_its_own_and_ends_it(checkout: Checkout) -> None:
    before = logins(checkout)

    for _ in range(2):
        assert checkout.run("--list").code == 0

    assert logins(checkout) == before + 2
    assert not list(checkout.cluster.folder.glob("[0-9a-f]" * 40))
