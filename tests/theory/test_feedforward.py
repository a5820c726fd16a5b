"""Networks of layers of one's own: exact moments, and networks sampled with explicit weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

import feyn_nn as fnn


class Bilinear(fnn.UnitLayer):
    latents = 2

    def unit(self, u, v):
        return u * v


class Gated(fnn.UnitLayer):
    latents = 2

    def unit(self, u, v):
        return np.tanh(u) * v


def mean_power(k: int, e: sympy.Symbol) -> sympy.Expr:
    """E[(Σ_j a_j / n)^k] for independent a_j = (g g')², whose moments are ((2m-1)!!)²; e = 1/n.

    Cumulants of the mean are those of one a_j times e^(i-1), by the recursion between moments and cumulants.
    """
    moments = [math.prod(range(1, 2 * m, 2)) ** 2 for m in range(k + 1)]
    cumulants: list[int] = [0]
    powers = [sympy.Integer(1)]
    for i in range(1, k + 1):
        below = [math.comb(i - 1, j - 1) * cumulants[j] * moments[i - j] for j in range(1, i)]
        cumulants.append(moments[i] - sum(below))
        terms = [
            math.comb(i - 1, j - 1) * cumulants[j] * e ** (j - 1) * powers[i - j] for j in range(1, i + 1)
        ]
        powers.append(sympy.expand(sum(terms)))
    return powers[k]


def test_a_deep_bilinear_network_has_its_exact_moments() -> None:
    """Ĝ'' = (C/n) (Ĝ')² Σ a_j twice over: E[Ĝ^k] = C^k C^2k G^4k E[ā^k] E[ā^2k]."""
    e, C, G = sympy.Symbol("e"), 1.5, 0.8
    first, second = (
        sympy.expand(mean_power(k, e) * mean_power(2 * k, e)) * (C ** (3 * k) * G ** (4 * k)) for k in (1, 2)
    )
    exact = {1: first - C**3 * G**4, 2: sympy.expand(second - first**2)}
    net = fnn.Feedforward([Bilinear(width=16, scale=C)] * 2)
    for rank, loops in ((1, 3), (2, 2)):
        found = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=loops)
        evaluation = found.evaluate(fnn.Inputs.from_metric([[G]]))
        for power, value in evaluation.coefficients.items():
            expected = float(sympy.expand(exact[rank]).coeff(e, power))
            assert abs(value - expected) <= evaluation.errors[power] <= 1e-8 * (1 + abs(expected))


def test_diagrams_and_recursion_agree_and_widths_enter_by_their_ratios() -> None:
    """The 1/n term is A + B/r for a second layer of width r n, B what that layer does alone."""
    x, coefficients = fnn.Inputs.from_metric([[1.0]]), {}
    for width in (8, 12):
        net = fnn.Feedforward([Gated(width=8, scale=1.4), Gated(width=width, scale=1.2, offset=0.1)])
        cumulant = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=1)
        by_diagrams = cumulant.evaluate(x, by="diagrams").coefficients
        assert cumulant.evaluate(x).coefficients == pytest.approx(by_diagrams, rel=1e-10)
        coefficients[width] = by_diagrams[1]
    alone = fnn.metric_cumulant(fnn.Feedforward(net.layers[1:]), pairs=[(0, 0)] * 2, loops=0)
    kernel = fnn.infinite_width_kernel(fnn.Feedforward(net.layers[:1]), x)
    own = alone.evaluate(fnn.Inputs.from_metric(kernel)).coefficients[1]
    assert coefficients[8] - coefficients[12] == pytest.approx(own * (1 - 8 / 12), rel=1e-9)


def explicit_metrics(rng: np.random.Generator, x: np.ndarray, width: int, samples: int) -> np.ndarray:
    """Ĝ³ of gated networks with every weight drawn: u = U h/√n, v = V h/√n."""
    h, C = np.broadcast_to(x.T, (samples, x.shape[1], len(x))), 1.4
    for _ in range(2):
        u, v = rng.standard_normal((2, samples, width, h.shape[1])) @ h / np.sqrt(h.shape[1])
        h = np.sqrt(C) * np.tanh(u) * v
    return np.einsum("sia,sib->sab", h, h) / width


def test_sampled_metrics_are_those_of_explicit_weights() -> None:
    """Means and covariances within 5 standard errors: 30,000 networks of width 12 each way."""
    x, width, samples = np.array([[2.0, 1.0, -0.6], [1.5, 2.2, 0.8]]), 12, 30_000
    metrics = explicit_metrics(np.random.default_rng(1), x, width, samples)
    net = fnn.Feedforward([Gated(width=width, scale=1.4)] * 2)
    pairs = [[(0, 0)], [(0, 1)], [(0, 0), (1, 1)], [(0, 1), (0, 1)]]
    found = fnn.simulate(net, fnn.Inputs(x), pairs=pairs, samples=samples, rng=2)
    for own, estimate in zip(pairs, found.values(), strict=True):
        entries = [metrics[:, a, b] - metrics[:, a, b].mean() for a, b in own]
        terms = metrics[:, own[0][0], own[0][1]] if len(own) == 1 else entries[0] * entries[1]
        error = math.hypot(estimate.stderr, terms.std() / math.sqrt(samples))
        assert abs(terms.mean() - estimate.value) < 5 * error
        assert error < 0.15 * abs(estimate.value)


def test_unknown_samplers_and_layers_are_refused() -> None:
    net = fnn.Feedforward([Gated(width=8)])
    with pytest.raises(fnn.InvalidInput, match="no sampler 'weights'"):
        fnn.simulate(net, fnn.Inputs([[1.0]]), pairs=[(0, 0)], samples=100, sampler="weights")
