"""The tables of a validation's page: orders, fit, measured points, design."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from feyn_nn._core.estimate import with_error
from feyn_nn._core.text import powers_name
from feyn_nn.report.markup import table
from feyn_nn.validation.judgement import pull
from feyn_nn.validation.sizes import sizes_name

if TYPE_CHECKING:
    from feyn_nn.validation.design import Design
    from feyn_nn.validation.judgement import Judgement, Order
    from feyn_nn.validation.report import Report

MOST_CORRELATED = 14
"""Coefficients up to which their correlations are printed; all are in the data of the page."""


def orders_table(judgement: Judgement) -> str:
    """Each coefficient as predicted, measured and fitted, and what the run could see of it."""
    head = (
        "order", "predicted", "measured, others from theory", "pull", "fitted, all free", "pull of the fit", "Δχ²",
        "largest pull without it", "caught if wrong by",
    )  # fmt: skip
    return table(
        f"Coefficients of {judgement.observable}",
        head,
        (_order(judgement, order) for order in judgement.orders),
    )


def _order(judgement: Judgement, order: Order) -> tuple[str, ...]:
    known = math.isfinite(order.alone_error)
    without = [row.pull_without for row in judgement.rows if row.powers == order.powers]
    return (
        order.name,
        f"{order.predicted:.6g}",
        with_error(order.alone, order.alone_error) if known else "—",
        f"{pull(order.predicted - order.alone, order.alone_error):+.2f}" if known else "—",
        "—" if order.fitted is None else with_error(order.fitted, order.fitted_error or 0.0),
        "—" if order.pull is None else f"{order.pull:+.2f}",
        f"{order.delta_chi2:.3g}{'' if order.resolved or not order.predicted else ' (unseen)'}",
        pull_text(max(without, key=abs)),
        share(order.caught),
    )


def pull_text(value: float, digits: int = 1) -> str:
    """A pull with its sign; in powers of ten where it is beyond all measure.

    Examples
    --------
    >>> pull_text(-12.34), pull_text(0.5, digits=2), pull_text(-5.6e14)
    ('-12.3', '+0.50', '-5.6e+14')
    """
    return f"{value:+.{digits}f}" if abs(value) < 1e5 else f"{value:+.1e}"


def share(relative: float) -> str:
    """A relative error in percent, to two digits.

    Examples
    --------
    >>> share(0.0123), share(9.34), share(math.inf)
    ('1.2 %', '930 %', 'never')
    """
    return f"{float(f'{100 * relative:.2g}'):,g} %" if math.isfinite(relative) else "never"


def observables_table(report: Report) -> str:
    """The test of each observable by itself."""
    head = ("observable", "χ²", "degrees of freedom", "p", "p, of so many (Holm)", "largest pull")
    return table(
        "Every observable by itself, all its orders",
        head,
        (
            (
                own.observable,
                f"{own.chi2:.3g}",
                str(own.dof),
                f"{own.p_value:.3g}",
                f"{own.adjusted_p:.3g}",
                f"{max((point.pull for point in own.points), key=abs):+.2f}",
            )
            for own in report.judgements
        ),
    )


def points_table(report: Report) -> str:
    """Every order at every size."""
    sizes = ", ".join(report.parameters)
    head = (
        "observable",
        sizes,
        "order",
        "term",
        "series through it",
        "± theory",
        "measured",
        "pull",
        "pull without",
    )
    rows = (
        (
            row.observable,
            ", ".join(f"{size:g}" for size in row.sizes.values()),
            powers_name(row.powers),
            f"{row.term:.5g}",
            f"{row.theory:.7g}",
            f"{row.theory_error:.1e}",
            with_error(row.measured, row.stderr),
            pull_text(row.pull, digits=2),
            pull_text(row.pull_without),
        )
        for row in report.rows
    )
    return table("The series cut at each order beside every measurement", head, rows, wide=True)


def correlations_table(report: Report) -> str:
    """The correlations of the fitted coefficients, in percent."""
    fit = report.fit
    names = [f"{name} {powers_name(powers)}" for name, powers in fit.coefficients]
    rows = (
        (
            f"{number}: {name}",
            *(
                f"{100 * fit.covariance[i][j] / (fit.errors[i] * fit.errors[j]):.0f}"
                for j in range(len(names))
            ),
        )
        for i, (number, name) in enumerate(enumerate(names, start=1))
    )
    head = ("coefficient", *(str(number) for number in range(1, len(names) + 1)))
    return table("Correlations of the fitted coefficients, in percent", head, rows, wide=True)


def laws_table(report: Report) -> str:
    """The power of heads with which correlations fall."""
    head = ("observable", "value_dim, key_dim", "theory", "measured", "pull")
    rows = (
        (law.observable, f"{law.sizes[0]}, {law.sizes[1]}", str(law.expected), with_error(law.power, law.stderr),
         f"{law.pull:+.2f}")
        for law in report.laws
    )  # fmt: skip
    return table("The power of heads with which correlations fall", head, rows)


def design_table(design: Design, report: Report) -> str:
    """What was expected of each order before anything was sampled, and what came."""
    found = {(name, order.powers): order for name, order in report.orders}
    head = ("order", "coefficient", "Δχ² expected", "Δχ² found", "remark")
    rows = (
        (
            f"{own.observable} {powers_name(own.powers)}",
            f"{own.predicted:.4g}",
            f"{own.delta_chi2:.3g}",
            f"{found[own.observable, own.powers].delta_chi2:.3g}",
            own.remark,
        )
        for own in design.orders
    )
    return table("What each order was expected to be worth", head, rows)


def provenance(report: Report) -> Iterator[tuple[str, str]]:
    """What decides the numbers."""
    for run in report.runs:
        yield sizes_name(run.sizes), f"{run.samples:,} networks"
    yield "seed", str(report.seed)
    yield "sampler", report.sampler
    yield from report.versions.items()
