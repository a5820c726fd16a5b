"""``feyn-nn flow SPEC``: a network's couplings layer by layer, and the critical points of its activation."""

from __future__ import annotations

import argparse
import json
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MLP, Inputs, Specification


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "flow",
        help="follow a network's couplings layer by layer",
        description="Print kernel, slopes, couplings and the 1/n correction of a specification's network at each layer,"
        " where its series in 1/n fails, and the critical points of its activation.",
        epilog="example: feyn-nn flow examples/relu.toml --plot flow.svg",
    )
    parser.add_argument("spec", metavar="SPEC.toml", help="network and inputs")
    parser.add_argument("--plot", metavar="FILE", help="also draw them, as .svg, .png or .pdf")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand."""
    from feyn_nn.flow import criticality, trace
    from feyn_nn.flow.pictures import save_figure
    from feyn_nn.validation.plot import check_plot

    spec = Specification.load(options.spec)
    if not isinstance(spec.network, MLP) or not isinstance(spec.inputs, Inputs):
        raise InvalidInput(
            f'network.kind of {options.spec} is not "mlp", which is all that flow knows; give another specification,'
            " or run feyn-nn predict"
        )
    if options.plot is not None:
        check_plot(options.plot)
    found, points = trace(spec.network, spec.inputs), criticality(spec.network.activation)
    if options.json:
        print(json.dumps({**found.to_dict(), **points.to_dict()}, ensure_ascii=False, allow_nan=False))
    else:
        print(f"{found}\n\n{points}")
    if options.plot is not None:
        save_figure(found.plot(), options.plot)
    return 0
