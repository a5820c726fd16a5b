"""Many inputs: each component is evaluated with the inputs that it names, in whatever company they come."""

import itertools

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn import InvalidInput
from feyn_nn.kernels import series
from feyn_nn.theory.blocks import InputBlocks

TANH = fnn.MLP(depth=3, width=16, activation="tanh", weight_variance=1.5, bias_variance=0.1)
RELU = fnn.MLP(depth=3, width=16, activation="relu", weight_variance=2.0)
RNG = np.random.default_rng(5)
FIVE = RNG.standard_normal((5, 7))
THOUSAND = fnn.Inputs(RNG.standard_normal((1000, 40)))
PAIRS_OF_FIVE = [(a, b) for a in range(5) for b in range(a, 5)]


@pytest.fixture
def asked(monkeypatch):
    """The number of inputs of each evaluation."""
    sizes = []
    right = series.by_recursion

    def counted(network, metric, **options):
        sizes.append(len(metric))
        return right(network, metric, **options)

    monkeypatch.setattr(series, "by_recursion", counted)
    return sizes


@pytest.mark.parametrize("net", [TANH, RELU], ids=["tanh", "relu"])
@pytest.mark.parametrize("way", ["recursion", "diagrams"])
def test_corrections_of_all_pairs_are_those_of_all_inputs_at_once(net, way):
    """The reference carries vertex tables over all pairs of the inputs, with nothing split."""
    x = fnn.Inputs(FIVE[:3])
    found = fnn.metric_cumulant(net, rank=1, loops=1).evaluate(x, by=way)
    whole = series.by_recursion(net, net.first_metric(x), rank=1, loops=1)
    assert found.coefficients[1] == pytest.approx(whole.coefficients[1], rel=1e-10, abs=1e-12)


def test_a_rank_two_at_one_loop_is_split_in_fours(asked):
    """Against the same component asked for alone, and one that four inputs enter."""
    x = fnn.Inputs(FIVE)
    e = fnn.metric_cumulant(RELU, rank=2, loops=1).evaluate(x)
    assert asked == [4] * 5
    for p, q in [((0, 0), (0, 0)), ((0, 1), (2, 4)), ((3, 4), (1, 3)), ((4, 4), (0, 2))]:
        single = fnn.metric_cumulant(RELU, pairs=[p, q], loops=1).evaluate(x)
        at = PAIRS_OF_FIVE.index(p), PAIRS_OF_FIVE.index(q)
        for power in (1, 2):
            assert e.coefficients[power][at] == pytest.approx(single.coefficients[power], rel=1e-10)
    assert e.coefficients[2] == pytest.approx(e.coefficients[2].T, rel=1e-11)
    assert all(np.isfinite(e.errors[power]).all() for power in (1, 2))


def test_the_four_point_vertex_of_all_pairs_shares_its_integrals(asked):
    fnn.metric_cumulant(RELU, rank=2, loops=0).evaluate(fnn.Inputs(FIVE))
    assert asked == [5]


def test_corrections_of_all_pairs_of_sixteen_inputs(asked):
    """120 sets of two inputs; four components against themselves asked for alone."""
    x = fnn.Inputs(RNG.standard_normal((16, 20)))
    e = fnn.metric_cumulant(TANH, rank=1, loops=1).evaluate(x, tolerance=1e-8)
    assert asked == [2] * 120
    assert e.coefficients[1].shape == (136,)
    pairs = list(itertools.combinations_with_replacement(range(16), 2))
    for pair in [(0, 0), (3, 3), (2, 15), (7, 8)]:
        single = fnn.metric_cumulant(TANH, pairs=[pair], loops=1).evaluate(x)
        assert e.coefficients[1][pairs.index(pair)] == pytest.approx(single.coefficients[1], rel=1e-7)


def test_chosen_pairs_among_a_thousand_inputs(asked):
    chosen = [(3, 999), (500, 500), (3, 3), (999, 3), (17, 4)]
    e = fnn.metric_cumulant(TANH, rank=1, loops=1).evaluate(THOUSAND, pairs=chosen)
    assert sorted(asked) == [1, 2, 2]  # (3, 3) comes with (3, 999)
    for i, pair in enumerate(chosen):
        alone = fnn.Inputs(THOUSAND.values[sorted(set(pair))])
        local = [(0, 0)] if pair[0] == pair[1] else [(0, 1)]
        single = fnn.metric_cumulant(TANH, pairs=local, loops=1).evaluate(alone)
        assert e.coefficients[1][i] == pytest.approx(single.coefficients[1], rel=1e-9)


def test_chosen_pairs_of_a_rank_are_its_components(asked):
    chosen = [(0, 900), (5, 5), (900, 0)]
    e = fnn.metric_cumulant(RELU, rank=2, loops=0).evaluate(THOUSAND, pairs=chosen)
    assert asked == [3]
    assert e.coefficients[1].shape == (3, 3)
    single = fnn.metric_cumulant(RELU, pairs=[(0, 900), (5, 5)], loops=0).evaluate(THOUSAND)
    assert e.coefficients[1][0, 1] == pytest.approx(single.coefficients[1], rel=1e-10)
    assert e.coefficients[1][1, 2] == pytest.approx(e.coefficients[1][0, 1], rel=1e-12)
    assert e.coefficients[1][0, 0] == e.coefficients[1][0, 2] == e.coefficients[1][2, 2]


def test_fields_among_a_thousand_inputs_need_their_own_alone(asked):
    found = fnn.correlator(TANH, legs=[(0, 3), (0, 999)], loops=1).evaluate(THOUSAND)
    kernel = fnn.infinite_width_kernel(TANH, THOUSAND.take([3, 999]))
    assert found.coefficients[0] == pytest.approx(kernel[0, 1], rel=1e-12)
    assert asked == [2]


def test_each_diagram_over_all_pairs_adds_up_to_the_correction():
    x = fnn.Inputs(FIVE)
    cumulant = fnn.metric_cumulant(RELU, rank=1, loops=1)
    ((diagram, values),) = cumulant.diagram_values(x)
    assert diagram.loops == 1
    assert values == pytest.approx(cumulant.evaluate(x).coefficients[1], rel=1e-12, abs=1e-14)


def test_alike_inputs_are_evaluated_once(asked):
    """The second is twice the first, the fourth repeats the third: three rays among five inputs."""
    x = fnn.Inputs([FIVE[0], 2 * FIVE[0], FIVE[1], FIVE[1], FIVE[2]])
    e = fnn.metric_cumulant(RELU, rank=1, loops=1).evaluate(x)
    assert asked == [2, 2, 2]
    correction = dict(zip(PAIRS_OF_FIVE, e.coefficients[1], strict=True))
    assert correction[1, 3] == pytest.approx(2 * correction[0, 2], rel=1e-12)
    assert correction[2, 3] == correction[2, 2]


def test_pairs_are_chosen_for_a_rank_alone():
    cumulant = fnn.metric_cumulant(TANH, pairs=[(0, 0)], loops=1)
    with pytest.raises(InvalidInput, match="has its pairs already"):
        cumulant.evaluate(THOUSAND, pairs=[(0, 1)])
    with pytest.raises(InvalidInput, match="labels 0 to 999"):
        fnn.metric_cumulant(TANH, rank=1, loops=1).evaluate(THOUSAND, pairs=[(0, 1000)])


@pytest.mark.parametrize(
    ("pairs", "rank", "blocks"),
    [
        ([(0, 1), (2, 3)], 1, ((0, 1), (2, 3))),
        ([(0, 1), (2, 3)], 2, ((0, 1, 2, 3),)),
        ([(0, 1), (2, 3), (4, 4)], 2, ((0, 1, 2, 3), (0, 1, 4), (2, 3, 4))),
        ([(6, 6)], 3, ((6,),)),
        ([(0, 1), (1, 2), (0, 2)], 1, ((0, 1), (0, 2), (1, 2))),
    ],
)
def test_blocks_hold_the_inputs_of_every_component(pairs, rank, blocks):
    found = InputBlocks.of(pairs, rank=rank, loops=1)
    assert found.blocks == blocks
    for chosen in itertools.combinations_with_replacement(pairs, rank):
        labels = {label for pair in chosen for label in pair}
        assert any(labels <= set(block) for block in found.blocks)
