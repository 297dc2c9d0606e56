"""Puts the built viewer into sdist and wheel, so that an installed engine needs no Node.

In a checkout the viewer is built by npm where it is missing or older than its sources; a source
distribution brings it along. A distribution without a viewer is not made: it could record and not
show. An editable installation finds the viewer in its checkout (`lecture_tracer/viewer.py`).

The links of the package's page need the address of the repository, which pyproject.toml has under
`[tool.lecture-tracer]`. While there is none, they are left out.
"""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist
from setuptools.errors import SetupError

ROOT = Path(__file__).resolve().parent
VIEWER = ROOT / "trace-viewer"
BUILDS = {"built_viewer": ("dist", "build"), "built_viewer_single": ("dist-single", "build:single")}
GENERATED = {"node_modules", "dist", "dist-single", "bench", "tests", "e2e"}


def build_viewer() -> None:
    """Make sure that both forms of the viewer are there. Raises SetupError in one sentence."""
    if (ROOT / "PKG-INFO").is_file():  # a source distribution: what it brings is what there is
        missing = [folder for folder, _ in BUILDS.values() if not _page(folder).is_file()]
        if missing:
            names = ", ".join(f"trace-viewer/{folder}" for folder in missing)
            raise SetupError(f"this source distribution lacks {names}; take another")
        return
    newest = max(file.stat().st_mtime for file in _sources())
    waiting = [
        script
        for folder, script in BUILDS.values()
        if not _page(folder).is_file() or _page(folder).stat().st_mtime < newest
    ]
    if not waiting:
        return
    asked = subprocess.run(["sh", "scripts/require_node.sh"], cwd=VIEWER, check=False)
    if asked.returncode:
        raise SetupError("the viewer is not built, and cannot be built here")
    if not (VIEWER / "node_modules").is_dir():
        _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    for script in waiting:
        _npm("run", "--silent", script)


def _page(folder: str) -> Path:
    return VIEWER / folder / "index.html"


def _sources() -> list[Path]:
    """What the viewer is built from."""
    tops = [path for path in VIEWER.iterdir() if path.name not in GENERATED]
    inside = [file for top in tops if top.is_dir() for file in top.rglob("*")]
    return [file for file in [*tops, *inside] if file.is_file() and file.suffix != ".md"]


def _npm(*arguments: str) -> None:
    if subprocess.run(["npm", *arguments], cwd=VIEWER, check=False).returncode:
        raise SetupError(f"`npm {' '.join(arguments)}` failed in trace-viewer")


def address() -> str:
    """Address of the repository, without a slash at its end; empty while there is none."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(table["tool"]["lecture-tracer"]["address"]).rstrip("/")


def addresses(repository: str) -> dict[str, str]:
    """The links beside the package's page."""
    if not repository:
        return {}
    return {
        "Source": repository,
        "Documentation": f"{repository}/tree/HEAD/docs",
        "Changes": f"{repository}/blob/HEAD/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def package_page(readme: str, repository: str) -> str:
    """The README outside the repository: pictures and links with the whole address, or without."""

    def link(match: re.Match[str]) -> str:
        picture, words, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        if not repository:
            return "" if picture else words
        return f"{picture}[{words}]({repository}/{'raw' if picture else 'blob'}/HEAD/{target})"

    return re.sub(r"(!?)\[([^]]*)\]\(([^)\s]+)\)", link, readme)


class BuildWithViewer(build_py):
    """`build_py` and then the viewer."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        build_viewer()
        for name, (folder, _) in BUILDS.items():
            target = Path(self.build_lib) / "lecture_tracer" / name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(VIEWER / folder, target)


class SourcesWithViewer(sdist):
    """`sdist` once the viewer is built; MANIFEST.in names what goes into it."""

    def run(self) -> None:
        build_viewer()
        super().run()


setup(
    cmdclass={"build_py": BuildWithViewer, "sdist": SourcesWithViewer},
    long_description=package_page((ROOT / "README.md").read_text(encoding="utf-8"), address()),
    long_description_content_type="text/markdown",
    project_urls=addresses(address()),
)
