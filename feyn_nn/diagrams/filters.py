"""Which diagrams fall apart when a line is cut, and into what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from feyn_nn.diagrams.diagram import Diagram


def bridges(diagram: Diagram) -> Iterator[tuple[int, int]]:
    """Yield, for each internal line that holds two parts together, the numbers of external legs of the two."""
    count, lines = len(diagram.vertices), list(diagram.lines)
    legs = ((1 << diagram.n_legs) - 1) << count
    for i, (source, target) in enumerate(lines):
        if max(source, target) < count:
            side = _reached(source, [*lines[:i], *lines[i + 1 :]])
            if not side >> target & 1:
                whole = _reached(source, lines)
                yield (side & legs).bit_count(), (whole & ~side & legs).bit_count()


def is_irreducible(diagram: Diagram) -> bool:
    """Whether cutting any one internal line leaves every part connected; the bare line does not count."""
    return bool(diagram.vertices) and next(bridges(diagram), None) is None


def is_without_tadpoles(diagram: Diagram) -> bool:
    """Whether no internal line holds a part without external legs."""
    return all(min(sides) > 0 for sides in bridges(diagram))


def is_amputated(diagram: Diagram) -> bool:
    """Whether no internal line holds exactly one external leg; the bare line does not count."""
    return bool(diagram.vertices) and all(1 not in sides for sides in bridges(diagram))


def _reached(start: int, lines: Sequence[tuple[int, int]]) -> int:
    """The nodes that hang together with `start`, as bits."""
    reached, before = 1 << start, 0
    while reached != before:
        before = reached
        for a, b in lines:
            if (reached >> a | reached >> b) & 1:
                reached |= 1 << a | 1 << b
    return reached
