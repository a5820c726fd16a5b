"""Draw the diagrams of the theory pages: ``python docs/theory/images/make.py``."""

import sys
from collections.abc import Iterable
from pathlib import Path

import feyn_nn as fnn
from feyn_nn.actions import CausalAction
from feyn_nn.render import Gallery, LayerStep, draw, find_theme, gallery

G = ("Ĝ₁", "Ĝ₂", "Ĝ₃")
Z = ("z₁", "z₂", "z₃", "z₄")
CHANNELS = ("κ₂(Ĝ₁₂, Ĝ₃₄)", "κ₂(Ĝ₁₃, Ĝ₂₄)", "κ₂(Ĝ₁₄, Ĝ₂₃)")


def make(folder: Path) -> None:
    """Write the pictures into `folder`."""
    _metric(folder)
    _steps(folder)
    _field(folder)
    _attention(folder)


def _metric(folder: Path) -> None:
    (covariance,) = cumulants(2, 0)
    draw(covariance, labels=G[:2], caption="1 · 1/n", legend=True, file=folder / "covariance.svg")
    (tadpole,) = cumulants(1, 1)
    draw(tadpole, labels=G[:1], caption="1/2 · 1/n", legend=True, file=folder / "tadpole.svg")
    _save(cumulants(3, 0), G, folder / "third_cumulant.svg", columns=3)
    _save(cumulants(2, 1), G[:2], folder / "one_loop.svg", columns=3)


def cumulants(legs: int, loops: int) -> list[fnn.Diagram]:
    """The diagrams of κ of the metric, one for all that differ by a permutation of legs."""
    every = fnn.generate(CausalAction(), legs=legs, loops=loops)
    return list(
        fnn.generate(CausalAction(), legs=legs, loops=loops, equal_inputs=[0] * legs) if legs > 1 else every
    )


def _steps(folder: Path) -> None:
    vertices = [LayerStep(neurons=[[0, 1]]), LayerStep(neurons=[[0], [1]], blobs=[[0, 1]])]
    captions = ["V₂,₀", "V₁,₁ V₁,₁ κ₂"]
    gallery(vertices, labels=G[:2], captions=captions, columns=2).save(folder / "covariance_step.svg")
    mean = [LayerStep(neurons=[[0]], blobs=[[0]]), LayerStep(neurons=[[0]], blobs=[[0, 0]])]
    gallery(mean, labels=G[:1], captions=["V₁,₁ κ₁", "1/2 V₁,₂ κ₂"], columns=2).save(folder / "mean_step.svg")


def _field(folder: Path) -> None:
    channels = list(fnn.generate(exchange(), legs=["z"] * 4, loops=0))
    drawings = [
        draw(diagram, labels=Z, caption=caption) for diagram, caption in zip(channels, CHANNELS, strict=True)
    ]
    Gallery(drawings=tuple(drawings), theme=find_theme("classroom"), columns=3).save(folder / "pairings.svg")
    (vertex,) = fnn.generate(fnn.actions.phi4(), legs=4, loops=0)
    (tadpole,) = fnn.generate(fnn.actions.phi4(), legs=2, loops=1)
    (insertion,) = (diagram for diagram in fnn.generate(quadratic(), legs=2, loops=0) if diagram.vertices)
    draw(vertex, labels=Z, caption="g₄ G⁴", file=folder / "quartic.svg")
    draw(tadpole, labels=Z[:2], caption="1/2 g₄ G³", file=folder / "self_energy.svg")
    draw(insertion, labels=Z[:2], caption="g₂ G²", file=folder / "insertion.svg")


def exchange() -> fnn.actions.FieldTheory:
    """Two fields z at the ends of a metric, whose fluctuation joins them to two others."""
    fields = [fnn.actions.Field(name="z"), fnn.actions.Field(name="Ĝ")]
    return fnn.actions.FieldTheory(fields=fields, vertices=[fnn.actions.Vertex(legs=("z", "z", "Ĝ"))])


def quadratic() -> fnn.actions.FieldTheory:
    """A theory whose one vertex has two legs."""
    field = fnn.actions.Field(name="φ")
    return fnn.actions.FieldTheory(fields=[field], vertices=[fnn.actions.Vertex(legs=("φ", "φ"), at_most=1)])


def _attention(folder: Path) -> None:
    net = fnn.MultiHeadAttention(heads=2, key_dim=16, value_dim=4)
    every = fnn.metric_cumulant(net, pairs=[((0, 0), (0, 1)), ((0, 2), (0, 3))], loops=0).diagrams
    gallery(list(every), captions=[d.name for d in every], columns=3).save(folder / "attention.svg")


def _save(diagrams: Iterable[fnn.Diagram], labels: tuple[str, ...], file: Path, *, columns: int) -> None:
    shown = list(diagrams)
    captions = [d.caption + (f"   ×{d.multiplicity}" if d.multiplicity > 1 else "") for d in shown]
    gallery(shown, labels=labels, captions=captions, columns=columns).save(file)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
