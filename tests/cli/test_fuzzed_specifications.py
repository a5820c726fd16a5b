"""Ten thousand specifications, most of them wrong: each is read, or refused in one sentence with status 2."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn.cli import main, predict
from feyn_nn.networks import Specification

ACTIVATIONS = [
    "tanh",
    "relu",
    "tahn",
    "leaky_relu(0.1)",
    "leaky_relu()",
    "leaky_relu(z)",
    "polynomial(0, 1)",
    "polynomial(0)",
    "Max(0, z) - Max(0, z - 1)",
    "Piecewise((z, z > 0), (exp(z) - 1, True))",
    "Piecewise((z, z > 0))",
    "sin(z)/z",
    "exp(z**2)",
    "1/z",
    "x + z",
    "z.real",
    "z^2",
    "(" * 50,
    "9**9**9*z",
    "",
    "\x00",
    "é",
]
VALUES = [
    *("0", "1", "-1", "2", "3", "64", "9223372036854775807", "9223372036854775808", "1e400", "-0.0", "0.5"),
    *(
        "nan",
        "inf",
        "-inf",
        "true",
        "false",
        '""',
        '"x"',
        '"mlp"',
        '"tanh"',
        "[]",
        "[[]]",
        "[1, 2]",
        "[0.5, 1.0, 2.0]",
    ),
    *("[[1.0, 0.0], [0.6, 0.8]]", "[[1.0, 2.0], [2.0, 1.0]]", "[[0, 0]]", "[[[0, 0]]]", "[[[0, 0], [0, 9]]]"),
    *(
        "[[[[0]]]]",
        "{}",
        "{a = 1}",
        "1979-05-27",
        "07:32:00",
        '"no.csv"',
        '"."',
        '"spec.toml"',
        "[true]",
        '["1"]',
    ),
    *(
        "0x10",
        "1_000",
        "'''a\nb'''",
        "[1, [2]]",
        "[{}]",
        "[[1.0], [2.0, 3.0]]",
        "[[nan]]",
        "99999999999999999999999",
    ),
]
TABLES = {
    "network": ["kind", "depth", "width", "activation", "weight_variance", "bias_variance"],
    "inputs": ["values", "metric", "file", "digits"],
    "observables": ["pairs", "legs", "loops"],
    "sampling": ["widths", "samples", "seed", "sampler"],
}
RIGHT = {
    "kind": ['"mlp"'],
    "depth": ["1", "2", "4", "4"],
    "width": ["1", "64", "16", "8", "[8, 16, 32]"],
    "weight_variance": ["1", "1.6", "0.0", "[1.0, 2.0]"],
    "bias_variance": ["0.1"],
    "values": ["[[1.0, 0.0], [0.6, 0.8]]"],
    "metric": ["[[1.0, 0.5], [0.5, 1.0]]"],
    "file": ['"no.csv"'],
    "digits": ["0", "10000"],  # loading them takes too long to do it a thousand times
    "pairs": ["[[[0, 0], [1, 1]]]", "[[[0, 1]]]"],
    "legs": ["[[[0, 0], [0, 1]]]"],
    "loops": ["0", "1"],
    "widths": ["[8, 16]"],
    "samples": ["10000"],
    "seed": ["0"],
    "sampler": ['"metric"', '"weights"'],
}


def value(rng: random.Random, key: str, mischief: float) -> str:
    if rng.random() < mischief:
        return rng.choice(VALUES)
    if key == "activation":
        text = rng.choice(ACTIVATIONS) if rng.random() < 0.4 else "tanh"
        return '"' + text.replace("\x00", "\\u0000") + '"'
    return rng.choice(RIGHT[key])


def lines(rng: random.Random, mischief: float) -> Iterator[str]:
    for table, known in TABLES.items():
        if rng.random() < mischief / 2:
            continue
        yield f"[{table}{'s' if rng.random() < mischief / 5 else ''}]"
        chosen = [key for key in known if table == "network" or rng.random() < 0.9]
        if table == "inputs":
            chosen = [rng.choice(["values", "metric", "values", "metric", *known])]
        for key in chosen:
            if rng.random() >= mischief / 3:
                yield f"{key}{'x' if rng.random() < mischief / 5 else ''} = {value(rng, key, mischief)}"


def fuzzed(seed: int) -> bytes:
    rng = random.Random(seed)
    text = "\n".join(lines(rng, rng.choice([0.0, 0.0, 0.02, 0.1, 0.4]))).encode()
    if rng.random() < 0.15:
        noisy = bytearray(text)
        for _ in range(rng.randint(1, 8)):
            place = rng.randrange(len(noisy) + 1)
            noisy[place : place + rng.randint(0, 2)] = bytes([rng.randrange(256)])
        text = bytes(noisy)
    return text


BATCH = 20
STATUSES = {0: 0, 2: 0}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "spec.toml"


@given(first=st.integers(0, 2**64))
@settings(max_examples=10_000 // BATCH)
def test_a_specification_is_read_or_refused(path: Path, first: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            predict, "_series", lambda spec: iter(())
        )  # reading is under test; theory takes too long
        for seed in range(first, first + BATCH):
            path.write_bytes(fuzzed(seed))
            STATUSES[read_or_refused(path)] += 1


def read_or_refused(path: Path) -> int:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["predict", str(path)])
    if status == 0:
        spec = Specification.load(path)
        assert Specification.loads(spec.to_toml(), folder=path.parent) == spec
        assert err.getvalue() == ""
        return status
    assert status == 2, err.getvalue()
    assert out.getvalue() == ""
    assert err.getvalue().startswith("feyn-nn: ")
    assert err.getvalue().count("\n") == 1
    assert "Traceback" not in err.getvalue()
    return status


def test_the_specifications_above_were_of_both_kinds() -> None:
    total = sum(STATUSES.values())
    assert total == 0 or total >= 9_000  # none where this test runs alone
    assert total == 0 or min(STATUSES.values()) > 1000
