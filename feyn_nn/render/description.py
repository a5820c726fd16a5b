"""A diagram in words, for those who cannot see the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from feyn_nn.render.subject import Subject


def title_of(diagram: Subject) -> str:
    """Return a short name such as ``Feynman diagram: 2 vertices, 1 leg, 1 loop``."""
    v, n = len(diagram.vertices), diagram.n_legs
    loops = len(diagram.lines) - v - n + 1 if v else 0
    return (
        f"Feynman diagram: {counted(v, 'vertex', 'vertices')}, {counted(n, 'leg')}, {counted(loops, 'loop')}"
    )


def description_of(diagram: Subject, labels: Sequence[str], captions: Sequence[str]) -> str:
    """Return sentences that name every vertex and every line, and then the caption."""
    v, order = len(diagram.vertices), list(diagram.causal_order)

    def name(node: int) -> str:
        return f"leg {labels[node - v]}" if node >= v else f"vertex {order.index(node) + 1}"

    sentences = ["Depth runs from left to right."] if diagram.directed and v else []
    for i, node in enumerate(order, start=1):
        sentences.append(_kind(diagram.vertices[node], diagram.directed).format(i) + ".")
    for (a, b), number in sorted(Counter((a, b) for a, b in diagram.lines).items()):
        verb = "run{} from" if diagram.directed else "join{}"
        joint = "to" if diagram.directed else "and"
        verb = verb.format("s" if number == 1 else "")
        sentences.append(f"{counted(number, 'line')} {verb} {name(a)} {joint} {name(b)}.")
    return " ".join([*sentences, *captions])


def _kind(kind: Sequence[int], directed: bool) -> str:
    outgoing, incoming = kind
    if not directed:
        return f"Vertex {{}} joins {counted(outgoing + incoming, 'line end')}"
    what = "a Gaussian expectation" if outgoing == 1 else f"a cumulant of order {outgoing}"
    return f"Vertex {{}} is {what}: {outgoing} out, {incoming} in"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number of things: ``1 leg``, ``2 vertices``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
