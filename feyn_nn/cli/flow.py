"""``feyn-nn flow SPEC``, or ``running``: couplings layer by layer, and the critical points of an activation."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MLP, Inputs, Specification

if TYPE_CHECKING:
    from feyn_nn.flow import Trace
    from feyn_nn.networks import Activation

_PICTURES = ("plot", "phases", "fluctuations")
_RELATIVE_WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "flow",
        aliases=["running"],
        help="follow a network's running couplings layer by layer",
        description="Print kernel, slopes, couplings and the 1/n correction of a specification's network at each layer,"
        " where its series in 1/n fails and its fluctuations overtake the kernel, and the critical points of its"
        " activation. Pictures are written as .svg, .png or .pdf.",
        epilog="example: feyn-nn flow examples/relu.toml --plot flow.svg --fluctuations depth-and-width.svg",
    )
    parser.add_argument("spec", metavar="SPEC.toml", help="network and inputs")
    parser.add_argument("--plot", metavar="FILE", help="draw kernel, slopes and couplings against depth")
    parser.add_argument("--phases", metavar="FILE", help="draw the phases of the activation over (C_W, C_b)")
    parser.add_argument("--fluctuations", metavar="FILE", help="draw V/(nK²) over (depth, width)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand."""
    from feyn_nn.flow import criticality, trace
    from feyn_nn.validation.plot import check_plot

    spec = Specification.load(options.spec)
    if not isinstance(spec.network, MLP) or not isinstance(spec.inputs, Inputs):
        raise InvalidInput(
            f'network.kind of {options.spec} is not "mlp", which is all that flow reads; give another specification,'
            " run feyn-nn predict, or use flow.trace in Python, which follows stacks of layers"
        )
    for name in _PICTURES:
        if getattr(options, name) is not None:
            check_plot(getattr(options, name))
    found, points = trace(spec.network, spec.inputs), criticality(spec.network.activation)
    n = (spec.network.widths or (1,))[0]
    depths = found.fluctuations([n * factor for factor in _RELATIVE_WIDTHS])
    if options.json:
        report = {**found.to_dict(), **depths.to_dict(), **points.to_dict()}
        print(json.dumps(report, ensure_ascii=False, allow_nan=False))
    else:
        print(f"{found}\n\n{depths}\n\n{points}")
    _draw(options, found, spec.network.activation)
    return 0


def _draw(options: argparse.Namespace, found: Trace, activation: Activation) -> None:
    """The pictures that are asked for."""
    from feyn_nn.flow import phase_diagram
    from feyn_nn.flow.pictures import save_figure

    if options.plot is not None:
        save_figure(found.plot(), options.plot)
    if options.phases is not None:
        save_figure(phase_diagram(activation).plot(), options.phases)
    if options.fluctuations is not None:
        save_figure(found.fluctuations().plot(), options.fluctuations)
