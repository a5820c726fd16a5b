import copy
import pickle
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from feyn_nn._core import InvalidInput, MissingExtra
from feyn_nn.networks import Inputs

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ARRAYS = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=4), elements=FINITE)


@given(ARRAYS)
@settings(deadline=None)
def test_inputs_keep_the_numbers(array):
    x = Inputs(array)
    assert np.array_equal(x.values, array)
    assert x.metric is None
    assert (x.n_inputs, x.n_features) == array.shape == (len(x), array.shape[1])
    assert x == Inputs(array.tolist())
    assert hash(x) == hash(Inputs(array.tolist()))


def test_inputs_are_a_read_only_copy():
    array = np.array([[1.0, 2.0]])
    x = Inputs(array)
    array[0, 0] = 5.0
    assert x.values[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        x.values[0, 0] = 3.0
    with pytest.raises(AttributeError):
        x.values = array


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint16", "bool"])
def test_real_numbers_of_every_kind_are_accepted(dtype):
    x = Inputs(np.ones((2, 3), dtype=dtype))
    assert x.values.dtype == np.float64
    assert x == Inputs(np.ones((2, 3)))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0, np.nan]], "input 0 holds nan at feature 1"),
        ([[1.0], [np.inf]], "input 1 holds inf at feature 0"),
        ([[1.0], [-np.inf]], "input 1 holds -inf"),
        ([], "empty"),
        ([[]], "empty"),
        (np.zeros((0, 3)), "empty"),
        ([[1.0, 2.0], [3.0]], "unequal rows, 2 long in row 0 and 1 in row 1"),
        ([np.zeros(2), np.zeros(3)], "unequal rows"),
        ([[1.0], 2.0], "not a rectangular array"),
        ([1.0, 2.0, 3.0], r"reshape\(1, -1\) for one input of 3 features"),
        (np.zeros((2, 8, 8)), r"shape \(2, 8, 8\)"),
        (3.0, r"shape \(\)"),
        ([[1j]], "complex"),
        ([["1.0", "2.0"]], "not all numbers"),
        ("x.csv", "not all numbers"),
        (None, "not all numbers"),
        ([[None]], "not all numbers"),
        ({"a": 1}, "not all numbers"),
        ([[10**400]], "not all numbers"),
    ],
)
def test_malformed_inputs_are_refused_in_one_sentence(values, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        Inputs(values)
    assert "\n" not in str(caught.value)


def test_equality_is_by_value_and_kind():
    assert Inputs([[0.0]]) == Inputs([[-0.0]])
    assert hash(Inputs([[0.0]])) == hash(Inputs([[-0.0]]))
    assert Inputs([[1.0, 2.0]]) != Inputs([[1.0], [2.0]])
    assert Inputs([[1.0]]) != Inputs.from_metric([[1.0]])
    assert Inputs([[1.0]]) != Inputs([[2.0]])
    assert Inputs([[1.0]]) != [[1.0]]
    assert Inputs([[1.0]], source="here") == Inputs([[1.0]])


@pytest.mark.parametrize("x", [Inputs([[1.0, 2.0]]), Inputs.from_metric([[1.0]]), Inputs.digits(1)])
def test_copies_are_equal_and_read_only(x):
    for twin in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert twin == x
        assert (twin.source, repr(twin), twin.to_dict()) == (x.source, repr(x), x.to_dict())
        kept = twin.metric if twin.values is None else twin.values
        assert not kept.flags.writeable


def test_reprs_are_short():
    assert repr(Inputs([[1.0, 2.0]])) == "<Inputs: 1 × 2, array>"
    assert repr(Inputs.digits(2)) == "<Inputs: 2 × 64, the first 2 handwritten digits>"
    assert repr(Inputs.from_metric(np.eye(3))) == "<Inputs: 3 × 3, metric>"


def test_digits_are_the_first_images_each_of_unit_overlap():
    from sklearn.datasets import load_digits

    raw = load_digits().data
    x = Inputs.digits(5)
    np.testing.assert_allclose(np.diag(x.overlap), 1.0, rtol=1e-14)
    for alpha in range(5):
        scale = x.values[alpha].max() / raw[alpha].max()
        np.testing.assert_allclose(x.values[alpha], scale * raw[alpha], rtol=1e-14)
    assert Inputs.digits().n_inputs == 2
    assert Inputs.digits(1797).n_inputs == len(raw)


@pytest.mark.parametrize("k", [0, -1, 1798, 2.0, "2", None, True])
def test_digits_out_of_range(k):
    with pytest.raises(InvalidInput, match="digits="):
        Inputs.digits(k)


def test_digits_say_which_extra_brings_them(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtra, match=r"pip install 'feyn_nn\[data\]'"):
        Inputs.digits(2)


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(-1e3, 1e3)))
@settings(deadline=None)
def test_every_gram_matrix_is_a_metric(factor):
    G = factor @ factor.T
    x = Inputs.from_metric(G)
    np.testing.assert_allclose(x.metric, G, rtol=1e-11, atol=0)
    assert np.array_equal(x.metric, x.metric.T)
    assert x.values is None
    assert x.n_inputs == len(G)


@pytest.mark.parametrize(
    "G", [[[0.0]], np.zeros((2, 2)), np.ones((3, 3)), 1e300 * np.eye(2), 1e-300 * np.eye(2)]
)
def test_singular_and_extreme_metrics_are_accepted(G):
    np.testing.assert_array_equal(Inputs.from_metric(G).metric, G)


@pytest.mark.parametrize(
    ("G", "message"),
    [
        ([[1.0, 0.5], [0.4, 1.0]], r"not symmetric, 0\.5 at \(0, 1\) but 0\.4 at \(1, 0\)"),
        ([[1.0, 2.0], [2.0, 1.0]], "smallest eigenvalue is -1;"),
        ([[0.0, 0.1], [0.1, 1.0]], "not positive semi-definite"),
        ([[-1.0]], "smallest eigenvalue is -1;"),
        ([[1.0, 0.0]], r"shape \(1, 2\)"),
        ([1.0], r"shape \(1,\)"),
        (1.0, r"shape \(\)"),
        ([], r"shape \(0,\)"),
        ([[np.nan]], r"nan at entry \(0, 0\)"),
        ([[1.0, np.inf], [np.inf, 1.0]], r"inf at entry \(0, 1\)"),
        ([[1.0, 0.0], [0.0]], "unequal rows"),
        ([["1"]], "not all numbers"),
        ([[1j]], "complex"),
    ],
)
def test_what_is_no_metric_is_refused(G, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        Inputs.from_metric(G)
    assert "\n" not in str(caught.value)


def test_the_stated_tolerances_are_the_ones_used():
    assert Inputs.from_metric([[1.0, 0.5], [0.5 + 5e-13, 1.0]]).n_inputs == 2
    with pytest.raises(InvalidInput, match="symmetric"):
        Inputs.from_metric([[1.0, 0.5], [0.5 + 2e-12, 1.0]])
    assert Inputs.from_metric(np.diag([1.0, -5e-13])).n_inputs == 2
    with pytest.raises(InvalidInput, match="semi-definite"):
        Inputs.from_metric(np.diag([1.0, -2e-12]))


def test_overlap_needs_values():
    assert Inputs([[1.0, 3.0]]).overlap.tolist() == [[5.0]]
    with pytest.raises(InvalidInput, match="metric alone"):
        Inputs.from_metric([[1.0]]).overlap  # noqa: B018


def test_labels_out_of_range():
    x = Inputs([[1.0], [2.0]])
    assert [x.check_label(label) for label in (0, 1)] == [0, 1]
    for label in (-1, 2):
        with pytest.raises(InvalidInput, match=f"input label {label} is out of range; there are 2 inputs"):
            x.check_label(label)
    with pytest.raises(InvalidInput, match="label 0 alone"):
        Inputs([[1.0]]).check_label(1)


def test_csv_and_npy_hold_the_same_inputs(tmp_path):
    x = Inputs([[1.0, 0.1 + 0.2], [-2.5e-7, 4.0]])
    (tmp_path / "x.csv").write_text(
        "\ufeff" + "\n".join(",".join(map(repr, map(float, row))) for row in x.values)
    )
    np.save(tmp_path / "x.npy", x.values)
    for name in ("x.csv", "x.npy"):
        assert Inputs.load(tmp_path / name) == x
        assert Inputs.load(str(tmp_path / name)).source == name
    np.savetxt(tmp_path / "Y.CSV", x.values, delimiter=",", fmt="%.17g")
    assert Inputs.load(tmp_path / "Y.CSV") == x
    np.save(tmp_path / "fortran.npy", np.asfortranarray(x.values))
    assert Inputs.load(tmp_path / "fortran.npy") == x


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"a,b\n1,2\n", "line 1: 'a' is not a number.*without a header"),
        ("x.csv", b"1,2\n\n3\n", "line 3 has length 1 and line 1 has length 2"),
        ("x.csv", b"1,2,\n", "line 1: '' is not a number"),
        ("x.csv", b"1 2\n", "separated by commas"),
        ("x.csv", b"", "empty"),
        ("x.csv", b"\n \n", "empty"),
        ("x.csv", b"1,nan\n", "input 0 holds nan"),
        ("x.csv", b"\xff\xfe1", "not text"),
        ("x.npy", b"", "does not hold a NumPy array"),
        ("x.npy", b"1,2\n", "does not hold a NumPy array"),
        ("x.txt", b"1,2\n", r"give a \.csv or \.npy file"),
        ("x", b"1,2\n", r"give a \.csv or \.npy file"),
    ],
)
def test_malformed_files_are_refused_in_one_sentence(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=message) as caught:
        Inputs.load(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InvalidInput, match="does not exist"):
        Inputs.load(tmp_path / "nothing.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InvalidInput, match="is a directory"):
        Inputs.load(tmp_path / "folder.csv")
    (tmp_path / "plain").write_text("")
    for name in (tmp_path / "plain" / "x.csv", "nul\0.csv", tmp_path / ("long" * 100 + ".csv")):
        with pytest.raises(InvalidInput, match=r"cannot be read|does not exist"):
            Inputs.load(name)
    for name in (3, None, "", b"x.csv"):
        with pytest.raises(InvalidInput, match="not the name of a file"):
            Inputs.load(name)


def test_npy_files_run_no_code_and_hold_real_tables(tmp_path):
    np.save(tmp_path / "object.npy", np.array([[None]]), allow_pickle=True)
    with pytest.raises(InvalidInput, match="does not hold"):
        Inputs.load(tmp_path / "object.npy")
    np.save(tmp_path / "flat.npy", np.ones(3))
    with pytest.raises(InvalidInput, match=r"flat\.npy.*reshape"):
        Inputs.load(tmp_path / "flat.npy")
    np.savez(tmp_path / "x.npz", np.ones((2, 2)))
    (tmp_path / "x.npz").rename(tmp_path / "zip.npy")
    with pytest.raises(InvalidInput, match="does not hold"):
        Inputs.load(tmp_path / "zip.npy")


def refusal(read, *, otherwise):
    """The reason for which `read` refuses; any other error passes through."""
    try:
        read()
    except InvalidInput as error:
        return str(error)
    return otherwise


def npy_bytes(header: str) -> bytes:
    text = header.encode("latin1") + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_npy_files_are_refused_or_read(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("npy") / "x.npy"
    np.save(path, np.arange(6.0).reshape(2, 3))
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "x.npy" in refusal(lambda: Inputs.load(path), otherwise="x.npy")


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000, 10)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 99999999999)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 3)}",
        "{'descr': 'nonsense', 'fortran_order': False, 'shape': (1, 3)}",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (0, 3)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3L)}",
        "((((((",
        "__import__('os')",
    ],
)
def test_hostile_npy_headers_are_refused(tmp_path, header):
    (tmp_path / "x.npy").write_bytes(npy_bytes(header))
    with pytest.raises(InvalidInput, match=r"x\.npy"):
        Inputs.load(tmp_path / "x.npy")


def test_correlations_are_a_metric():
    x = Inputs.from_correlation(2.0, 0.5)
    assert x.metric.tolist() == [[2.0, 1.0], [1.0, 2.0]]
    assert x == Inputs.from_metric([[2.0, 1.0], [1.0, 2.0]])
    assert Inputs.from_correlation([4.0, 1.0, 9.0], -0.25).metric[0].tolist() == [4.0, -0.5, -1.5]
    rho = [[1.0, 0.5], [0.5, 1.0]]
    assert Inputs.from_correlation([4.0, 1.0], rho).metric.tolist() == [[4.0, 1.0], [1.0, 1.0]]
    assert Inputs.from_correlation(1.0, rho) == Inputs.from_metric(rho)
    assert Inputs.from_correlation([3.0], 0.5).n_inputs == 1
    assert Inputs.from_correlation(1, 1).metric.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert Inputs.from_correlation(0.1, 0.3).metric[0, 0] == 0.1  # not the square of a rounded root


@given(
    st.lists(st.just(0.0) | st.floats(1e-100, 1e200), min_size=1, max_size=4),
    st.just(0.0) | st.floats(1e-9, 1),
)
@settings(deadline=None)
def test_variances_are_kept_and_correlations_are_met(K, rho):
    metric = Inputs.from_correlation(K, rho).metric
    assert np.diag(metric).tolist() == K
    deviations = np.sqrt(K)
    expected = rho * deviations[:, None] * deviations
    off = ~np.eye(len(K), dtype=bool)
    np.testing.assert_allclose(metric[off], expected[off], rtol=1e-12)


@pytest.mark.parametrize(
    ("K", "rho", "message"),
    [
        (1.0, 1.5, "no correlation"),
        (1.0, np.nan, "no correlation"),
        (-1.0, 0.5, "no variances"),
        ([1.0, np.inf], 0.5, "no variances"),
        ([], 0.5, "no variances"),
        ([1.0, 2.0], np.eye(3), "K has 2 entries and rho is 3 by 3"),
        ([[1.0]], 0.5, r"K has shape \(1, 1\)"),
        (1.0, [0.5], r"rho \(1,\)"),
        (1.0, [[1.0, 0.5]], "no matrix of correlations"),
        (1.0, [[0.9, 0.5], [0.5, 1.0]], "ones on the diagonal"),
        (1.0, [[1.0, 0.5], [0.4, 1.0]], "not symmetric"),
        ([1.0, 1.0, 1.0], -0.9, "not positive semi-definite"),
        ("a", 0.5, "not all numbers"),
        (1.0, 1j, "complex"),
    ],
)
def test_what_is_no_correlation_is_refused(K, rho, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        Inputs.from_correlation(K, rho)
    assert "\n" not in str(caught.value)


class Table:
    """What pandas and xarray objects offer to whoever does not import them."""

    def __init__(self, rows, dtype=object):
        self._rows = np.array(rows, dtype=dtype)

    def to_numpy(self):
        return self._rows

    def __array__(self, dtype=None, copy=None):
        return self._rows if dtype is None else self._rows.astype(dtype)

    def __repr__(self):
        return "a table\nof several\nlines"


def test_tables_are_read_by_what_they_offer():
    assert Inputs(Table([[1, 2.5], [np.float32(3), np.int8(4)]])) == Inputs([[1.0, 2.5], [3.0, 4.0]])
    assert Inputs(Table([[1, 2]], dtype=np.int32)) == Inputs([[1.0, 2.0]])
    for rows, message in [
        ([["a", 1.0]], "not all numbers"),
        ([[None, 1.0]], "not all numbers"),
        ([[True, 1]], "not all"),
    ]:
        with pytest.raises(InvalidInput, match=message) as caught:
            Inputs(Table(rows))
        assert "\n" not in str(caught.value)
    with pytest.raises(InvalidInput, match=r"reshape\(1, -1\)"):
        Inputs(Table([1.0, 2.0]))


def test_pandas_tables_are_inputs():
    import pandas

    frame = pandas.DataFrame({"a": [1.0, 0.5], "b": [2, 3]}, index=["first", "second"])
    assert Inputs(frame) == Inputs([[1.0, 2.0], [0.5, 3.0]])
    assert Inputs(frame.astype("Float64")) == Inputs(frame)
    assert Inputs.from_metric(pandas.DataFrame([[1.0, 0.5], [0.5, 1.0]])).n_inputs == 2
    with pytest.raises(InvalidInput, match="one dimension"):
        Inputs(frame["a"])
    for bad in (frame.assign(c=["x", "y"]), frame.astype("Float64").mask(frame > 2), frame.iloc[:0]):
        with pytest.raises(InvalidInput) as caught:
            Inputs(bad)
        assert "\n" not in str(caught.value)


def test_xarray_arrays_are_inputs():
    import xarray

    array = xarray.DataArray([[1, 2], [3, 4]], dims=("input", "feature"), coords={"input": ["a", "b"]})
    assert Inputs(array) == Inputs([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(InvalidInput, match="one dimension"):
        Inputs(array[0])
    with pytest.raises(InvalidInput, match="holds nan"):
        Inputs(array.where(array > 1))


def test_masked_entries_are_refused():
    with pytest.raises(InvalidInput, match="masked entries; give numbers for all"):
        Inputs(np.ma.array([[1.0, 2.0]], mask=[[False, True]]))
    assert Inputs(np.ma.array([[1.0, 2.0]])) == Inputs([[1.0, 2.0]])


def test_objects_that_are_real_numbers_are_accepted():
    assert Inputs([[Fraction(1, 4), 10**30]]) == Inputs([[0.25, 1e30]])
    with pytest.raises(InvalidInput, match="not all numbers"):
        Inputs([[10**400]])


def test_rounded_correlations_are_accepted():
    rho = np.array([[1 - 2e-16, 0.5], [0.5, 1 - 2e-16]])
    assert Inputs.from_correlation(2.0, rho) == Inputs.from_metric([[2.0, 1.0], [1.0, 2.0]])
    assert Inputs.from_correlation(1.0, 1 + 2e-16) == Inputs.from_metric([[1.0, 1.0], [1.0, 1.0]])


def test_some_inputs_are_taken_in_their_order():
    x = Inputs([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    assert x.take([2, 0]) == Inputs([[0.0, 1.0], [1.0, 0.0]])
    assert x.take(np.array([1])).source == "1 of array"
    assert x.take(range(3)) is x
    G = np.array([[1.0, 0.1, 0.2], [0.1, 2.0, 0.3], [0.2, 0.3, 3.0]])
    assert Inputs.from_metric(G).take([2, 1]).metric.tolist() == [[3.0, 0.3], [0.3, 2.0]]


@pytest.mark.parametrize("labels", [[], [3], [-1], [0.5], ["0"], 0, "01"])
def test_labels_that_are_none_cannot_be_taken(labels):
    with pytest.raises(InvalidInput, match="label"):
        Inputs([[1.0], [2.0], [3.0]]).take(labels)
