"""One HTML file with the viewer, a trace and its pictures inside; it opens from disk, offline."""

import html
from pathlib import Path

import msgspec

from lecture_tracer.errors import PublishError
from lecture_tracer.publish.asset_files import asset_file, data_uri
from lecture_tracer.trace import store
from lecture_tracer.trace.assets import asset_paths
from lecture_tracer.trace.schema import Trace
from lecture_tracer.viewer import viewer_folder

MARKER = "<!-- embedded-trace -->"


def single_file(trace: Trace, root: Path) -> str:
    """The page's HTML. Raises ViewerNotBuilt."""
    page = (viewer_folder(single=True) / "index.html").read_text(encoding="utf-8")
    if page.count(MARKER) != 1:
        raise PublishError("the built viewer has no place for a trace; build it again")
    assets = {
        path: data_uri(file)
        for path in asset_paths(trace)
        if (file := asset_file(root, path)) is not None
    }
    content = msgspec.json.encode({"name": trace.lecture, "trace": trace, "assets": assets})
    # Inside a script element only "<" could end it or open a comment.
    safe = content.decode().replace("<", "\\u003c")
    script = f'<script type="application/json" id="embedded-trace">{safe}</script>'
    title = html.escape(trace.title or trace.lecture)
    before, after = page.split(MARKER)
    named = before.replace("<title>Executable lectures</title>", f"<title>{title}</title>")
    return named + script + after


def write_single_file(trace: Trace, root: Path, output: Path) -> int:
    """Write the page; gives its size in bytes."""
    content = single_file(trace, root).encode()
    store.write(output.absolute(), content)
    return len(content)
