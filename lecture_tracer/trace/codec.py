"""Trace and index to bytes and back. Strict on load; no NaN is ever written."""

import msgspec

from lecture_tracer.errors import TraceFormatError
from lecture_tracer.trace.schema import SCHEMA_VERSION, Index, Trace
from lecture_tracer.trace.versions import upgraded

READABLE = (1, SCHEMA_VERSION)
"""First and last version that can be read."""


class _Header(msgspec.Struct):
    schema: int


def encode(trace: Trace) -> bytes:
    """Strict JSON in UTF-8, keys in the order of the schema, one line feed at the end."""
    return msgspec.json.encode(trace) + b"\n"


def decode(content: bytes) -> Trace:
    """A trace of any version. Raises TraceFormatError with the place of the fault."""
    version = _version(content)
    try:
        if version == SCHEMA_VERSION:
            return msgspec.json.decode(content, type=Trace)
        return msgspec.convert(upgraded(msgspec.json.decode(content)), Trace)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise TraceFormatError(f"not a trace of version {version}: {what}") from error


def encode_index(index: Index) -> bytes:
    """Readable JSON: the index is small and looked at by people."""
    return msgspec.json.format(msgspec.json.encode(index), indent=1) + b"\n"


def decode_index(content: bytes) -> Index:
    """Raises TraceFormatError."""
    try:
        return msgspec.json.decode(content, type=Index)
    except msgspec.DecodeError as error:
        raise TraceFormatError(f"not an index: {error}") from error


def _version(content: bytes) -> int:
    try:
        version = msgspec.json.decode(content, type=_Header).schema
    except msgspec.DecodeError as error:
        raise TraceFormatError(f"not a trace: {error}") from error
    first, last = READABLE
    if not first <= version <= last:
        raise TraceFormatError(
            f"trace format {version}, but this engine reads {first} to {last}; record it again"
        )
    return version
