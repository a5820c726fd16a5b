"""A diagram in words, for those who cannot see the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from feyn_nn._core.text import counted
from feyn_nn.render.subject import Subject, directed_fields, fields_of, line_fields, roles_of


def title_of(diagram: Subject) -> str:
    """Return a short name such as ``Feynman diagram: 2 vertices, 1 leg, 1 loop``."""
    v, n = len(diagram.vertices), diagram.n_legs
    loops = len(diagram.lines) - v - n + 1 if v else 0
    return (
        f"Feynman diagram: {counted(v, 'vertex', 'vertices')}, {counted(n, 'leg')}, {counted(loops, 'loop')}"
    )


def description_of(diagram: Subject, labels: Sequence[str], captions: Sequence[str]) -> str:
    """Return sentences that name every vertex and every line, and then the caption."""
    v, order, roles = len(diagram.vertices), list(diagram.causal_order), roles_of(diagram)
    directed = directed_fields(diagram)

    def name(node: int) -> str:
        return f"leg {labels[node - v]}" if node >= v else f"vertex {order.index(node) + 1}"

    sentences = ["Depth runs from left to right."] if diagram.directed and v else []
    for i, node in enumerate(order, start=1):
        sentences.append(_kind(roles[node], diagram.vertices[node]).format(i) + ".")
    several = len(fields_of(diagram)) > 1
    lines = Counter((a, b, field) for (a, b), field in zip(diagram.lines, line_fields(diagram), strict=True))
    for (a, b, field), number in sorted(lines.items()):
        verb, joint = ("run", "from {} to {}") if field in directed else ("join", "{} and {}")
        what = counted(number, f"{field} line" if several else "line")
        ends = joint.format(name(a), name(b))
        sentences.append(f"{what} {verb}{'s' if number == 1 else ''} {ends}.")
    return " ".join([*sentences, *captions])


def _kind(role: str, kind: Sequence[int]) -> str:
    outgoing, incoming = kind
    if role == "vertex":
        return f"Vertex {{}} joins {counted(outgoing + incoming, 'line end')}"
    what = {
        "expectation": "a Gaussian expectation",
        "cumulant": f"a cumulant of order {outgoing}",
        "blob": f"the cumulant of order {outgoing} of the layer before",
    }[role]
    return f"Vertex {{}} is {what}: {outgoing} out, {incoming} in"
