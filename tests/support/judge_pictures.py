"""Judge thousands of pictures: all of the atlas, in both themes, and random ones. Run ``make pictures`` (minutes).

A picture is a failure if two words overlap, a word lies on a line, a disc or an arrowhead, two discs touch, a line runs
through a foreign vertex or on top of another line, anything leaves the border, the lines drawn are not those of the
diagram, or the lines cross more often than in the best drawing that an independent search finds. Where that search
takes too long the crossings are not compared; how often is counted. The crossings of each random picture are kept, one
character each, so that tests can see whether the code still draws the same.

A picture of the atlas is a failure too if it lacks a mirror symmetry that a picture without crossings can have; of the
random ones those are listed. Lines of several fields are drawn in patterns that no mirror maps onto themselves, layer
steps and heads stand in columns of their own: of those no symmetry is asked.
"""

import json
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from fewest_crossings import fewest_crossings
from judge import faults
from mirrors import mirrors_in, mirrors_of
from random_pictures import picture

from feyn_nn.diagrams import Diagram
from feyn_nn.diagrams.head_diagram import HeadDiagram
from feyn_nn.render import THEMES, Drawing, draw

RESULTS = Path(__file__).parents[1] / "data" / "pictures.json"
ATLAS = Path(__file__).parents[2] / "diagrams"
PLAIN = ("network", "generated", "scalar", "atlas")
NUMBERS = {"network": 800, "generated": 600, "scalar": 400, "theory": 400, "layer step": 400, "head": 1400}


def judged(name: str, kind: str, subject: Any, drawing: Drawing, *, compare: bool = True) -> dict[str, Any]:
    """What is wrong with a picture, how often its lines cross, whether that is known to be the least, its mirrors."""
    found = faults(drawing, subject)
    least = fewest_crossings(subject) if compare and hasattr(subject, "lines") else None
    if least is not None and drawing.crossings != least:
        found.append(f"{drawing.crossings} crossings, where {least} are enough")
    mirrors = mirrors_of(subject) if kind in PLAIN and hasattr(subject, "lines") else set()
    shown = mirrors_in(drawing, subject) if mirrors else set()
    lost = not shown if mirrors == {"any"} else not mirrors <= shown
    return {
        "name": name,
        "faults": found,
        "crossings": drawing.crossings,
        "compared": least is not None,
        "mirrored": bool(mirrors),
        "lost": lost and bool(mirrors),
    }


def judge_random(case: tuple[str, int]) -> dict[str, Any]:
    kind, seed = case
    return judged(f"{kind} {seed}", kind, *picture(kind, seed))


def judge_kept(case: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Judge a picture of the atlas in both themes."""
    family, row = case
    reader = HeadDiagram if "rings" in row["diagram"] else Diagram
    diagram = reader.from_json(json.dumps(row["diagram"]))
    pictures = [
        judged(
            f"{family}/{row['name']}",
            "atlas",
            diagram,
            draw(diagram, theme=theme),
            compare=theme == "classroom",
        )
        for theme in sorted(THEMES)
    ]
    found = [fault for judgement in pictures for fault in judgement["faults"]]
    found += ["its mirror symmetry is lost" for judgement in pictures if judgement["lost"]]
    return pictures[0] | {"faults": found}


def kept() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(ATLAS.glob("*/diagrams.json")):
        data = json.loads(file.read_text(encoding="utf-8"))
        yield from ((data["family"], row) for row in data["diagrams"])


def summary(judgements: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "pictures": len(judgements),
        "failures": {j["name"]: j["faults"] for j in judgements if j["faults"]},
        "crossings_compared": sum(j["compared"] for j in judgements),
        "mirrored": sum(j["mirrored"] for j in judgements),
        "mirrors_lost": [j["name"] for j in judgements if j["lost"]],
        "crossings": "".join(str(min(j["crossings"], 9)) for j in judgements),
    }


def main() -> int:
    """Judge all; exit status 1 if a picture fails."""
    with Pool() as pool:
        random = {
            kind: summary(pool.map(judge_random, [(kind, seed) for seed in range(number)], chunksize=20))
            for kind, number in NUMBERS.items()
        }
        atlas = summary(pool.map(judge_kept, list(kept()), chunksize=20))
    results = {"command": "make pictures", "seeds": "0 … pictures - 1", "random": random, "atlas": atlas}
    RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    failures = [name for part in (*random.values(), atlas) for name in part["failures"]]
    print(f"{sum(part['pictures'] for part in (*random.values(), atlas))} pictures, {len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    raise SystemExit(main())
