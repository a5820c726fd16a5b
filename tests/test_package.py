"""The package as a whole: what importing it costs, what it exports, and that its examples run."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from inspect import getdoc
from pathlib import Path
from pydoc import locate

import pytest

import feyn_nn as fnn

ROOT = Path(__file__).parents[1]
SOURCES = sorted(Path(fnn.__path__[0]).rglob("*.py"))
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


def test_what_the_api_lists_has_an_example() -> None:
    # Those that change a registry, and what only a long run makes, have theirs in the guide, where tests run them.
    in_the_guide = {
        "register_family",
        "register_weight_law",
        "register_closed_form",
        "Family",
        "Action",
        "Report",
    }
    text = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^   ([A-Za-z_]\w*(?:\.\w+)*)$", text, re.MULTILINE)
    assert len(listed) > 60
    lacking = {name for name in listed if ">>>" not in (getdoc(locate(f"feyn_nn.{name}")) or "")}
    assert {name.rpartition(".")[2] for name in lacking} <= in_the_guide


def test_extras_that_errors_name_bring_what_is_missing() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    brings = {"sklearn": "scikit-learn", "distributed": "dask[distributed]"}
    calls = re.findall(
        r'(?<!\.\.\.     )require_extra\("([\w.]+)", "(\w+)"', "".join(p.read_text("utf-8") for p in SOURCES)
    )
    assert len(calls) > 6
    for module, extra in calls:
        package = module.partition(".")[0]
        assert any(wanted.startswith(brings.get(package, package)) for wanted in extras[extra]), (
            module,
            extra,
        )


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == fnn.__version__
    assert f"\nversion: {fnn.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {fnn.__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_first_page_shows_the_lines_of_the_readme() -> None:
    readme, start = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/start.md"))
    assert readme.partition("```python\n")[2].partition("```")[0] in start


def test_the_lines_of_the_readme_run(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
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


def test_a_report_is_cited_for_its_network() -> None:
    report = type("Report", (), {"network": "MultiHeadAttention(heads=2, key_dim=8, value_dim=8)"})()
    assert "AgeevAgeeva2026" in fnn.citation(report)
    assert "McCullagh1987" in fnn.citation(report)


def test_every_class_that_is_cited_for_exists() -> None:
    from feyn_nn.references import _USED

    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    assert {name for name in _USED if f"class {name}" not in sources} == set()
