import math

import numpy as np
import pytest
import scipy.integrate

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
        lambda: Radial(density=lambda k: -k, cutoff=1.0).two_point(np.ones(1), 1),
        lambda: Radial(density=lambda k: 0 * k, cutoff=1.0).two_point(np.ones(1), 1),
    ],
)
def test_what_is_no_embedding_is_refused(wrong):
    with pytest.raises(InvalidInput):
        wrong()
