"""More samples never turn a right theory into a failure; a wrong one still fails where the report says it does.

The cumulants of deep linear and deep ReLU networks without biases are known at every width, all orders at once. They
stand in for measurements so good that the orders left out of the series are all that is seen.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import MetricObservable, Powers
from feyn_nn.montecarlo import Simulation
from feyn_nn.validation.judge import Judge
from feyn_nn.validation.power import SIGNIFICANCE
from feyn_nn.validation.predict import predict
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.stack import Measured

X = fnn.Inputs.from_metric([[1.0]])
VARIANCES = {"linear": 1.0, "relu": 2.0}  # both keep E[Ĝ] = 1
RELATIVE_ERRORS = (1e-3, 1e-5, 1e-7, 1e-10)
CASES = [
    (kind, depth, rank, loops)
    for kind in VARIANCES
    for depth in (3, 6)
    for rank, loops in ((2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (4, 0), (4, 1))
]


def moments_of_a_layer(kind: str, n: int, most: int) -> list[Fraction]:
    """E[(C_W/n Σ_j σ(g_j)²)^k]: χ²_n for linear layers, for ReLU χ²_m with m of n neurons firing."""
    firing = (
        {n: Fraction(1)} if kind == "linear" else {m: Fraction(math.comb(n, m), 2**n) for m in range(n + 1)}
    )
    scale = Fraction(int(VARIANCES[kind]), n)
    return [
        scale**k * sum(share * math.prod(m + 2 * j for j in range(k)) for m, share in firing.items())
        for k in range(most + 1)
    ]


def exact_cumulant(kind: str, depth: int, n: int, rank: int) -> Fraction:
    moments = [own ** (depth - 1) for own in moments_of_a_layer(kind, n, rank)]
    found = [Fraction(0)]
    for k in range(1, rank + 1):
        found.append(
            moments[k] - sum(math.comb(k - 1, j - 1) * found[j] * moments[k - j] for j in range(1, k))
        )
    return found[rank]


def measured(theory: Prediction, values: dict[int, float], relative: float) -> list[Measured]:
    return [
        Measured(
            sizes={"n": n},
            simulation=Simulation(
                network=fnn.MLP(depth=2, width=n, activation="linear"),
                sampler="metric",
                n_samples=10**9,
                seed=0,
                observables=(theory.observable,),
                mean=np.array([value]),
                covariance=np.array([[(relative * value) ** 2]]),
                n_blocks=10**5,
                stderr=np.array([abs(relative * value)]),
            ),
        )
        for n, value in values.items()
    ]


def means_something(theory: Prediction, widths: Sequence[int]) -> bool:
    """Whether `validate` would not refuse these widths."""
    return all(theory.error(n) < max(map(abs, theory.terms(n).values())) for n in widths)


@pytest.mark.parametrize(("kind", "depth", "rank", "loops"), CASES)
def test_the_verdict_on_exact_values(kind: str, depth: int, rank: int, loops: int) -> None:
    net = fnn.MLP(depth=depth, width=64, activation=kind, weight_variance=VARIANCES[kind])
    (theory,) = predict(net, X, [MetricObservable([(0, 0)] * rank)], [loops])
    seen = 0
    for narrowest in (12, 60, 200):
        widths = [narrowest, 3 * narrowest // 2, 2 * narrowest]
        if not means_something(theory, widths):
            continue
        seen += 1
        values = {n: float(exact_cumulant(kind, depth, n, rank)) for n in widths}
        for relative in RELATIVE_ERRORS:
            runs = measured(theory, values, relative)
            judge = Judge(predictions=[theory], measured=runs)
            assert judge.adjusted_p > 0.01
            leading = Powers(n=rank - 1)
            wrong = off_by(theory, leading, 1.5 * judge.judgements[0].orders[0].caught)
            spoilt = Judge(predictions=[wrong], measured=runs)
            assert spoilt.power_against([theory]) > 0.95
            assert spoilt.adjusted_p < SIGNIFICANCE
    assert seen


def off_by(theory: Prediction, powers: Powers, share: float) -> Prediction:
    return replace(
        theory, coefficients=theory.coefficients | {powers: (1 + share) * theory.coefficients[powers]}
    )  # type: ignore[operator]
