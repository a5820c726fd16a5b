"""Random things to draw: theories, network diagrams, vacuum graphs, layer steps and heads, each from its seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from random import Random
from typing import Any

import networkx as nx

from feyn_nn.actions import CausalAction, Field, FieldTheory, Vertex, metric_theory, o_n, phi, yukawa
from feyn_nn.diagrams import generate
from feyn_nn.diagrams.head_diagram import head_diagrams
from feyn_nn.render import Drawing, LayerStep, draw

LABELS = ("{}", "Ĝ₀{}", "z₀₁(x{})", "φ{}", "Ĝ₁₀,₁{}", "χ̄{}")
CAPTIONS = ("", "1/2 · 1/n²", "1/48 · g²\nvalue −0.00123", "a rather long caption that says what this is")


@dataclass(frozen=True)
class Lines:
    """A diagram put together by hand: nothing but vertices and lines."""

    vertices: tuple[tuple[int, int], ...]
    n_legs: int
    lines: tuple[tuple[int, int], ...]
    directed: bool
    causal_order: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "causal_order", tuple(reversed(range(len(self.vertices)))))


def network(rng: Random) -> Any:
    """Grow a causal diagram from its legs to the left: cumulants and expectations of up to four lines each."""
    while True:
        n = rng.randint(1, 5)
        dangling = [("leg", i) for i in range(n)]
        kinds: list[tuple[int, int]] = []
        lines: list[tuple[int, Any]] = []
        while dangling and len(kinds) < 8:
            out = rng.randint(1, min(4, len(dangling)))
            into = rng.choice((0, 0, 1, 2, 2, 3)) if out > 1 else rng.choice((2, 2, 3))
            if len(dangling) - out + into > 6:
                continue
            rng.shuffle(dangling)
            ends, dangling = dangling[:out], dangling[out:]
            lines += [(len(kinds), end) for end in ends]
            dangling += [("vertex", len(kinds))] * into
            kinds.append((out, into))
        numbered = [(a, len(kinds) + i if what == "leg" else i) for a, (what, i) in lines]
        if not dangling and nx.is_connected(nx.MultiGraph(numbered)):
            return Lines(tuple(kinds), n, tuple(sorted(numbered)), directed=True)


def scalar(rng: Random) -> Any:
    """Join the half-lines of random vertices of three to six lines."""
    while True:
        valences = [rng.choice((3, 3, 3, 4, 4, 5, 6)) for _ in range(rng.randint(1, 6))]
        n = rng.randint(0, min(6, sum(valences)))
        nodes = [node for node, valence in enumerate(valences) for _ in range(valence)]
        rng.shuffle(nodes)
        if (sum(valences) - n) % 2:
            continue
        outer = [(node, len(valences) + i) for i, node in enumerate(nodes[:n])]
        inner = [tuple(sorted(pair)) for pair in zip(nodes[n::2], nodes[n + 1 :: 2], strict=True)]
        lines = tuple(sorted([*inner, *outer]))
        if nx.is_connected(nx.MultiGraph(lines)):
            return Lines(tuple((valence, 0) for valence in valences), n, lines, directed=False)


def theory(rng: Random) -> Any:
    """A diagram of a random theory of several fields, or of a textbook one."""
    while True:
        action = rng.choice((random_theory, textbook))(rng)
        legs = [rng.choice(action.external) for _ in range(rng.randint(0, 4))]
        loops = rng.randint(0, 3 if len(legs) < 3 else 2)
        if not legs and loops < 2:
            continue
        first = list(islice(generate(action, legs=legs, loops=loops), 120))
        if first:
            return rng.choice(first)


def random_theory(rng: Random) -> FieldTheory:
    """One to three fields, some of them with a direction, and vertices of three and four legs."""
    fields = [
        Field(name=name, conjugate=f"{name}\u0304" if rng.random() < 0.4 else None)
        for name in "φχψ"[: rng.randint(1, 3)]
    ]
    ends = [end for f in fields for end in f.ends]
    vertices: dict[tuple[str, ...], Vertex] = {}
    for _ in range(rng.randint(1, 3)):
        legs = tuple(sorted(rng.choice(ends) for _ in range(rng.choice((3, 3, 4)))))
        vertices[legs] = Vertex(legs=legs)
    return FieldTheory(fields=tuple(fields), vertices=tuple(vertices.values()))


def textbook(rng: Random) -> Any:
    return rng.choice((o_n(), yukawa(), yukawa(fermionic=False), metric_theory(), phi(powers=(3, 4))))


def generated(rng: Random) -> Any:
    """A diagram of a network's theory, as users get it."""
    return rng.choice(network_diagrams(*rng.choice(((1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (4, 0), (5, 0)))))


@cache
def network_diagrams(legs: int, loops: int) -> list[Any]:
    return list(islice(generate(CausalAction(), legs=legs, loops=loops), 4000))


def layer_step(rng: Random) -> LayerStep:
    """Up to four neuron vertices, up to three blobs of up to four lines."""
    n = rng.randint(1, 5)
    owners = [rng.randrange(min(n, 4)) for _ in range(n)]
    neurons = [[i for i, o in enumerate(owners) if o == v] for v in sorted(set(owners))]
    blobs = [
        [rng.randrange(len(neurons)) for _ in range(rng.randint(1, 4))] for _ in range(rng.randint(0, 3))
    ]
    return LayerStep(neurons=neurons, blobs=[sorted(blob) for blob in blobs])


def head(rng: Random) -> Any:
    """A term of attention with up to four legs."""
    return rng.choice(heads(rng.randint(1, 4)))


@cache
def heads(legs: int) -> list[Any]:
    return list(islice(head_diagrams(legs=legs, loops=2), 60_000))


KINDS: dict[str, Callable[[Random], Any]] = {
    "network": network,
    "generated": generated,
    "scalar": scalar,
    "theory": theory,
    "layer step": layer_step,
    "head": head,
}


def pictures(kind: str, number: int) -> Iterator[tuple[str, Any, Drawing]]:
    """Yield a name from which the picture can be made again, its subject and the picture."""
    for seed in range(number):
        yield f"{kind} {seed}", *picture(kind, seed)


def picture(kind: str, seed: int) -> tuple[Any, Drawing]:
    """Return what the seed gives, drawn with labels, captions, legend and theme of its choice."""
    rng = Random(f"{kind} {seed}")
    subject = KINDS[kind](rng)
    pattern = rng.choice(LABELS)
    labels = [pattern.format("₀₁₂₃₄₅₆"[i]) for i in range(subject.n_legs)]
    caption = [line for line in rng.choice(CAPTIONS).split("\n") if line]
    theme = rng.choice(("classroom", "paper"))
    return subject, draw(subject, theme=theme, labels=labels, caption=caption, legend=rng.random() < 0.2)
