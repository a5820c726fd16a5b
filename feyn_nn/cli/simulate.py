"""``feyn-nn simulate SPEC``: measure the observables of a specification on sampled networks."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn.cli.crew import add_crew, executor_of
from feyn_nn.networks import Specification

_INTERRUPTED = 130
_EXAMPLE = """\
examples:
  feyn-nn simulate examples/relu.toml --samples 100000
  feyn-nn simulate examples/relu.toml --samples 1000000 --checkpoint relu.run --json > relu.json
  feyn-nn simulate examples/relu.toml --checkpoint relu.run --add-samples 1000000
  feyn-nn simulate examples/relu.toml --samples 100000000 --dask tcp://cluster:8786
"""


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "simulate",
        help="measure cumulants on sampled networks",
        description="Sample networks of the width that a specification states, and print every observable with its "
        "standard error. The result does not depend on who draws the networks, nor on interruptions: a run with "
        "a checkpoint goes on where it ended, to the same bits. Ctrl-C prints what is there and exits with 130.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("spec", metavar="SPEC.toml", help="network, inputs, observables and sampling")
    parser.add_argument("--samples", metavar="N", type=int, help="networks in the whole run")
    parser.add_argument("--seed", metavar="S", type=int, help="seed of the random numbers")
    parser.add_argument(
        "--sampler",
        metavar="NAME",
        help="metric (exact and fast), weights (explicit), or weights(laplace) for another law",
    )
    parser.add_argument(
        "--unconditioned",
        action="store_true",
        help="sample the field itself for legs, instead of averaging over the last layer exactly",
    )
    add_crew(parser)
    parser.add_argument("--checkpoint", metavar="PATH", help="file to keep the run in, and to go on from")
    parser.add_argument(
        "--add-samples", metavar="M", type=int, help="extend the finished run in the checkpoint"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand; 0, or 130 if it was interrupted with something to show."""
    from feyn_nn.montecarlo import simulate

    spec = Specification.load(options.spec)
    wanted, sampling = spec.observables, spec.sampling
    measured = simulate(
        spec.network,
        spec.inputs,
        pairs=wanted.pairs or None,
        legs=wanted.legs or None,
        samples=_samples(options, sampling.samples),
        rng=(sampling.seed or 0) if options.seed is None else options.seed,
        sampler=options.sampler or sampling.sampler,
        conditioned=False if options.unconditioned else None,
        workers=options.workers,
        executor=executor_of(options),
        checkpoint=options.checkpoint,
        add_samples=options.add_samples,
        progress=True,
    )
    if options.json:
        shown = {**measured.to_dict(), "inputs": spec.inputs.to_dict()}
        print(json.dumps(shown, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print(measured)
    if measured.complete:
        return 0
    more = f"; run the same command again to go on from {options.checkpoint!r}" if options.checkpoint else ""
    print(f"feyn-nn: interrupted after {measured.n_samples:,} networks{more}", file=sys.stderr)
    return _INTERRUPTED


def _samples(options: argparse.Namespace, stated: int | None) -> int | None:
    """The length of the run: from the command, else from the checkpoint that is there, else from the file."""
    if options.samples is not None or options.add_samples is not None:
        return options.samples  # type: ignore[no-any-return]
    if options.checkpoint and Path(options.checkpoint).is_file():
        return None
    if stated is None:
        raise InvalidInput(f"{options.spec} states no sampling.samples; give --samples 100000")
    return stated
