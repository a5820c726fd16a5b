from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from feyn_nn.montecarlo import _power_sums
from feyn_nn.montecarlo.monomials import MonomialBasis, PowerSums, divisors

BASIS = MonomialBasis(variables=3, wanted=[(0, 0, 1, 2), (1, 1, 1), (2,)])


def exact_sums(basis, columns, centre):
    """Sums of monomials in rationals."""
    return [
        sum(math.prod(Fraction(x[v]) - Fraction(centre[v]) for v in monomial) for x in columns)
        for monomial in basis.monomials
    ]


@pytest.mark.parametrize("monomial", [(), (0,), (0, 0, 0), (0, 1, 1), (0, 0, 1, 2)])
def test_divisors_are_the_binomial_theorem(monomial):
    x, d = np.array([2.0, 3.0, 5.0]), np.array([7.0, 11.0, 13.0])
    total = sum(ways * math.prod(x[v] for v in part) * math.prod(d[v] for v in rest)
                for part, rest, ways in divisors(monomial))  # fmt: skip
    assert total == math.prod((x + d)[v] for v in monomial)


def test_a_basis_holds_every_divisor():
    for monomial in BASIS.monomials:
        assert all(part in BASIS.position for part, _, _ in divisors(monomial))
    assert BASIS.monomials[:4] == ((), (0,), (1,), (2,))


@pytest.mark.parametrize("batch", [1, 3, 8, 300, 777])
def test_sums_of_batches_are_exact_sums(batch):
    values = np.random.default_rng(0).integers(-8, 9, size=(3, 777)) / 4 + np.array([[10.0], [0.0], [-3.0]])
    found = BASIS.summed(values, batch)
    assert len(found) == max(777 // batch, 1)
    assert found.counts.sum() == 777
    for b, (centre, sums) in enumerate(zip(found.centres, found.sums, strict=True)):
        part = values[:, b * batch : (b + 1) * batch if b + 1 < len(found) else None]
        np.testing.assert_allclose(centre, part.mean(axis=1), rtol=1e-14, atol=1e-14)
        np.testing.assert_allclose(
            sums, np.array(exact_sums(BASIS, part.T, centre), float), rtol=1e-12, atol=1e-9
        )


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_merging_in_any_grouping_gives_the_sums_of_all(offset):
    values = np.random.default_rng(1).integers(-8, 9, size=(3, 400)) / 4.0 + offset
    means, whole = BASIS.central(BASIS.summed(values, 400))
    scale = np.array(
        [[np.abs(np.prod(values[list(m)] - values.mean(), axis=0)).sum() for m in BASIS.monomials]]
    )
    for batch in (1, 7, 64):
        batches = BASIS.summed(values, batch)
        halves = PowerSums.joined(BASIS.merged(batches[:3]), BASIS.merged(batches[3:]))
        for merged in (BASIS.merged(batches), BASIS.merged(halves)):
            found_means, sums = BASIS.central(merged)
            np.testing.assert_allclose(found_means, means, rtol=1e-14, atol=1e-13)
            assert np.all(np.abs(sums - whole) <= 1e-12 * scale)


def test_constants_have_no_moments_however_they_are_merged():
    basis = MonomialBasis(variables=2, wanted=[(0, 0, 0), (0, 1)])
    values = np.stack([np.full(500, 0.1), np.full(500, -0.3)])
    means, sums = basis.central(basis.merged(basis.summed(values, 7)))
    assert means.tolist() == [[0.1, -0.3]]
    assert sums[0, 0] == 500
    assert not sums[0, 1:].any()


def test_no_variables_still_count():
    basis = MonomialBasis(variables=0, wanted=[])
    merged = basis.merged(basis.summed(np.empty((0, 30)), 8))
    assert merged.sums.tolist() == [[30.0]]


def test_kernels_are_their_plain_twins():
    """power_sums, fold, about_means and add_squares, compiled and as plain Python, on the same samples."""
    values = np.random.default_rng(2).normal(size=(3, 50))
    shape = (6, len(BASIS.monomials))
    outcomes = []
    for kernel in (lambda k: k, lambda k: k.py_func):
        centres, sums, central = np.empty((6, 3)), np.empty(shape), np.empty(shape)
        centre, total, scatter = np.empty(3), np.empty(shape[1]), np.zeros(2)
        kernel(_power_sums.power_sums)(values, 8, *BASIS.ladder, centres, sums)
        kernel(_power_sums.fold)(centres, sums, *BASIS.ladder, *BASIS.shifts, centre, total)
        kernel(_power_sums.about_means)(sums, 3, *BASIS.ladder, *BASIS.shifts, central)
        terms = np.array([0, 2, 3]), np.array([1, 5, 0]), np.array([2.0, -1.0, 0.5])
        kernel(_power_sums.add_squares)(values, centre, *BASIS.ladder, *terms, scatter)
        outcomes.append((centres, sums, central, centre, total, scatter))
    for compiled, plain in zip(*outcomes, strict=True):
        np.testing.assert_allclose(compiled, plain, rtol=1e-12, atol=1e-12)
    psi = 2 * (values[0] - centre[0]) - np.prod(
        values[list(BASIS.monomials[5])] - centre[list(BASIS.monomials[5]), None], 0
    )
    np.testing.assert_allclose(scatter, [psi @ psi, 0.25 * 50], rtol=1e-12)


def test_sums_do_not_depend_on_how_many_are_taken_at_once():
    """The chunks of 256 samples leave no seam: long batches equal their halves, merged."""
    values = np.random.default_rng(3).normal(size=(3, 2048))
    whole, halves = BASIS.summed(values, 2048), BASIS.merged(BASIS.summed(values, 1024))
    np.testing.assert_allclose(BASIS.central(whole)[1], BASIS.central(halves)[1], rtol=1e-9, atol=1e-9)


def test_monomials_of_many_variables_are_found_once():
    wanted = list(itertools.combinations_with_replacement(range(6), 3))
    basis = MonomialBasis(variables=6, wanted=wanted)
    assert len(basis.monomials) == 1 + 6 + 21 + 56
