"""Draw the pictures of the README, of docs/drawing.md and of docs/flow.md: ``python docs/images/make.py``."""

import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import feyn_nn as fnn
from feyn_nn.actions import CausalAction
from feyn_nn.flow.pictures import save_figure
from feyn_nn.render import LayerStep, draw, gallery


@dataclass(frozen=True)
class Theory:
    """The fields of a theory."""

    fields: tuple


@dataclass(frozen=True)
class Field:
    """A field; one with a direction has arrows."""

    name: str
    directed: bool = False


@dataclass(frozen=True)
class SelfEnergy:
    """The first self-energy of a charged field: anything with these attributes can be drawn."""

    vertices: tuple = ((3, 0), (3, 0))
    n_legs: int = 2
    lines: tuple = ((0, 1), (0, 1), (2, 0), (1, 3))
    fields: tuple = ("ψ", "φ", "ψ", "ψ")
    action: Theory = Theory((Field("φ"), Field("ψ", directed=True)))
    directed: bool = False
    causal_order: tuple = (0, 1)


@dataclass(frozen=True)
class Head:
    """Two metrics behind attention that share their attention weights."""

    rings: tuple = ((((0, 0), (0, 1)),), (((1, 0), (1, 1)),))
    blobs: tuple = ((((0, 0), (0, 1)), ((1, 0), (1, 1))),)
    score_rings: tuple = ()
    n_legs: int = 2


def make(folder: Path) -> None:
    """Write the pictures into `folder`."""
    pair = ["Ĝ₀₀", "Ĝ₁₁"]
    one_loop = list(fnn.generate(CausalAction(), legs=2, loops=1))[3]
    draw(one_loop, labels=pair, caption=one_loop.caption, legend=True, file=folder / "one_loop.svg")
    draw(one_loop, theme="paper", labels=pair, file=folder / "one_loop_paper.svg")
    step = LayerStep(neurons=[[0], [1]], blobs=[[0, 0, 1]])
    draw(step, labels=pair, caption="1/2", legend=True, file=folder / "layer_step.svg")
    phi4 = list(islice(fnn.generate(fnn.actions.phi4(), legs=2, loops=2), 3))
    gallery(phi4, captions=[d.caption for d in phi4], columns=3).save(folder / "phi4.svg")
    draw(SelfEnergy(), styles={"φ": "wavy"}, legend=True, file=folder / "fields.svg")
    draw(Head(), labels=pair, legend=True, file=folder / "attention.svg")


def make_flows(folder: Path) -> None:
    """Write the pictures of flows into `folder`; matplotlib's, so that they may differ from version to version."""
    net = fnn.MLP(depth=1000, width=64, activation="tanh")
    flow = fnn.flow.trace(net, fnn.Inputs.from_metric([[0.7, 0.3], [0.3, 0.8]]))
    figures = {
        "flow_couplings": flow,
        "flow_fluctuations": flow.fluctuations(),
        "flow_phases": fnn.flow.phase_diagram("tanh"),
        "flow_phases_gelu": fnn.flow.phase_diagram("gelu"),
        "flow_universality": fnn.flow.universality(["tanh", "sin", "erf", "relu", "linear"]),
    }
    for name, drawn in figures.items():
        save_figure(drawn.plot(), str(folder / f"{name}.svg"))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    make(target)
    make_flows(target)
