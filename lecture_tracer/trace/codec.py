"""Trace and index to bytes and back. Strict on load; no NaN is ever written."""

import msgspec

from lecture_tracer.errors import TraceFormatError
from lecture_tracer.trace.schema import SCHEMA_VERSION, Index, Trace


class _Header(msgspec.Struct):
    schema: int


def encode(trace: Trace) -> bytes:
    """Strict JSON in UTF-8, keys in the order of the schema, one line feed at the end."""
    return msgspec.json.encode(trace) + b"\n"


def decode(content: bytes) -> Trace:
    """Raises TraceFormatError with the place of the fault."""
    _check_version(content)
    try:
        return msgspec.json.decode(content, type=Trace)
    except msgspec.DecodeError as error:
        raise TraceFormatError(f"not a trace of version {SCHEMA_VERSION}: {error}") from error


def encode_index(index: Index) -> bytes:
    """Readable JSON: the index is small and looked at by people."""
    return msgspec.json.format(msgspec.json.encode(index), indent=1) + b"\n"


def decode_index(content: bytes) -> Index:
    """Raises TraceFormatError."""
    try:
        return msgspec.json.decode(content, type=Index)
    except msgspec.DecodeError as error:
        raise TraceFormatError(f"not an index: {error}") from error


def _check_version(content: bytes) -> None:
    try:
        version = msgspec.json.decode(content, type=_Header).schema
    except msgspec.DecodeError as error:
        raise TraceFormatError(f"not a trace: {error}") from error
    if version != SCHEMA_VERSION:
        raise TraceFormatError(
            f"trace format {version}, but this engine reads {SCHEMA_VERSION}; record it again"
        )
