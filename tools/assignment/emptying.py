"""Code without its answers: signatures and docstrings stay, bodies are gone.

Input: our modules and which of their functions, classes and constants a student gets. Output: the
text of a module in which every function raises NotImplementedError, with the imports that its
signatures need. Comments go with the bodies.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

KEPT_DECORATORS = ("classmethod", "staticmethod", "property")
"""What says how a function is called; others, such as `torch.no_grad()`, belong to the answer."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


class StarterError(ValueError):
    """The description of a starter does not fit the code; the message says where."""


@dataclass(frozen=True)
class Choices:
    """What applies to all modules of one starter."""

    package: str
    """Name of the assignment's package, such as `cs336_basics`."""
    drop_parameters: Collection[str] = ()
    """Parameters beyond the contract, left out of every signature."""
    docstrings: Mapping[str, str] = field(default_factory=dict)
    """Docstrings that replace ours, by qualified name."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Statements that define a name of a signature more simply than our code does."""
    homes: Mapping[str, str] = field(default_factory=dict)
    """Module of the starter in which each name that it gives is defined."""


@dataclass
class Source:
    """One of our modules: its definitions, and where its names come from."""

    name: str
    definitions: dict[str, Definition] = field(default_factory=dict)
    assignments: dict[str, ast.stmt] = field(default_factory=dict)
    imports: dict[str, ast.stmt] = field(default_factory=dict)


def read_module(root: Path, name: str) -> Source:
    """Read `cs336_basics/bpe.py` below `root`."""
    source = Source(name)
    for node in ast.parse((root / name).read_text(encoding="utf-8")).body:
        if isinstance(node, Definition):
            source.definitions[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            source.assignments[node.targets[0].id] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            source.assignments[node.target.id] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                one: ast.stmt
                if isinstance(node, ast.Import):
                    one = ast.Import([alias])
                else:
                    one = ast.ImportFrom(node.module, [alias], node.level)
                source.imports[bound] = one
    return source


def emptied(node: Definition, choices: Choices, methods: Collection[str] = ()) -> Definition:
    """The definition without bodies; of a class the given methods and a dataclass's fields."""
    if isinstance(node, ast.ClassDef):
        return _emptied_class(node, choices, methods)
    return _emptied_function(node, choices, node.name)


def module_text(
    root: Path,
    items: Mapping[str, Sequence[str]],
    choices: Choices,
    *,
    docstring: str,
    imports: Sequence[str] = (),
    tail: str = "",
) -> str:
    """A starter's module from `items`: our module -> names of functions, constants and classes.

    A class is written with its methods, `AdamW: __init__ step`; a dataclass keeps its fields; of a
    constant the value is given. Methods may come from a private base, which the starter leaves out.

    Raises:
        StarterError: a name that is not there, or a signature that needs what is not given.
    """
    body: list[ast.stmt] = []
    needed: dict[str, ast.stmt] = {}
    here = {item.partition(":")[0] for names in items.values() for item in names}
    for module, names in items.items():
        source = read_module(root, module)
        for item in names:
            name, _, methods = item.partition(":")
            kept: ast.stmt
            if name in source.definitions:
                whole = _with_private_bases(source.definitions[name], source)
                kept = emptied(whole, choices, methods.split())
            elif name in source.assignments:
                kept = source.assignments[name]
            else:
                raise StarterError(f"{module} has no {name!r}")
            body.append(kept)
            for used in _names(kept):
                if used not in here:
                    _resolve(root, source, used, choices, needed)
    head = [ast.unparse(node) for node in needed.values() if _is_import(node)]
    constants = [ast.unparse(node) for node in needed.values() if not _is_import(node)]
    parts = [
        f'"""{docstring.strip()}\n"""' if "\n" in docstring.strip() else f'"""{docstring}"""',
        "from __future__ import annotations",
        "\n".join([*head, *imports]),
        "\n".join(constants),
        *(ast.unparse(node) for node in body),
        tail,
    ]
    return formatted("\n\n".join(part for part in parts if part) + "\n")


def formatted(text: str) -> str:
    """The text as ruff formats it, imports sorted."""
    for command in (
        ["check", "--quiet", "--isolated", "--select", "I", "--fix"],
        ["format", "--quiet", "--isolated", "--line-length", "100"],
    ):
        text = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "-"],
            input=text, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    return text


def _emptied_class(node: ast.ClassDef, choices: Choices, methods: Collection[str]) -> ast.ClassDef:
    kept: list[ast.stmt] = _docstring(node, choices, node.name)
    if any(ast.unparse(decorator).startswith("dataclass") for decorator in node.decorator_list):
        kept += [part for part in node.body if isinstance(part, ast.AnnAssign)]
    for name in methods:
        found = [
            part for part in node.body
            if isinstance(part, Function) and part.name == name and not _is_overload(part)
        ]  # fmt: skip
        if not found:
            raise StarterError(f"class {node.name} has no method {name!r}")
        kept.append(_emptied_function(found[0], choices, f"{node.name}.{name}"))
    made = copy(node)
    made.body = kept or [ast.Pass()]
    return made


def _with_private_bases(node: Definition, source: Source) -> Definition:
    """A class with what it inherits from private classes of its module as its own."""
    if not isinstance(node, ast.ClassDef):
        return node
    made = copy(node)
    made.bases, made.body = [], list(node.body)
    for base in node.bases:
        found = source.definitions.get(base.id) if isinstance(base, ast.Name) else None
        if isinstance(found, ast.ClassDef) and found.name.startswith("_"):
            inherited = _with_private_bases(found, source)
            assert isinstance(inherited, ast.ClassDef)
            made.bases += inherited.bases
            made.body += inherited.body
        else:
            made.bases.append(base)
    return made


def _emptied_function(node: Function, choices: Choices, name: str) -> Function:
    body = [*_docstring(node, choices, name), ast.parse("raise NotImplementedError").body[0]]
    made = copy(node)
    made.args, made.body = _without(node.args, choices.drop_parameters), body
    made.decorator_list = [d for d in node.decorator_list if ast.unparse(d) in KEPT_DECORATORS]
    return ast.fix_missing_locations(made)


def _docstring(node: Definition, choices: Choices, name: str) -> list[ast.stmt]:
    text = choices.docstrings.get(name, ast.get_docstring(node, clean=True))
    if text is None:
        return []
    return [ast.Expr(ast.Constant(text.strip()))]


def _without(arguments: ast.arguments, dropped: Collection[str]) -> ast.arguments:
    """The arguments without those that are dropped, each with its default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    defaults = [None] * missing + list(arguments.defaults)
    kept = [(a, d) for a, d in zip(positional, defaults, strict=True) if a.arg not in dropped]
    named = [
        (a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if a.arg not in dropped
    ]  # fmt: skip
    return ast.arguments(
        posonlyargs=[],
        args=[a for a, _ in kept],
        vararg=arguments.vararg,
        kwonlyargs=[a for a, _ in named],
        kw_defaults=[d for _, d in named],
        kwarg=arguments.kwarg,
        defaults=[d for _, d in kept if d is not None],
    )


def _resolve(
    root: Path, source: Source, name: str, choices: Choices, needed: dict[str, ast.stmt]
) -> None:
    """Add to `needed` what defines `name`, which a signature of `source` uses."""
    if name in needed or name == "annotations":
        return
    if name in choices.homes:
        needed[name] = ast.ImportFrom(choices.homes[name], [ast.alias(name)], 0)
    elif name in choices.aliases:
        needed[name] = ast.parse(choices.aliases[name]).body[0]
    elif name in source.assignments:
        for used in _names(source.assignments[name]):
            _resolve(root, source, used, choices, needed)
        needed[name] = source.assignments[name]
    elif name in source.imports:
        node = source.imports[name]
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(choices.package):
            path = f"{str(node.module).replace('.', '/')}.py"
            _resolve(root, read_module(root, path), node.names[0].name, choices, needed)
        else:
            needed[name] = node
    elif name in source.definitions:
        raise StarterError(
            f"{source.name}: a signature needs {name!r}, which the starter does not give; add it "
            "to the items, or its parameter to drop_parameters"
        )


def _names(node: ast.AST) -> Iterator[str]:
    """Names that a definition uses, in order, without what it defines."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_overload(node: Function) -> bool:
    return any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list)
