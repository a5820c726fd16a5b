"""``feyn-nn validate SPEC``: theory against sampled networks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feyn_nn._core import InvalidInput
from feyn_nn._core.text import subscript
from feyn_nn.networks import MLP, Specification

if TYPE_CHECKING:
    from feyn_nn.theory import DiagramStream


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "validate",
        help="compare theory with sampled networks, order by order",
        description="Predict every observable of a specification through the loops it asks for, sample networks, "
        "and print a table, χ², p-value and verdict. Exit status 0 for a pass, 1 for a fail.",
        epilog="example: feyn-nn validate examples/digits_tanh.toml --json > report.json",
    )
    parser.add_argument("spec", metavar="SPEC.toml", help="network, inputs, observables and sampling")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--diagrams", metavar="DIR", help="write the diagrams as SVG into this folder")
    parser.add_argument("--plot", metavar="FILE", help="draw theory against simulation (.svg, .png or .pdf)")
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="write everything into one self-contained page (.html; or .json, .txt)",
    )
    parser.add_argument("--widths", metavar="N", type=int, nargs="+", help="first hidden widths to sample at")
    parser.add_argument("--samples", metavar="N", type=int, help="networks to sample at each width")
    parser.add_argument("--seed", metavar="N", type=int, help="seed of the random numbers")
    parser.add_argument(
        "--sampler", metavar="NAME", help="metric (exact and fast) or weights (explicit matrices)"
    )
    parser.add_argument("--workers", metavar="N", type=int, help="threads; the result does not depend on it")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand; 0 if the verdict is a pass, else 1."""
    from feyn_nn.validation import validate
    from feyn_nn.validation.plot import check_plot
    from feyn_nn.validation.saving import check_report

    spec = Specification.load(options.spec)
    if options.diagrams == "":
        raise InvalidInput("--diagrams is empty; name a folder")
    if options.diagrams is not None:
        count = _write_diagrams(spec, options.diagrams)
        print(f"{count} diagrams written to {options.diagrams}", file=sys.stderr)
    if options.plot is not None:
        check_plot(options.plot)  # now, and not after the sampling
    if options.report is not None:
        check_report(options.report)
    wanted, sampling = spec.observables, spec.sampling
    report = validate(
        spec.network,
        spec.inputs,
        pairs=wanted.pairs or None,
        legs=wanted.legs or None,
        loops=wanted.loops,
        widths=options.widths or sampling.widths,
        samples=_given(options.samples, sampling.samples),
        rng=_given(options.seed, sampling.seed) or 0,
        sampler=options.sampler or sampling.sampler,
        workers=options.workers,
        progress=True,
        sizes=sampling.sizes,
    )
    print(report.to_json() if options.json else report)
    if options.plot is not None:
        report.plot(options.plot)
    if options.report is not None:
        report.save(options.report)
    return 0 if report.passed else 1


def _given(option: int | None, default: int | None) -> int | None:
    return default if option is None else option


def _write_diagrams(spec: Specification, folder: str) -> int:
    """Draw every diagram that the observables need, each once, with an index; return how many there are."""
    from feyn_nn.theory.gallery import head_index_of, index_of, save_head_diagrams

    network = spec.network
    count, index = 0, [f"# The diagrams of {network!r}\n"]
    for rank, loops in _ranks(spec).items():
        title = f"κ{subscript(rank)}(Ĝ)"
        if isinstance(network, MLP):
            written = _stream(network, rank, loops).save(folder)
            index.append(index_of(title, written, depth=network.depth))
            count += len(written)
        else:
            heads = save_head_diagrams(rank, loops, folder)
            index.append(head_index_of(title, heads))
            count += len(heads)
    Path(folder, "README.md").write_text("\n".join(index), encoding="utf-8")
    return count


def _stream(network: MLP, rank: int, loops: int) -> DiagramStream:
    from feyn_nn.actions import network_action
    from feyn_nn.theory import DiagramStream

    return DiagramStream(action=network_action(network), legs=rank, loops=loops)


def _ranks(spec: Specification) -> dict[int, int]:
    """Each rank that occurs, and the most loops that an observable of that rank asks for."""
    from feyn_nn._core.observables import FieldObservable

    wanted = spec.observables
    most: dict[int, int] = {}
    ranks = [len(pairs) for pairs in wanted.pairs]
    ranks += [len(legs) // 2 if FieldObservable(legs).pairings() else 0 for legs in wanted.legs]
    for rank, own in zip(ranks, wanted.loops_of_each, strict=True):
        most[rank] = max(own, most.get(rank, 0))
    return {rank: own for rank, own in sorted(most.items()) if rank}
