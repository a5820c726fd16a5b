"""Bring the stored campaigns up to date: ``make measure``, or ``python -m tests.data.measure orders --workers 4``."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from feyn_nn._core import FeynNNError, InvalidInput, nearest
from feyn_nn.montecarlo.dask_cluster import connected
from tests.data import (
    activations_two_inputs,
    attention,
    expectations,
    orders,
    tanh_two_inputs,
    truth_table,
    tuned,
)
from tests.data.campaign import FOLDER, Campaign, Crew

CAMPAIGNS = {
    module.CAMPAIGN.name: module.CAMPAIGN
    for module in (
        tanh_two_inputs,
        activations_two_inputs,
        orders,
        expectations,
        attention,
        tuned,
        truth_table,
    )
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is not yet measured; 0, 2 for bad usage, 130 if interrupted."""
    options = parser().parse_args(arguments)
    try:
        chosen = [campaign(name) for name in options.campaigns or CAMPAIGNS]
        with crew(options) as own:
            for each in chosen:
                each.bring_up_to_date(own, options.results)
    except FeynNNError as error:
        print(f"measure: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("measure: interrupted; run the same command again to go on", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    own = argparse.ArgumentParser(
        prog="python -m tests.data.measure",
        description="Sample the cases of the stored campaigns that are not there yet. The numbers do not depend on who "
        "samples, nor on interruptions: what was done before one is kept, and the same command goes on from there.",
    )
    own.add_argument("campaigns", metavar="CAMPAIGN", nargs="*", help=", ".join(CAMPAIGNS))
    own.add_argument(
        "--workers", metavar="N", type=int, help="threads, or processes; by default one for each CPU"
    )
    own.add_argument("--processes", action="store_true", help="processes instead of threads")
    own.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler to use instead, tcp://host:8786")
    for name, default, what in (
        ("--results", FOLDER, "the files with results"),
        ("--checkpoints", FOLDER / ".runs", "the state of unfinished runs"),
    ):
        own.add_argument(name, metavar="DIR", type=Path, default=default, help=f"folder of {what}")
    return own


def campaign(name: str) -> Campaign:
    """The campaign of that name."""
    if name not in CAMPAIGNS:
        raise InvalidInput(f"there is no campaign {name!r}; {nearest(name, CAMPAIGNS)}")
    return CAMPAIGNS[name]


@contextmanager
def crew(options: argparse.Namespace) -> Iterator[Crew]:
    """Who samples, as the options say."""
    if options.dask is None:
        executor = "processes" if options.processes else None
        yield Crew(executor=executor, workers=options.workers, checkpoints=options.checkpoints)
        return
    with connected(options.dask) as client:  # one for all runs
        yield Crew(executor=client, workers=options.workers, checkpoints=options.checkpoints)


if __name__ == "__main__":
    sys.exit(main())
