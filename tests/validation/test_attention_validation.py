"""validate on attention: right theories pass, wrong ones fail, every term has its pull."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput, Powers
from feyn_nn.cli import main
from feyn_nn.validation import plan, planning, request
from feyn_nn.validation.spread import Spread

TOKENS = fnn.Tokens(np.random.default_rng(3).standard_normal((2, 3, 4)))
NET = fnn.MultiHeadAttention(key_dim=16, value_dim=4, coupling=1.2)
PAIRS = [
    [((0, 0), (0, 1))],
    [((0, 0), (0, 0)), ((0, 1), (0, 1))],
    [((0, 0), (1, 1)), ((0, 0), (1, 1))],
]
LEGS = [[(0, (0, 0)), (0, (0, 0)), (0, (0, 1)), (0, (0, 1))]]
SIZES = [(1, 4, 16), (4, 4, 16), (1, 512, 512)]


def validated(**changes):
    settings = {"pairs": PAIRS, "legs": LEGS, "loops": [2, 1, 1, 1], "sizes": SIZES, "samples": 60_000}
    return fnn.validate(NET, TOKENS, **{**settings, **changes})


@pytest.fixture(scope="module")
def report():
    return validated(rng=2)


def test_a_right_theory_passes_and_every_term_has_its_pull(report):
    assert report.p_value > 1e-5
    assert report.verdict == "pass"
    assert report.dof == 12
    for row in report.rows:
        sigma = math.hypot(row.stderr, row.theory_error)
        assert row.pull == pytest.approx((row.theory - row.measured) / sigma)
    for judgement in report.judgements:
        for point in judgement.points:
            assert abs(point.pull) < 5.5
            for row in (row for row in judgement.rows if row.sizes == point.sizes):
                left = point.theory - row.term - row.measured
                assert row.pull_without == pytest.approx(left / point.sigma)
    breaking = [order for _, order in report.orders if order.name.endswith("(independence breaking)")]
    assert [order.powers for order in breaking] == [Powers(heads=1)] * 3
    assert sum(order.resolved for order in breaking) == 2
    assert all(abs(order.alone - order.predicted) < 5.5 * order.alone_error for order in breaking)
    wide = [row for row in report.rows if row.powers == Powers(heads=1) and row.sizes["key_dim"] == 512]
    assert max(abs(row.pull_without) for row in wide) > 20


def test_a_design_knows_the_errors_of_covariances(report):
    """Few value channels are far from Gaussian: without κ₄ the variance at (1, 4, 16) is far too small."""
    spread = Spread(NET, TOKENS)
    for judgement in report.judgements[1:3]:
        for point, run in zip(judgement.points, report.runs, strict=True):
            expected = spread(judgement.prediction.observable, point.sizes) / run.samples**0.5
            assert expected == pytest.approx(point.stderr, rel=0.1)


def test_heads_wash_correlations_out_as_their_inverse(report):
    assert len(report.laws) == 3
    for law in report.laws:
        assert law.expected == -1
        assert abs(law.pull) < 5.5
        assert law.stderr < 0.05


def test_a_report_is_text_json_and_a_plot(report, tmp_path):
    text = str(report)
    assert "independence breaking" in text
    assert "power of heads" in text
    plain = json.loads(report.to_json())
    assert plain["verdict"] == "pass"
    assert plain["judgements"][0]["orders"][0]["powers"] == {}
    assert "<table>" in report._repr_html_()
    report.plot(tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").stat().st_size > 10_000
    with pytest.raises(InvalidInput):
        report.plot(tmp_path / "plot.txt")


@pytest.mark.parametrize("wrong", [{"value_dim": 1}, {"value_dim": 0}])
def test_a_theory_with_one_wrong_term_fails(monkeypatch, wrong):
    """Each leading coefficient of the covariance of two tokens, 15 % off."""
    right = request.predict

    def spoilt(*asked):
        (prediction,) = right(*asked)
        key = Powers(heads=1, **wrong)
        changed = dict(prediction.coefficients)
        changed[key] *= 1.15
        return [replace(prediction, coefficients=changed)]

    monkeypatch.setattr(request, "predict", spoilt)
    assert validated(pairs=PAIRS[2:], legs=None, loops=1, rng=4, samples=100_000).verdict == "fail"


def test_what_the_series_leaves_out_is_part_of_its_error():
    report = validated(pairs=PAIRS[2:], legs=None, loops=0, sizes=[(1, 4, 2)], samples=200_000)
    (point,) = report.judgements[0].points
    assert point.theory_error > 5 * point.stderr
    assert abs(point.pull) < 5.5


def test_explicit_weights_judge_the_field_itself():
    """The field is noisier than its conditional mean, which would follow from the metric without W_O."""
    asked = {"pairs": None, "legs": [[(0, (0, 0)), (0, (0, 1))]], "loops": 0, "sizes": [(2, 4, 8)]}
    through_metric, explicit = (
        validated(**asked, samples=10_000, rng=4, sampler=sampler).judgements[0].points[0]
        for sampler in ("metric", "weights")
    )
    assert explicit.stderr > 1.5 * through_metric.stderr
    assert abs(explicit.pull) < 5.5


def test_default_sizes_and_refusals():
    sizes, wider, *_ = planning._candidates(NET, [])
    chosen = [tuple(own.values()) for own in sizes]
    assert chosen == [(1, 4, 16), (2, 4, 16), (4, 4, 16), (1, 32, 16), (1, 4, 128), (1, 32, 128)]
    assert [tuple(own.values()) for own in wider][:2] == [(1, 4, 32), (2, 4, 32)]
    with pytest.raises(InvalidInput, match="attention has no widths"):
        validated(widths=(8, 16))
    with pytest.raises(InvalidInput, match="samples"):
        validated(samples=10)
    with pytest.raises(InvalidInput, match="loops=3"):
        validated(loops=3)
    with pytest.raises(InvalidInput, match="nothing to validate"):
        fnn.validate(NET, TOKENS)
    with pytest.raises(InvalidInput, match="Tokens"):
        fnn.validate(NET, fnn.Inputs([[1.0]]), pairs=[(0, 0)])


@pytest.mark.parametrize(("which", "loops"), [(0, 1), (0, 2), (1, 1), (2, 0), (2, 1)])
def test_the_sizes_chosen_tell_all_coefficients_apart(which, loops):
    """The fit finds every one, and the orders that the design promises are seen without bias."""
    asked = {"pairs": PAIRS[which], "loops": loops}
    design = plan(NET, TOKENS, **asked).design
    assert all(order.bias <= 0.5 for order in design.orders)
    sizes = [tuple(run.sizes.values()) for run in design.runs]
    report = fnn.validate(NET, TOKENS, **asked, sizes=sizes, samples=10_000, rng=1)
    assert len(report.fit.coefficients) == len(report.orders) == len(design.orders)
    assert all(order.fitted is not None and abs(order.pull) < 5.5 for _, order in report.orders)


def test_the_command_runs_the_example_on_patches_of_digits(capsys):
    status = main(
        ["validate", "examples/attention_digits.toml", "--samples", "30000", "--seed", "1", "--json"]
    )
    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert report["verdict"] == "pass"
    names = {order["name"] for judgement in report["judgements"] for order in judgement["orders"]}
    assert {"1/heads (independence breaking)", "1/heads · 1/value_dim", "1/heads · 1/key_dim"} <= names
    assert [law["expected"] for law in report["laws"]] == [-1, -1, -2, -1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("heads = 1", "heads = 0"),
        ("patch = [4, 4]", "patch = [3, 4]"),
        ("[[[0, 0], [0, 1]]],  ", "[[[0, 0], [0, 9]]],  "),
        ("coupling = 2.0", "coupling = nan"),
        ('kind = "attention"', 'kind = "attentive"'),
        ("key_dim = 16", "key_dim = -1"),
        ("value_dim = 64", "value_dim = 0"),
        ("heads = 1", "heads = 1\nmask = [[true, false], [false, false]]"),
        ("heads = 1", "heads = 1\nmask = [[true, false], [false, true]]"),
        ("digits = 2  ", "values = [[[1.0], [2.0]], [[1.0]]] #"),
        ("digits = 2  ", "values = [[[1.0], [nan]]] #"),
        ("digits = 2  ", "metric = [[1.0, 2.0], [2.0, 1.0]]\nn_tokens = 2 #"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(tmp_path, capsys, old, new):
    with open("examples/attention_digits.toml", encoding="utf-8") as file:
        text = file.read()
    assert old in text
    if "digits" in old:
        text = text.replace("patch = ", "# patch = ")
    (tmp_path / "spec.toml").write_text(text.replace(old, new, 1))
    assert main(["validate", str(tmp_path / "spec.toml")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("feyn-nn: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_pictures_of_its_diagrams(tmp_path, capsys):
    folder = tmp_path / "heads"
    main(["validate", "examples/attention_digits.toml", "--diagrams", str(folder), "--samples", "1000"])
    pictures = sorted(path.name for path in folder.glob("*.svg"))
    assert f"{len(pictures)} diagrams written" in capsys.readouterr().err
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"({name})" in index for name in pictures)
    assert {name.split("-")[0] for name in pictures} == {"kappa1", "kappa2", "kappa3"}


def test_correlators_that_no_pairing_joins_are_tested_as_zero():
    """Three legs, and neurons that occur once: through 1/key_dim they are zero in theory."""
    legs = [[(0, (0, 0)), (0, (0, 1)), (0, (0, 0))], [(0, (0, 0)), (0, (0, 1)), (1, (0, 0)), (2, (0, 0))]]
    asked = {"pairs": None, "legs": legs, "loops": 1, "sizes": [(2, 4, 8)], "samples": 10_000}
    report = validated(**asked, sampler="weights")
    assert str(report).count("tested as zero") == 2
    assert report.dof == 2
