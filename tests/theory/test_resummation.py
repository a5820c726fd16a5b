"""Resummation against sums that are known: deep linear networks at small width, and Stieltjes series."""

from __future__ import annotations

from fractions import Fraction
from math import comb, factorial, prod

import mpmath
import pytest

import feyn_nn as fnn
from feyn_nn.theory.resummation import resum

ONE = fnn.Inputs.from_metric([[1.0]])


def exact_cumulant(rank: int, depth: int, width: int) -> Fraction:
    """κ_rank(Ĝ) of a deep linear network from E[Ĝ^k] = Π_ℓ Π_{j<k} (1 + 2j/n)."""
    moment = [prod((1 + Fraction(2 * j, width)) ** (depth - 1) for j in range(k)) for k in range(rank + 1)]
    cumulants = [Fraction(0)]
    for r in range(1, rank + 1):
        lower = sum(comb(r - 1, k - 1) * cumulants[k] * moment[r - k] for k in range(1, r))
        cumulants.append(moment[r] - lower)
    return cumulants[rank]


@pytest.mark.parametrize("method", ["pade", "borel"])
@pytest.mark.parametrize(("rank", "depth"), [(2, 3), (2, 5), (2, 10), (3, 3), (3, 5), (4, 3)])
def test_errors_hold_for_deep_linear_networks_at_small_width(rank, depth, method):
    """Every sum that is offered is right within its error, and most of the widths 2 to 8 get one at shallow depth."""
    offered = 0
    net = fnn.MLP(depth=depth, width=8, activation="linear")
    for loops in (2, 4):
        evaluation = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=loops).evaluate(ONE)
        for width in range(2, 9):
            try:
                found = evaluation.resum(width=width, method=method)
            except fnn.InvalidInput:  # nothing is offered where no approximant can tell
                continue
            offered += 1
            exact = float(exact_cumulant(rank, depth, width))
            assert abs(found.value - exact) <= found.error
            assert len(found.approximants) >= 2
            assert found.truncated == pytest.approx(evaluation.at(width=width), rel=1e-12)
    assert offered >= (5 if depth == 3 else method == "pade")


@pytest.mark.parametrize(("rank", "width"), [(3, 4), (4, 8)])
def test_the_tail_of_a_series_of_one_sign_counts(rank, width):
    """All terms are positive, and approximants agree better with one another than with the sum."""
    net = fnn.MLP(depth=8, width=8, activation="linear")
    evaluation = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=5).evaluate(ONE)
    found = evaluation.resum(width=width, method="borel")
    off = abs(found.value - float(exact_cumulant(rank, 8, width)))
    best, *others = found.approximants.values()
    assert 2 * max(abs(best - other) for other in others) < off <= found.error


def test_errors_say_something():
    """At a depth and width where the plain sum through 1/n⁵ is off by a tenth of a percent."""
    net = fnn.MLP(depth=5, width=8, activation="linear")
    found = fnn.metric_cumulant(net, pairs=[(0, 0)] * 3, loops=3).evaluate(ONE).resum()
    exact = float(exact_cumulant(3, 5, 8))
    assert abs(found.value - exact) <= found.error < 0.3 * exact


@pytest.mark.parametrize("n", [1, 3, 10])
@pytest.mark.parametrize("count", [5, 7, 9])
def test_a_series_that_diverges_everywhere(n, count):
    """Σ (-1)^k k!/n^{k+1} = ∫ e^{-t}/(n + t) dt: its Borel transform is a geometric series, Padé comes close."""
    coefficients = {k + 1: (-1.0) ** k * factorial(k) for k in range(count)}
    errors = dict.fromkeys(coefficients, 0.0)
    exact = float(mpmath.e1(n) * mpmath.exp(n))
    borel = resum("Stieltjes", coefficients, errors, n, "borel")
    assert borel.value == pytest.approx(exact, rel=1e-10)
    pade = resum("Stieltjes", coefficients, errors, n, "pade")
    assert abs(pade.value - exact) <= pade.error
    assert abs(pade.value - exact) < 0.1 * abs(pade.truncated - exact)


def test_a_rational_function_is_found_exactly():
    coefficients = {k: (-0.5) ** k for k in range(2, 7)}
    found = resum("ratio", coefficients, dict.fromkeys(coefficients, 0.0), 1.0, "pade")
    assert found.value == pytest.approx(0.25 / 1.5, rel=1e-12)


def test_errors_of_the_coefficients_come_through():
    coefficients = {1: 1.0, 2: -2.0, 3: 5.0, 4: -13.0}
    exact = resum("x", coefficients, dict.fromkeys(coefficients, 0.0), 4.0, "pade")
    vague = resum("x", coefficients, dict.fromkeys(coefficients, 1e-3), 4.0, "pade")
    assert vague.value == exact.value
    assert vague.error > exact.error + 1e-4


def test_refusals():
    net = fnn.MLP(depth=20, width=8, activation="linear")
    evaluation = fnn.metric_cumulant(net, pairs=[(0, 0)] * 3, loops=3).evaluate(ONE)
    with pytest.raises(fnn.InvalidInput, match=r"still grow at n = 4, where no approximant"):
        evaluation.resum(width=4)
    with pytest.raises(fnn.InvalidInput, match="did you mean 'borel'"):
        evaluation.resum(width=64, method="borl")
    with pytest.raises(fnn.InvalidInput, match=r"2 orders that are not zero; give three"):
        fnn.metric_cumulant(net, pairs=[(0, 0)] * 2, loops=1).evaluate(ONE).resum()
    with pytest.raises(fnn.InvalidInput, match=r"resum one component"):
        fnn.metric_cumulant(net, rank=2, loops=2).evaluate(ONE).resum()
    with pytest.raises(fnn.InvalidInput, match=r"width=0: give a width > 0"):
        evaluation.resum(width=0)
    pole = {k: 0.4**k for k in range(1, 5)}
    with pytest.raises(fnn.InvalidInput, match=r"have poles near n = 0.5; give a larger width"):
        resum("a pole", pole, dict.fromkeys(pole, 0.0), 0.5, "pade")
