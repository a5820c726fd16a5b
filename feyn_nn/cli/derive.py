"""``feyn-nn derive SPEC``: the recursion from layer to layer, as text, LaTeX or data."""

from __future__ import annotations

import argparse
import json
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MLP, Specification


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "derive",
        help="print how the cumulants of a layer follow from those of the layer before",
        description="Derive the layer-to-layer recursion of the kernel, its corrections and the vertices of a"
        " specification's network, order by order in 1/n. Rank and loops are by default the most that its"
        " observables ask for.",
        epilog="example: feyn-nn derive examples/digits_tanh.toml --rank 2 --loops 1 --latex",
    )
    parser.add_argument("spec", metavar="SPEC.toml", help="network and observables")
    parser.add_argument(
        "--rank", metavar="P", type=int, help="1 for the kernel, 2 for the four-point vertex, …"
    )
    parser.add_argument("--loops", metavar="N", type=int, help="all orders through this one")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--latex", action="store_true", help="print LaTeX instead of text")
    output.add_argument(
        "--json", action="store_true", help="print one JSON object, the diagrams of all terms included"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand."""
    from feyn_nn.theory import derive

    spec = Specification.load(options.spec)
    if not isinstance(spec.network, MLP):
        raise InvalidInput(
            f'network.kind of {options.spec} is not "mlp", which is all that derive knows; give another specification,'
            " or run feyn-nn predict"
        )
    wanted = spec.observables
    ranks = [len(pairs) for pairs in wanted.pairs] + [max(len(legs) // 2, 1) for legs in wanted.legs]
    rank = max(ranks) if options.rank is None else options.rank
    loops = max(wanted.loops_of_each) if options.loops is None else options.loops
    found = derive(spec.network, rank=rank, loops=loops)
    if options.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        print(found.latex() if options.latex else found)
    return 0
