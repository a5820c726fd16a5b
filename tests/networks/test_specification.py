import dataclasses
import random
import tomllib

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput
from feyn_nn.networks import (
    MLP,
    Inputs,
    Observables,
    Sampling,
    Specification,
    known_activations,
    known_families,
)
from feyn_nn.networks.toml_text import toml_text

Z = sympy.Symbol("z")

TEXT = """
[network]
kind = "mlp"
depth = 4
width = 64
activation = "tanh"
weight_variance = 1.6
bias_variance = 0.1
[inputs]
digits = 2
[observables]
pairs = [[[0, 0], [1, 1]], [[0, 1], [1, 0]]]
legs = [[[0, 0], [0, 0], [1, 1], [1, 1]]]
loops = 1
[sampling]
widths = [12, 16, 24]
samples = 1000
seed = 7
sampler = "weights"
"""


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new)


def test_every_table_is_read():
    spec = Specification.loads(TEXT)
    assert spec.network == MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
    assert spec.inputs == Inputs.digits(2)
    assert spec.observables == Observables(
        pairs=(((0, 0), (1, 1)), ((0, 1), (0, 1))), legs=(((0, 0), (0, 0), (1, 1), (1, 1)),), loops=1
    )
    assert spec.sampling == Sampling(widths=(12, 16, 24), samples=1000, seed=7, sampler="weights")
    assert hash(spec) == hash(Specification.loads(TEXT))


def test_a_law_of_the_weights_survives_being_written():
    spec = Specification.loads(changed('"weights"', '"weights(student_t(6))"'))
    assert spec.sampling.sampler == "weights(student_t(6))"
    assert Specification.loads(spec.to_toml()) == spec


def test_sampling_is_optional():
    spec = Specification.loads(TEXT.partition("[sampling]")[0])
    assert spec.sampling == Sampling(widths=None, samples=None, seed=None, sampler="metric")
    assert "[sampling]" not in spec.to_toml()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[sampling]", "[samplings]", "samplings is not known; did you mean 'sampling'"),
        ("widths =", "width =", r"sampling\.width is not known; did you mean 'widths'"),
        ("loops =", "loop =", r"observables\.loop is not known; did you mean 'loops'"),
        (
            "weight_variance",
            "weight_varianse",
            r"network\.weight_varianse is not known; did you mean 'weight_variance'",
        ),
        ("digits = 2", "digit = 2", r"inputs\.digit is not known; did you mean 'digits'"),
        ("loops = 1\n", "", r"observables\.loops is missing"),
        ("depth = 4\n", "", r"network\.depth is missing"),
        ('kind = "mlp"\n', "", r"network\.kind is missing"),
        ('kind = "mlp"', 'kind = "mpl"', r"network\.kind='mpl' is not known; did you mean 'mlp'"),
        ('kind = "mlp"', "kind = [1]", r"network\.kind=\[1\] is not known"),
        ("[inputs]\ndigits = 2\n", "", r"table \[inputs\] is missing"),
        ("[inputs]\ndigits = 2\n", "[[inputs]]\ndigits = 2\n", "not a table"),
        ("digits = 2", "", r"\[inputs\] gives nothing; give exactly one of digits, values, file, metric"),
        ("digits = 2", "digits = 2\nvalues = [[1.0]]", r"\[inputs\] gives digits and values"),
        ("digits = 2", "digits = 0", r"inputs\.digits: digits=0 is too small"),
        ("digits = 2", "digits = 2.0", "not an integer"),
        ("digits = 2", "values = [[1.0, nan], [1.0, 2.0]]", r"inputs\.values: input 0 holds nan"),
        ("digits = 2", "values = [[1.0, 2.0], [1.0]]", r"inputs\.values: .*unequal"),
        ("digits = 2", "values = [[1979-05-27]]", "not all numbers"),
        ("digits = 2", "metric = [[1.0, 2.0], [2.0, 1.0]]", r"inputs\.metric: .*semi-definite"),
        ("digits = 2", "file = 3", r"inputs\.file: 3 is not the name"),
        ("digits = 2", 'file = "missing.csv"', r"inputs\.file: .*does not exist"),
        (
            "digits = 2",
            "digits = 1",
            r"observables\.pairs\[0\]: input label 1 is out of range; there is 1 input",
        ),
        (
            "[1, 1]], [[0, 1]",
            "[1, 5]], [[0, 1]",
            r"pairs\[0\]: input label 5 is out of range; there are 2 inputs",
        ),
        ("[0, 0], [1, 1], [1, 1]]", "[0, 0], [1, 1], [1, 2]]", r"legs\[0\]: input label 2 is out of range"),
        ("[0, 0], [1, 1], [1, 1]]", "[0, 0], [1, 1], [-1, 1]]", r"legs\[0\]: \[-1, 1\] is not a field leg"),
        ("[[0, 1], [1, 0]]", "[[0, -1]]", r"pairs\[1\]: \[0, -1\] is not a pair"),
        ("[[0, 1], [1, 0]]", "[[0, 1, 1]]", r"pairs\[1\]: \[0, 1, 1\] is not a pair"),
        ("[[0, 1], [1, 0]]", "[]", r"pairs\[1\]=\[\] is not a list of pairs"),
        ("[[0, 1], [1, 0]]", '["01"]', "is not a pair"),
        (
            "[[[0, 0], [1, 1]], [[0, 1], [1, 0]]]",
            "[[0, 0], [1, 1]]",
            "pairs is a list of observables, each a list",
        ),
        ("[[[0, 0], [1, 1]], [[0, 1], [1, 0]]]", "3", r"observables\.pairs=3"),
        ("[[[0, 0], [1, 1]], [[0, 1], [1, 0]]]", '"01"', r"observables\.pairs='01'"),
        ("loops = 1", "loops = -1", r"observables\.loops=-1 is too small"),
        ("loops = 1", "loops = true", "not an integer"),
        ("loops = 1", "loops = [1]", r"observables\.loops=.* has 1 entries for"),
        ("loops = 1", "loops = [1, -1]", r"observables\.loops\[1\]=-1 is too small"),
        ("depth = 4", "depth = 0", "network: depth=0"),
        ("width = 64", "width = [64, 64]", "network: width"),
        ("weight_variance = 1.6", "weight_variance = -1.6", "network: weight_variance=-1.6 is negative"),
        ('"tanh"', '"tahn"', "network: activation 'tahn' is not known; did you mean 'tanh'"),
        ('"tanh"', "3", "network: activation=3 is neither a name nor an expression"),
        ("widths = [12, 16, 24]", "widths = 12", r"sampling\.widths=12"),
        ("widths = [12, 16, 24]", "widths = []", r"sampling\.widths is empty"),
        ("widths = [12, 16, 24]", "widths = [12, 0]", r"sampling\.widths\[1\]=0 is too small"),
        ("widths = [12, 16, 24]", "widths = [12, 12]", r"sampling\.widths holds 12 more than once"),
        ("samples = 1000", "samples = 0", r"sampling\.samples=0"),
        ("samples = 1000", "samples = 1e6", r"sampling\.samples=1000000\.0 is not an integer"),
        ("seed = 7", "seed = -7", r"sampling\.seed=-7"),
        ('"weights"', '"weight"', r"sampling\.sampler='weight' is not known; did you mean 'weights'"),
        ('"weights"', '"weights()"', r"Known: metric, weights, weights\(laplace\)"),
        ('"weights"', "[1]", r"sampling\.sampler=\[1\] is not known"),
        ("[inputs]", "[inputs", "not TOML.*line 9"),
        ("loops = 1", "loops = 1\nloops = 2", "not TOML"),
        ("seed = 7", "seed = 0x" + "f" * 5000, r"sampling\.seed holds an integer of more than 64 bits"),
        ("seed = 7", "seed = " + "9" * 5000, "not TOML"),
        ("seed = 7", "seed = " + "[" * 5000 + "]" * 5000, "not TOML, it is nested too deeply"),
        ("seed = 7", '"a\\nb" = 7', r"'sampling\.a\\nb' is not known"),
    ],
)
def test_malformed_specifications_are_refused_in_one_sentence(old, new, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        Specification.loads(changed(old, new))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_nothing_to_observe():
    with pytest.raises(InvalidInput, match="observables are empty"):
        Observables(loops=1)
    with pytest.raises(InvalidInput, match="observables are empty"):
        Observables(pairs=(), legs=(), loops=1)


def test_widths_that_do_not_suit_the_network():
    text = changed("width = 64", "width = [64, 96, 64]")
    assert Specification.loads(text).network.widths == (64, 96, 64)
    with pytest.raises(InvalidInput, match=r"sampling\.widths: first width 15 .*multiple of 2"):
        Specification.loads(text.replace("[12, 16, 24]", "[12, 15]"))


def test_files_are_sought_from_the_folder_of_the_specification(tmp_path, monkeypatch):
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "x.csv").write_text("1,0\n0.6,0.8\n")
    (folder / "spec.toml").write_text(changed("digits = 2", 'file = "x.csv"'))
    monkeypatch.chdir(tmp_path)
    spec = Specification.load("specs/spec.toml")
    assert spec.inputs == Inputs([[1.0, 0.0], [0.6, 0.8]])
    assert spec.inputs.source == "x.csv"
    assert Specification.load(folder / "spec.toml") == spec
    assert Specification.loads((folder / "spec.toml").read_text(), folder=folder) == spec
    absolute = changed("digits = 2", f"file = '{folder / 'x.csv'}'")
    assert Specification.loads(absolute, folder="/") == spec
    assert Specification.loads(spec.to_toml(), folder="/") == spec


def test_unreadable_specifications(tmp_path):
    with pytest.raises(InvalidInput, match="does not exist"):
        Specification.load(tmp_path / "nothing.toml")
    with pytest.raises(InvalidInput, match="is a directory"):
        Specification.load(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\x00\x01")
    with pytest.raises(InvalidInput, match="not text; give a TOML file in UTF-8"):
        Specification.load(tmp_path / "binary.toml")
    (tmp_path / "bad.toml").write_text("a = \n")
    with pytest.raises(InvalidInput, match=r"bad\.toml: .*not TOML.*line 1"):
        Specification.load(tmp_path / "bad.toml")
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(InvalidInput, match=r"empty\.toml: table \[network\] is missing"):
        Specification.load(tmp_path / "empty.toml")
    with pytest.raises(InvalidInput, match="not the name of a file"):
        Specification.load(None)
    with pytest.raises(InvalidInput, match="not a text"):
        Specification.loads(TEXT.encode())


DIGITS = Inputs.digits(3)


@st.composite
def specifications(draw):
    depth = draw(st.integers(2, 4))
    variance = st.floats(0, 1e300, allow_subnormal=True)
    label = st.integers(0, 2)
    numbers = st.floats(-1e6, 1e6)
    row = st.lists(numbers, min_size=2, max_size=2)
    inputs = draw(
        st.lists(row, min_size=3, max_size=3).map(Inputs)
        | row.map(lambda v: Inputs.from_metric(np.outer([*v, 1.0], [*v, 1.0])))
        | st.just(DIGITS)
    )
    pairs = draw(st.lists(st.lists(st.tuples(label, label), min_size=1, max_size=3), max_size=2))
    legs = draw(
        st.lists(
            st.lists(st.tuples(st.integers(0, 9), label), min_size=1, max_size=4),
            min_size=not pairs,
            max_size=2,
        )
    )
    return Specification(
        network=MLP(
            depth=depth,
            width=draw(st.integers(1, 10**9)),
            activation=draw(st.sampled_from(["linear", "relu", "tanh"])),
            weight_variance=draw(st.lists(variance, min_size=depth, max_size=depth)),
            bias_variance=draw(variance),
        ),
        inputs=inputs,
        observables=Observables(pairs=pairs, legs=legs, loops=draw(st.integers(0, 3))),
        sampling=Sampling(
            widths=draw(st.none() | st.lists(st.integers(1, 10**6), min_size=1, max_size=3, unique=True)),
            samples=draw(st.none() | st.integers(1, 2**53)),
            seed=draw(st.none() | st.integers(0, 2**63 - 1)),
            sampler=draw(st.sampled_from(["metric", "weights"])),
        ),
    )


@given(specifications())
@settings(deadline=None)
def test_a_specification_survives_being_written_and_read(spec):
    assert Specification.loads(spec.to_toml()) == spec


def test_digits_are_written_as_digits():
    assert "digits = 2" in Specification.loads(TEXT).to_toml()


CHARACTERS = st.characters(exclude_categories=["Cs"])  # TOML has no lone surrogates


@given(
    st.text(CHARACTERS, max_size=8)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
)
@settings(deadline=None)
def test_written_values_come_back_exactly(value):
    for entry in (value, [value], [[value, value], []]):
        assert tomllib.loads(toml_text({"t": {"a": entry}})) == {"t": {"a": entry}}


def refusal(read):
    """The reason for which `read` refuses, if it does; any other error passes through."""
    try:
        read()
    except InvalidInput as error:
        return str(error)
    return ""


FRAGMENTS = [
    *TEXT.split(),
    "nan",
    "-1",
    "0",
    "1e400",
    "''",
    "[[]]",
    "{}",
    "true",
    "99999999999",
    "1979-05-27",
    "\x00",
]


@given(st.integers(0, 2**32), st.integers(1, 4))
@settings(max_examples=300, deadline=None)
def test_fuzzed_specifications_raise_nothing_but_invalid_input(seed, n_changes):
    chance = random.Random(seed)
    words = TEXT.replace("\n", " \n ").split(" ")
    for _ in range(n_changes):
        place = chance.randrange(len(words))
        words[place : place + chance.choice([0, 1, 1, 1])] = [chance.choice(FRAGMENTS)]
    assert "\n" not in refusal(lambda: Specification.loads(" ".join(words)))


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@given(st.sampled_from(["network", "inputs", "observables", "sampling"]), st.data())
@settings(max_examples=300, deadline=None)
def test_any_value_of_any_key_is_read_or_refused(table, data):
    tables = tomllib.loads(TEXT)
    key = data.draw(st.sampled_from(sorted(tables[table])))
    value = data.draw(JSON_LIKE)
    readers = {
        "network": MLP.from_dict,
        "inputs": lambda t: Inputs(t["digits"]),
        "observables": lambda t: Observables(**t),
        "sampling": lambda t: Sampling(**t),
    }
    assert "\n" not in refusal(lambda: readers[table]({**tables[table], key: value}))


def test_specifications_are_frozen():
    spec = Specification.loads(TEXT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.network = None


@pytest.mark.parametrize(
    "text",
    [
        *known_activations(),
        *known_families(),
        "z*exp(-z**2/2)",
        "Max(z/10, z)",
        "  1*tanh( z )**3",
        "sin(z)/z",
        "Max(-1, Min(1, z))",
        "Piecewise((z, z > 0), (exp(z) - 1, True))",
        "Heaviside(z - 1/3)*z + sign(z)",
    ],
)
def test_every_way_to_write_an_activation_survives(text):
    spec = Specification.loads(TEXT.replace('"tanh"', f'"{text}"'))
    assert spec.network.activation.name == text.strip()
    assert Specification.loads(spec.to_toml()) == spec


@pytest.mark.parametrize(
    "expression",
    [
        sympy.tanh(Z) ** 3,
        sympy.Max(0, Z) - sympy.Max(0, Z - 1),
        sympy.Piecewise((Z, (Z > 0) & (sympy.sqrt(2) > Z)), (sympy.sin(Z), True)),
        sympy.sin(Z) / Z,
        sympy.Float(0.1) * sympy.Abs(Z - 0.3),
    ],
    ids=str,
)
def test_networks_of_sympy_expressions_survive(expression):
    spec = Specification.loads(TEXT)
    network = MLP(depth=4, width=64, activation=expression)
    again = Specification.loads(dataclasses.replace(spec, network=network).to_toml())
    assert again.network == network


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os')", r"network: activation .* holds \"'\""),
        ("exp(z**2)", "grows faster than a Gaussian expectation"),
        ("x*z", "symbol 'x' besides z"),
        ("sqrt(z)", "is complex"),
        ("floor(z)", "jumps without end"),
        ("z**999999999", "huge power"),
    ],
)
def test_bad_expressions_are_refused_with_their_key(text, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        Specification.loads(TEXT.replace('"tanh"', f'"{text}"'))
    assert str(caught.value).startswith("network: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "message"), [("knd", r"network\.knd is not known; did you mean 'kind'"), ("#", "kind is missing")]
)
def test_a_network_without_its_kind(key, message):
    text = f'[network]\n{key} = "mlp"\ndepth = 2\nactivation = "tanh"\n[inputs]\n[observables]\n'
    with pytest.raises(InvalidInput, match=message):
        Specification.loads(text)
