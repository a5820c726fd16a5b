"""The console script: what it prints, and its exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import feyn_nn
from feyn_nn.cli import main

GOOD = """
[network]
kind = "mlp"
depth = 3
width = 16
activation = "tanh"
[inputs]
values = [[1.0, 0.0], [0.6, 0.8]]
[observables]
pairs = [[[0, 0]], [[0, 0], [1, 1]]]
loops = 1
[sampling]
widths = [16]
samples = 20000
seed = 3
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.toml"
    path.write_text(GOOD)
    return path


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must be refused; return the one sentence that it says."""
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("feyn-nn: ")
    return lines[0]


def test_table_and_exit_status(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(spec)]) == 0
    captured = capsys.readouterr()
    assert "κ₂(Ĝ₀₀, Ĝ₁₁)" in captured.out
    assert "PASS" in captured.out
    assert "networks/s" not in captured.err  # the progress bar is for terminals


def test_json_is_one_object_and_nothing_else(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(spec), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {"network", "inputs", "judgements", "fit", "chi2", "dof", "p_value", "verdict"} <= report.keys()
    keys = {"observable", "sizes", "powers", "term", "theory", "theory_error", "measured", "stderr", "pull"}
    assert all(row.keys() == {*keys, "pull_without"} for row in report["rows"])
    assert [row["powers"] for row in report["rows"]] == [{}, {"n": 1}, {"n": 1}, {"n": 2}]
    assert report["verdict"] == "pass"
    assert report["dof"] == 2


def test_a_wrong_theory_exits_with_one(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from feyn_nn.validation import predict

    right = predict.kernel_entry
    monkeypatch.setattr(predict, "kernel_entry", lambda *a: (1.1 * right(*a)[0], right(*a)[1]))
    assert main(["validate", str(spec)]) == 1
    assert "FAIL" in capsys.readouterr().out


def test_options_override_the_specification(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--widths", "12", "20", "--samples", "10000", "--seed", "9", "--sampler", "weights", "--json"]
    main(["validate", str(spec), *options])
    report = json.loads(capsys.readouterr().out)
    assert report["runs"] == [{"sizes": {"n": n}, "samples": 10000} for n in (12, 20)]
    assert (report["seed"], report["sampler"]) == (9, "weights")


def test_workers_do_not_change_the_result(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = []
    for workers in ("1", "3"):
        main(["validate", str(spec), "--json", "--workers", workers])
        report = json.loads(capsys.readouterr().out)
        report["seconds"] = report["design"]["seconds"] = None
        outputs.append(report)
    assert outputs[0] == outputs[1]


def test_diagrams_and_plot(spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, plot = tmp_path / "deep" / "pictures", tmp_path / "plot.svg"
    assert main(["validate", str(spec), "--diagrams", str(folder), "--plot", str(plot)]) == 0
    names = sorted(path.name for path in folder.glob("*.svg"))
    assert len(names) == 1 + 16  # κ₁ at one loop; κ₂ at no loop and at one
    assert names[0] == "kappa1-1loop-001.svg"
    for path in [*folder.glob("*.svg"), plot]:
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    index = (folder / "README.md").read_text()
    assert all(name in index for name in names)
    assert r"\left\langle \sigma_{0} \sigma_{0} ; \sigma_{0} \sigma_{0} \right\rangle" in index
    assert "17 diagrams written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("width = 16", "width = 0", "width=0 is too small; give an integer >= 1"),
        ("depth = 3", "depth = 0", "depth=0 is too small"),
        ("width = 16", "width = 16\nbias_variance = -0.1", "bias_variance"),
        ("width = 16", "width = 16\nweight_variance = nan", "weight_variance"),
        ("[1.0, 0.0]", "[nan, 0.0]", "nan"),
        ("[1.0, 0.0]", "[1.0]", "unequal rows"),
        ("values = [[1.0, 0.0], [0.6, 0.8]]", "metric = [[1.0, 0.5], [0.4, 1.0]]", "symmetric"),
        ("values = [[1.0, 0.0], [0.6, 0.8]]", "metric = [[1.0, 2.0], [2.0, 1.0]]", "eigenvalue"),
        ("[[0, 0]], ", "[[0, 7]], ", "label 7"),
        ("pairs = [[[0, 0]], [[0, 0], [1, 1]]]", "legs = [[[-1, 0], [0, 0]]]", "-1"),
        ('"tanh"', '"tahn"', "did you mean 'tanh'"),
        ("seed = 3", "sead = 3", "did you mean 'seed'"),
        ("[sampling]", "[samplings]", "did you mean 'sampling'"),
        ("values = [[1.0, 0.0], [0.6, 0.8]]", 'file = "nowhere.csv"', "nowhere.csv"),
        ("loops = 1", "loops = [1]", "entries for"),
        ("depth = 3", "depth = ", "not TOML"),
    ],
)
def test_bad_specifications(
    spec: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    assert old in GOOD
    spec.write_text(GOOD.replace(old, new))
    assert says in refusal(capsys, "validate", spec)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--samples", "3"], "samples=3 are too few"),
        (["--samples", "100000000000000"], "takes days"),
        (["--widths", "0"], "widths[0]=0 is too small"),
        (["--widths", "16", "16"], "different widths"),
        (["--sampler", "guess"], "Known: metric, weights"),
        (["--seed", "-1"], "rng=-1"),
        (["--workers", "0"], "workers=0"),
        (["--plot", "plot.txt"], "give one of .svg, .png, .pdf"),
        (["--report", "report.docx"], "give one of .html, .json, .txt"),
        (
            ["--report", "/nowhere/report.html"],
            "the report '/nowhere/report.html' cannot be written (No such",
        ),
        (["--plot", "/nowhere/plot.svg"], "cannot be written (No such file or directory)"),
        (["--diagrams", "/dev/null/pictures"], "cannot make the folder"),
    ],
)
def test_bad_options(spec: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str) -> None:
    assert says in refusal(capsys, "validate", spec, *options)


def test_unreadable_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(bytes(range(256)))
    assert "does not exist" in refusal(capsys, "validate", tmp_path / "none.toml")
    assert "directory" in refusal(capsys, "validate", tmp_path)
    assert "binary.toml" in refusal(capsys, "validate", binary)


def test_divergence_names_the_layer(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(GOOD.replace('"tanh"', '"linear"\nweight_variance = 1e160'))
    assert "overflows at layer 1" in refusal(capsys, "validate", spec)


def test_missing_extra_exits_with_three(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec.write_text(GOOD.replace("values = [[1.0, 0.0], [0.6, 0.8]]", "digits = 2"))
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main(["validate", str(spec)]) == 3
    assert "pip install 'feyn_nn[data]'" in capsys.readouterr().err


def test_a_terminal_without_greek_and_a_full_disk(spec: Path) -> None:
    run = [sys.executable, "-m", "feyn_nn", "validate", str(spec)]
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(run, capture_output=True, text=True, check=False, env=ascii_only)
    assert done.returncode == 0
    assert "?" in done.stdout
    with Path("/dev/full").open("w") as full:
        failed = subprocess.run(run, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr
    assert "cannot write" in failed.stderr


def test_an_error_of_the_program_is_no_verdict(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("feyn_nn.validation.plan", broken)
    assert main(["validate", str(spec)]) == 70
    assert "please report it: ZeroDivisionError: a mistake of ours" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["guess"], ["predict"]])
def test_bad_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: feyn-nn" in capsys.readouterr().err


def test_as_a_program(spec: Path) -> None:
    run = [sys.executable, "-m", "feyn_nn"]
    version = subprocess.run([*run, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.strip() == f"feyn-nn {feyn_nn.__version__}"
    spec.write_text(GOOD.replace('"tanh"', '"tahn"'))
    refused = subprocess.run([*run, "validate", str(spec)], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Traceback" not in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_page_with_everything(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "report.html"
    assert main(["validate", str(spec), "--report", str(page)]) == 0
    assert "PASS" in page.read_text(encoding="utf-8")
    capsys.readouterr()
    from feyn_nn.validation import campaign

    monkeypatch.setattr(campaign, "simulate", lambda *a, **k: pytest.fail("sampled before the refusal"))
    (tmp_path / "there.html").mkdir()
    assert "Is a directory" in refusal(capsys, "validate", spec, "--report", tmp_path / "there.html")
