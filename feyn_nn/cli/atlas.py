"""``feyn-nn atlas [DIR]``: every diagram of many families, as pictures with formulas."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "atlas",
        help="draw every diagram of many families, with formulas and pages to browse",
        description="Write every diagram of κ₁ … κ₃ through one loop (κ₁ through two), of κ₁ … κ₃ behind attention, "
        "and of φ³ and φ⁴ through three loops with 0, 2 and 4 legs, as SVG, TikZ and JSON, with pages to browse them. "
        "Minutes for all.",
        epilog="example: feyn-nn atlas my-atlas --only kappa2-1loop phi4-4legs-2loop",
    )
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default="atlas", help="where to; 'atlas' if left out"
    )
    parser.add_argument("--only", metavar="NAME", nargs="+", default=[], help="the names of some families")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand."""
    from feyn_nn.report.atlas import write_atlas

    written = write_atlas(
        options.folder, only=options.only, progress=lambda message: print(message, file=sys.stderr)
    )
    if options.json:
        print(json.dumps({"folder": options.folder, "pictures": written}))
    else:
        print("\n".join(f"{name:24}{pictures:5} pictures" for name, pictures in written.items()))
    return 0
