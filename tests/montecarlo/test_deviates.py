"""The generator against its definition, the laws against their distribution functions.

Statistical bounds are at 5.5 standard errors or p = 1e-6: about 80 tests here, so that another seed would fail once in
10,000 times; the seeds are fixed.
"""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import scipy.stats

from feyn_nn._core import spawned
from feyn_nn.montecarlo import _lanes
from feyn_nn.montecarlo.deviates import Deviates

LIMIT, SMALLEST_P = 5.5, 1e-6
MASK = (1 << 64) - 1


def xoshiro(state, count):
    """xoshiro256++ as its authors define it, in Python's integers."""

    def rotated(x, k):
        return ((x << k) | (x >> (64 - k))) & MASK

    s = [int(word) for word in state]
    for _ in range(count):
        yield (rotated((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)


def test_every_lane_is_a_xoshiro():
    state = np.random.SeedSequence(3).generate_state(4 * _lanes.LANES, np.uint64).reshape(4, _lanes.LANES)
    state[:, 0] = (1, 2, 3, 4)
    expected = np.array([list(xoshiro(state[:, lane], 6)) for lane in range(_lanes.LANES)]).T
    words = np.empty(6 * _lanes.LANES, dtype=np.uint64)
    _lanes.draw_words(state, words)
    np.testing.assert_array_equal(words.reshape(6, _lanes.LANES), expected)
    published = [41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205]
    assert (
        words.reshape(6, -1)[:5, 0].tolist() == published
    )  # of the authors' program, from the state 1 2 3 4


def stream(seed=1, *child):
    root = np.random.SeedSequence(seed)
    return Deviates(spawned(root, child[0]) if child else root)


def polar(word, other):
    """(r, θ) of Box and Muller's formula in many digits."""
    u = 1 - mpmath.mpf(int(word) >> 12) / 2**52
    angle = mpmath.pi * (mpmath.mpf(int(other) >> 12) / 2**52 - mpmath.mpf(0.5) + mpmath.mpf(2) ** -53)
    return (-1 if int(word) & 1 else 1) * mpmath.sqrt(-2 * mpmath.log(u)), angle


EXTREME = [0, 1, MASK, MASK - 1, 1 << 63, (1 << 63) - 1, 1 << 12, MASK << 12 & MASK, 0xFFFFFFC000000001]


def test_normals_are_box_and_mullers_to_the_last_digits_also_in_the_tails():
    rng = np.random.default_rng(0)
    extreme, usual = np.array(EXTREME, np.uint64), rng.integers(2**64, size=(2, 200), dtype=np.uint64)
    words = np.concatenate([np.repeat(extreme, extreme.size), usual[0]])
    other = np.concatenate([np.tile(extreme, extreme.size), usual[1]])
    cosines, sines = np.empty(words.size), np.empty(words.size)
    _lanes._normal_pairs(words, other, cosines, sines)
    for word, w, c, s in zip(words, other, cosines, sines, strict=True):
        r, angle = polar(word, w)
        assert abs(c - r * mpmath.cos(angle)) < 1e-13
        assert abs(s - r * mpmath.sin(angle)) < 1e-13
    assert abs(cosines).max() > 8.4  # u = 2^-52, seen by one normal in 10^16


def raw(fill):
    return lambda n, seed=1: fill(Deviates(np.random.SeedSequence(seed)), np.empty(n))


LAWS = {
    "normal": (raw(Deviates.normal), scipy.stats.norm().cdf, [0, 1, 0, 3, 0, 15, 0, 105]),
    "uniform": (
        raw(Deviates.uniform),
        scipy.stats.uniform(-(3**0.5), 2 * 3**0.5).cdf,
        [0, 1, 0, 9 / 5, 0, 27 / 7, 0, 9],
    ),
    "laplace": (
        raw(Deviates.laplace),
        scipy.stats.laplace(scale=0.5**0.5).cdf,
        [0, 1, 0, 6, 0, 90, 0, 2520],
    ),
    "student_t": (
        raw(lambda deviates, out: deviates.student_t(out, 20.0)),
        lambda x: scipy.stats.t(20).cdf(x / 0.9**0.5),
        [0, 1, 0, 3 * 18 / 16, 0, 15 * 18**2 / (16 * 14), 0, 105 * 18**3 / (16 * 14 * 12)],
    ),
}


@pytest.mark.parametrize("law", LAWS)
def test_moments_to_the_eighth(law):
    draw, _, moments = LAWS[law]
    n, powers = 1 << 20, np.ones(1 << 20)
    draws = draw(n)
    for k, exact in enumerate(moments, start=1):
        powers *= draws
        assert abs(powers.mean() - exact) < LIMIT * powers.std() / n**0.5, k


@pytest.mark.parametrize("law", LAWS)
def test_kolmogorov_and_smirnov(law):
    draw, cdf, _ = LAWS[law]
    assert scipy.stats.kstest(draw(300_000, seed=2), cdf).pvalue > SMALLEST_P


@pytest.mark.parametrize("df", [4.5, 6.0, 1000.0])
def test_students_t_of_few_and_many_degrees_of_freedom(df):
    draws = Deviates(np.random.SeedSequence(8)).student_t(np.empty(200_000), df)
    assert scipy.stats.kstest(draws * (df / (df - 2)) ** 0.5, scipy.stats.t(df).cdf).pvalue > SMALLEST_P


def test_signs_are_fair():
    draws = Deviates(np.random.SeedSequence(4)).sign(np.empty(1 << 20))
    assert set(np.unique(draws)) == {-1.0, 1.0}
    assert abs(draws.sum()) < LIMIT * 2**10


def test_tails_hold_as_many_normals_as_they_should():
    """2^28 normals; Poisson counts on each side beyond 2 to 6 σ, where 0.26 are expected."""
    rounds, out, deviates = 1 << 8, np.empty(1 << 20), stream(5)
    limits = np.array([2.0, 3.0, 4.0, 4.5, 5.0, 5.5, 6.0])
    counts = np.zeros((2, limits.size), dtype=np.int64)
    for _ in range(rounds):
        deviates.normal(out)
        for side, tail in enumerate((out[out < -2.0], out[out > 2.0])):
            counts[side] += np.searchsorted(np.sort(np.abs(tail)), limits).astype(int) * -1 + tail.size
    expected = scipy.stats.norm.sf(limits) * rounds * out.size
    assert np.all(scipy.stats.poisson.cdf(counts, expected) > SMALLEST_P)
    assert np.all(scipy.stats.poisson.sf(counts - 1, expected) > SMALLEST_P)


def correlations(rows):
    """All pairwise correlation coefficients of rows, in standard errors."""
    matrix = np.corrcoef(rows) * rows.shape[1] ** 0.5
    return np.abs(matrix[np.triu_indices(rows.shape[0], 1)])


@pytest.mark.parametrize("power", [1, 2])
def test_lanes_do_not_know_of_one_another(power):
    draws = stream(6).normal(np.empty(64 * (1 << 14))).reshape(-1, _lanes.LANES).T
    assert correlations(draws**power).max() < LIMIT  # 2016 pairs


@pytest.mark.parametrize("power", [1, 2])
def test_blocks_do_not_know_of_one_another(power):
    draws = np.array([stream(7, block).normal(np.empty(1 << 14)) for block in range(48)])
    assert correlations(draws**power).max() < LIMIT  # 1128 pairs


@pytest.mark.parametrize("power", [1, 2])
def test_a_stream_does_not_know_its_past(power):
    draws = stream(8).normal(np.empty(1 << 18)) ** power
    draws -= draws.mean()
    spectrum = np.abs(np.fft.rfft(draws, 2 * draws.size)) ** 2
    past = np.fft.irfft(spectrum)[1:5000] / draws.var() / draws.size**0.5
    assert np.abs(past).max() < LIMIT  # up to more than two buffers back


def test_pairs_of_words_fill_the_square_evenly():
    """Cosine and sine of one pair are independent normals: χ² of their probabilities on a 32 × 32 grid."""
    words = np.empty(1 << 18, dtype=np.uint64)
    state = np.random.SeedSequence(9).generate_state(4 * _lanes.LANES, np.uint64).reshape(4, _lanes.LANES)
    _lanes.draw_words(state, words)
    cosines, sines = np.empty((2, words.size // 2))
    _lanes._normal_pairs(words[: cosines.size], words[cosines.size :], cosines, sines)
    cells = [scipy.stats.norm.cdf(z) for z in (cosines, sines)]
    counts = np.histogram2d(*cells, bins=32, range=[[0, 1], [0, 1]])[0]
    assert scipy.stats.chisquare(counts.ravel()).pvalue > SMALLEST_P


@pytest.mark.parametrize("fill", [Deviates.normal, Deviates.uniform, Deviates.sign, Deviates.laplace])
@pytest.mark.parametrize("shape", [(0,), (1,), (3, 5), (2047,), (2048,), (2049,), (3, 4, 1001)])
def test_any_shape_is_filled_and_depends_on_the_seed_alone(fill, shape):
    one, two, other = (np.full(shape, np.nan) for _ in range(3))
    for seed, out in ((1, one), (1, two), (2, other)):
        assert fill(Deviates(np.random.SeedSequence(seed)), out) is out
    assert np.isfinite(one).all()
    assert one.tobytes() == two.tobytes()
    assert one.size < 64 or not np.array_equal(one, other)


def test_a_second_call_goes_on_where_the_first_ended():
    deviates = stream(10)
    assert np.corrcoef(deviates.normal(np.empty(5000)), deviates.normal(np.empty(5000)))[0, 1] < 0.1


def test_room_is_made_once():
    deviates = stream(13)
    first = deviates.room(100)
    assert np.shares_memory(first, deviates.room(50))
    assert deviates.room(200).size == 200


def test_strided_arrays_are_refused():
    with pytest.raises(AssertionError, match="copy"):
        stream().normal(np.empty((4, 4))[:, :2])


def test_the_generator_beside_the_lanes_has_the_same_seed():
    draws = [stream(11).generator.normal(size=5).tolist() for _ in range(2)]
    assert draws[0] == draws[1] != stream(12).generator.normal(size=5).tolist()
