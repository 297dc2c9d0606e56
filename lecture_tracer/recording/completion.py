"""What an implementation lacks is the course's: names, methods, and parameters beyond its own.

A lecture calls more than an assignment asks for: a variant of a layer, a `progress` bar. Where a
student's module has no such name, its class no such method or its function no such parameter, the
course's is used for that alone, and `Completions` remembers which, so that it can be said. Code
that is there is never replaced: a wrong value stays wrong, and an empty function stays empty.
"""

import ast
import functools
import importlib.util
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

LONGEST_LIST = 8
"""Names that a hint lists before it counts the rest."""


@dataclass
class Completions:
    """What the course's code was used for, in the order in which it was needed."""

    names: dict[str, None] = field(default_factory=dict)
    """`package.module.name` of what the implementation does not have."""
    parameters: dict[str, str] = field(default_factory=dict)
    """`package.module.function` and the parameters that only the course's takes."""

    def said(self) -> list[str]:
        """Lines for a person; none where nothing was lacking."""
        lines = []
        if self.names:
            shown = ", ".join([*self.names][:LONGEST_LIST])
            more = len(self.names) - LONGEST_LIST
            rest = f" and {more} more" if more > 0 else ""
            lines.append(f"the implementation has no {shown}{rest}: the course's is used")
        for name, parameters in self.parameters.items():
            lines.append(
                f"{name} takes no {parameters} in the implementation: the course's is used there"
            )
        return lines


class Completing(Loader):
    """Loads an implementation's module and completes it from the course's of the same name."""

    def __init__(self, own: Loader, course: ModuleSpec, completions: Completions) -> None:
        self._own = own
        self._course = course
        self._completions = completions

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the module's own loader does."""
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the implementation's module, then complete it."""
        self._own.exec_module(module)
        complete(module, self._course, self._completions)

    def __getattr__(self, name: str) -> Any:
        """What else a loader can, such as `get_source`, as the module's own."""
        return getattr(self._own, name)


def complete(module: ModuleType, course: ModuleSpec, completions: Completions) -> None:
    """Let `module` answer for names and parameters that only the course's module has."""

    @functools.cache
    def ours() -> ModuleType:
        made = importlib.util.module_from_spec(course)
        assert course.loader is not None
        course.loader.exec_module(made)
        return made

    def of_course(name: str) -> Any:
        return getattr(ours(), name)

    def lacking(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        try:
            value = of_course(name)
        except AttributeError:
            text = f"module {module.__name__!r} has no attribute {name!r}, nor has the course's"
            raise AttributeError(text) from None
        if not isinstance(value, ModuleType):
            completions.names.setdefault(f"{module.__name__}.{name}")
        return value

    module.__getattr__ = lacking  # type: ignore[method-assign]
    offered = dict(_offered(course, set()))
    replaced: dict[int, Any] = {}
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) != module.__name__ or name not in offered:
            continue
        if isinstance(value, type):
            _lend_methods(value, offered[name], partial(of_course, name), completions)
        beyond = parameters_of(offered[name]) - _parameters(value)
        if not beyond:
            continue
        call = _Call(f"{module.__name__}.{name}", beyond, partial(of_course, name))
        if isinstance(value, FunctionType):
            replaced[id(value)] = call.function(value, completions)
        elif isinstance(value, type) and isinstance(initializer := _init(value), FunctionType):
            type.__setattr__(value, "__init__", call.initializer(value, initializer, completions))
    for name, value in list(vars(module).items()):
        if id(value) in replaced:
            setattr(module, name, replaced[id(value)])


@dataclass(frozen=True)
class _Call:
    """A function or class that takes fewer parameters than the course's."""

    name: str
    beyond: frozenset[str]
    course: Callable[[], Any]

    def function(self, own: FunctionType, completions: Completions) -> Any:
        """The implementation's function, or the course's where a call needs it."""

        @functools.wraps(own)
        def called(*args: Any, **kwargs: Any) -> Any:
            rest, used = self._split(own, args, kwargs)
            if not used:
                return own(*args, **rest)
            completions.parameters[self.name] = used
            return self.course()(*args, **kwargs)

        return called

    def initializer(self, cls: type, own: FunctionType, completions: Completions) -> Any:
        """The implementation's `__init__`; an object that it cannot make becomes the course's."""

        @functools.wraps(own)
        def initialized(self_: Any, *args: Any, **kwargs: Any) -> None:
            rest, used = self._split(own, (self_, *args), kwargs)
            if not used or type(self_) is not cls:
                own(self_, *args, **rest)
                return
            completions.parameters[self.name] = used
            self_.__class__ = self.course()
            _init(self.course())(self_, *args, **kwargs)

        return initialized

    def _split(
        self, own: FunctionType, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """Arguments by name that `own` takes, and what only the course's takes as text."""
        named = self.beyond.intersection(kwargs)
        if named:
            defaults = inspect.signature(self.course()).parameters
            named = frozenset(n for n in named if kwargs[n] is not defaults[n].default)
        rest = {n: value for n, value in kwargs.items() if n not in self.beyond}
        used = ", ".join(f"`{n}`" for n in sorted(named))
        code = own.__code__
        if not used and len(args) > code.co_argcount and not code.co_flags & inspect.CO_VARARGS:
            used = f"argument {len(args)}"
        return rest, used


def _lend_methods(
    cls: type, definition: ast.stmt, course: Callable[[], type], completions: Completions
) -> None:
    """Give a class the methods that only the course's has, each looked up when it is used."""
    for part in definition.body if isinstance(definition, ast.ClassDef) else ():
        if isinstance(part, ast.FunctionDef) and not hasattr(cls, part.name):
            setattr(cls, part.name, _Lent(part.name, f"{cls.__module__}.{cls.__name__}", course,
                                          completions))  # fmt: skip


@dataclass(frozen=True)
class _Lent:
    """A descriptor: the method, property or class method of the course's class."""

    name: str
    owner: str
    course: Callable[[], type]
    completions: Completions

    def __get__(self, instance: Any, cls: type) -> Any:
        """As if the course's method stood in the class itself."""
        self.completions.names.setdefault(f"{self.owner}.{self.name}")
        found = inspect.getattr_static(self.course(), self.name)
        return found.__get__(instance, cls) if hasattr(found, "__get__") else found


def parameters_of(definition: ast.stmt) -> frozenset[str]:
    """Parameters of a function, or of a class's `__init__`, by their definition."""
    node: ast.stmt | None = definition
    if isinstance(definition, ast.ClassDef):
        node = next(
            (part for part in definition.body
             if isinstance(part, ast.FunctionDef) and part.name == "__init__"),
            None,
        )  # fmt: skip
    if not isinstance(node, ast.FunctionDef):
        return frozenset()
    given = node.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return frozenset(parameter.arg for parameter in named)


def _offered(course: ModuleSpec, seen: set[str]) -> Iterator[tuple[str, ast.stmt]]:
    """(name, definition) of what a module defines, or imports from its own package.

    Read from the text: nothing is run for it.
    """
    if course.origin is None or not course.origin.endswith(".py") or course.name in seen:
        return
    seen.add(course.name)
    package = course.name.partition(".")[0]
    for node in ast.parse(Path(course.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
            other = _beside(course, str(node.module))
            if other is not None:
                there = dict(_offered(other, seen))
                for alias in node.names:
                    if alias.name in there:
                        yield alias.asname or alias.name, there[alias.name]


def _beside(course: ModuleSpec, name: str) -> ModuleSpec | None:
    """The course's module `name`, of the same package as `course`."""
    depth = course.name.count(".") + (Path(str(course.origin)).name == "__init__.py")
    folder = Path(str(course.origin)).parents[max(0, depth - 1)]
    spec = None
    for index, part in enumerate(name.split(".")[1:], start=1):
        spec = PathFinder.find_spec(".".join(name.split(".")[: index + 1]), [str(folder)])
        folder /= part
    return spec


def _parameters(value: Any) -> frozenset[str]:
    """Parameters of a function, or of a class's `__init__`."""
    function = _init(value) if isinstance(value, type) else value
    code = getattr(function, "__code__", None)
    if code is None:
        return frozenset()
    return frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def _init(cls: type) -> Any:
    """The `__init__` of a class, its own or inherited."""
    return inspect.getattr_static(cls, "__init__")
