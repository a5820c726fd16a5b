"""Which of the diagrams that differ by a permutation of legs makes the clearest picture."""

from __future__ import annotations

from feyn_nn.diagrams import Diagram
from feyn_nn.diagrams.head_diagram import HeadDiagram
from feyn_nn.render import draw
from feyn_nn.render.drawing import Drawing
from feyn_nn.report.leg_classes import Drawn, LegClass

# Members drawn before the best so far is taken.
_TRIED = 4


def clearest(members: LegClass[Drawn]) -> tuple[Drawn, Drawing]:
    """Return the member whose picture has fewest crossings, and the picture.

    Those are tried first whose legs of one side hang near each other.
    """
    best: tuple[int, Drawn, Drawing] | None = None
    for diagram in sorted(members.members, key=_spread)[:_TRIED]:
        drawing = draw(diagram)
        if best is None or drawing.crossings < best[0]:
            best = drawing.crossings, diagram, drawing
        if best[0] == 0:
            break
    assert best is not None
    return best[1], best[2]


def _spread(diagram: Diagram | HeadDiagram) -> int:
    """How many lines lie between the legs of each side, or between neighbours at the right edge; none in a head."""
    if isinstance(diagram, HeadDiagram):
        return 0
    v, n = len(diagram.vertices), diagram.n_legs
    sides = [range(n)] if diagram.directed else [range((n + 1) // 2), range((n + 1) // 2, n)]
    steps = [_steps_from(diagram, v + i) for i in range(n)]
    return sum(steps[side[i]][v + side[i + 1]] for side in sides for i in range(len(side) - 1))


def _steps_from(diagram: Diagram, start: int) -> dict[int, int]:
    """The number of lines to every node, by breadth-first search."""
    steps, fringe = {start: 0}, [start]
    for node in fringe:
        for line in diagram.lines:
            if node in line:
                other = line[0] + line[1] - node
                if other not in steps:
                    steps[other] = steps[node] + 1
                    fringe.append(other)
    return steps
