"""What a caller meets: laziness, batches, and refusals that say what to do."""

import signal

import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.diagrams.engine import Problem, canonical, count, generate
from tests.diagrams.engine.problems import scalar


def test_a_stream_starts_at_once_however_long_it_is():
    batches = generate(scalar([3] * 30, 6), batch=10)
    first, second = next(batches), next(batches)
    assert first.lines.shape == second.lines.shape == (10, 48, 3)
    assert not (first.lines[-1] == second.lines[0]).all()


def test_batches_hold_what_was_asked_and_do_not_change_later():
    problem = scalar([3] * 6, 2)
    small = list(generate(problem, batch=7))
    (whole,) = generate(problem, batch=10**4)
    assert [len(b.lines) for b in small[:-1]] == [7] * (len(small) - 1)
    assert (np.concatenate([b.lines for b in small]) == whole.lines).all()
    assert whole.lines.dtype == np.int16


def test_rows_are_sorted_and_undirected_lines_run_upwards():
    for batch in generate(scalar([3, 3, 4, 4], 2)):
        for lines in batch.lines.tolist():
            assert lines == sorted(lines)
            assert all(a <= b for a, b, _ in lines)


PAIR = Problem(np.array([[3], [3]]), np.array([0, 0]), np.array([[0, 0]]))


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (PAIR._replace(colours=np.array([0])), r"slots of shape \(2, 1\), colours \(1,\)"),
        (PAIR._replace(slots=np.array([[3], [-1]])), "holds -1"),
        (PAIR._replace(lines=np.array([[0, 1]])), "half-edge types 0 … 0 in exactly one"),
        (PAIR._replace(slots=np.array([[3], [4]])), "give those nodes colours of their own"),
        (Problem(np.array([[1]] * 3), np.array([0, 1, 0]), np.array([[0, 0]])), "stand next to each other"),
        (scalar([3] * 64, 0), "64 vertices and legs; the engine takes at most 62"),
        (scalar([600, 600], 0), "600 lines; the engine takes at most 512"),
        (PAIR._replace(n_legs=1), "n_legs=1: the last nodes"),
        (PAIR._replace(n_legs=-1), "n_legs=-1: the last nodes"),
        (
            Problem(np.full((1, 40), 2), np.array([0]), np.array([(h, h) for h in range(40)])),
            "need 80 bits; the engine has 62",
        ),
    ],
)
@pytest.mark.parametrize("ask", [generate, count, lambda problem: canonical(problem, [])])
def test_bad_problems_are_refused_at_once(problem, message, ask):
    with pytest.raises(InvalidInput, match=message):
        ask(problem)


def test_a_batch_holds_one_diagram_at_least():
    with pytest.raises(InvalidInput, match="batch=0: give how many"):
        generate(PAIR, batch=0)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([(0, 1, 0)], r"node 0 has \[3\] half-edges of each type and lines use \[1\]"),
        ([(0, 2, 0)], r"outside 0 … 1"),
        ([(0, 1, 1)], r"line type outside 0 … 0"),
        ([(-1, 1, 0)], r"outside 0 … 1"),
        ([(0, 1)], r"lines of shape \(1, 2\)"),
    ],
)
def test_lines_that_are_no_diagram_of_the_problem(lines, message):
    with pytest.raises(InvalidInput, match=message):
        canonical(PAIR, lines)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that interrupts")
def test_an_interrupt_stops_a_search_and_leaves_what_was_streamed():
    """Both searches would take days."""
    asked = scalar([3] * 24, 6)
    first = next(generate(asked, batch=100))
    kept = first.lines.copy()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for search in (lambda: count(asked), lambda: sum(len(batch.lines) for batch in generate(asked))):
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt):
                search()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert (first.lines == kept).all()
