"""Weights of any law: the laws themselves, and networks whose cumulants know of them exactly.

About 40 comparisons within 4.9 standard errors: another seed would fail once in 25,000 times.
"""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn._core.observables import FieldObservable, MetricObservable
from feyn_nn.montecarlo import (
    WeightLaw,
    WeightSampler,
    register_weight_law,
    simulate,
    unregister_weight_law,
    weight_law,
)
from feyn_nn.montecarlo.deviates import Deviates
from feyn_nn.montecarlo.samplers import sampler_factory
from feyn_nn.montecarlo.weight_law import known_weight_laws
from feyn_nn.networks import MLP, Inputs

LIMIT = 4.9
SAMPLER_NAMES = ("metric", "weights", "weights(laplace)", "weights(student_t(5))")
LAWS = ["gaussian", "uniform", "rademacher", "laplace", "student_t(12)"]


def triangular(generator, size):
    return generator.triangular(-1.0, 0.0, 1.0, size) * 6**0.5


TRIANGULAR = WeightLaw.from_generator("triangular", triangular, excess_kurtosis=-0.6)


@pytest.mark.parametrize("law", [*LAWS, "student_t(9.5)", TRIANGULAR], ids=str)
def test_laws_have_the_moments_that_they_state(law):
    law, n = weight_law(law), 1 << 20
    draws = np.empty(n)
    law.fill(Deviates(np.random.SeedSequence(1)), draws)
    for k, exact in ((1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0 + law.excess_kurtosis)):
        powers = draws**k
        assert abs(powers.mean() - exact) <= LIMIT * powers.std() / n**0.5, k


@pytest.mark.parametrize("law", [*LAWS, TRIANGULAR], ids=str)
def test_linear_networks_know_the_fourth_cumulant_of_their_weights(law):
    """With κ the fourth cumulant of a weight of variance 1, b ~ N(0, C_b) and h_j the n neurons of layer 1,

    E h⁴ = 3G² + κ C_W² Σ x⁴/n_0², κ_2(Ĝ) = C_W² (E h⁴ − G²)/n, κ_4(z) = 3 κ_2(Ĝ) + κ C_W² E h⁴/n.
    """
    kappa, n, C_W, C_b = weight_law(law).excess_kurtosis, 4, 1.5, 0.2
    x = np.array([1.0, -0.5, 0.8])
    net = MLP(depth=2, width=n, activation="linear", weight_variance=C_W, bias_variance=C_b)
    G = C_b + C_W * (x @ x) / 3
    fourth = 3 * G**2 + kappa * C_W**2 * np.sum(x**4) / 9
    variance = C_W**2 * (fourth - G**2) / n
    exact = [C_b + C_W * G, variance, 3 * variance + kappa * C_W**2 * fourth / n]

    sampler = law if law == TRIANGULAR else f"weights({law})"
    found = _measured(net, Inputs([x]), sampler)
    for value, estimate in zip(exact, found.values(), strict=True):
        assert abs(estimate.pull(value)) < LIMIT
    third = found[FieldObservable([(0, 0)] * 4)]
    if law not in ("gaussian", TRIANGULAR):
        assert abs(third.pull(3 * C_W**2 * 2 * G**2 / n)) > 5  # Gaussian weights would not do


def _measured(net, x, sampler):
    asked = {"pairs": [[(0, 0)], [(0, 0)] * 2], "legs": [[(0, 0)] * 4]}
    if isinstance(sampler, str):
        return simulate(net, x, **asked, samples=200_000, rng=2, sampler=sampler)
    register_weight_law(sampler)
    try:
        return simulate(net, x, **asked, samples=200_000, rng=2, sampler=f"weights({sampler.name})")
    finally:
        unregister_weight_law(sampler.name)


def test_a_skew_law_gives_the_field_a_third_cumulant():
    """One layer: κ(z_a, z_a, z_b) = 2 (C_W/n_0)^{3/2} Σ_j x_aj² x_bj for weights E − 1, E exponential; κ_4 likewise."""
    x, C_W = np.array([[1.0, -0.5, 0.8], [0.3, 1.1, -0.7]]), 1.7
    register_weight_law(WeightLaw.from_generator("exponential", lambda g, n: g.exponential(size=n) - 1.0))
    net, legs = MLP(depth=1, activation="tanh", weight_variance=C_W), [(0, 0), (0, 0), (0, 1)]
    try:
        asked = {"legs": [legs, [*legs, (0, 1)]], "samples": 200_000, "rng": 11}
        found = simulate(net, Inputs(x), **asked, sampler="weights(exponential)")
    finally:
        unregister_weight_law("exponential")
    exact = [2 * (C_W / 3) ** 1.5 * x[0] ** 2 @ x[1], 6 * (C_W / 3) ** 2 * x[0] ** 2 @ x[1] ** 2]
    for value, estimate in zip(exact, found.values(), strict=True):
        assert abs(estimate.pull(value)) < LIMIT < abs(estimate.value / estimate.stderr)


def test_one_layer_of_weights_keeps_their_law():
    net, x = MLP(depth=1, activation="tanh", weight_variance=2.0), Inputs([[1.0, 2.0]])
    found = simulate(net, x, legs=[[(0, 0)] * 4], samples=100_000, sampler="weights(laplace)")
    assert abs(found[FieldObservable([(0, 0)] * 4)].pull(3.0 * 4.0 * 17.0 / 4.0)) < LIMIT


def test_a_law_is_the_default_one_or_any_other():
    net, x = MLP(depth=3, width=7, activation="tanh"), Inputs([[1.0, 0.5]])
    plain, named, other = (
        simulate(net, x, pairs=[(0, 0)], samples=512, rng=3, sampler=sampler)[MetricObservable([(0, 0)])]
        for sampler in ("weights", "weights(gaussian)", "weights(uniform)")
    )
    assert plain.value == named.value != other.value


def test_samplers_with_laws_travel_to_other_processes():
    for law in (*LAWS, TRIANGULAR):
        sampler = WeightSampler(
            network=MLP(depth=2, width=3, activation="tanh"),
            inputs=Inputs([[1.0]]),
            labels=(0,),
            neurons=(0,),
            weight_law=law,
        )
        sent = pickle.loads(pickle.dumps(sampler))
        seed = np.random.SeedSequence(4)
        for one, two in zip(sampler.networks(50, seed), sent.networks(50, seed), strict=True):
            assert one.tobytes() == two.tobytes()


def test_only_gaussian_weights_read_out_a_gaussian_field():
    net, x = MLP(depth=2, width=3, activation="tanh"), Inputs([[1.0]])
    asked = (FieldObservable([(0, 0), (0, 0)]),)
    gaussian = {name: sampler_factory(name)(net, x, asked).gaussian_readout for name in SAMPLER_NAMES}
    assert gaussian == {name: "(" not in name for name in SAMPLER_NAMES}


def test_laws_are_known_by_their_names():
    assert weight_law("student_t(6)") == weight_law(" student_t(6.0) ") != weight_law("student_t(7)")
    assert len({weight_law(name) for name in (*known_weight_laws(), "gaussian")}) == len(known_weight_laws())
    assert repr(weight_law("laplace")) == "WeightLaw('laplace')"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: weight_law("gausian"), "did you mean 'gaussian'"),
        (lambda: weight_law(3), "weight law 3 is not known"),
        (lambda: weight_law("student_t"), r"did you mean 'student_t\(6\)'"),
        (lambda: weight_law("student_t(4)"), "give more than 4 degrees of freedom"),
        (lambda: weight_law("student_t(six)"), "needs one number"),
        (lambda: weight_law("student_t(nan)"), "give more than 4 degrees of freedom"),
        (lambda: WeightLaw(name="", fill=len), "give a word"),
        (lambda: WeightLaw(name=" tent ", fill=len), "give a word"),
        (lambda: register_weight_law("tent"), "is not a WeightLaw"),
        (lambda: unregister_weight_law("laplace"), "was not registered"),
        (lambda: unregister_weight_law(3), "weight law 3 was not registered"),
        (lambda: WeightLaw(name="mine", fill=3), "give a function"),
        (lambda: register_weight_law(weight_law("laplace")), "choose another name"),
        (lambda: WeightLaw.from_generator("wide", lambda g, n: g.normal(size=n) * 2), "has variance 4"),
        (lambda: WeightLaw.from_generator("off", lambda g, n: g.normal(size=n) + 1), "has mean 1"),
        (lambda: WeightLaw.from_generator("short", lambda g, n: g.normal(size=3)), r"shape \(3,\)"),
        (lambda: WeightLaw.from_generator("broken", lambda g: g), "cannot be drawn"),
        (lambda: WeightLaw.from_generator("nan", lambda g, n: np.full(n, np.nan)), "finite"),
    ],
)
def test_bad_laws_get_one_sentence(ask, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        ask()
    assert "\n" not in str(caught.value)


def test_other_laws_need_input_vectors():
    net = MLP(depth=2, width=3, activation="tanh")
    with pytest.raises(InvalidInput, match="needs input vectors"):
        simulate(net, Inputs.from_metric([[1.0]]), pairs=[(0, 0)], samples=64, sampler="weights(uniform)")
    with pytest.raises(InvalidInput, match="did you mean 'laplace'"):
        simulate(net, Inputs([[1.0]]), pairs=[(0, 0)], samples=64, sampler="weights(laplac)")
