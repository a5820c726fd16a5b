"""The report as tables of text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from feyn_nn._core.estimate import with_error
from feyn_nn._core.text import powers_name
from feyn_nn.validation.sizes import Sizes, sizes_name
from feyn_nn.validation.table import aligned, duration

if TYPE_CHECKING:
    from feyn_nn.validation.judgement import Judgement, Order
    from feyn_nn.validation.report import Report

Line = tuple[str, ...]


def report_text(report: Report) -> str:
    """Tables of points, of coefficients and of observables, and the verdict."""
    blocks = ["\n".join(_ruled(list(aligned(table)))) for table in tables(report)]
    return "\n\n".join([f"{report.network} on {report.inputs}", *blocks, summary(report)])


def tables(report: Report) -> list[list[Line]]:
    """The tables of a report, each with its head first."""
    found = [list(_points(report)), list(_coefficients(report))]
    if report.laws:
        found.append(list(_laws(report)))
    if len(report.judgements) > 1:
        found.append(list(_observables(report)))
    return found


def summary(report: Report) -> str:
    """The verdict, and what it rests on."""
    lines = [
        f"χ² = {report.chi2:.4g} for {report.dof} degrees of freedom, p = {report.p_value:.3g}; "
        f"of the verdict p = {report.adjusted_p:.3g}: {report.verdict.upper()}",
        *_reservations(report),
        f"({_counts(report)}; sampler {report.sampler}, seed {report.seed}, {duration(report.seconds)})",
    ]
    return "\n".join(lines)


def _points(report: Report) -> Iterator[Line]:
    sizes = ", ".join(report.parameters)
    yield "observable", sizes, "order", "series", "± theory", "measured ± standard error", "pull", "without"
    for judgement in report.judgements:
        if judgement is not report.judgements[0]:
            yield ()
        for row in judgement.rows:
            yield (
                row.observable,
                ", ".join(f"{size:g}" for size in row.sizes.values()),
                powers_name(row.powers),
                f"{row.theory:.7g}",
                f"{row.theory_error:.1e}",
                with_error(row.measured, row.stderr),
                f"{row.pull:+.2f}",
                f"{row.pull_without:+.1f}",
            )


def _coefficients(report: Report) -> Iterator[Line]:
    yield (
        "coefficient of",
        "predicted",
        "measured, others theory's",
        "fitted, all free",
        "pull",
        "Δχ²",
        "caught from",
    )
    for judgement in report.judgements:
        yield (_heading(judgement),)
        yield from (_coefficient(order) for order in judgement.orders)


def _heading(judgement: Judgement) -> str:
    return (
        f"{judgement.observable}, tested as zero" if judgement.prediction.vanishes else judgement.observable
    )


def _coefficient(order: Order) -> Line:
    return (
        f"  {order.name}",
        f"{order.predicted:.6g}",
        with_error(order.alone, order.alone_error) if math.isfinite(order.alone_error) else "—",
        "—" if order.fitted is None else with_error(order.fitted, order.fitted_error or 0.0),
        "—" if order.pull is None else f"{order.pull:+.2f}",
        f"{order.delta_chi2:.3g}{'' if order.resolved or not order.predicted else ' (not resolved)'}",
        _percent(order.caught),
    )


def _percent(share: float) -> str:
    return "—" if not math.isfinite(share) else f"{100 * share:.2g} % off"


def _observables(report: Report) -> Iterator[Line]:
    yield "observable", "χ²", "dof", "p", "p, of so many (Holm)"
    for own in report.judgements:
        yield own.observable, f"{own.chi2:.3g}", str(own.dof), f"{own.p_value:.3g}", f"{own.adjusted_p:.3g}"


def _laws(report: Report) -> Iterator[Line]:
    yield "power of heads", "value_dim, key_dim", "theory", "measured ± standard error", "pull"
    for law in report.laws:
        yield (
            law.observable,
            f"{law.sizes[0]}, {law.sizes[1]}",
            str(law.expected),
            with_error(law.power, law.stderr),
            f"{law.pull:+.2f}",
        )


def _reservations(report: Report) -> Iterator[str]:
    """What the verdict does not cover."""
    if report.dof == 0:
        yield "Nothing was tested: every observable is exact here."
        return
    unseen = [f"{powers_name(order.powers)} of {name}" for name, order in report.unresolved]
    if unseen:
        yield f"Not resolved (Δχ² < 25), so that agreement says little of it: {'; '.join(unseen)}."


def _counts(report: Report) -> str:
    return ", ".join(f"{run.samples:,} at {_short(run.sizes)}" for run in report.runs)


def _short(sizes: Sizes) -> str:
    return sizes_name(sizes)


def _ruled(lines: list[str]) -> list[str]:
    """A rule under the head."""
    return [lines[0], "─" * max(map(len, lines)), *lines[1:]]
