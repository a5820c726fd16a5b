"""The cases of benchmarks/generation.py are those that its table names."""

from __future__ import annotations

import runpy
from pathlib import Path

from feyn_nn.diagrams.engine import count

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "generation.py"))


def test_the_benchmark_goes_through_the_diagrams_that_it_names():
    four_points = BENCHMARK["scalar"](3, 4, 2)
    assert count(four_points).number == BENCHMARK["stream"](four_points) == BENCHMARK["values"](4, 2) == 465
    assert sum(count(problem).number for problem in BENCHMARK["causal"](2, 2)) == 522
