"""``feyn-nn validate --all DIR``: every specification of a folder, and one table of their verdicts."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feyn_nn._core import FeynNNError, InvalidInput
from feyn_nn.networks import Specification
from feyn_nn.validation.table import aligned, duration, ruled

if TYPE_CHECKING:
    from feyn_nn.validation import Report


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A specification and its report, or why there is none.

    Parameters
    ----------
    file : Path
    report : Report or None
    refused : str
        Why it could not be run.
    """

    file: Path
    report: Report | None = None
    refused: str = ""

    @property
    def status(self) -> int:
        """0 for a pass, 1 for a fail, 2 for a specification that was refused."""
        return 2 if self.report is None else int(not self.report.passed)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        report = None if self.report is None else self.report.to_dict()
        verdict = "refused" if self.report is None else self.report.verdict
        return {
            "specification": str(self.file),
            "verdict": verdict,
            "refused": self.refused or None,
            "report": report,
        }

    def cells(self) -> tuple[str, ...]:
        """A line of the table."""
        if (report := self.report) is None:
            return (self.file.name, *[""] * 5, f"REFUSED: {self.refused}")
        zeros = sum(not order.predicted for _, order in report.orders)
        return (
            self.file.name,
            str(len(report.judgements)),
            f"{len(report.resolved)} of {len(report.orders) - zeros}",
            f"{report.chi2:.4g} / {report.dof}",
            f"{report.adjusted_p:.3g}",
            duration(report.seconds),
            report.verdict.upper(),
        )


def validate_all(options: argparse.Namespace) -> int:
    """Run every specification; 1 if any verdict is a fail, else 2 if any was refused, else 0."""
    files = _specifications(options.all)
    outcomes = []
    for number, file in enumerate(files, start=1):
        print(f"{file} ({number} of {len(files)})", file=sys.stderr, flush=True)
        outcomes.append(_outcome(file, options))
    if options.json:
        plain = [outcome.to_dict() for outcome in outcomes]
        print(json.dumps({"reports": plain}, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        head = ("specification", "observables", "orders resolved", "χ² / dof", "p", "time", "verdict")
        print("\n".join(ruled(aligned([head, *(outcome.cells() for outcome in outcomes)]))))
    statuses = {outcome.status for outcome in outcomes}
    return 1 if 1 in statuses else max(statuses)


def _outcome(file: Path, options: argparse.Namespace) -> Outcome:
    from feyn_nn.cli.validate import planned, sampled

    try:
        campaign = planned(Specification.load(file), options)
        return Outcome(file=file, report=sampled(campaign, options, file.stem))
    except FeynNNError as error:
        return Outcome(file=file, refused=str(error))


def _specifications(folder: str) -> list[Path]:
    if not folder or not Path(folder).is_dir():
        raise InvalidInput(f"--all {folder!r} is no folder; name one that holds specifications (.toml)")
    found = sorted(Path(folder).glob("*.toml"))
    if not found:
        raise InvalidInput(f"the folder {folder!r} holds no specification; they end in .toml")
    return found
