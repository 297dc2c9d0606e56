"""Finds the built viewer: inside the installed package, else in the checkout."""

from pathlib import Path

from lecture_tracer.errors import ViewerNotBuilt


def viewer_folder(root: Path, *, single: bool = False) -> Path:
    """Folder of the built viewer; with `single`, of the one that is a single page.

    Raises ViewerNotBuilt with what to run.
    """
    packaged, built, script = "built_viewer", "dist", "build"
    if single:
        packaged, built, script = "built_viewer_single", "dist-single", "build:single"
    for folder in (Path(__file__).resolve().parent / packaged, root / "trace-viewer" / built):
        if (folder / "index.html").is_file():
            return folder
    raise ViewerNotBuilt(f"the viewer is not built; run `npm run {script}` in trace-viewer")
