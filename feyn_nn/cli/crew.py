"""Who draws the networks, and where an unfinished run is kept: options that several subcommands share."""

from __future__ import annotations

import argparse

from feyn_nn._core import InvalidInput


def add_crew(parser: argparse.ArgumentParser) -> None:
    """Add ``--workers`` and ``--dask``."""
    parser.add_argument("--workers", metavar="W", type=int, help="threads; by default one for each CPU")
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler to use instead, tcp://host:8786")


def executor_of(options: argparse.Namespace) -> str | None:
    """The executor that the options ask for.

    Raises
    ------
    InvalidInput
        If what is given is no address.
    """
    if options.dask is None:
        return None
    if ":" not in options.dask:
        raise InvalidInput(f"--dask {options.dask} is no address; give for example tcp://host:8786")
    return str(options.dask)
