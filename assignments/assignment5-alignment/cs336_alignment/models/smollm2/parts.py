"""A large file as parts that are carried one by one and joined again, each checked by its hash.

`NAME.parts.json` says what the whole is and what its parts are; the parts lie beside it. Parts that
are there already, whole and right, are not written again: a broken copy goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cs336_basics.support.whole_file import whole_file

from cs336_alignment.models.smollm2.source import WeightsError, check_sha256, sha256_of

DEFAULT_PART_BYTES = 24_000_000
SUFFIX = ".parts.json"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file, or the whole of it."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file and its parts in order."""

    whole: Part
    parts: list[Part]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The one manifest in `folder`; WeightsError if there is none, several or a bad one."""
        found = sorted(folder.glob(f"*{SUFFIX}"))
        if len(found) != 1:
            raise WeightsError(
                f"{folder} holds {len(found)} files *{SUFFIX}, expected one: "
                "copy the manifest that `split` wrote together with the parts"
            )
        try:
            content = json.loads(found[0].read_text(encoding="utf-8"))
            manifest = cls(Part(**content["whole"]), [Part(**part) for part in content["parts"]])
        except (ValueError, KeyError, TypeError) as error:
            raise WeightsError(f"{found[0]} is no manifest of parts: {error}") from error
        for part in (manifest.whole, *manifest.parts):
            if Path(part.name).name != part.name:
                raise WeightsError(f"{found[0]} names {part.name!r}, which is no plain file name")
        return manifest


def split_file(path: Path, folder: Path, part_bytes: int = DEFAULT_PART_BYTES) -> Manifest:
    """Write `path` into `folder` as parts of at most `part_bytes`, with their manifest."""
    if part_bytes < 1:
        raise ValueError(f"a part needs at least one byte, got {part_bytes}")
    folder.mkdir(parents=True, exist_ok=True)
    count = max(1, -(-path.stat().st_size // part_bytes))
    parts, digest = [], hashlib.sha256()
    with path.open("rb") as file:
        for index in range(count):
            data = file.read(part_bytes)
            digest.update(data)
            name = f"{path.name}.part{index + 1:02d}of{count:02d}"
            part = Part(name, len(data), hashlib.sha256(data).hexdigest())
            if not is_there(folder, part):
                with whole_file(folder / name) as out:
                    out.write(data)
            parts.append(part)
    manifest = Manifest(Part(path.name, path.stat().st_size, digest.hexdigest()), parts)
    with whole_file(folder / f"{path.name}{SUFFIX}") as out:
        out.write((json.dumps(asdict(manifest), indent=1) + "\n").encode())
    return manifest


def is_there(folder: Path, part: Part) -> bool:
    """Whether `folder` holds this very part."""
    path = folder / part.name
    return path.exists() and path.stat().st_size == part.size and sha256_of(path) == part.sha256


def join_parts(folder: Path, out_folder: Path) -> Path:
    """Put the file together again in `out_folder`; returns its path.

    Raises:
        WeightsError: missing or damaged parts, all of them named; nothing is written then.
    """
    manifest = Manifest.read(folder)
    target = out_folder / manifest.whole.name
    if target.exists():
        check_sha256(target, manifest.whole.sha256)
        return target
    wrong = [part.name for part in manifest.parts if not is_there(folder, part)]
    if wrong:
        raise WeightsError(
            f"{folder}: {len(wrong)} of {len(manifest.parts)} parts are missing or damaged: "
            f"{', '.join(wrong)}; copy these again"
        )
    out_folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with whole_file(target) as out:
        for part in manifest.parts:
            data = (folder / part.name).read_bytes()
            digest.update(data)
            out.write(data)
        if digest.hexdigest() != manifest.whole.sha256:
            raise WeightsError(f"{folder}: the parts are right, but not those of one file")
    return target
