"""A validation as one HTML file that holds everything it shows: pictures, formulas, tables, data."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from feyn_nn._core.text import counted, inverse_power, powers_name
from feyn_nn.report import mathml
from feyn_nn.report.atlas_page import LEGEND
from feyn_nn.report.markup import element, facts, listed, page, section
from feyn_nn.report.pictures import picture_groups
from feyn_nn.report.rules_of_theory import rules_of_theory
from feyn_nn.report.validation_tables import (
    MOST_CORRELATED,
    correlations_table,
    design_table,
    laws_table,
    observables_table,
    orders_table,
    points_table,
    provenance,
)
from feyn_nn.validation.curves import Curves
from feyn_nn.validation.plot import write_plot
from feyn_nn.validation.sizes import sizes_name

if TYPE_CHECKING:
    from feyn_nn.validation.judgement import Judgement
    from feyn_nn.validation.report import Report

_VERDICTS = {
    "pass": ("✓", "PASS", "Theory and sampled networks agree"),
    "fail": ("✗", "FAIL", "Theory and sampled networks disagree"),
    "untested": ("–", "UNTESTED", "Nothing was tested: every observable is exact here"),
}
"""A mark, a word and a sentence for each."""


def validation_page(report: Report) -> str:
    """The page of a report.

    Raises
    ------
    MissingExtra
        If matplotlib, which draws the plots, is not installed.
    """
    parts = list(_sections(report))
    style = files("feyn_nn.report").joinpath("validation_page.css").read_text(encoding="utf-8")
    _, word, headline = _VERDICTS[_verdict(report)]
    contents = element(
        "nav",
        element("ul", *(f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title, _ in parts)),
        aria_label="Contents",
    )
    main = element(
        "main",
        facts(_summary(report)),
        _reservations(report),
        contents,
        *(section(name, title, content) for name, title, content in parts),
    )
    numbers = report.to_json().replace("<", "\\u003c")
    data = element("script", numbers, type="application/json", id="report-data")
    return page(f"{word}: {headline}", style, _header(report), main, data)


def _verdict(report: Report) -> str:
    return report.verdict if report.dof else "untested"


def _header(report: Report) -> str:
    verdict = _verdict(report)
    mark, word, headline = _VERDICTS[verdict]
    badge = element("p", element("span", f"{mark} {word}", class_=f"verdict {verdict}"))
    ensemble, inputs = (element("code", escape(text)) for text in (report.network, report.inputs))
    about = element("p", f"{ensemble} on {inputs}", class_="about")
    return element("header", badge, element("h1", escape(headline)), about)


def _sections(report: Report) -> Iterator[tuple[str, str, str]]:
    """Identifier, title and content of each part."""
    yield "plots", "Scaled correlators", _plots(report)
    yield "orders", "Order by order", _orders(report)
    yield "fit", "Joint fit", _fit(report)
    yield "theory", "The rules", rules_of_theory(report.judgements)
    yield "diagrams", "Diagrams", _diagrams(report)
    if report.design is not None and report.design.orders:
        yield "design", "Design before data", _design(report)
    yield "points", "Every measurement", points_table(report)
    yield "repeat", "To repeat it", _repeat(report)


def _summary(report: Report) -> Iterator[tuple[str, str]]:
    yield "p-value of the verdict", f"{report.adjusted_p:.3g} (fails below {report.significance:g})"
    yield (
        "all observables together",
        f"χ² = {report.chi2:.4g} for {report.dof} degrees of freedom, p = {report.p_value:.3g}",
    )
    asked = [order for _, order in report.orders if order.predicted]
    yield "orders resolved", f"{len(report.resolved)} of {len(asked)} at Δχ² ≥ 25"
    yield (
        "sampled",
        f"{sum(run.samples for run in report.runs):,} networks of {counted(len(report.runs), 'size')}",
    )
    yield "sampler and seed", f"{report.sampler}, {report.seed}"


def _reservations(report: Report) -> str:
    """What failed, and what a pass does not cover."""
    failed = [
        f"{own.observable}: p = {own.adjusted_p:.2g} after correction for looking at all"
        for own in report.judgements
        if own.adjusted_p < report.significance
    ]
    unseen = [
        f"{own.observable}: {', '.join(powers_name(order.powers) for order in missed)}"
        for own in report.judgements
        if (missed := [order for order in own.orders if order.predicted and not order.resolved])
    ]
    parts = [("At odds with theory:", failed), ("Not resolved, so that agreement says little of:", unseen)]
    return "".join(element("p", said) + listed(entries) for said, entries in parts if entries)


def _plots(report: Report) -> str:
    note = (
        "Each observable is scaled by its leading power, so that the leading order is a constant. Points are sampled "
        "networks with one standard error; curves are the series cut at each order; the grey band is what the orders "
        "left out may add, the blue one a standard error about the joint fit of all coefficients."
    )
    pictures = (_plot(report, judgement) for judgement in report.judgements)
    return element("p", note) + element("div", "\n".join(pictures), class_="grid plots")


def _plot(report: Report, judgement: Judgement) -> str:
    stream = io.BytesIO()
    write_plot(report, stream, ".svg", only=[judgement.observable])
    source = f"data:image/svg+xml;base64,{base64.b64encode(stream.getvalue()).decode()}"
    return f'<figure><img src="{source}" alt="{escape(_seen(report, judgement))}"></figure>'


def _seen(report: Report, judgement: Judgement) -> str:
    """What the plot shows, in words."""
    curves = Curves(judgement=judgement, fit=report.fit)
    worst = max(judgement.points, key=lambda point: abs(point.pull))
    last = judgement.rows[-1]
    without = max((row.pull_without for row in judgement.rows if row.powers == last.powers), key=abs)
    return (
        f"{judgement.observable} as {curves.scaled_name} against {inverse_power(curves.parameter, 1)}, "
        f"{counted(len(judgement.points), 'measured point')}. The full series misses none by more than "
        f"{abs(worst.pull):.1f} standard errors; without its {powers_name(last.powers)} term it misses by up to "
        f"{abs(without):.1f}."
    )


def _orders(report: Report) -> str:
    note = (
        "Δχ² is what an order is worth in this run, 25 being five standard deviations. The last column is the power of "
        f"the test: a coefficient wrong by so much would have failed with probability {report.probability:g}."
    )
    tables = (
        section(
            f"orders-{number}",
            f"{own.observable}{', tested as zero' if own.prediction.vanishes else ''}",
            element("p", mathml.series(own.prediction), class_="series"),
            orders_table(own),
            level=3,
        )
        for number, own in enumerate(report.judgements, start=1)
    )
    laws = laws_table(report) if report.laws else ""
    return element("p", escape(note)) + observables_table(report) + "".join(tables) + laws


def _fit(report: Report) -> str:
    fit = report.fit
    said = (
        f"All coefficients were fitted to all measurements at once, with the full covariance and none held at theory. "
        f"They differ from theory's by χ² = {fit.chi2:.4g} for {fit.dof} degrees of freedom, p = {fit.p_value:.3g}. "
        f"What no coefficients explain is χ² = {fit.residual_chi2:.4g} for {fit.residual_dof}, "
        f"p = {fit.residual_p_value:.3g}."
    )
    small = 1 < len(fit.coefficients) <= MOST_CORRELATED
    return element("p", escape(said)) + (correlations_table(report) if small else "")


def _diagrams(report: Report) -> str:
    legend = LEGEND if report.parameters == ("n",) else ""
    groups = (
        section(
            f"diagrams-{number}",
            group.title,
            element("p", escape(group.note)),
            element("div", "\n".join(group.figures), class_="grid"),
            level=3,
        )
        for number, group in enumerate(picture_groups(report.judgements), start=1)
    )
    return legend + "".join(groups)


def _design(report: Report) -> str:
    design = report.design
    assert design is not None
    runs = "; ".join(f"{run.samples:,} networks at {sizes_name(run.sizes)}" for run in design.runs)
    return element("p", escape(f"Chosen from the predicted coefficients alone: {runs}.")) + design_table(
        design, report
    )


def _repeat(report: Report) -> str:
    known = facts(provenance(report))
    if not report.specification:
        return known
    said = "Save this specification as network.toml and run the command: the numbers do not depend on who samples."
    command = "feyn-nn validate network.toml --report report.html"
    return (
        element("p", said)
        + element("pre", escape(command))
        + element("pre", escape(report.specification))
        + known
    )
