"""The kernels do the same as plain Python, without overflow or any other warning."""

import json
import os
import subprocess
import sys
from pathlib import Path

from feyn_nn.diagrams.engine import canonical, generate, line_tuples
from tests.diagrams.engine.problems import causal, scalar

PROBLEMS = [
    scalar([3] * 4, 2),
    scalar([4] * 4, 0),
    scalar([3, 3, 4], 2, labelled=False, tadpoles=False),
    scalar([3] * 4, 2, one_particle_irreducible=True, self_loops=False),
    scalar([4, 4], 2, connected=False),
    causal([(2, 0), (2, 0), (1, 2), (1, 2)], 2),
    scalar([60], 0),
]


def everything() -> list[object]:
    """All diagrams with their orders, and the canonical form of each turned upside down."""
    found: list[object] = []
    for problem in PROBLEMS:
        for batch in generate(problem, 10):
            found.append([batch.lines.tolist(), batch.vertex_group.tolist(), batch.automorphisms.tolist()])
            for lines in batch.lines[:3]:
                again = canonical(problem, lines[::-1])
                assert (again.lines == lines).all()
                found.append([again.automorphisms, again.relabelling.tolist()])
    return found


def test_kernels_and_plain_python_agree():
    module = "tests.diagrams.engine.test_plain_python"
    program = f"import json; from {module} import everything; print(json.dumps(everything()))"
    root = str(Path(__file__).parents[3])
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    plain = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode == 0, plain.stderr
    assert json.loads(plain.stdout) == everything()


def test_lines_as_values_are_shared():
    (batch,) = generate(scalar([3] * 4, 0))
    values = list(line_tuples(batch.lines, lambda *line: line))
    assert [list(map(list, lines)) for lines in values] == batch.lines.tolist()
    assert len({id(line) for lines in values for line in lines}) == len(
        {line for lines in values for line in lines}
    )
