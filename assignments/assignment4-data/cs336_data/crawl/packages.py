"""Where real pages come from without a network: documentation packages of Debian.

Each is fetched with `apt-get download` and unpacked with `dpkg-deb -x`, as any user may; nothing is
installed. Licences are GPL and Creative Commons (`copyright` files lie beside the pages), so what
is made of them stays on the machine.

`PACKAGES` says for each what part it has in the study: "pool" pages can be trained on, "held-out"
packages never are. `kind` is what the quality classifier is taught: "prose" and "reference"
packages of the pool are its two classes; "unseen-…" ones test it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Part = Literal["pool", "held-out"]


class PackageError(RuntimeError):
    """A package cannot be had."""


@dataclass(frozen=True, slots=True)
class Package:
    """A documentation package and what it serves for."""

    name: str
    part: Part = "pool"
    kind: str = ""
    path: str = ""  # expression that the addresses of pages of this kind match; "" for all
    crawled: bool = True  # False: it has no pages; its texts are read as they lie


PACKAGES = (
    Package("anarchism", kind="prose"),
    Package("debian-handbook", kind="prose"),
    Package("developers-reference", kind="prose"),
    Package("debian-reference-en", kind="prose"),
    Package("installation-guide-amd64", kind="prose"),
    Package("installation-guide-arm64"),
    Package("installation-guide-i386"),
    Package("python-django-doc", kind="prose"),
    Package("python3.11-doc"),
    Package("apache2-doc", kind="prose"),
    Package("postgresql-doc-15", kind="prose"),
    Package("libreoffice-help-en-us"),
    Package("libreoffice-help-de"),
    Package("libreoffice-help-fr"),
    Package("libreoffice-help-ja"),
    Package("libreoffice-help-ru"),
    Package("debian-reference-de"),
    Package("debian-reference-fr"),
    Package("debian-reference-it"),
    Package("debian-reference-ja"),
    Package("debian-reference-pt"),
    Package("debian-reference-zh-cn"),
    Package("debian-reference-zh-tw"),
    Package("developers-reference-de"),
    Package("python-pandas-doc", kind="reference", path="/reference/api/"),
    Package("python-sqlalchemy-doc"),
    Package("nodejs-doc"),
    Package("python-statsmodels-doc", kind="reference", path="/generated/"),
    Package("python-skimage-doc", kind="reference", path="/api/"),
    Package("python-sklearn-doc", "held-out", "unseen-reference", "/modules/generated/"),
    Package("python-scipy-doc", "held-out", "unseen-reference", "/reference/generated/"),
    Package("git-doc", part="held-out", kind="unseen-prose"),
    Package("debian-policy", part="held-out", kind="unseen-prose"),
    Package("debian-faq", part="held-out", kind="unseen-prose"),
    Package("maint-guide", part="held-out", kind="unseen-prose"),
    Package("aptitude-doc-en", part="held-out", kind="unseen-prose"),
    Package("jargon", part="held-out", crawled=False),
    Package("fortunes", crawled=False),  # short, informal texts: what is no spam
)
PAGE_SUFFIXES = (".html", ".htm", ".xhtml")


def fetch(packages: Sequence[Package], folder: Path) -> list[Path]:
    """Unpack packages below `folder`, each in a folder of its name; those that are there stay.

    Raises:
        PackageError: this is no Debian, or a package cannot be downloaded.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise PackageError(
                f"no {tool}: pages come from Debian packages; on another system make archives of a "
                "folder of HTML files with --site FOLDER"
            )
    folder.mkdir(parents=True, exist_ok=True)
    return [_fetch_one(package.name, folder) for package in packages]


def _fetch_one(name: str, folder: Path) -> Path:
    target = folder / name
    if target.is_dir():
        return target
    partial = folder / f".{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    done = subprocess.run(
        ["apt-get", "download", "-qq", name],
        cwd=partial,
        capture_output=True,
        text=True,
        check=False,
    )
    archives = list(partial.glob("*.deb"))
    if done.returncode or not archives:
        lines = done.stderr.strip().splitlines() or ["no file came"]
        raise PackageError(f"apt-get download {name}: {lines[-1]}")
    subprocess.run(["dpkg-deb", "-x", str(archives[0]), str(partial / "root")], check=True)
    archives[0].unlink()
    (partial / "root").rename(target)
    partial.rmdir()
    return target


def pages(folder: Path) -> list[Path]:
    """HTML files below a folder, links not followed, in a stable order."""
    found = (p for p in folder.rglob("*") if is_page(p.name) and not p.is_symlink())
    return sorted(path for path in found if path.is_file())


def is_page(name: str) -> bool:
    """Whether a file name is that of a page; Apache's carry a language behind (`.html.fr`)."""
    parts = name.lower().split(".")
    return any(f".{part}" in PAGE_SUFFIXES for part in parts[-3:])
