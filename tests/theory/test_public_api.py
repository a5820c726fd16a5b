"""What a user writes: each line of the design page, with the meaning that it has there."""

from __future__ import annotations

import copy
import inspect
import pickle
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest

import feyn_nn as fnn


@pytest.fixture(scope="module")
def net():
    return fnn.MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)


@pytest.fixture(scope="module")
def x():
    return fnn.Inputs.digits(2)


def test_the_network_of_the_design_page(net, x):
    assert (net.depth, net.widths) == (4, (64, 64, 64))
    np.testing.assert_allclose(np.einsum("an,an->a", x.values, x.values) / 64, 1.0, rtol=1e-14)
    K = fnn.infinite_width_kernel(net, x)
    assert K.shape == (2, 2)
    assert K[0, 0] == pytest.approx(K[1, 1], rel=1e-12)  # both images have the same norm
    assert 0 < K[0, 1] < K[0, 0]


def test_a_cumulant_through_two_loops(net, x):
    c = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=2)
    assert c.name == "κ₂(Ĝ₀₀, Ĝ₁₁)"
    e = c.evaluate(x)
    assert list(e.coefficients) == list(e.errors) == [1, 2, 3]
    assert all(isinstance(value, float) for value in e.coefficients.values())
    assert all(0 < e.errors[k] < 1e-10 * max(1.0, abs(e.coefficients[k])) for k in e.errors)
    by_hand = sum(value / 64**k for k, value in e.coefficients.items())
    assert e.at(width=64) == pytest.approx(by_hand, rel=1e-14)
    assert e.at() == e.at(width=64)  # the network's own width
    assert e.at(width=32, order=2) == pytest.approx(
        e.coefficients[1] / 32 + e.coefficients[2] / 1024, rel=1e-14
    )
    assert e.at(width=1e9) == pytest.approx(e.coefficients[1] * 1e-9, rel=1e-6)
    assert e.error_at(width=10) == pytest.approx(sum(v / 10**k for k, v in e.errors.items()), rel=1e-12)


def test_an_array_over_all_pairs_of_pairs(net, x):
    array = fnn.metric_cumulant(net, rank=2, loops=0).evaluate(x).coefficients[1]
    assert array.shape == (3, 3)
    single = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=0).evaluate(x).coefficients[1]
    assert array[0, 2] == pytest.approx(single, rel=1e-12)
    assert np.linalg.eigvalsh(array).min() > 0  # a covariance matrix


def test_rank_one_is_the_shift_of_the_mean(net, x):
    e = fnn.metric_cumulant(net, rank=1, loops=1).evaluate(x)
    assert list(e.coefficients) == [0, 1]
    assert not e.coefficients[0].any()  # there is no diagram without a loop: K is not part of it
    assert e.at(width=10).shape == (3,)


def test_a_correlator(net, x):
    c = fnn.correlator(net, legs=[(0, 0), (0, 0), (1, 1), (1, 1)], loops=1)
    assert c.name == "κ₄(z₀₀, z₀₀, z₁₁, z₁₁)"
    metric = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1)
    assert c.evaluate(x).coefficients == metric.evaluate(x).coefficients


def test_simulation(net, x):
    pairs = [(0, 0), (1, 1)]
    simulation = fnn.simulate(net.with_width(8), x, pairs=pairs, samples=4000, rng=0)
    ((observable, estimate),) = simulation.items()
    assert observable.name == "κ₂(Ĝ₀₀, Ĝ₁₁)"
    assert isinstance(estimate, fnn.Estimate)
    assert (estimate.n_samples, estimate.seed) == (4000, 0)
    legs = fnn.simulate(net.with_width(8), x, legs=[(0, 0), (0, 1)], samples=4000, rng=0)
    assert [o.name for o in legs] == ["κ₂(z₀₀, z₀₁)"]


def test_validation(net, x):
    report = fnn.validate(net, x, pairs=[(0, 0), (1, 1)], loops=2, widths=(8, 16, 32), samples=10_000)
    assert isinstance(report, fnn.Report)
    assert [row.width for row in report.rows] == [8] * 3 + [16] * 3 + [32] * 3
    assert [row.order for row in report.rows[:3]] == [1, 2, 3]
    legs = fnn.validate(net, x, legs=[(0, 0), (0, 1)], loops=1, widths=(8,), samples=10_000)
    assert {row.observable for row in legs.rows} == {"κ₂(z₀₀, z₀₁)"}


def test_any_field_theory():
    stream = fnn.generate(fnn.actions.phi4(), legs=4, loops=2)
    assert iter(stream) is not None
    found = list(stream)
    number, symmetry_sum = fnn.count_diagrams(fnn.actions.phi4(), legs=4, loops=2)
    assert len(found) == number
    assert sum(diagram.symmetry_factor for diagram in found) == symmetry_sum
    assert {diagram.loops for diagram in found} == {2}  # exactly two loops
    number, symmetry_sum = fnn.count_diagrams(fnn.actions.phi(powers=(3, 4)), legs=2, loops=1)
    assert isinstance(number, int)
    assert isinstance(symmetry_sum, Fraction)
    fnn.check_diagrams(fnn.actions.phi4(), legs=2, loops=2)


def test_generation_is_lazy():
    """The first diagram of millions comes at once."""
    first = next(iter(fnn.generate(fnn.actions.phi4(), legs=2, loops=4)))
    assert first.loops == 4


def test_citation():
    assert "@" in fnn.citation()


# Diagrams.


def test_diagrams_of_a_cumulant(net):
    c = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=1)
    stream = c.diagrams
    assert len(stream) == 16  # legs stay labelled though the pairs repeat
    assert [diagram.loops for diagram in stream] == [0] + [1] * 15
    assert list(stream) == list(stream)  # read as often as one likes
    assert stream[0] == next(iter(stream))
    assert stream[-1] == list(stream)[-1]
    assert stream[1:3] == list(stream)[1:3]
    with pytest.raises(IndexError, match="16 diagrams"):
        stream[16]
    for diagram in stream:
        assert isinstance(diagram, fnn.Diagram)
        assert diagram.symmetry_factor == Fraction(1, diagram.automorphisms)
        assert diagram.powers == fnn.Powers(width=1 + diagram.loops)


def test_no_diagram_is_left_out_for_a_shallow_network():
    deep, shallow = (fnn.MLP(depth=depth, width=8, activation="linear") for depth in (9, 1))
    for rank, loops in [(1, 2), (2, 1), (3, 0)]:
        counts = [len(fnn.metric_cumulant(n, rank=rank, loops=loops).diagrams) for n in (deep, shallow)]
        assert counts[0] == counts[1]


def test_a_mean_has_no_diagram_without_loops(net):
    assert len(fnn.metric_cumulant(net, rank=1, loops=0).diagrams) == 0
    assert [d.loops for d in fnn.metric_cumulant(net, rank=1, loops=1).diagrams] == [1]


def test_nothing_is_computed_before_it_is_asked_for(net, monkeypatch):
    from feyn_nn.theory import gallery

    asked = []
    monkeypatch.setattr(gallery, "generate", lambda *a, **k: asked.append(k) or iter(()))
    c = fnn.metric_cumulant(net, pairs=[(0, 0)], loops=2)
    stream = c.diagrams
    assert asked == []
    assert next(iter(stream), None) is None
    assert [k["loops"] for k in asked] == [0, 1, 2]


def test_evaluation_needs_no_diagrams(net, x, monkeypatch):
    from feyn_nn.diagrams import generator
    from feyn_nn.kernels import series
    from feyn_nn.theory import gallery

    def refuse(*_, **__):
        raise AssertionError("diagrams were generated")

    for module in (generator, series, gallery):
        monkeypatch.setattr(module, "generate", refuse)
    evaluation = fnn.metric_cumulant(net, pairs=[(0, 0)], loops=1).evaluate(x)
    assert list(evaluation.coefficients) == [0, 1]


def test_expression_and_latex(net):
    import sympy

    c = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=0)
    assert isinstance(c.expression, sympy.Expr)
    assert r"\sum" in c.latex()
    assert r"n_{\ell_{1}}" in c.latex()
    one_loop = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1)
    assert r"+ \frac{1}{2} \sum" in one_loop.latex()
    assert c._repr_latex_().startswith("$")
    assert fnn.metric_cumulant(net, rank=2, loops=0).latex()


# How things show themselves.


def test_reprs(net, x):
    c = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1)
    assert repr(c) == f"κ₂(Ĝ₀₀, Ĝ₁₁) through 1 loop of {net!r}"
    assert repr(fnn.metric_cumulant(net, rank=3, loops=0)).startswith("κ₃(Ĝ) through 0 loops")
    text = repr(c.evaluate(x))
    assert "κ₂(Ĝ₀₀, Ĝ₁₁)" in text
    assert "1/n²" in text
    assert "±" in text
    assert "array (3, 3)" in repr(fnn.metric_cumulant(net, rank=2, loops=0).evaluate(x))
    assert "κ₂(z₀₀, z₀₀)" in repr(fnn.correlator(net, legs=[(0, 0), (0, 0)], loops=1))
    assert repr(c.diagrams).startswith("16 diagrams with 2 legs")


def test_rich_display(net, x):
    c = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1)
    table = ElementTree.fromstring(c.evaluate(x)._repr_html_())
    assert table.tag == "table"
    assert len(table.findall("tbody/tr")) == 2
    many = fnn.metric_cumulant(net, rank=2, loops=1).evaluate(x)._repr_html_()
    assert ElementTree.fromstring(many).find("caption").text == "κ₂(Ĝ)"
    html = c.diagrams._repr_html_()
    assert html.count("<svg") == 16


def test_saved_diagrams(net, tmp_path):
    written = fnn.metric_cumulant(net, pairs=[(0, 0)], loops=1).diagrams.save(tmp_path / "new" / "folder")
    ((diagram, file),) = written
    assert diagram.loops == 1
    assert ElementTree.parse(file).getroot().tag.endswith("svg")
    (tmp_path / "file").write_text("")
    with pytest.raises(fnn.InvalidInput, match="cannot make the folder"):
        fnn.metric_cumulant(net, pairs=[(0, 0)], loops=1).diagrams.save(tmp_path / "file")


def test_values(net, x):
    """Frozen, comparable, copied and pickled like any value."""
    c = fnn.metric_cumulant(net, pairs=[(0, 1)], loops=1)
    assert c == fnn.metric_cumulant(net, pairs=[(1, 0)], loops=1)
    assert hash(c) == hash(fnn.metric_cumulant(net, pairs=[(0, 1)], loops=1))
    assert c != fnn.metric_cumulant(net, pairs=[(0, 1)], loops=2)
    with pytest.raises(AttributeError):
        c.loops = 3
    for clone in (copy.deepcopy(c), pickle.loads(pickle.dumps(c))):
        assert clone == c
        assert clone.evaluate(x).coefficients == c.evaluate(x).coefficients


def test_every_public_name_documents_itself():
    for name in fnn.__all__:
        thing = getattr(fnn, name)
        assert inspect.getdoc(thing), name


# What is refused, in one sentence that says what to give.


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"loops": 1}, "give either pairs"),
        ({"pairs": [(0, 0)], "rank": 1, "loops": 1}, "give either pairs"),
        ({"rank": 0, "loops": 1}, "rank=0 is too small"),
        ({"rank": 1.0, "loops": 1}, "rank=1.0 is not an integer"),
        ({"rank": 1, "loops": -1}, "loops=-1 is too small"),
        ({"rank": 1, "loops": "two"}, "loops='two' is not an integer"),
        ({"pairs": [], "loops": 1}, "pairs is empty"),
        ({"pairs": [(0,)], "loops": 1}, "is not a pair of input labels"),
        ({"pairs": [(0, -1)], "loops": 1}, "is not a pair of input labels"),
        ({"pairs": [[(0, 0), (1, 1)]], "loops": 1}, "is not a pair of input labels"),
        ({"pairs": "00", "loops": 1}, "is not a list"),
        ({"pairs": 0, "loops": 1}, "is not a list"),
    ],
)
def test_malformed_cumulants(net, arguments, says):
    with pytest.raises(fnn.InvalidInput, match=says):
        fnn.metric_cumulant(net, **arguments)


def test_things_of_the_wrong_kind(net, x):
    c = fnn.metric_cumulant(net, pairs=[(0, 0)], loops=1)
    for call in (
        lambda: fnn.metric_cumulant("net", pairs=[(0, 0)], loops=1),
        lambda: fnn.correlator(None, legs=[(0, 0), (0, 0)], loops=1),
        lambda: fnn.infinite_width_kernel({}, x),
        lambda: fnn.validate("net", x, pairs=[(0, 0)]),
        lambda: fnn.simulate("net", x, pairs=[(0, 0)], samples=100),
    ):
        with pytest.raises(fnn.InvalidInput, match=r"is not a network; give for example MLP\("):
            call()
    for call in (
        lambda: c.evaluate(x.values),
        lambda: list(c.diagram_values(x.values)),
        lambda: fnn.correlator(net, legs=[(0, 0), (0, 0)], loops=1).evaluate(x.values),
        lambda: fnn.infinite_width_kernel(net, x.values),
        lambda: fnn.validate(net, x.values, pairs=[(0, 0)]),
        lambda: fnn.simulate(net, x.values, pairs=[(0, 0)], samples=100),
    ):
        with pytest.raises(fnn.InvalidInput, match=r"wrap an array as Inputs\(array\)"):
            call()


@pytest.mark.parametrize("width", [0, -3, float("nan"), "8", None])
def test_malformed_widths(x, width):
    e = fnn.metric_cumulant(fnn.MLP(depth=2, width=8, activation="linear"), pairs=[(0, 0)], loops=1).evaluate(
        x
    )
    if width is None:
        assert e.at(width=None) == e.at(width=8)
        return
    with pytest.raises(fnn.InvalidInput, match="give a width > 0"):
        e.at(width=width)


def test_labels_out_of_range(net, x):
    with pytest.raises(fnn.InvalidInput, match=r"label 2 of κ₁\(Ĝ₀₂\) is out of range; give labels 0 to 1"):
        fnn.metric_cumulant(net, pairs=[(0, 2)], loops=1).evaluate(x)
    one = fnn.Inputs([[1.0]])
    with pytest.raises(fnn.InvalidInput, match="give label 0, the only one"):
        fnn.metric_cumulant(net, pairs=[(0, 1)], loops=1).evaluate(one)


def test_an_unknown_way_to_evaluate(net, x):
    with pytest.raises(fnn.InvalidInput, match="did you mean 'recursion'"):
        fnn.metric_cumulant(net, pairs=[(0, 0)], loops=1).evaluate(x, by="recursoin")


# Kernels beyond all bounds.


@pytest.mark.parametrize("activation", ["linear", "relu"])
@pytest.mark.parametrize("depth", [60, 400])
def test_kernels_that_overflow_name_the_layer(activation, depth):
    net = fnn.MLP(depth=depth, width=8, activation=activation, weight_variance=1e3)
    x = fnn.Inputs([[1.0, 0.5], [0.5, 1.0]])
    for call in (
        lambda: fnn.infinite_width_kernel(net, x),
        lambda: fnn.metric_cumulant(net, pairs=[(0, 1)] * 2, loops=1).evaluate(x),
    ):
        with pytest.raises(
            fnn.InvalidInput, match=r"overflows at layer 3\d .* use a smaller weight_variance"
        ):
            call()


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_kernels_that_underflow_name_the_layer(activation):
    net = fnn.MLP(depth=400, width=8, activation=activation, weight_variance=1e-3)
    x = fnn.Inputs([[1.0, 0.5], [0.5, 1.0]])
    with pytest.raises(fnn.InvalidInput, match=r"underflows at layer 3\d .* use a larger weight_variance"):
        fnn.infinite_width_kernel(net, x)


def test_an_explosion_is_found_before_many_integrals_lead_up_to_it():
    """GELU grows like a straight line: K reaches 1e8 in layer 50, and each layer before takes longer than the last."""
    net = fnn.MLP(depth=200, width=8, activation="gelu", weight_variance=3.0)
    x = fnn.Inputs([[1.0, 0.5], [0.5, 1.0]])
    with pytest.raises(fnn.InvalidInput, match=r"at layer [45]\d: K = .* is too large for quadrature"):
        fnn.metric_cumulant(net, pairs=[(0, 1)] * 2, loops=0).evaluate(x)


def test_smooth_kernels_that_underflow_name_the_layer():
    net = fnn.MLP(depth=400, width=8, activation="tanh", weight_variance=1e-3)
    with pytest.raises(
        fnn.InvalidInput, match=r"kernel underflows at layer 1\d\d .* use a larger weight_variance"
    ):
        fnn.infinite_width_kernel(net, fnn.Inputs([[1.0]]))
    with pytest.raises(
        fnn.InvalidInput, match=r"a cumulant underflows at layer 4\d .* use a larger weight_variance"
    ):
        fnn.metric_cumulant(net, pairs=[(0, 0)], loops=1).evaluate(fnn.Inputs([[1.0]]))


@pytest.mark.parametrize("activation", ["tanh", "sin", "linear", "leaky_relu(0.1)"])
@pytest.mark.parametrize(("rank", "loops", "power"), [(2, 0, 2), (3, 0, 3), (1, 2, 2), (2, 2, 2), (4, 1, 4)])
def test_cumulants_that_underflow_name_the_layer(activation, rank, loops, power):
    """κ_p is about K^p, E[Ĝ] - K about K²: all digits down to 1e-280, and below 1e-300 none is offered."""
    net = fnn.MLP(depth=4, width=8, activation=activation, weight_variance=1.5)
    cumulant = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=loops)

    def at(exponent):
        """The highest coefficient in units of the power of K that it goes with."""
        found = cumulant.evaluate(fnn.Inputs.from_metric([[10.0**exponent]]))
        return found.coefficients[rank - 1 + loops] * 10.0 ** (-exponent * power)

    smallest = max(-280 / power, -98)  # a homogeneous K may be 1e-100
    assert at(smallest) == pytest.approx(at(-12), rel=1e-9, abs=1e-9)
    with pytest.raises(
        fnn.InvalidInput, match=r"underflows at layer 1 \(K = .* use a larger weight_variance"
    ):
        at(-302 / power)


def test_the_kernel_needs_no_vertex():
    net = fnn.MLP(depth=4, width=8, activation="tanh", weight_variance=1.5)
    kernel = fnn.infinite_width_kernel(net, fnn.Inputs.from_metric([[1e-300]]))
    assert kernel[0, 0] == pytest.approx(1.5**3 * 1e-300, rel=1e-12)


@pytest.mark.parametrize("size", [1e-45, 1e-40, 1e-3, 30.0])
def test_inputs_of_any_size(size):
    """tanh is linear for small inputs and a step for large ones; neither makes a NaN."""
    net = fnn.MLP(depth=4, width=8, activation="tanh", weight_variance=1.2)
    x = fnn.Inputs([[size, size / 2], [size / 2, size]])
    found = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1).evaluate(x)
    assert all(np.isfinite(value) for value in found.coefficients.values())
    if size == 1e-40:
        linear = fnn.MLP(depth=4, width=8, activation="linear", weight_variance=1.2)
        expected = fnn.metric_cumulant(linear, pairs=[(0, 0), (1, 1)], loops=1).evaluate(x).coefficients
        assert found.coefficients == pytest.approx(expected, rel=1e-10, abs=0.0)


def test_inputs_beyond_quadrature():
    net, x = fnn.MLP(depth=3, width=8, activation="tanh"), fnn.Inputs([[1e8]])
    with pytest.raises(
        fnn.InvalidInput, match=r"at layer 1: K = 1e[+]16 is too large .* give smaller inputs"
    ):
        fnn.infinite_width_kernel(net, x)
    big = fnn.Inputs([[1e80, 5e79], [5e79, 1e80]])
    with pytest.raises(fnn.InvalidInput, match="overflows at layer 1"):
        fnn.infinite_width_kernel(fnn.MLP(depth=2, width=8, activation="relu"), big)


@pytest.mark.parametrize("limit", [-1, "a", 1.5, True])
def test_galleries_of_no_number_of_diagrams(limit):
    cumulant = fnn.metric_cumulant(fnn.MLP(depth=3, width=8, activation="relu"), pairs=[(0, 0)], loops=1)
    for call in (
        lambda: cumulant.gallery(limit=limit),
        lambda: cumulant.gallery(fnn.Inputs([[1.0]]), limit=limit),
    ):
        with pytest.raises(fnn.InvalidInput, match="limit="):
            call()


@pytest.mark.parametrize("order", [-1, "x", 1.5])
def test_sums_through_no_order(order):
    cumulant = fnn.metric_cumulant(fnn.MLP(depth=3, width=8, activation="relu"), pairs=[(0, 0)], loops=1)
    with pytest.raises(fnn.InvalidInput, match="order="):
        cumulant.evaluate(fnn.Inputs([[1.0]])).at(order=order)
