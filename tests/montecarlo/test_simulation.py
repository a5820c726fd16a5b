"""Measured cumulants against exact laws, and the two samplers against each other.

A comparison passes within 4.5 standard errors: with a hundred blocks or more a right program exceeds that
with probability 2e-5, so all the comparisons here together (about 120, Bonferroni) would fail on 1 seed in
400; the seeds are fixed.
"""

from __future__ import annotations

import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats

from feyn_nn._core import InvalidInput
from feyn_nn._core.observables import FieldObservable, MetricObservable
from feyn_nn.montecarlo import MetricSampler, WeightSampler, simulate
from feyn_nn.montecarlo.measurement import Measurement, Plan
from feyn_nn.montecarlo.schedule import Block
from feyn_nn.networks import MLP, Inputs

LIMIT = 4.5
EXPLICIT = {"sampler": "weights", "conditioned": False}  # the field too, with weights of the last layer
X = Inputs([[1.0, -0.5, 0.3], [0.2, 0.8, -1.1]])
TANH = MLP(
    depth=4,
    width=(6, 9, 5),
    activation="tanh",
    weight_variance=(1.5, 1.8, 2.1, 1.2),
    bias_variance=(0.1, 0.0, 0.3, 0.05),
)
METRICS = [
    [(0, 0)],
    [(0, 1)],
    [(1, 1)],
    [(0, 0), (0, 0)],
    [(0, 0), (1, 1)],
    [(0, 1), (0, 1)],
    [(0, 0), (0, 1), (1, 1)],
]
FIELDS = [
    [(0, 0), (0, 1)],
    [(2, 1), (2, 1)],
    [(0, 0), (0, 0), (1, 1), (1, 1)],
    [(3, 0), (3, 1), (3, 0), (3, 1)],
]


def assert_agree(one, two):
    for observable, estimate in one.items():
        other = two[observable]
        distance = abs(estimate.value - other.value) / math.hypot(estimate.stderr, other.stderr)
        assert distance < LIMIT, (observable.name, estimate, other)


@pytest.mark.parametrize("sampler", ["metric", "weights"])
def test_deep_linear_moments_are_exact(sampler):
    """E[Ĝ^k] = G₁^k Π_ℓ Π_{j<k} (1 + 2j/n_ℓ), Ĝ₁ not random."""
    widths, G = (8, 16, 12), 1.5
    net = MLP(depth=4, width=widths, activation="linear")
    m = [float(math.prod(1 + Fraction(2 * j, n) for n in widths for j in range(k))) for k in (1, 2, 3)]
    exact = [G, G**2 * (m[1] - 1), G**3 * (m[2] - 3 * m[1] + 2)]
    asked = [[(0, 0)] * k for k in (1, 2, 3)]
    found = simulate(net, Inputs.from_metric([[G]]), pairs=asked, samples=60_000, rng=1, sampler=sampler)
    for value, estimate in zip(exact, found.values(), strict=True):
        assert abs(estimate.pull(value)) < LIMIT
    assert found[MetricObservable([(0, 0)] * 2)].stderr < 0.05 * exact[1]  # and the agreement says something


@pytest.mark.parametrize("sampler", ["metric", "weights"])
def test_deep_relu_moments_are_exact(sampler):
    """Ĝ = G₁ Π (C_W/n) Σ relu(g)², ⟨relu(g)²⟩ = 1/2, ⟨relu(g)⁴⟩ = 3/2."""
    net = MLP(depth=3, width=(10, 14), activation="relu", weight_variance=2.0)
    second = math.prod(1 + 5 / n for n in (10, 14))
    found = simulate(
        net, Inputs([[1.0, 1.0]]), pairs=[[(0, 0)], [(0, 0)] * 2], samples=40_000, rng=2, sampler=sampler
    )
    mean, variance = found.values()
    assert abs(mean.pull(2.0)) < LIMIT
    assert abs(variance.pull(4.0 * (second - 1))) < LIMIT


def test_metric_process_and_explicit_weights_agree():
    metric = simulate(TANH, X, pairs=METRICS, legs=FIELDS, samples=150_000, rng=3)
    weights = simulate(TANH, X, pairs=METRICS, legs=FIELDS, samples=150_000, rng=3, **EXPLICIT)
    assert_agree(metric, weights)
    conditioned, sampled = (s[FieldObservable(FIELDS[2])].stderr for s in (metric, weights))
    assert conditioned < sampled / 2  # Rao-Blackwell


def test_explicit_weights_from_a_first_metric_agree_with_those_from_values():
    given = Inputs.from_metric(TANH.first_metric(X))
    asked = {"pairs": METRICS, "legs": FIELDS[:2], "samples": 50_000, **EXPLICIT}
    assert_agree(simulate(TANH, X, **asked, rng=4), simulate(TANH, given, **asked, rng=5))


@pytest.mark.parametrize("sampler", ["metric", "weights"])
def test_the_result_does_not_depend_on_who_draws(sampler):
    drawn = EXPLICIT if sampler == "weights" else {}

    def run(**how):
        found = simulate(TANH, X, pairs=METRICS, legs=FIELDS, samples=3001, rng=6, **drawn, **how)
        return found.mean.tobytes(), found.covariance.tobytes()

    with ThreadPoolExecutor(3) as pool:
        assert len({run(workers=1), run(workers=2), run(workers=3), run(), run(executor=pool)}) == 1


def test_parts_of_a_block_change_no_draw_of_explicit_weights(monkeypatch):
    def run():
        found = simulate(TANH, X, pairs=METRICS, legs=FIELDS, samples=2_000, rng=7, **EXPLICIT)
        return found.mean.tobytes(), found.covariance.tobytes()

    whole = run()
    monkeypatch.setattr("feyn_nn.montecarlo.weight_sampler._CHUNK", 3000)
    assert run() != whole  # other batches are other draws
    small = run()
    monkeypatch.setattr("feyn_nn.montecarlo.weight_sampler.MOST_ENTRIES", 977)
    assert run() == small


@pytest.mark.parametrize("sampler", [MetricSampler, WeightSampler])
def test_blocks_travel_to_other_processes(sampler):
    neurons = {"neurons": (0, 2)} if sampler is WeightSampler else {}
    observables = (MetricObservable([(0, 1)] * 2), FieldObservable([(0, 0), (0, 1)]))
    plan = Plan(observables=observables, conditioned=True)
    task = Measurement(sampler=sampler(network=TANH, inputs=X, labels=(0, 1), **neurons), plan=plan)
    block, seed = Block(index=0, size=200, batch=8, whole=False), np.random.SeedSequence(7)
    sent = pickle.loads(pickle.dumps(task))
    one, other = sent(block, seed), task(block, seed)
    assert one.batches.sums.tobytes() == other.batches.sums.tobytes()
    assert one.scatter.tobytes() == other.scatter.tobytes()


def test_wide_layers_in_many_pieces_are_one_layer(monkeypatch):
    """Chunks change the order of the draws, so the law is compared, not the bits."""
    net = MLP(depth=3, width=200, activation="tanh", weight_variance=1.5)
    whole = simulate(net, X, pairs=METRICS, samples=4_000, rng=8)
    weights = simulate(net, X, pairs=METRICS, legs=FIELDS[:2], samples=2_000, rng=8, **EXPLICIT)
    monkeypatch.setattr("feyn_nn.montecarlo.metric_sampler._CHUNK", 100)
    monkeypatch.setattr("feyn_nn.montecarlo.weight_sampler._CHUNK", 3000)
    monkeypatch.setattr("feyn_nn.montecarlo.metric_sampler.MOST_ENTRIES", 4 * 100 + 3)
    monkeypatch.setattr("feyn_nn.montecarlo.weight_sampler.MOST_ENTRIES", 4 * 100 + 3)
    assert_agree(whole, simulate(net, X, pairs=METRICS, samples=4_000, rng=9))
    pieces = simulate(net, X, pairs=METRICS, legs=FIELDS[:2], samples=2_000, rng=9, **EXPLICIT)
    assert_agree(weights, pieces)


@pytest.mark.parametrize("sampler", ["metric", "weights"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_repeated_inputs_are_one_input(sampler, activation):
    net = MLP(depth=4, width=7, activation=activation, weight_variance=1.7, bias_variance=0.2)
    twice = Inputs([[1.0, 0.4], [1.0, 0.4]])
    found = simulate(
        net, twice, pairs=[[(0, 0)] * 2, [(0, 1)] * 2, [(1, 1)] * 2], samples=2048, rng=10, sampler=sampler
    )
    np.testing.assert_allclose(found.mean, found.mean[0], rtol=1e-10)
    np.testing.assert_allclose(found.covariance, found.covariance[0, 0], rtol=1e-8)


@pytest.mark.parametrize("sampler", ["metric", "weights"])
def test_collinear_inputs_stay_collinear_in_linear_networks(sampler):
    net = MLP(depth=5, width=6, activation="linear")
    x = Inputs([[1.0, 0.4], [-2.0, -0.8], [0.0, 0.0]])
    asked = [[(0, 0)], [(0, 1)], [(1, 1)], [(0, 2)], [(2, 2)]]
    found = simulate(net, x, pairs=asked, samples=2048, rng=11, sampler=sampler).mean
    np.testing.assert_allclose(found, found[0] * np.array([1, -2, 4, 0, 0]), rtol=1e-10)


def test_three_inputs_in_two_dimensions_agree_between_samplers():
    """The factor takes input 2 before input 1, which is the more correlated with input 0."""
    net = MLP(depth=3, width=8, activation="tanh", weight_variance=2.0)
    x = Inputs([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    asked = [[(0, 1)], [(0, 2)], [(1, 2)], [(0, 2), (1, 1)], [(0, 1), (1, 2)], [(0, 0), (1, 1), (2, 2)]]
    metric = simulate(net, x, pairs=asked, samples=60_000, rng=12)
    assert_agree(metric, simulate(net, x, pairs=asked, samples=60_000, rng=13, sampler="weights"))
    first = Inputs.from_metric(net.first_metric(x))
    assert_agree(metric, simulate(net, first, pairs=asked, samples=60_000, rng=14, sampler="weights"))


def test_without_hidden_layers_the_metric_is_sharp_and_the_field_gaussian():
    net = MLP(depth=1, activation="tanh", weight_variance=2.0, bias_variance=0.5)
    G = net.first_metric(X)
    for sampler in ("metric", "weights"):
        asked = {"pairs": [[(0, 1)], [(0, 1)] * 2], "legs": FIELDS[:1], "samples": 40_000, "sampler": sampler}
        mean, variance, two_point = simulate(net, X, **asked).values()
        assert (mean.value, mean.stderr, variance.value, variance.stderr) == (G[0, 1], 0.0, 0.0, 0.0)
        assert (two_point.value, two_point.stderr) == (G[0, 1], 0.0)
        *_, two_point = simulate(net, X, **asked, conditioned=False).values()
        assert two_point.value == pytest.approx(G[0, 1], abs=LIMIT * two_point.stderr)
        assert two_point.stderr == pytest.approx(
            math.sqrt((G[0, 0] * G[1, 1] + G[0, 1] ** 2) / 40_000), rel=0.05
        )


def test_zero_weights_leave_the_bias():
    net = MLP(depth=3, width=5, activation="tanh", weight_variance=0.0, bias_variance=0.25)
    for sampler in ("metric", "weights"):
        (estimate,) = simulate(net, X, pairs=[(0, 1)], samples=64, sampler=sampler).values()
        assert (estimate.value, estimate.stderr) == (0.25, 0.0)


def test_odd_and_unpaired_legs_vanish():
    legs = [[(0, 0)], [(0, 0), (1, 0)], [(0, 0), (0, 1), (1, 0)]]
    metric = simulate(TANH, X, legs=legs, samples=64)
    assert [(e.value, e.stderr) for e in metric.values()] == [(0.0, 0.0)] * 3
    for sampler in ("metric", "weights"):
        field = simulate(TANH, X, legs=legs, samples=20_000, rng=14, sampler=sampler, conditioned=False)
        assert all(abs(e.pull(0.0)) < LIMIT and e.stderr > 0 for e in field.values())


def test_standard_errors_cover_the_truth_as_often_as_they_say():
    """300 small runs, errors by formula; the bounds on the binomial count fail with probability 1e-5."""
    net = MLP(depth=3, width=(16, 32), activation="linear")
    exact = np.array([2.0, 4.0 * ((1 + 2 / 16) * (1 + 2 / 32) - 1)])
    x, asked, samples = Inputs.from_metric([[2.0]]), [[(0, 0)], [(0, 0)] * 2], 64 * 64
    runs = [simulate(net, x, pairs=asked, samples=samples, rng=seed, workers=1) for seed in range(300)]
    pulls = np.array([[e.pull(t) for t, e in zip(exact, run.values(), strict=True)] for run in runs])
    for width in (1.0, 2.0):
        probability = 1 - 2 * scipy.stats.norm.sf(width)
        low, high = scipy.stats.binom.ppf([5e-6, 1 - 5e-6], len(runs), probability)
        covered = np.count_nonzero(np.abs(pulls) < width, axis=0)
        assert np.all((low <= covered) & (covered <= high))
    measured = np.corrcoef(np.array([run.mean for run in runs]).T)[0, 1]
    stated = np.mean([run.covariance[0, 1] / np.prod(run.batch_errors) for run in runs])
    assert abs(np.arctanh(measured) - np.arctanh(stated)) < LIMIT / math.sqrt(len(runs) - 3)  # Fisher's z


def test_the_metric_does_not_depend_on_the_legs_asked_for():
    one = simulate(TANH, X, pairs=METRICS, samples=512, sampler="weights")
    two = simulate(TANH, X, pairs=METRICS, legs=FIELDS, samples=512, sampler="weights", conditioned=False)
    assert one.mean.tobytes() == two.mean[: len(METRICS)].tobytes()


def test_unused_inputs_do_not_matter():
    more = Inputs([[9.0, 9.0, 9.0], *X.values, [1.0, 2.0, 3.0]])
    one, two = (
        simulate(TANH, X, pairs=[(0, 1)], samples=512),
        simulate(TANH, more, pairs=[(1, 2)], samples=512),
    )
    assert one.mean.tobytes() == two.mean.tobytes()


def test_a_simulation_is_a_mapping_with_a_seed_that_repeats_it():
    generator = np.random.default_rng(3)
    child = np.random.SeedSequence(1, spawn_key=(2,))
    for rng in (5, np.random.SeedSequence(8), child, np.random.SeedSequence([1, 2]), generator, None):
        first = simulate(TANH, X, pairs=METRICS, samples=64, rng=rng)
        again = simulate(TANH, X, pairs=METRICS, samples=64, rng=first.seed)
        assert first.mean.tobytes() == again.mean.tobytes()
        assert again.seed == first.seed
    assert simulate(TANH, X, pairs=[(0, 0)], samples=64, rng=5).seed == 5
    assert [o.pairs for o in first] == [tuple(pairs) for pairs in METRICS]
    estimate = first[MetricObservable([(1, 1), (0, 0)])]
    assert (estimate.value, estimate.n_samples, estimate.seed) == (first.mean[4], 64, first.seed)
    assert MetricObservable([(5, 5)]) not in first
    with pytest.raises(KeyError):
        first[MetricObservable([(5, 5)])]


def test_repeated_observables_are_measured_once():
    found = simulate(TANH, X, pairs=[[(0, 0), (1, 1)], [(1, 1), (0, 0)]], samples=64)
    assert len(found) == 1


def test_representations_show_every_observable():
    found = simulate(TANH, X, pairs=METRICS, legs=FIELDS, samples=64, rng=15)
    for text in (repr(found), found._repr_html_()):
        assert all(observable.name in text for observable in found)
        assert "64 networks" in text
        assert "seed 15" in text


def ask(**changes):
    settings = {"network": TANH, "inputs": X, "pairs": [(0, 0)], "samples": 64} | changes
    network, inputs = settings.pop("network"), settings.pop("inputs")
    return simulate(network, inputs, **settings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pairs": None}, "nothing to measure"),
        ({"pairs": []}, "pairs is empty"),
        ({"pairs": None, "legs": [[]]}, "not a field leg"),
        ({"pairs": [(0, 2)]}, r"input label 2 of κ₁\(Ĝ₀₂\) is out of range; give labels 0 to 1"),
        ({"legs": [(0, 7), (0, 0)]}, "input label 7"),
        ({"pairs": [(0, -1)]}, "two integers >= 0"),
        ({"samples": 15}, "integer >= 16"),
        ({"pairs": [(0, 0)] * 4, "samples": 31}, "integer >= 32"),
        ({"samples": 1e6}, "need an integer"),
        ({"samples": True}, "need an integer"),
        ({"pairs": [(0, 0)] * 11, "samples": 1000}, "orders 1 to 10"),
        ({"sampler": "metrik"}, "did you mean 'metric'"),
        ({"sampler": 3}, "Known: metric, weights"),
        ({"rng": -1}, "no source of random numbers"),
        ({"workers": 0}, "integer >= 1"),
        ({"samples": 0}, "integer >= 16"),
        ({"samples": None}, "samples is missing"),
        ({"add_samples": 5}, "both given"),
        ({"samples": None, "add_samples": 5}, "no run to extend"),
        ({"conditioned": 1}, "neither True nor False"),
        ({"pairs": None, "legs": [(0, 0)] * 12}, "at most 10 legs"),
        ({"executor": "dask"}, "or the address of a Dask scheduler"),
        ({"executor": 3}, "give a concurrent.futures.Executor"),
        ({"inputs": [[1.0]]}, "wrap"),
        ({"network": "tanh"}, "MLP"),
    ],
)
def test_bad_input_gets_one_sentence(changes, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        ask(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sampler", ["metric", "weights"])
@pytest.mark.parametrize(("weight_variance", "what"), [(1e200, "layer [234] of 4"), (1e60, "overflow")])
def test_overflow_names_what_happened(sampler, weight_variance, what):
    net = MLP(depth=4, width=4, activation="relu", weight_variance=weight_variance)
    with pytest.raises(InvalidInput, match=what):
        simulate(net, X, pairs=[(0, 0), (0, 0)], samples=64, sampler=sampler)
