"""Every mistake a user makes on the first day: one sentence, exit status 2, no traceback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feyn_nn.cli import main

SPEC = """
[network]
kind = "mlp"
depth = {depth}
width = 8
activation = {activation!r}
weight_variance = 0.5
[inputs]
{inputs}
[observables]
pairs = [[[0, 0]]]
loops = 1
"""


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Run a command on a specification; return the sentence in which it is refused."""

    def run(
        command: str = "predict",
        *,
        activation: str = "tanh",
        inputs: str = "metric = [[1.0]]",
        depth: int = 3,
    ) -> str:
        path = tmp_path / "spec.toml"
        path.write_text(SPEC.format(depth=depth, activation=activation, inputs=inputs))
        return refused(capsys, command, path)

    return run


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("feyn-nn: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize(
    ("activation", "found", "hint"),
    [
        ("exp(z**2)", "grows faster than a Gaussian expectation", "no faster than exp(c*z)"),
        ("exp(exp(z))", "grows faster than a Gaussian expectation", "no faster than exp(c*z)"),
        ("x*z", "the symbol 'x' besides z", "write z for the variable"),
        ("sqrt(z)", "is complex at z = ", "real for all real z"),
        ("log(z - 20)", "is complex at z = ", "real for all real z"),
        ("1/z", "no value at z = 0", "finite and smooth"),
        ("sqrt(Abs(z))", "infinite derivative at its kink z = 0", "smooth up to its kinks"),
        ("floor(z)", "jumps without end", "finitely many jumps"),
        ("Abs(sin(z))", "no end of them", "at most 24"),
        ("Piecewise((z, z > 0))", "Piecewise without an end", "(…, True)"),
        ("tahn", "not known", "did you mean 'tanh'"),
        ("leaky_relu", "needs its numbers", "leaky_relu(0.1)"),
        ("__import__(z)", "which is not known", "Known: "),
    ],
)
def test_activations(said, activation: str, found: str, hint: str) -> None:  # type: ignore[no-untyped-def]
    sentence = said(activation=activation)
    assert found in sentence
    assert hint in sentence


def test_what_has_coefficients_and_no_sum(said) -> None:  # type: ignore[no-untyped-def]
    sentence = said("validate", activation="exp")
    assert "infinite at every finite width" in sentence
    assert "depth=2" in sentence


@pytest.mark.parametrize(
    ("activation", "metric"),
    [
        ("Max(-1, Min(1, z))", "[[1.0, -1.0], [-1.0, 1.0]]"),
        ("sign(z)", "[[1.0, -0.5], [-0.5, 0.25]]"),
    ],
)
def test_derivatives_that_do_not_exist_at_a_singular_metric(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], activation: str, metric: str
) -> None:
    path = tmp_path / "spec.toml"
    text = SPEC.format(depth=3, activation=activation, inputs=f"metric = {metric}").replace(
        "width = 8", "width = 8\n"
    )
    path.write_text(text.replace("[[[0, 0]]]", "[[[0, 1], [0, 1]]]").replace("loops = 1", "loops = 2"))
    sentence = refused(capsys, "predict", path)
    assert "does not exist at this singular metric" in sentence
    assert "fewer loops" in sentence


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a,b\n1,2\n3,4\n", "header"),
        ("1,2\n3\n", "line 2 has length 1"),
        ("", "empty"),
        ("1,inf\n", "inf"),
        ("1,nan\n", "nan"),
    ],
)
def test_tables_of_inputs(said, tmp_path: Path, content: str, found: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "x.csv").write_text(content)
    sentence = said(inputs='file = "x.csv"')
    assert "x.csv" in sentence
    assert found in sentence


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ("values = []", "empty"),
        ("values = [[]]", "empty"),
        ("values = [[1.0, inf]]", "inf"),
        ("values = [[1.0], [1.0, 2.0]]", "unequal rows"),
        ("values = [1.0, 2.0]", "one dimension"),
        ('file = "."', "directory"),
        ('file = "no.npy"', "does not exist"),
    ],
)
def test_inputs(said, inputs: str, found: str) -> None:  # type: ignore[no-untyped-def]
    assert found in said(inputs=inputs)


def test_a_text_file_that_claims_to_be_npy(said, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "x.npy").write_text("1,2\n")
    assert "x.npy" in said(inputs='file = "x.npy"')
    np.save(tmp_path / "y.npy", np.array([["a"]]))
    assert "y.npy" in said(inputs='file = "y.npy"')


@pytest.mark.parametrize("command", ["predict", "validate"])
def test_files_that_are_no_specification(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(bytes(range(256)))
    assert "directory" in refused(capsys, command, tmp_path)
    assert "binary.toml" in refused(capsys, command, binary)
    assert "does not exist" in refused(capsys, command, tmp_path / "none.toml")
