import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from feyn_nn._core import InvalidInput
from feyn_nn.networks import Tokens
from feyn_nn.networks.embeddings import RandomFeatures
from feyn_nn.networks.spectral import FreeMassive, Gaussian, Matern, Radial

DISTANCES = np.array([0.0, 0.3, 1.0, 2.5])
DENSITIES = {
    "gaussian": Gaussian(length=0.8),
    "matern": Matern(length=1.2, smoothness=1.5),
    "free": FreeMassive(mass=1.0, cutoff=20.0),
    "own": Radial(density=lambda k: np.exp(-k), cutoff=30.0),
}


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("name", DENSITIES)
def test_the_sampled_two_point_function_is_the_propagator(name, dimension):
    """e(x)·e(y)/features over 200,000 features, within five of its own standard errors at each distance."""
    embedding = RandomFeatures(density=DENSITIES[name], features=200_000, variance=1.7)
    direction = np.ones(dimension) / math.sqrt(dimension)
    points = (0.4 + np.multiply.outer(DISTANCES, direction))[np.newaxis]
    tokens = embedding.tokens(points, rng=5)
    values = tokens.values[0]
    for i, distance in enumerate(DISTANCES):
        products = values[0] * values[i]
        error = products.std() / math.sqrt(len(products))
        exact = embedding.two_point(distance, dimension)
        assert tokens.metric[0, i] == pytest.approx(products.mean(), rel=1e-12)
        assert abs(products.mean() - exact) < 5.3 * error


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_two_point_functions_known_in_closed_form(dimension):
    r = DISTANCES
    gaussian = Radial(density=lambda k: np.exp(-(k**2) / 2), cutoff=12.0)
    assert gaussian.two_point(r, dimension) == pytest.approx(np.exp(-(r**2) / 2), abs=1e-9)
    assert Matern(length=2.0, smoothness=0.5).two_point(r, dimension) == pytest.approx(np.exp(-r / 2))
    x = math.sqrt(3) * r
    assert Matern(length=1.0, smoothness=1.5).two_point(r, dimension) == pytest.approx((1 + x) * np.exp(-x))


def test_the_free_propagator_in_one_and_three_dimensions():
    one = FreeMassive(mass=2.0, cutoff=2000.0)
    assert one.coincident(1) == pytest.approx(1 / 4, rel=1e-3)
    assert one.two_point(DISTANCES, 1) == pytest.approx(np.exp(-2 * DISTANCES), abs=2e-3)
    three = FreeMassive(mass=1.0, cutoff=15.0)
    own = three.coincident(3) * three.two_point(np.array([0.7]), 3)[0]
    exact = scipy.integrate.quad(lambda k: k * math.sin(0.7 * k) / (k * k + 1), 0, 15, limit=200)[0]
    assert own == pytest.approx(exact / (2 * math.pi**2 * 0.7), rel=1e-6)


@pytest.mark.parametrize("cutoff", [30.0, 1000.0])
def test_waves_far_apart_are_resolved(cutoff):
    """One dimension against an adaptive rule made for cosines, at distances of many waves; and masses far below."""
    distances = np.array([0.5, 5.0, 20.0])
    found = FreeMassive(mass=1.0, cutoff=cutoff).two_point(distances, 1)
    total = math.atan(cutoff)
    for value, r in zip(found, distances, strict=True):
        exact = scipy.integrate.quad(lambda k: 1 / (k * k + 1), 0, cutoff, weight="cos", wvar=r, limit=2000)[
            0
        ]
        assert value == pytest.approx(exact / total, abs=1e-8)
    far = FreeMassive(mass=1e-3, cutoff=1e4)  # seven orders of magnitude apart
    assert far.two_point(np.ones(1), 1)[0] == pytest.approx(math.exp(-1e-3), abs=1e-6)
    with pytest.raises(InvalidInput, match="too many waves"):
        FreeMassive(mass=1.0, cutoff=1e6).two_point(np.array([100.0]), 1)


def matern_by_mixture(nu, distances):
    """E exp(-r²/2τ) over τ ~ χ²_2ν/2ν: the wave vectors are normal given τ."""
    law = scipy.stats.chi2(2 * nu)
    return [
        scipy.integrate.quad(
            lambda y, r=r: law.pdf(y) * math.exp(-(r**2) * nu / y),
            law.ppf(1e-14),
            law.isf(1e-14),
            epsabs=1e-13,
            limit=200,
        )[0]
        for r in distances
    ]


def test_matern_functions_near_zero_far_away_and_nearly_gaussian():
    half = Matern(length=1.0, smoothness=2.5)
    r = np.array([0.0, 1e-200, 1e-8, 0.3, 800.0, 1e5])
    x = math.sqrt(5) * r
    assert half.two_point(r, 2) == pytest.approx((1 + x + x**2 / 3) * np.exp(-x), rel=1e-12, abs=1e-300)
    r = np.array([1e-3, 0.5, 1.0, 3.0])
    smooth = Matern(length=1.0, smoothness=100.0).two_point(r, 2)
    assert smooth == pytest.approx(matern_by_mixture(100.0, r), rel=1e-9)
    assert np.abs(smooth - np.exp(-(r**2) / 2)).max() < 5e-3
    with pytest.raises(InvalidInput, match=r"Gaussian\(length=2\)"):
        Matern(length=2.0, smoothness=101.0)
    rough = RandomFeatures(density=Matern(length=1.0, smoothness=1e-3), features=100)
    assert np.isfinite(rough.tokens([[[0.0], [1.0]]]).metric).all()


def test_the_limit_of_many_features():
    points = np.random.default_rng(0).standard_normal((2, 3, 2))
    embedding = RandomFeatures(density=Gaussian(length=1.0), features=100_000)
    limit, sampled = embedding.limit(points), embedding.tokens(points)
    assert (limit.n_inputs, limit.n_tokens) == (2, 3)
    assert np.diag(limit.metric) == pytest.approx(1.0)
    assert sampled.metric == pytest.approx(limit.metric, abs=0.03)
    assert embedding.tokens(points, rng=1) == embedding.tokens(points, rng=1)
    assert embedding.tokens(points, rng=1) != embedding.tokens(points, rng=2)
    assert isinstance(sampled, Tokens)


class Sideways(Gaussian):
    """Draws wave vectors of a dimension too many."""

    def __init__(self):
        super().__init__(length=1.0)

    def wave_vectors(self, count, dimension, rng):
        return rng.standard_normal((count, dimension + 1))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Gaussian(length=0.0),
        lambda: Matern(length=1.0, smoothness=-1.0),
        lambda: FreeMassive(mass=1.0, cutoff=math.inf),
        lambda: Radial(density=3, cutoff=1.0),
        lambda: RandomFeatures(density="gaussian", features=3),
        lambda: RandomFeatures(density=Gaussian(length=1.0), features=0),
        lambda: RandomFeatures(density=Gaussian(length=1.0), features=2).tokens([[1.0]]),
        lambda: RandomFeatures(density=Gaussian(length=1.0), features=2).tokens([[[math.nan]]]),
        lambda: RandomFeatures(density=Gaussian, features=2),
        lambda: RandomFeatures(density=Sideways(), features=2).tokens([[[1.0]]]),
        lambda: RandomFeatures(density=Gaussian(length=1.0), features=2).two_point(-1.0, 1),
        lambda: RandomFeatures(density=Gaussian(length=1.0), features=2).two_point(1.0, 0),
        lambda: Radial(density=lambda k: 1 / k, cutoff=1.0).two_point(np.ones(1), 2),
        lambda: Radial(density=np.exp, cutoff=1.0, scale=0.0),
        lambda: Radial(density=lambda k: -k, cutoff=1.0).two_point(np.ones(1), 1),
        lambda: Radial(density=lambda k: 0 * k, cutoff=1.0).two_point(np.ones(1), 1),
    ],
)
def test_what_is_no_embedding_is_refused(wrong):
    with pytest.raises(InvalidInput):
        wrong()
