"""The report as tables of text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from feyn_nn._core.estimate import with_error
from feyn_nn._core.text import powers_name
from feyn_nn.validation.judgement import pull
from feyn_nn.validation.sizes import Sizes
from feyn_nn.validation.table import aligned, duration, percent, ruled

if TYPE_CHECKING:
    from feyn_nn.validation.judgement import Judgement, Order
    from feyn_nn.validation.report import Report

Line = tuple[str, ...]

_COEFFICIENT_HEAD = (
    "coefficient of",
    "theory",
    "measured, others theory's",
    "pull",
    "without it",
    "fitted, all free",
    "pull",
    "Δχ²",
    "caught if off by",
)
_OF_THE_FIT = (5, 6)


def report_text(report: Report) -> str:
    """Tables of points, of coefficients and of observables, and the verdict."""
    blocks = ["\n".join(ruled(aligned(table))) for table in tables(report)]
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
    corrected = (
        "" if len(report.judgements) == 1 else f" ({report.adjusted_p:.3g} for the worst of all tests)"
    )
    lines = [
        f"χ² = {report.chi2:.4g} for {report.dof} degrees of freedom, p = {report.p_value:.3g}{corrected}: "
        f"{report.verdict.upper()}",
        *_reservations(report),
        f"({_counts(report)}; sampler {report.sampler}, seed {report.seed}, {duration(report.seconds)})",
    ]
    return "\n".join(lines)


def _points(report: Report) -> Iterator[Line]:
    """The series cut at every order for fully connected networks; for attention, of many terms, all of it."""
    yield (
        "observable",
        ", ".join(report.parameters),
        "order",
        "series",
        "± theory",
        "measured ± standard error",
        "pull",
    )
    single = report.parameters == ("n",)
    for judgement in report.judgements:
        if judgement is not report.judgements[0]:
            yield ()
        for point, group in groupby(judgement.rows, key=lambda row: tuple(row.sizes.values())):
            rows = list(group)
            cuts = rows if single and not judgement.prediction.vanishes else rows[-1:]
            for row in cuts:
                yield (
                    row.observable,
                    ", ".join(f"{size:g}" for size in point),
                    powers_name(row.powers) if len(cuts) == len(rows) else "all",
                    f"{row.theory:.7g}",
                    f"{row.theory_error:.1e}",
                    with_error(row.measured, row.stderr),
                    f"{row.pull:+.2f}",
                )


def _coefficients(report: Report) -> Iterator[Line]:
    kept = [i for i in range(len(_COEFFICIENT_HEAD)) if report.fit.coefficients or i not in _OF_THE_FIT]
    yield tuple(_COEFFICIENT_HEAD[i] for i in kept)
    for judgement in report.judgements:
        yield (_heading(judgement),)
        for order in () if judgement.prediction.vanishes else judgement.orders:
            cells = _coefficient(order)
            yield tuple(cells[i] for i in kept)


def _heading(judgement: Judgement) -> str:
    if not judgement.prediction.vanishes:
        return judgement.observable
    seen = f"; a value of {judgement.smallest:.2g} would have been caught" if judgement.dof else ""
    return f"{judgement.observable}: tested as zero{seen}"


def _coefficient(order: Order) -> Line:
    seen = math.isfinite(order.alone_error)
    return (
        f"  {order.name}",
        f"{order.predicted:.6g}",
        with_error(order.alone, order.alone_error) if seen else "—",
        f"{pull(order.predicted - order.alone, order.alone_error):+.2f}" if seen else "—",
        f"{pull(-order.alone, order.alone_error):+.1f}" if seen else "—",
        "—" if order.fitted is None else with_error(order.fitted, order.fitted_error or 0.0),
        "—" if order.pull is None else f"{order.pull:+.2f}",
        f"{order.delta_chi2:.3g}{'' if order.resolved or not order.predicted else ' (unseen)'}",
        percent(order.caught),
    )


def _observables(report: Report) -> Iterator[Line]:
    yield "observable", "χ²", "dof", "p", "p among so many (Holm)"
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
    """What the verdict does not cover, and what its power means."""
    if report.dof == 0:
        yield "Nothing was tested: theory and measurement are both exact here, and agree."
        return
    unseen = groupby(report.unresolved, key=lambda entry: entry[0])
    names = [f"{name}: {', '.join(powers_name(own.powers) for _, own in group)}" for name, group in unseen]
    if names:
        yield "Not resolved (Δχ² < 25), so that agreement says little of it:"
        yield from (f"  {name}" for name in names)
    yield (
        f'"Caught": the verdict, which fails below p = {report.significance:g}, does so with probability '
        f"{report.probability:.0%} if this coefficient alone is off by so much."
    )


def _counts(report: Report) -> str:
    if len({run.samples for run in report.runs}) == 1:
        names, where = _places([run.sizes for run in report.runs])
        each = " each" if len(report.runs) > 1 else ""
        return f"{report.runs[0].samples:,} networks{each} at {names} = {where}"
    return ", ".join(
        f"{run.samples:,} at {names} = {where}"
        for run in report.runs
        for names, where in (_places([run.sizes]),)
    )


def _places(several: list[Sizes]) -> tuple[str, str]:
    names = tuple(several[0])
    if len(names) == 1:
        return names[0], ", ".join(f"{sizes[names[0]]:g}" for sizes in several)
    return f"({', '.join(names)})", ", ".join(
        f"({', '.join(f'{size:g}' for size in sizes.values())})" for sizes in several
    )
