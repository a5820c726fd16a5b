"""One input, moment by moment, against the recursion over partitions and a plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from feyn_nn.kernels import single_input
from feyn_nn.kernels.recursion import cumulants, kinds_needed
from feyn_nn.kernels.single_input import single_input_cumulants

ORDERS = [(rank, order + 1 - rank) for order in range(5) for rank in range(1, order + 2)]


@pytest.mark.parametrize(("rank", "loops"), ORDERS)
def test_agrees_with_the_recursion_on_random_vertices(rank, loops):
    rng = np.random.default_rng(rank + 10 * loops)
    kinds = kinds_needed(1, rank - 1 + loops)  # more than this rank needs: they must not matter
    layers = [
        {kind: rng.uniform(-1.0, 1.0, (1,) * kind.valence) for kind in kinds if depth or not kind.incoming}
        for depth in range(4)
    ]
    expected = cumulants(layers, rank, loops, 1)
    found = single_input_cumulants(layers, rank, loops)
    assert len(found) == loops + 1
    for got, wanted in zip(found, expected, strict=True):
        assert got.shape == wanted.shape == (1,) * rank
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-13)


def test_no_hidden_layer():
    assert [c.item() for c in single_input_cumulants([], 2, 1)] == [0.0, 0.0]


def test_kernel_beside_its_plain_twin():
    vertices = np.random.default_rng(3).uniform(-1.0, 1.0, (3, 5, 7))
    np.testing.assert_allclose(
        single_input._moments(vertices, 3), single_input._moments_py(vertices, 3), rtol=1e-12, atol=1e-15
    )
