import math

import numpy as np
import pytest

from feyn_nn import Specification
from feyn_nn._core import InvalidInput
from feyn_nn.networks import MultiHeadAttention, Tokens

SIZES = {"heads": 2, "key_dim": 3, "value_dim": 4}


def test_plates_sizes_and_metrics():
    net = MultiHeadAttention(**SIZES, query_variance=2.0, key_variance=3.0, value_variance=0.5)
    assert [(plate.name, plate.size) for plate in net.plates] == [
        ("heads", 2),
        ("value_dim", 4),
        ("key_dim", 3),
    ]
    tokens = Tokens([[[1.0, 2.0], [0.0, 1.0]]])
    assert np.array_equal(net.first_metric(tokens), tokens.metric)
    assert np.allclose(net.query_metric(tokens), 2 * tokens.metric)
    assert np.allclose(net.key_metric(tokens), 3 * tokens.metric)
    assert np.allclose(net.value_metric(tokens), tokens.metric / 2)
    assert net.with_sizes(heads=7).sizes == {"heads": 7, "value_dim": 4, "key_dim": 3}
    with pytest.raises(InvalidInput, match="did you mean 'heads'"):
        net.with_sizes(head=7)
    with pytest.raises(InvalidInput, match="overflows"):
        MultiHeadAttention(**SIZES, key_variance=1e300).key_metric(Tokens([[[1e100]]]))


def test_repr_is_what_a_user_would_type_and_tables_come_back():
    net = MultiHeadAttention(**SIZES, coupling=math.inf, causal_mask=True, mask=[[1, 1], [0, 1]])
    assert eval(repr(net), {"MultiHeadAttention": MultiHeadAttention, "inf": math.inf}) == net
    assert MultiHeadAttention.from_dict(net.to_dict()) == net
    assert hash(net) == hash(MultiHeadAttention.from_dict(net.to_dict()))
    assert "heads" in net._repr_html_()


def test_masks_say_which_token_reads_which():
    net = MultiHeadAttention(**SIZES)
    assert net.visible(2).all()
    causal = MultiHeadAttention(**SIZES, causal_mask=True)
    assert causal.visible(3).tolist() == np.tril(np.ones((3, 3), bool)).tolist()
    both = MultiHeadAttention(**SIZES, causal_mask=True, mask=[[True, True], [False, True]])
    assert both.visible(2).tolist() == [[True, False], [False, True]]
    with pytest.raises(InvalidInput, match="mask is for 2 tokens"):
        both.visible(3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"heads": 0}, "heads=0"),
        ({"key_dim": -1}, "key_dim=-1"),
        ({"value_dim": 1.5}, "value_dim=1.5"),
        ({"coupling": float("nan")}, "coupling"),
        ({"coupling": -1.0}, "coupling"),
        ({"coupling": "1"}, "coupling"),
        ({"query_variance": -1.0}, "query_variance"),
        ({"output_variance": float("inf")}, "output_variance"),
        ({"causal_mask": 1}, "causal_mask"),
        ({"mask": [[True, False], [False, False]]}, "row 1 empty"),
        ({"mask": [[False, True], [True, True]], "causal_mask": True}, "row 0 empty"),
        ({"mask": [[True], [True]]}, "not square"),
        ({"mask": 3}, "no matrix"),
        ({"mask": [[2]]}, "something else"),
        ({"mask": []}, "not square"),
        ({"mask": np.ones((2, 2, 2))}, "something else"),
        ({"mask": ["ab", "cd"]}, "not square"),
    ],
)
def test_what_is_no_attention_is_refused_in_one_sentence(change, says):
    with pytest.raises(InvalidInput, match=says) as refusal:
        MultiHeadAttention(**{**SIZES, **change})
    assert "\n" not in str(refusal.value)


SPEC = """
[network]
kind = "attention"
key_dim = 4
value_dim = 8
coupling = inf
[inputs]
values = [[[1.0, 0.0], [0.6, 0.8]], [[0.0, 1.0], [1.0, 1.0]]]
[observables]
pairs = [[[[0, 0], [0, 1]]], [[[0, 0], [1, 1]], [[1, 0], [1, 0]]]]
legs = [[[0, [0, 0]], [0, [0, 1]]]]
loops = 1
[sampling]
sizes = [[1, 8, 4], [2, 8, 4]]
"""


def test_specifications_hold_attention():
    spec = Specification.loads(SPEC)
    assert spec.network == MultiHeadAttention(key_dim=4, value_dim=8, coupling=math.inf)
    assert spec.observables.pairs == (((0, 1),), ((0, 3), (2, 2)))
    assert spec.observables.legs == (((0, 0), (0, 1)),)
    assert Specification.loads(spec.to_toml()) == spec
    assert spec.to_dict()["observables"]["pairs"][1] == [[[0, 0], [1, 1]], [[1, 0], [1, 0]]]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[[[0, 0], [0, 1]]]", "[[[0, 0], [0, 2]]]", "out of range"),
        ("[[[0, 0], [0, 1]]]", "[[0, 0]]", "not a pair|is not a list|label"),
        ("key_dim = 4", "key_dim = 0", "key_dim=0"),
        ("sizes = [[1, 8, 4], [2, 8, 4]]", "widths = [3]", "attention has no width"),
        ("sizes = [[1, 8, 4], [2, 8, 4]]", "sizes = [[1, 8]]", "three integers"),
        ("values", "value", "did you mean 'values'"),
        ("coupling = inf", "coupling = nan", "coupling"),
        ("key_dim = 4\n", "", "key_dim is missing"),
    ],
)
def test_wrong_specifications_are_refused(old, new, says):
    with pytest.raises(InvalidInput, match=says):
        Specification.loads(SPEC.replace(old, new))
