"""Theory and measurement side by side, and the verdict."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from os import PathLike
from typing import Any

from feyn_nn.validation.design import Design, Run
from feyn_nn.validation.fit import Fit
from feyn_nn.validation.heads_law import HeadsLaw
from feyn_nn.validation.judgement import Judgement, Order, Row
from feyn_nn.validation.power import PROBABILITY, SIGNIFICANCE


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """The outcome of :func:`feyn_nn.validate`.

    Parameters
    ----------
    network, inputs : str
        Which ensemble on which inputs.
    judgements : tuple of Judgement
        One for each observable: its orders, its measured points, χ² and p-value.
    fit : Fit
        All coefficients fitted to all measurements, with their covariance.
    chi2, dof, p_value : float, int, float
        All observables and sizes together, with the covariance of the measurements.
    adjusted_p : float
        The p-value of the verdict, corrected for its many tests.
    runs : tuple of Run
        Networks sampled at each set of sizes.
    sampler : str
    seed : int
    laws : tuple of HeadsLaw
        For attention: how correlations were measured to fall with the heads.
    design : Design or None
        What was expected before anything was sampled.
    significance, probability : float
        The verdict fails below this p-value; and the probability with which a mistake is caught that an order's
        ``caught`` states.
    specification : str
        What repeats the run, as TOML for ``feyn-nn validate``; with a seed beyond 64 bits, which is above, left out.
    seconds : float
        How long the sampling took.
    versions : dict of str to str
        Of Python and of the packages that decide the bits.
    """

    network: str
    inputs: str
    judgements: tuple[Judgement, ...]
    fit: Fit
    chi2: float
    dof: int
    p_value: float
    adjusted_p: float
    runs: tuple[Run, ...]
    sampler: str
    seed: int
    laws: tuple[HeadsLaw, ...] = ()
    design: Design | None = None
    significance: float = SIGNIFICANCE
    probability: float = PROBABILITY
    specification: str = ""
    seconds: float = field(default=0.0, compare=False)
    versions: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def verdict(self) -> str:
        """``"pass"``, or ``"fail"`` if adjusted_p < significance."""
        return "pass" if self.adjusted_p >= self.significance else "fail"

    @property
    def passed(self) -> bool:
        """Whether the verdict is a pass."""
        return self.verdict == "pass"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The small parameters: ``("n",)``, or heads, value_dim and key_dim."""
        return tuple(self.runs[0].sizes)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """By observable, sizes and order; the last order of each is the full series."""
        return tuple(row for judgement in self.judgements for row in judgement.rows)

    @property
    def orders(self) -> tuple[tuple[str, Order], ...]:
        """Every order of every observable, with the observable's name."""
        return tuple((own.observable, order) for own in self.judgements for order in own.orders)

    @property
    def resolved(self) -> tuple[tuple[str, Order], ...]:
        """The orders that this run saw."""
        return tuple((name, order) for name, order in self.orders if order.resolved)

    @property
    def unresolved(self) -> tuple[tuple[str, Order], ...]:
        """The orders that it did not see, and of which a pass says little; those that are zero are not among them."""
        return tuple((name, own) for name, own in self.orders if own.predicted and not own.resolved)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, for JSON; a number that is not finite becomes None."""
        own = ("network", "inputs", "chi2", "dof", "p_value", "adjusted_p", "significance", "probability",
               "verdict", "sampler", "seed", "specification", "seconds")  # fmt: skip
        plain = {name: getattr(self, name) for name in own} | {
            "versions": dict(self.versions),
            "runs": [asdict(run) for run in self.runs],
            "judgements": [judgement.to_dict() for judgement in self.judgements],
            "rows": [asdict(row) | {"powers": dict(row.powers)} for row in self.rows],
            "fit": self.fit.to_dict(),
            "laws": [law.to_dict() for law in self.laws],
            "design": self.design.to_dict() if self.design else None,
        }
        cleaned: dict[str, Any] = _finite(plain)
        return cleaned

    def to_json(self) -> str:
        """The report as one JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def plot(self, file: str | PathLike[str]) -> None:
        """Draw each observable against 1/n, or attention against its heads: data with error bars, theory as curves.

        Parameters
        ----------
        file : path
            Where to write; the ending (.svg, .png, .pdf) says the format.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        InvalidInput
            If the file cannot be written.
        """
        from feyn_nn.validation.plot import save_plot

        save_plot(self, file)

    def to_html(self) -> str:
        """The whole report as one HTML page that fetches nothing: verdict, plots, formulas, tables, diagrams, data.

        Raises
        ------
        MissingExtra
            If matplotlib, which draws the plots, is not installed.
        """
        from feyn_nn.report.validation_page import validation_page

        return validation_page(self)

    def save(self, file: str | PathLike[str]) -> None:
        """Write the report to a file, as its ending says.

        Parameters
        ----------
        file : path
            ``.html`` for the page of :meth:`to_html`, ``.json`` for the data, ``.txt`` for the tables; ``.svg``,
            ``.png`` or ``.pdf`` for the plot.

        Raises
        ------
        MissingExtra
            If matplotlib is needed and not installed.
        InvalidInput
            If the ending is another one, or the file cannot be written.
        """
        from feyn_nn.validation.saving import save_report

        save_report(self, file)

    def __str__(self) -> str:
        from feyn_nn.validation.report_text import report_text

        return report_text(self)

    __repr__ = __str__

    def summary(self) -> str:
        """The verdict, and what it rests on."""
        from feyn_nn.validation.report_text import summary

        return summary(self)

    def _repr_html_(self) -> str:
        from feyn_nn.validation.report_text import tables

        caption = html.escape(f"{self.network} on {self.inputs}")
        body = "".join(_html_table(table) for table in tables(self))
        return f"<p>{caption}</p>{body}<p>{html.escape(self.summary())}</p>"


def _html_table(lines: list[tuple[str, ...]]) -> str:
    head, *body = ([html.escape(cell.strip()) for cell in line] for line in lines)
    width = len(head)
    rows = "".join(
        "<tr>"
        + (
            "".join(f"<td>{cell}</td>" for cell in line)
            if len(line) == width
            else f"<th colspan='{width}'>{''.join(line)}</th>"
        )
        + "</tr>"
        for line in body
    )
    return f"<table><thead><tr>{''.join(f'<th>{h}</th>' for h in head)}</tr></thead><tbody>{rows}</tbody></table>"


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
