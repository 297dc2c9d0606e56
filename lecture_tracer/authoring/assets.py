"""Pictures and films on disk: bytes or an address in, a path relative to the checkout out.

What is made or fetched goes to `var/files` under the hash of its content, with the ending that the
content calls for. A remote file is fetched once, within limits of size and time; its address is
kept in `var/files/addresses.json`, so that the next run needs no network.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from lecture_tracer.errors import AssetError
from lecture_tracer.trace.assets import ADDRESSES, FOLDER
from lecture_tracer.trace.store import write_atomic
from lecture_tracer.values import encodable

MAX_BYTES = 50_000_000
TIMEOUT_SECONDS = 20.0

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"%PDF", ".pdf"),
    (b"\x1aE\xdf\xa3", ".webm"),
)


_unreachable: dict[str, str] = {}
"""Hosts that did not answer this process, to what was said of it."""


def is_address(text: str) -> bool:
    """Whether `text` is a remote address that may be fetched."""
    return text.startswith(("http://", "https://"))


def extension(content: bytes) -> str:
    """Ending for a file with this content; AssetError if it is no picture or film."""
    for signature, ending in _SIGNATURES:
        if content.startswith(signature):
            return ending
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ".webp"
    if content[4:8] == b"ftyp":
        return ".avif" if content[8:12] in (b"avif", b"avis") else ".mp4"
    head = content[:1000].lstrip().lower()
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head:
        return ".svg"
    raise AssetError("its content is no PNG, JPEG, GIF, WebP, AVIF, SVG, PDF, MP4 or WebM")


def keep(content: bytes, root: Path, ending: str | None = None) -> str:
    """Write `content` under its hash; gives the path relative to `root`."""
    name = hashlib.sha256(content).hexdigest()[:20] + (ending or extension(content))
    path = root / FOLDER / name
    if not path.exists():
        write_atomic(path, content)
    return (FOLDER / name).as_posix()


def local(path: str, root: Path) -> str:
    """A picture that lies in the checkout: its path relative to `root`.

    Raises AssetError if there is none. A file outside the checkout is copied to `var/files`.
    """
    try:
        full = (root / path).resolve()
    except ValueError as error:  # a null character
        raise AssetError(f"{path!r} is no path: {error}") from error
    if not _is_file(full):
        raise AssetError(f"no file {path!r}; give a path relative to the checkout")
    if full.is_relative_to(root.resolve()):
        name = full.relative_to(root.resolve()).as_posix()
        if name == encodable(name):  # a file name need not be UTF-8, a trace is
            return name
    return keep(full.read_bytes(), root)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except ValueError:  # Python 3.11: a lone surrogate that no file name can have
        return False


def fetch(url: str, root: Path) -> str:
    """A remote picture or film, from the cache or the network: its path relative to `root`."""
    return _fetch(url, root, None)


def fetch_text(url: str, root: Path, ending: str) -> str:
    """A remote record such as an arXiv entry, cached like a picture: its text."""
    return (root / _fetch(url, root, ending)).read_text(encoding="utf-8")


def fetch_file(url: str, root: Path) -> str:
    """A remote file of any kind, cached like a picture: its path relative to `root`."""
    return _fetch(url, root, PurePosixPath(urlsplit(url).path).suffix[:10] or ".bin")


def older_copy(url: str, root: Path) -> bytes | None:
    """What an older engine kept of the address, under a name with its MD5; None if nothing."""
    digest = hashlib.md5(url.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
    for path in sorted((root / FOLDER).glob(f"*{digest}*")):
        with suppress(OSError):
            if content := path.read_bytes():
                return content
    return None


def _fetch(url: str, root: Path, ending: str | None) -> str:
    known = _read_addresses(root)
    name = known.get(url)
    if name is not None and (root / FOLDER / name).is_file():
        return (FOLDER / name).as_posix()
    older = older_copy(url, root)
    kept = keep(older if older is not None else _download(url), root, ending)
    # Read again: another lecture may have added to it meanwhile.
    known = {**_read_addresses(root), url: Path(kept).name}
    text = json.dumps(dict(sorted(known.items())), indent=1)
    write_atomic(root / ADDRESSES, text.encode())
    return kept


def _download(url: str) -> bytes:
    import urllib.request  # slow to import, and most lectures fetch nothing

    host = urlsplit(url).netloc
    if host in _unreachable:
        raise AssetError(_unreachable[host])
    request = urllib.request.Request(url, headers={"User-Agent": "lecture-tracer"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            content: bytes = response.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        message = f"cannot fetch it ({reason}) and it is not in {FOLDER}"
        if isinstance(reason, OSError):  # no answer at all: do not wait for the next one either
            _unreachable[host] = message
        raise AssetError(message) from error
    if len(content) > MAX_BYTES:
        raise AssetError(f"it is larger than {MAX_BYTES // 10**6} MB")
    return content


def _read_addresses(root: Path) -> dict[str, str]:
    try:
        found = json.loads((root / ADDRESSES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
