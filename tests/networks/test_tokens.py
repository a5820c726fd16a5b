import copy
import pickle

import numpy as np
import pytest

from feyn_nn._core import InvalidInput, TokenLabel, as_pair, pair_name
from feyn_nn.networks import Inputs, Tokens
from feyn_nn.networks.patches import digit_patches
from feyn_nn.networks.token_tables import checked_sizes, read_tokens


def test_the_metric_is_the_overlap_of_all_rows_by_feature():
    x = np.random.default_rng(0).standard_normal((2, 3, 5))
    tokens = Tokens(x)
    assert (tokens.n_inputs, tokens.n_tokens, tokens.n_rows, len(tokens)) == (2, 3, 6, 2)
    for a in range(6):
        for b in range(6):
            expected = x[divmod(a, 3)] @ x[divmod(b, 3)] / 5
            assert tokens.metric[a, b] == pytest.approx(expected, abs=1e-15)
    assert not tokens.metric.flags.writeable
    assert np.array_equal(tokens.metric, tokens.metric.T)


def test_labels_count_rows_and_print_as_input_and_token():
    tokens = Tokens(np.ones((2, 3, 1)))
    label = tokens.label(1, 2)
    assert label == 5
    assert (label.input, label.token, str(label), repr(label)) == (1, 2, "1.2", "(1, 2)")
    assert tokens.labels[5] == label
    assert as_pair((label, tokens.label(0, 1))) == (1, 5)
    assert pair_name((tokens.label(0, 1), label)) == "0.1,1.2"
    assert pair_name((3, 12)) == "3,12"
    assert pair_name((0, 1)) == "01"
    for again in (pickle.loads(pickle.dumps(label)), copy.deepcopy(label)):
        assert isinstance(again, TokenLabel)
        assert (again, again.input, again.token) == (5, 1, 2)


def test_nested_lists_are_labelled_at_every_depth():
    tokens = Tokens(np.ones((2, 2, 1)))
    found = tokens.labelled([[((0, 0), (1, 1))], [((0, 1), [1, 0]), ((0, 0), (0, 0))]])
    assert found == [[[0, 3]], [[1, 2], [0, 0]]]
    assert isinstance(found[0][0][1], TokenLabel)
    assert tokens.labelled(found) == found
    legs = tokens.labelled([(0, (0, 1)), (3, (1, 0))])
    assert legs == [[0, 1], [3, 2]]
    assert tokens.labelled(legs) == legs
    assert tokens.labelled(None) is None
    assert Inputs([[1.0]]).labelled([(0, 0)]) == [(0, 0)]


@pytest.mark.parametrize("label", [(0, 2), (2, 0), (-1, 0), (0, True), (0, 1.0)])
def test_a_label_that_there_is_not_is_refused(label):
    with pytest.raises(InvalidInput, match="label"):
        Tokens(np.ones((2, 2, 1))).label(*label)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([[1.0, 2.0]], "shape"),
        ([[[1.0], [2.0]], [[1.0]]], "input 1 has 1 token and"),
        ([[[1.0], [2.0, 3.0]]], "token 1 of input 0 has 2 features"),
        ([[[1.0], [float("nan")]]], "token 1 of input 0 holds nan"),
        ([[[1.0], [float("inf")]]], "holds inf"),
        (np.ones((0, 2, 1)), "empty"),
        ([[["a"]]], "numbers"),
        ([[[1e200]]], "overflows"),
        (np.ones((1, 1, 1)) * 1j, "complex"),
    ],
)
def test_what_are_no_tokens_is_refused_in_one_sentence(values, says):
    with pytest.raises(InvalidInput, match=says) as refusal:
        Tokens(values)
    assert "\n" not in str(refusal.value)


def test_a_metric_stands_for_tokens():
    values = np.random.default_rng(1).standard_normal((2, 2, 3))
    tokens = Tokens.from_metric(Tokens(values).metric, n_tokens=2)
    assert tokens.values is None
    assert tokens.n_inputs == 2
    with pytest.raises(InvalidInput, match="multiple of 3"):
        Tokens.from_metric(np.eye(4), n_tokens=3)
    with pytest.raises(InvalidInput, match="positive semi-definite"):
        Tokens.from_metric([[1.0, 2.0], [2.0, 1.0]], n_tokens=2)
    with pytest.raises(InvalidInput, match="n_tokens"):
        Tokens.from_metric([[1.0]], n_tokens=0)


def test_tokens_are_equal_when_their_numbers_are():
    x = np.arange(4.0).reshape(1, 2, 2)
    assert Tokens(x) == Tokens(x.tolist())
    assert hash(Tokens(x)) == hash(Tokens(x + 0.0))
    assert Tokens(x) != Tokens(x.reshape(2, 1, 2))
    assert Tokens(x) != Tokens.from_metric(Tokens(x).metric, 2)
    assert Tokens(x).__eq__(1) is NotImplemented
    for again in (pickle.loads(pickle.dumps(Tokens(x))), copy.deepcopy(Tokens(x))):
        assert again == Tokens(x)
        assert not again.metric.flags.writeable


def test_digits_are_cut_into_patches_row_by_row():
    tokens = digit_patches(2, patch=(2, 4))
    assert tokens.values.shape == (2, 8, 8)
    image = Inputs.digits(2).values[1].reshape(8, 8)
    assert np.array_equal(tokens.values[1, 5], image[4:6, 4:8].ravel())
    mean_square = np.diag(tokens.metric).reshape(2, 8).mean(axis=1)
    assert mean_square == pytest.approx([1.0, 1.0])
    assert Tokens.digits(2, patch=(2, 4)) == tokens
    for patch in ((3, 4), (2,), 4, "24", (0, 8)):
        with pytest.raises(InvalidInput):
            digit_patches(1, patch=patch)


@pytest.mark.parametrize(
    "table",
    [
        {"digits": 2, "patch": [4, 4]},
        {"values": [[[1.0, 2.0], [0.0, 1.0]]]},
        {"metric": [[1.0, 0.5], [0.5, 1.0]], "n_tokens": 2},
    ],
)
def test_tables_of_inputs_come_back(table, tmp_path):
    tokens = read_tokens(table, tmp_path)
    assert tokens.to_dict() == table
    assert read_tokens(tokens.to_dict(), tmp_path) == tokens


def test_tokens_from_a_file(tmp_path):
    np.savetxt(tmp_path / "x.csv", np.arange(8.0).reshape(4, 2), delimiter=",")
    tokens = read_tokens({"file": "x.csv", "n_tokens": 2}, tmp_path)
    assert tokens == Tokens(np.arange(8.0).reshape(2, 2, 2))
    with pytest.raises(InvalidInput, match="n_tokens=3"):
        read_tokens({"file": "x.csv", "n_tokens": 3}, tmp_path)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, "no tokens"),
        ({"digits": 2}, "inputs.patch is missing"),
        ({"digits": 2, "patch": [4, 4], "n_tokens": 4}, "does not go with it"),
        ({"metric": [[1.0]], "values": [[[1.0]]]}, "exactly one"),
        ({"token": 1}, "not known"),
        ({"values": [[1.0]]}, "inputs.values"),
    ],
)
def test_wrong_tables_are_refused(table, says, tmp_path):
    with pytest.raises(InvalidInput, match=says):
        read_tokens(table, tmp_path)


def test_sizes_to_sample_at():
    assert checked_sizes([[1, 2, 3], (4, 5, 6)]) == ((1, 2, 3), (4, 5, 6))
    for wrong in ([], [[1, 2]], [[1, 2, 0]], [[1, 2, 3], [1, 2, 3]], 3, "abc", [3]):
        with pytest.raises(InvalidInput):
            checked_sizes(wrong)
