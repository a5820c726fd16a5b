"""``feyn-nn validate SPEC``: theory against sampled networks."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feyn_nn._core import InvalidInput
from feyn_nn._core.text import subscript
from feyn_nn.cli.crew import add_crew, executor_of
from feyn_nn.networks import MLP, Specification
from feyn_nn.networks.checks import integer

if TYPE_CHECKING:
    from feyn_nn.theory import DiagramStream
    from feyn_nn.validation import Campaign, Report

_EXAMPLE = """\
examples:
  feyn-nn validate examples/digits_tanh.toml
  feyn-nn validate examples/relu.toml --plan
  feyn-nn validate examples/relu.toml --widths 32 48 --samples 100000 --json > report.json
  feyn-nn validate examples/digits_tanh.toml --report report.html --checkpoint runs
  feyn-nn validate --all examples/
"""


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "validate",
        help="compare theory with sampled networks, order by order",
        description="Predict every observable of a specification through the loops it asks for, choose widths and "
        "sample counts that resolve every order, sample networks, and print tables, χ², p-values and the verdict. Exit "
        "status 0 for a pass, 1 for a fail.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "spec", metavar="SPEC.toml", nargs="?", help="network, inputs, observables and sampling"
    )
    parser.add_argument(
        "--all", metavar="DIR", help="every specification of a folder, summed up in one table"
    )
    parser.add_argument("--plan", action="store_true", help="print the design of the run, and stop there")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
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
    add_crew(parser)
    parser.add_argument("--checkpoint", metavar="DIR", help="folder to keep the runs in, and to go on from")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand; 0 if the verdict is a pass, else 1."""
    from feyn_nn.validation.checkpoints import Checkpoints
    from feyn_nn.validation.plot import check_plot
    from feyn_nn.validation.saving import check_report

    if (options.spec is None) == (options.all is None):
        raise InvalidInput("give one specification, or a folder of them with --all, such as --all examples/")
    if options.all is not None:
        return _run_all(options)
    spec = Specification.load(options.spec)
    if options.diagrams is not None:
        count = _write_diagrams(spec, options.diagrams)
        print(f"{count} diagrams written to {options.diagrams}", file=sys.stderr)
    if options.plot is not None:
        check_plot(options.plot)  # now, and not after the sampling
    if options.report is not None:
        check_report(options.report)
    if options.checkpoint is not None:
        Checkpoints.at(options.checkpoint)
    campaign = planned(spec, options)
    if options.plan:
        print(
            json.dumps(campaign.design.to_dict(), ensure_ascii=False, indent=2)
            if options.json
            else campaign.design
        )
        return 0
    report = sampled(campaign, options)
    print(report.to_json() if options.json else report)
    if options.plot is not None:
        report.plot(options.plot)
    if options.report is not None:
        report.save(options.report)
    return 0 if report.passed else 1


def _run_all(options: argparse.Namespace) -> int:
    from feyn_nn.cli.validate_all import validate_all

    for name in ("plan", "diagrams", "plot", "report", "widths"):
        if getattr(options, name):
            raise InvalidInput(f"--{name} is for one specification; leave it out, or leave --all out")
    return validate_all(options)


def planned(spec: Specification, options: argparse.Namespace) -> Campaign:
    """What a specification and the options that override it ask for, with the time it will take."""
    from feyn_nn.validation import plan

    if options.workers is not None:
        integer("workers", options.workers, least=1)  # now, and not after the design
    executor_of(options)
    wanted, sampling = spec.observables, spec.sampling
    return plan(
        spec.network,
        spec.inputs,
        pairs=wanted.pairs or None,
        legs=wanted.legs or None,
        loops=wanted.loops,
        widths=options.widths or sampling.widths,
        samples=_given(options.samples, sampling.samples),
        rng=_given(options.seed, sampling.seed) or 0,
        sampler=options.sampler or sampling.sampler,
        sizes=sampling.sizes,
    ).timed()


def sampled(campaign: Campaign, options: argparse.Namespace, name: str = "") -> Report:
    """The report, once the design has been said; with several specifications each has a folder of checkpoints."""
    print(f"{campaign.design}\n", file=sys.stderr, flush=True)
    kept = None if options.checkpoint is None else Path(options.checkpoint, name)
    try:
        return campaign.run(
            checkpoint=kept, workers=options.workers, executor=executor_of(options), progress=True
        )
    except KeyboardInterrupt:
        if kept is not None:
            print(f"feyn-nn: run the same command again to go on from {str(kept)!r}", file=sys.stderr)
        raise


def _given(option: int | None, default: int | None) -> int | None:
    return default if option is None else option


def _write_diagrams(spec: Specification, folder: str) -> int:
    """Draw every diagram that the observables need, each once, with an index; return how many there are."""
    from feyn_nn.theory.gallery import head_index_of, index_of, save_head_diagrams

    if folder == "":
        raise InvalidInput("--diagrams is empty; name a folder")
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
