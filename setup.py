"""Puts the built viewer into the package, so that an installed engine needs no Node.

Uses `trace-viewer/dist` and `dist-single` if they are there, builds them if npm is, and says so if
neither: the package then records but cannot show.
"""

import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

VIEWER = Path(__file__).resolve().parent / "trace-viewer"
BUILDS = {"built_viewer": ("dist", "build"), "built_viewer_single": ("dist-single", "build:single")}


class BuildWithViewer(build_py):
    """`build_py` and then the viewer."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name, (folder, script) in BUILDS.items():
            built = VIEWER / folder
            if not (built / "index.html").is_file() and shutil.which("npm") and VIEWER.is_dir():
                subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=VIEWER, check=True)
                subprocess.run(["npm", "run", script], cwd=VIEWER, check=True)
            if not (built / "index.html").is_file():
                self.announce(f"no built viewer ({folder}): this package cannot show traces", 3)
                continue
            target = Path(self.build_lib) / "lecture_tracer" / name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(built, target)


setup(cmdclass={"build_py": BuildWithViewer})
