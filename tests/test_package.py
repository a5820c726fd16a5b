"""The package as a whole: what importing it costs, what it exports, and that its examples run."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import feyn_nn as fnn

HEAVY = ("numba", "sympy", "networkx", "scipy.stats", "matplotlib", "sklearn", "xarray", "dask", "tqdm")
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(fnn.__path__, prefix="feyn_nn.")
    if module.name != "feyn_nn.__main__"  # importing it runs the command
)


def test_import_brings_nothing_heavy() -> None:
    code = f"import sys, feyn_nn; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    for name in fnn.__all__:
        assert getattr(fnn, name).__doc__
    assert set(fnn.__all__) <= set(dir(fnn))
    with pytest.raises(AttributeError, match="no attribute 'guess'"):
        _ = fnn.guess


def test_there_are_modules() -> None:
    assert len(MODULES) > 80


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    # `from package import function` may shadow a module of the same name; sys.modules tells them apart.
    importlib.import_module(name)
    result = doctest.testmod(sys.modules[name], optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_the_lines_of_the_readme_run(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (code,) = [part.partition("```")[0] for part in text.split("```python\n")[1:]]
    assert len(code.strip().splitlines()) <= 12
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "16 diagrams" in printed
    assert "PASS" in printed


def test_citations() -> None:
    assert fnn.citation().count("@") > 20
    assert "2305.02334" in fnn.citation("diagrams")
    with pytest.raises(fnn.InvalidInput, match="did you mean 'diagrams'"):
        fnn.citation("diagram")
    with pytest.raises(fnn.InvalidInput, match="no paper is listed for a list"):
        fnn.citation([])


def test_citations_of_what_was_computed() -> None:
    net = fnn.MLP(depth=3, width=8, activation="relu")
    cumulant = fnn.metric_cumulant(net, pairs=[(0, 0)], loops=0)
    assert "Neal1996" in fnn.citation(net)
    assert "Segadlo2022" not in fnn.citation(net)
    both = fnn.citation(cumulant, "attention")
    assert both.count("Segadlo2022") == both.count("AgeevAgeeva2026") == both.count("Neal1996") == 1


def test_every_class_that_is_cited_for_exists() -> None:
    from feyn_nn.references import _USED

    sources = "".join(path.read_text(encoding="utf-8") for path in Path(fnn.__path__[0]).rglob("*.py"))
    assert {name for name in _USED if f"class {name}" not in sources} == set()
