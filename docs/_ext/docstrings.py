"""Docstrings as Sphinx wants them: bars escaped, and references that name things by other names than the API does."""

from __future__ import annotations

import re
from pydoc import locate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

_LITERAL = re.compile(r"(``.+?``|`.+?`)")


def escaped(lines: list[str]) -> list[str]:
    """Escape the lines of prose; an example and what it prints, up to an empty line, stay as they are."""
    found, example = [], False
    for line in lines:
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        found.append(line if example else escape(line))
    return found


def escape(line: str) -> str:
    """Escape bars and single stars of prose, |x| and (n, *shape), but not those of code."""
    parts = _LITERAL.split(line)
    return "".join(part if i % 2 else _plain(part) for i, part in enumerate(parts))


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*" if text.count("*") == 1 else "*")


def _process(app: Sphinx, kind: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    lines[:] = escaped(lines)


def _resolve(app: Sphinx, env: BuildEnvironment, node: Element, shown: Element) -> Any:
    """Link a name to the one page of the API that ends in it; one that exists but has no page is code."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    documented = env.domains.python_domain.objects
    ends = ".".join(target.split(".")[-2:]) if "Diagram." in target else target.rpartition(".")[2]
    pages = [name for name in documented if name == f"feyn_nn.{ends}" or name.endswith(f".{ends}")]
    public = [name for name in pages if name.startswith("feyn_nn.") and name.count(".") <= 2]
    if len(public) == 1 and (page := documented[public[0]]):
        from sphinx.util.nodes import make_refnode

        return make_refnode(app.builder, node["refdoc"], page.docname, page.node_id, shown, public[0])
    found = locate(target) or locate(f"{node.get('py:module')}.{target}")
    return shown if found is not None else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Join Sphinx."""
    app.connect("autodoc-process-docstring", _process, priority=900)  # after numpydoc
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
