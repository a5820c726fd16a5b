"""``feyn-nn draw SPEC``: one diagram of a specification's observable as a picture, or the list of them."""

from __future__ import annotations

import argparse
import json
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from feyn_nn._core import InvalidInput
from feyn_nn._core.observables import FieldObservable, MetricObservable
from feyn_nn.diagrams import Diagram
from feyn_nn.networks import MultiHeadAttention, Specification

if TYPE_CHECKING:
    from feyn_nn.diagrams.head_diagram import HeadDiagram
    from feyn_nn.theory import DiagramStream


Diagrams: TypeAlias = "DiagramStream | tuple[HeadDiagram, ...]"


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "draw",
        help="draw one diagram of an observable, or list its diagrams",
        description="Draw a diagram of a specification's observable. Without --diagram, list the diagrams with their "
        "numbers.",
        epilog="example: feyn-nn draw examples/digits_tanh.toml --observable 2 --diagram 5 --file five.tex",
    )
    parser.add_argument("spec", metavar="SPEC.toml", help="network, inputs and observables")
    parser.add_argument(
        "--observable", metavar="N", type=int, default=1, help="which of its pairs, then legs; 1 if left out"
    )
    parser.add_argument("--diagram", metavar="N", type=int, help="the number of the diagram, from 1")
    parser.add_argument(
        "--file", metavar="FILE", help=".svg, .tex (TikZ), .png or .pdf; diagram.svg if left out"
    )
    parser.add_argument("--theme", metavar="NAME", default="classroom", help="classroom or paper")
    parser.add_argument("--legend", action="store_true", help="say under the picture what each thing is")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand."""
    from feyn_nn.render import draw, find_theme

    find_theme(options.theme)
    if options.diagram is None and options.file is not None:
        raise InvalidInput(f"--file {options.file}: which diagram? give its number with --diagram")
    stream = _stream(Specification.load(options.spec), options.observable)
    if options.diagram is None:
        print(_listed(stream, as_json=options.json))
        return 0
    file = "diagram.svg" if options.file is None else options.file
    diagram = _numbered(stream, options.diagram)
    draw(
        diagram,
        theme=options.theme,
        labels=stream.leg_labels() if not isinstance(stream, tuple) else None,
        caption=diagram.caption,
        legend=options.legend,
        file=file,
    )
    data = {"file": file, "diagram": str(diagram), "factor": diagram.caption}
    print(json.dumps(data, ensure_ascii=False) if options.json else f"{file}: {diagram}")
    return 0


def _stream(spec: Specification, number: int) -> Diagrams:
    """The diagrams of one observable, pairs counted before legs."""
    from feyn_nn.theory import correlator, metric_cumulant

    wanted = spec.observables
    total = len(wanted.pairs) + len(wanted.legs)
    if not 1 <= number <= total:
        raise InvalidInput(
            f"--observable {number}: the specification has {total}; give a number from 1 to {total}"
        )
    loops = wanted.loops_of_each[number - 1]
    by_token = isinstance(spec.network, MultiHeadAttention)
    if number <= len(wanted.pairs):
        pairs = wanted.pairs[number - 1]
        metric = MetricObservable(pairs) if by_token else pairs
        return metric_cumulant(spec.network, pairs=metric, loops=loops).diagrams
    legs = wanted.legs[number - len(wanted.pairs) - 1]
    field = FieldObservable(legs) if by_token else legs
    diagrams: Diagrams = correlator(spec.network, legs=field, loops=loops).diagrams
    if not diagrams:
        raise InvalidInput(
            f"--observable {number}: no pairing of the legs {legs} has equal neurons, so it is zero"
        )
    return diagrams


def _numbered(stream: Diagrams, number: int) -> Diagram | HeadDiagram:
    found: list[Diagram | HeadDiagram] = list(islice(stream, max(number - 1, 0), max(number, 0)))
    if not found:
        total = len(stream)
        raise InvalidInput(f"--diagram {number}: the observable has {total}; give a number from 1 to {total}")
    return found[0]


def _listed(stream: Diagrams, *, as_json: bool) -> str:
    diagrams = list(stream)
    if as_json:
        return json.dumps({"diagrams": [str(diagram) for diagram in diagrams]}, ensure_ascii=False)
    return "\n".join(f"{i:4}  {diagram}" for i, diagram in enumerate(diagrams, start=1))
