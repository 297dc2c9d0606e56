"""Everything that is shown as a line of text: functions, classes, modules, dates, anything else.

Input: an object. Output: `Object`. Reads files only to find the line of a class of the project.
"""

import linecache
import re
import sys
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from lecture_tracer.trace.schema import Object
from lecture_tracer.values.budget import Writer
from lecture_tracer.values.naming import MAX_NAME, clip, plain_text, repr_text, type_name

_FOREIGN = frozenset({"site-packages", "dist-packages"})
_VARARGS, _VARKEYWORDS = 0x04, 0x08


def by_repr(obj: Any, writer: Writer) -> Object:
    """Anything that nothing else knows."""
    return _object(obj, repr_text(obj, writer.budget.characters), writer)


def by_str(obj: Any, writer: Writer) -> Object:
    """Dates, paths and other types whose `str` says all that the repr does."""
    return _object(obj, plain_text(str(obj), writer.budget.characters), writer)


def module(obj: ModuleType, writer: Writer) -> Object:
    """A module by its name: the repr has its absolute path."""
    return _object(obj, clip(obj.__name__, MAX_NAME), writer)


def function(obj: FunctionType, writer: Writer) -> Object:
    """A Python function: name, parameters, and where it is defined."""
    code = obj.__code__
    text = clip(f"{obj.__qualname__}({_parameters(code)})", writer.budget.characters)
    path = _project_path(code.co_filename, writer)
    return _object(obj, text, writer, path, code.co_firstlineno if path else None)


def method(obj: MethodType, writer: Writer) -> Object:
    """A bound method, like its function."""
    if isinstance(obj.__func__, FunctionType):
        found = function(obj.__func__, writer)
        return Object(type="method", text=found.text, path=found.path, line=found.line)
    return by_repr(obj, writer)


def class_(obj: type, writer: Writer) -> Object:
    """A class, and where it is defined."""
    path, line = "", None
    file = getattr(sys.modules.get(obj.__module__), "__file__", None)
    if isinstance(file, str):
        path = _project_path(file, writer)
        line = _class_line(file, obj.__name__) if path else None
    return _object(obj, type_name(obj), writer, path, line)


def _object(obj: Any, text: str, writer: Writer, path: str = "", line: int | None = None) -> Object:
    name, text = type_name(type(obj)), writer.from_root(text)
    writer.spend(name, text, path)
    return Object(type=name, text=text, path=path, line=line)


def _parameters(code: CodeType) -> str:
    """Such as `x, /, y, *args, key, **options`, without defaults (whose repr may be anything)."""
    names = list(code.co_varnames)
    positional, keyword = code.co_argcount, code.co_kwonlyargcount
    listed = names[:positional]
    if code.co_posonlyargcount:
        listed.insert(code.co_posonlyargcount, "/")
    rest = names[positional + keyword :]
    if code.co_flags & _VARARGS:
        listed.append("*" + rest.pop(0))
    elif keyword:
        listed.append("*")
    listed += names[positional : positional + keyword]
    if code.co_flags & _VARKEYWORDS:
        listed.append("**" + rest.pop(0))
    return ", ".join(listed)


def _project_path(file: str, writer: Writer) -> str:
    """`file` as a trace names it; empty outside the project and for installed libraries."""
    if not writer.root:
        return ""
    for folder, start in (*writer.named, (writer.root, "")):
        try:
            path = Path(file).relative_to(folder)
        except ValueError:
            continue
        below = path.as_posix()
        whole = f"{start}/{below}" if start else below
        return "" if _FOREIGN.intersection(path.parts) else clip(whole, 1000)
    return ""


def _class_line(file: str, name: str) -> int | None:
    """Line of the only `class name` in the file; None where there is not exactly one.

    `__firstlineno__` knows it too, but only from Python 3.13 on.
    """
    head = re.compile(rf"\s*class\s+{re.escape(name)}\b")
    lines = [i for i, line in enumerate(linecache.getlines(file), 1) if head.match(line)]
    return lines[0] if len(lines) == 1 else None
