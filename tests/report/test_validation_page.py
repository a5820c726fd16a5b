"""The page of a validation: complete, self-contained, well-formed, and wide enough for no screen to scroll."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

import feyn_nn as fnn
from feyn_nn.report import pictures
from feyn_nn.report.validation_page import validation_page
from feyn_nn.report.validation_tables import share
from feyn_nn.validation.report import Report

pytest.importorskip("matplotlib")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """The elements of a page, each with what encloses it; complains of tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), tuple(self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes, _ in self.elements if tag in tags]


@pytest.fixture(scope="module")
def dense() -> Report:
    net = fnn.MLP(depth=3, width=8, activation="tanh", weight_variance=1.5, bias_variance=0.1)
    return fnn.validate(
        net,
        fnn.Inputs([[1.0, 0.5], [0.25, 1.5]]),
        pairs=[[(0, 1)], [(0, 0), (1, 1)]],
        legs=[(0, 0), (0, 0), (0, 1), (0, 1)],
        loops=[2, 1, 0],
        widths=(10, 20, 30),
        samples=10_000,
        rng=7,
    )


@pytest.fixture(scope="module")
def heads() -> Report:
    net, x = fnn.MultiHeadAttention(key_dim=16, value_dim=4), fnn.Tokens.digits(1, patch=(4, 8))
    pairs = [[((0, 0), (0, 0)), ((0, 1), (0, 1))]]
    return fnn.validate(net, x, pairs=pairs, sizes=[(1, 4, 16), (2, 4, 16)], samples=10_000)


@pytest.fixture(scope="module", params=["dense", "heads"])
def report(request: pytest.FixtureRequest) -> Report:
    found: Report = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return report.to_html()


def test_nothing_is_fetched_or_run(page: str) -> None:
    reader = Reader(page)
    for tag, attributes, _ in reader.elements:
        for name in ("src", "href", "xlink:href", "data", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/svg+xml;base64,"))
        assert not any(name.startswith("on") for name in attributes)
        assert tag not in ("link", "iframe", "object", "embed", "form")
        assert tag != "script" or attributes["type"] == "application/json"
    assert "@import" not in page
    assert "url(" not in page


def test_what_a_screen_reader_needs(page: str) -> None:
    reader = Reader(page)
    levels = [int(tag[1]) for tag, _, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(len(attributes["alt"] or "") > 60 for attributes in reader.named("img"))
    assert all(attributes["scope"] in ("row", "col") for attributes in reader.named("th"))
    assert len(reader.named("caption")) == len(reader.named("table")) >= 5
    identifiers = [attributes["id"] for _, attributes, _ in reader.elements if "id" in attributes]
    assert len(set(identifiers)) == len(identifiers)
    for attributes in reader.named("a"):
        assert (attributes["href"] or "")[1:] in identifiers
    for attributes in reader.named("section"):
        assert attributes["aria-labelledby"] in identifiers
    pictures_ = [attributes for tag, attributes, _ in reader.elements if tag == "svg"]
    assert pictures_
    assert all(attributes["role"] == "img" for attributes in pictures_)
    assert len(reader.named("title")) == 1 + len(pictures_)


def test_formulas_and_pictures_are_well_formed(page: str) -> None:
    formulas = re.findall(r"<math.*?</math>", page, re.DOTALL)
    assert len(formulas) >= 5
    for text in [*formulas, *re.findall(r"<svg.*?</svg>", page, re.DOTALL)]:
        ElementTree.fromstring(text)
    for text in formulas:
        for node in ElementTree.fromstring(text).iter():
            children = {"msub": 2, "msup": 2, "msubsup": 3, "mfrac": 2, "munder": 2, "mover": 2}
            assert len(node) == children.get(node.tag, len(node))


def test_the_verdict_the_numbers_and_what_repeats_them(report: Report, page: str) -> None:
    assert f"<title>{report.verdict.upper()}: Theory and sampled networks" in page
    assert page.index(report.verdict.upper()) < page.index("<h2")
    (data,) = re.findall(r'<script type="application/json" id="report-data">(.*?)</script>', page, re.DOTALL)
    assert json.loads(data) == json.loads(report.to_json())
    for own in report.judgements:
        assert page.count(escape(own.observable)) >= 4  # plot, table, section, points
        for order in own.orders:
            assert f"{order.predicted:.6g}" in page
            assert share(order.caught) in page
    specification = next(
        text
        for text in map(unescape, re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL))
        if "[network]" in text
    )
    spec = fnn.Specification.loads(specification)
    assert spec.sampling.seed == report.seed
    assert spec.sampling.samples == report.runs[0].samples
    assert "feyn-nn validate network.toml --report report.html" in page
    assert all(version in page for version in report.versions.values())


def test_its_specification_gives_the_same_report(dense: Report) -> None:
    spec = fnn.Specification.loads(dense.specification)
    again = fnn.validate(
        spec.network,
        spec.inputs,
        pairs=spec.observables.pairs,
        legs=spec.observables.legs,
        loops=spec.observables.loops,
        widths=spec.sampling.widths,
        samples=spec.sampling.samples,
        rng=spec.sampling.seed,
        sampler=spec.sampling.sampler,
    )
    assert again.rows == dense.rows
    assert again.specification == dense.specification


def test_every_diagram_is_counted_and_many_are_grouped(
    dense: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = {group.title: group for group in pictures.picture_groups(dense.judgements)}
    assert list(groups) == ["κ₁(Ĝ), 1 loop", "κ₁(Ĝ), 2 loops", "κ₂(Ĝ), no loop", "κ₂(Ĝ), 1 loop"]
    assert [len(group.figures) for group in groups.values()] == [1, 15, 1, 9]
    assert groups["κ₂(Ĝ), 1 loop"].note.startswith("15 diagrams in 9 pictures")
    assert "1/2 · 1/n² · 2 permutations of legs" in "".join(groups["κ₂(Ĝ), 1 loop"].figures)
    monkeypatch.setattr(pictures, "MOST_SHOWN", 4)
    few = {group.title: group for group in pictures.picture_groups(dense.judgements)}
    assert len(few["κ₂(Ĝ), 1 loop"].figures) == 4
    assert few["κ₂(Ĝ), 1 loop"].note.endswith("the first 4 are shown.")


def test_a_failure_says_so_first(dense: Report) -> None:
    own = dense.judgements[0]
    wrong = replace(dense, adjusted_p=1e-9, judgements=(replace(own, adjusted_p=1e-9), *dense.judgements[1:]))
    page = validation_page(wrong)
    assert "<title>FAIL: Theory and sampled networks disagree" in page
    assert f"<li>{own.observable}: p = 1e-09" in page


def test_an_exact_observable_is_said_to_be_untested() -> None:
    net, x = fnn.MLP(depth=1, width=8, activation="tanh"), fnn.Inputs([[1.0, 0.5]])
    page = fnn.validate(net, x, pairs=[[(0, 0)], [(0, 0), (0, 0)]], samples=10_000).to_html()
    Reader(page)
    assert "<title>UNTESTED: Nothing was tested" in page
    assert "PASS" not in page.partition("report-data")[0]


def test_text_of_users_cannot_become_markup(dense: Report) -> None:
    nasty = replace(
        dense, inputs="<script>alert(1)</script>", specification="</pre><script>alert(2)</script>"
    )
    page = validation_page(nasty)
    assert "<script>alert" not in page
    Reader(page)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
@pytest.mark.parametrize("width", [390, 1280])
def test_no_screen_has_to_scroll_sideways(width: int, page: str, tmp_path: Path) -> None:
    measure = "document.title = document.querySelector('iframe').contentDocument.documentElement.scrollWidth"
    frame = (
        f'<iframe srcdoc="{escape(page)}" style="width:{width}px;height:800px;border:0" onload="{measure}">'
    )
    (tmp_path / "frame.html").write_text(f"<!doctype html><title></title>{frame}</iframe>", encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    command = [str(CHROMIUM), *options, *quiet, "--dump-dom", f"file://{tmp_path / 'frame.html'}"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert re.search(r"<title>(\d+)</title>", shown)[1] == str(width)  # type: ignore[index]
