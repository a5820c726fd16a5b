"""Examples of the API's pages begin with the imports that they need, so that they run when copied.

In the sources an example uses the names of its module; a page does not show those.
"""

from __future__ import annotations

import ast
import builtins
import doctest
import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_ROOMS = ("", ".networks", ".flow", ".actions", ".rules", ".render", ".montecarlo", ".diagrams", ".kernels")


def imports(lines: list[str], module: str) -> list[str]:
    """The import lines that the examples in `lines` lack, given the module whose names they use."""
    examples = doctest.DocTestParser().get_examples("\n".join(lines))
    tree = ast.parse("".join(example.source for example in examples))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names = vars(sys.modules[module])
    needed = sorted((used - _defined(tree)) & set(names))
    rooms: dict[str, list[str]] = {}
    for line in (_import(name, names[name], module) for name in needed):
        room, _, things = line.partition(" import ")
        rooms.setdefault(room, []).append(things)
    return [f"{room} import {', '.join(things)}" if things[0] else room for room, things in rooms.items()]


def _defined(tree: ast.Module) -> set[str]:
    """The names that some code makes itself, and those that are always there."""
    made = set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            made |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            made.add(node.name)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
    return made


def _import(name: str, thing: object, module: str) -> str:
    """How a reader gets the thing: from the shortest public place that has it."""
    if isinstance(thing, ModuleType):
        parent, _, last = thing.__name__.rpartition(".")
        if parent:
            return f"from {parent} import {last}" + (f" as {name}" if name != last else "")
        return f"import {last}" + (f" as {name}" if name != last else "")
    for room in (f"feyn_nn{room}" for room in _ROOMS):
        if getattr(importlib.import_module(room), name, None) is thing:
            return f"from {room} import {name}"
    return f"from {module} import {name}"


def _process(app: Sphinx, kind: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    thing = getattr(thing, "fget", None) or thing
    module = getattr(thing, "__module__", None)
    first = next((i for i, line in enumerate(lines) if line.lstrip().startswith(">>> ")), None)
    if first is None or module not in sys.modules:
        return
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    lines[first:first] = [f"{indent}>>> {line}" for line in imports(lines, module)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Join Sphinx."""
    app.connect("autodoc-process-docstring", _process, priority=950)  # after numpydoc and the escapes
    return {"parallel_read_safe": True, "parallel_write_safe": True}
