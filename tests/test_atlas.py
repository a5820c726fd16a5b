"""The atlas on disk is complete, and what the code writes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import comb, factorial
from pathlib import Path
from typing import Any

import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.actions import CausalAction
from feyn_nn.diagrams import Diagram, count_diagrams
from feyn_nn.diagrams.head_diagram import HeadDiagram, head_diagrams
from feyn_nn.render import draw
from feyn_nn.report.atlas import entries_of, family_data, write_atlas
from feyn_nn.report.atlas_page import index_page, overview
from feyn_nn.report.families import families
from feyn_nn.report.leg_classes import leg_classes

ATLAS = Path(__file__).parents[1] / "diagrams"
FAMILIES = {family.name: family for family in families()}
SCALAR = [name for name, family in FAMILIES.items() if family.kind == "scalar"]
HEADS = [name for name, family in FAMILIES.items() if family.kind == "attention"]
SMALL = [
    *HEADS,
    "kappa1-1loop",
    "kappa2-0loop",
    "kappa2-1loop",
    "kappa3-0loop",
    "phi3-0legs-3loop",
    "phi4-2legs-2loop",
]
EVERY = 40  # of the pictures of the large families, so many for one that is drawn again


@cache
def data_of(name: str) -> dict[str, Any]:
    text = (ATLAS / name / "diagrams.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def kept(name: str) -> list[Diagram]:
    """The diagrams of a family, read from its JSON."""
    return [Diagram.from_json(json.dumps(row["diagram"])) for row in data_of(name)["diagrams"]]


def connected_sum(valence: int, legs: int, loops: int) -> Fraction:
    """Σ 1/|Aut| over the connected diagrams of φ^k with labelled legs, from moments of a Gaussian.

    The order in the coupling is fixed by the loops; Z sums over subsets, and log Z takes the parts apart that hang
    together: M[n, p] = Σ C(n-1, m-1) C(p, q) C[m, q] M[n-m, p-q], with n vertices told apart (1/n! in the end).
    """
    order = (legs + 2 * (loops - 1)) // (valence - 2)

    def moment(vertices: int, external: int) -> Fraction:
        power = valence * vertices + external
        if power % 2:
            return Fraction(0)
        double = factorial(power) // (2 ** (power // 2) * factorial(power // 2))
        return Fraction(double, factorial(valence) ** vertices)

    @cache
    def cumulant(vertices: int, external: int) -> Fraction:
        rest = Fraction(0)
        for m in range(1, vertices + 1):
            for q in range(external + 1):
                if (m, q) != (vertices, external):
                    ways = comb(vertices - 1, m - 1) * comb(external, q)
                    rest += ways * cumulant(m, q) * moment(vertices - m, external - q)
        return moment(vertices, external) - rest

    if order == 0:
        return Fraction(1)  # the bare line
    return cumulant(order, legs) / factorial(order)


def test_the_series_of_this_test() -> None:
    """φ⁴: 1/8 for the figure eight, 1/2 for the tadpole; 1/2 for each of the three bubbles and for four tadpoles."""
    assert connected_sum(4, 0, 2) == Fraction(1, 8)
    assert connected_sum(4, 2, 1) == Fraction(1, 2)
    assert connected_sum(4, 4, 1) == Fraction(7, 2)
    assert connected_sum(3, 0, 2) == Fraction(1, 8) + Fraction(1, 12)


@pytest.mark.parametrize("name", SCALAR)
def test_nothing_is_missing_in_scalar_theories(name: str) -> None:
    """The symmetry factors add up to the zero-dimensional theory's, exactly; no two pictures are of one class."""
    data, family = data_of(name), FAMILIES[name]
    total = sum(
        (row["count"] * Fraction(row["symmetry_factor"]) for row in data["diagrams"]), start=Fraction(0)
    )
    assert total == Fraction(data["symmetry_sum"])
    assert total == connected_sum(int(name[3]), family.legs, family.loops)
    assert len(leg_classes(kept(name))) == len(data["diagrams"])


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.kind == "network"])
def test_nothing_is_missing_in_networks(name: str) -> None:
    data, family = data_of(name), FAMILIES[name]
    number, total = count_diagrams(CausalAction(), legs=family.legs, loops=family.loops)
    assert (data["number"], Fraction(data["symmetry_sum"])) == (number, total)
    assert [c.count for c in family.classes()] == [row["count"] for row in data["diagrams"]]


@pytest.mark.parametrize("name", HEADS)
def test_nothing_is_missing_in_attention(name: str) -> None:
    """All terms, each in one class; values of a class are equal where all labels are, so counts add up to powers'."""
    data, family = data_of(name), FAMILIES[name]
    all_of_them = list(head_diagrams(family.legs, family.loops))
    assert data["number"] == sum(row["count"] for row in data["diagrams"]) == len(all_of_them)
    counts: Counter[str] = Counter()
    for row in data["diagrams"]:
        diagram = HeadDiagram.from_json(json.dumps(row["diagram"]))
        assert diagram in all_of_them
        assert json.loads(diagram.to_json()) == row["diagram"]
        assert diagram.caption == row["caption"]
        counts[row["caption"]] += row["count"]
    assert counts == Counter(diagram.caption for diagram in all_of_them)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in HEADS])
def test_the_json_of_the_atlas_is_that_of_diagrams(name: str) -> None:
    for row, diagram in zip(data_of(name)["diagrams"], kept(name), strict=True):
        assert json.loads(diagram.to_json()) == row["diagram"]
        assert (str(diagram.symmetry_factor), diagram.caption) == (row["symmetry_factor"], row["caption"])
        assert dict(diagram.powers.items()) == row["powers"]


def test_folders_hold_what_their_json_says_and_nothing_else() -> None:
    expected = {"README.md", "index.html", "check_tex.py"}
    for name in FAMILIES:
        pictures = [row["name"] for row in data_of(name)["diagrams"]]
        endings = [f"{picture}.{ending}" for picture in pictures for ending in ("svg", "tex")]
        expected |= {f"{name}/{file}" for file in (*endings, "diagrams.json", "index.html")}
    found = {path.relative_to(ATLAS).as_posix() for path in ATLAS.rglob("*") if path.is_file()}
    assert {path for path in found if "__pycache__" not in path} == expected
    assert sum(path.stat().st_size for path in ATLAS.rglob("*") if path.is_file()) < 6.5e6


def test_small_families_are_current(tmp_path: Path) -> None:
    """Written again from the start, every byte is the same."""
    pictures = write_atlas(tmp_path, only=SMALL)
    assert pictures == {name: len(data_of(name)["diagrams"]) for name in SMALL}
    for name in SMALL:
        for path in (tmp_path / name).iterdir():
            assert path.read_bytes() == (ATLAS / name / path.name).read_bytes(), f"{name}/{path.name}"


@pytest.mark.parametrize("name", [name for name in SCALAR if name not in SMALL])
def test_a_sample_of_the_large_families_is_current(name: str) -> None:
    for i, diagram in list(enumerate(kept(name), start=1))[::EVERY]:
        assert draw(diagram).svg == (ATLAS / name / f"{i:03d}.svg").read_text(encoding="utf-8")
        assert draw(diagram, theme="paper").tikz == (ATLAS / name / f"{i:03d}.tex").read_text(
            encoding="utf-8"
        )


def test_a_sample_of_the_six_point_vertex_is_current() -> None:
    entries = entries_of(FAMILIES["kappa3-1loop"].classes()[::8])
    rows = data_of("kappa3-1loop")["diagrams"][::8]
    for entry, row in zip(entries, rows, strict=True):
        folder = ATLAS / "kappa3-1loop"
        assert entry.data() | {"name": row["name"]} == row
        assert entry.drawing.svg == (folder / f"{row['name']}.svg").read_text(encoding="utf-8")
        assert entry.tikz == (folder / f"{row['name']}.tex").read_text(encoding="utf-8")


def test_the_index_is_current() -> None:
    kept_data = [data_of(name) for name in FAMILIES]
    assert (ATLAS / "index.html").read_text(encoding="utf-8") == index_page(kept_data)
    text = (ATLAS / "README.md").read_text(encoding="utf-8")
    assert text == overview(kept_data)
    links = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert len(links) > len(FAMILIES)
    assert all((ATLAS / link).exists() for link in links)


def test_a_family_without_legs_has_classes_of_one() -> None:
    family = FAMILIES["phi4-0legs-3loop"]
    data = family_data(family, entries_of(family.classes()))
    assert sorted(row["symmetry_factor"] for row in data["diagrams"]) == ["1/16", "1/48"]
    assert [row["count"] for row in data["diagrams"]] == [1, 1]


def test_errors_say_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="did you mean 'kappa2-1loop'"):
        write_atlas(tmp_path, only=["kappa2-1loops"])
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="give another"):
        write_atlas(tmp_path / "file", only=["kappa2-0loop"])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from feyn_nn.cli import main

    run: Callable[..., int] = lambda *words: main([str(word) for word in words])  # noqa: E731
    assert run("atlas", tmp_path, "--only", "kappa2-0loop", "--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"folder": str(tmp_path), "pictures": {"kappa2-0loop": 1}}
    assert "four-point vertex" in captured.err
    assert run("atlas", tmp_path, "--only", "kappa2-0loop") == 0
    assert capsys.readouterr().out.split() == ["kappa2-0loop", "1", "pictures"]
    assert run("atlas", tmp_path, "--only", "kappa") == 2
    assert capsys.readouterr().err.startswith("feyn-nn: there is no family 'kappa'")
