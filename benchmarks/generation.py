"""How fast diagrams are generated, beside feyngraph where it is installed (the extra `bench`).

Run ``python benchmarks/generation.py``; it prints the table of docs/generation.md. Every figure is the median of three
warm runs on one thread, in seconds of processor time; the last column is a ratio within this run.
"""

import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from feyn_nn import diagrams
from feyn_nn.actions import CausalAction, phi3
from feyn_nn.diagrams.engine import Problem, count, generate

try:
    import feyngraph
    from feyngraph import topology
except ImportError:
    feyngraph = None


def scalar(valence: int, legs: int, loops: int) -> Problem:
    """Vertices φ^k with labelled legs."""
    vertices = (2 * (loops - 1) + legs) // (valence - 2)
    return Problem(
        np.array([[valence]] * vertices + [[1]] * legs),
        np.array([0] * vertices + list(range(1, legs + 1))),
        np.array([[0, 0]]),
    )


def causal(legs: int, loops: int) -> Iterator[Problem]:
    """The network's diagrams: one problem for each multiset of vertices."""
    return diagrams.generate(CausalAction(), legs=legs, loops=loops).request.problems()


def stream(problem: Problem) -> int:
    """Go through the arrays of all diagrams."""
    return sum(len(batch.lines) for batch in generate(problem))


def values(legs: int, loops: int) -> int:
    """Make a :class:`~feyn_nn.diagrams.Diagram` of each diagram of φ³ theory, and let go of it."""
    return sum(1 for _ in diagrams.generate(phi3(), legs=legs, loops=loops))


def seconds(work: Callable[[], int]) -> tuple[float, int]:
    """Processor time of the median of three warm runs, and what they counted."""
    found, times = work(), []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times), found


def row(what: str, work: Callable[[], int], other: float | None = None) -> None:
    """Print a line of the table."""
    taken, found = seconds(work)
    versus = f"{other:.2f} s | {other / taken:.0f}" if other else " | "
    print(f"| {what} | {found:,} | {taken:.3g} s | {versus} |", flush=True)


def main() -> None:
    """Measure and print."""
    four = scalar(3, 4, 4)
    counted = made = None
    print("| what | diagrams | feyn_nn | feyngraph | ratio |\n| --- | --- | --- | --- | --- |")
    if feyngraph:
        feyngraph.set_threads(1)
        asked = topology.TopologyGenerator(4, 4, topology.TopologyModel([3]))
        counted, _ = seconds(asked.count)
        made, _ = seconds(lambda: len(asked.generate()))
    (
        stream(scalar(3, 4, 3)),
        count(scalar(3, 4, 3)),
        values(4, 3),
    )  # compiled and in memory from here on
    memory = Counter(before=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    row("φ³, 4 legs, 4 loops: counted with Σ 1/\\|Aut\\|", lambda: count(four).number, counted)
    row("the same, as arrays", lambda: stream(four), made)
    row("the same, as Diagram values", lambda: values(4, 4), made)
    row("φ³, 4 legs, 5 loops: counted", lambda: count(scalar(3, 4, 5)).number)
    row("the same, as arrays", lambda: stream(scalar(3, 4, 5)))
    memory["after"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row("φ⁴, vacuum, 9 loops: counted", lambda: count(scalar(4, 0, 9)).number)
    row("φ³, vacuum, 8 loops: counted", lambda: count(scalar(3, 0, 8)).number)
    row("φ³, vacuum, 10 loops: counted", lambda: count(scalar(3, 0, 10)).number)
    row("network, κ₂, 2 loops, all contents: counted", lambda: sum(count(p).number for p in causal(2, 2)))
    print(
        f"\nPeak memory grew by {(memory['after'] - memory['before']) / 1024:.0f} MB over the first five lines."
    )


if __name__ == "__main__":
    main()
