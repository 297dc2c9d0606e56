"""Finds the built viewer: inside the installed package, else in the engine's own checkout.

Never in the folder of the course: what lies there is shown by the viewer and is none.
"""

import hashlib
import os
from pathlib import Path

from lecture_tracer.errors import ViewerNotBuilt

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent / "trace-viewer"
"""Sources of the viewer, where the engine runs from its checkout (an editable installation)."""
VARIABLE = "LECTURE_TRACER_VIEWER"
"""Environment variable: a folder with `dist` and `dist-single` of another build to show."""


def viewer_folder(*, single: bool = False) -> Path:
    """Folder of the built viewer; with `single`, of the one that is a single page.

    Raises ViewerNotBuilt with what to run.
    """
    packaged, built = ("built_viewer_single", "dist-single") if single else ("built_viewer", "dist")
    given = os.environ.get(VARIABLE)
    places = [Path(given) / built] if given else [PACKAGE / packaged, CHECKOUT / built]
    for folder in places:
        if (folder / "index.html").is_file():
            return folder
    if given:
        raise ViewerNotBuilt(f"{VARIABLE} names {given!r}, which has no {built}/index.html")
    if CHECKOUT.is_dir():
        raise ViewerNotBuilt(f"the viewer is not built; run `make -C {CHECKOUT.parent} viewer`")
    raise ViewerNotBuilt(
        f"{str(PACKAGE)!r} was installed without its viewer; "
        "run `pip install --force-reinstall lecture-tracer`"
    )


def viewer_build() -> str:
    """Names the build of the viewer: the same for the same pages, whatever folder they lie in.

    The names of all scripts and styles hold a hash of their content and stand in the first page.
    Raises ViewerNotBuilt.
    """
    page = (viewer_folder() / "index.html").read_bytes()
    return hashlib.sha256(page).hexdigest()[:8]
