"""Field theories with any number of fields and a finite list of vertices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.actions.field import Field
from feyn_nn.actions.vertex import Vertex, VertexKind

_MOST_NAMES = 6  # in the name of a theory


@dataclass(frozen=True, kw_only=True)
class FieldTheory:
    """A field theory: what propagates, and which vertices there are.

    S = Σ_fields (free part) - Σ_vertices coupling Π_φ φ^{n_φ} / n_φ!, with n_φ the number of legs of the vertex
    that are called φ. A line joins two legs called φ of a real field, and runs from a leg ψ̄ to a leg ψ of a
    directed one.

    Parameters
    ----------
    fields : sequence of Field
    vertices : sequence of Vertex
        At least one; names tell them apart.
    name : str, optional
        How the theory is called in messages; made of its vertices if left out.
    acyclic : bool
        Whether lines, all of them directed, never run in a circle.
    plates : sequence of str
        Those of the vertices' small parameters that are inverse sizes, such as 1/width.

    Raises
    ------
    InvalidInput
        If there is no field or no vertex; a leg names no field; two ends of lines or two vertices have one name;
        an index or a fermion cannot be followed through a vertex; an acyclic theory has an undirected field; or
        a vertex that fits any number of times into one order of loops has no `at_most`.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> from feyn_nn.actions import Field, FieldTheory, Vertex
    >>> theory = FieldTheory(
    ...     fields=[Field(name="φ"), Field(name="χ")],
    ...     vertices=[Vertex(legs=("φ", "χ", "χ"), powers=fnn.Powers(g=1))],
    ... )
    >>> fnn.count_diagrams(theory, legs=["φ", "φ"], loops=1)
    DiagramCount(number=1, symmetry_sum=Fraction(1, 2))
    """

    fields: tuple[Field, ...]
    vertices: tuple[Vertex, ...]
    name: str = ""
    acyclic: bool = False
    plates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", _instances("fields", self.fields, Field))
        self._check_types()
        object.__setattr__(self, "plates", tuple(self.plates))
        vertices = _instances("vertices", self.vertices, Vertex)
        object.__setattr__(self, "vertices", tuple(sorted(vertices, key=lambda v: -v.valence)))
        if not self.name:
            object.__setattr__(self, "name", _sum([vertex.name for vertex in reversed(self.vertices)]))
        if self.acyclic and not all(field.directed for field in self.fields):
            raise InvalidInput(f"{self.name} is acyclic, so every field needs a direction; give conjugate=")
        _all_different("end of a line", list(self.external))
        _all_different("vertex", [vertex.name for vertex in self.vertices])
        for vertex in self.vertices:
            self._check(vertex)

    @property
    def external(self) -> tuple[str, ...]:
        """The ends of lines that may be external legs: all."""
        return tuple(end for field in self.fields for end in dict.fromkeys(reversed(field.ends)))

    def vertex(self, key: Vertex | VertexKind | str) -> Vertex:
        """Find a vertex by its name or, where that is enough, by the number of its legs.

        Raises
        ------
        InvalidInput
            If the theory has no such vertex, or more than one.
        """
        names = {vertex.name: vertex for vertex in self.vertices}
        if isinstance(key, VertexKind):
            found = [vertex for vertex in self.vertices if kind_of(vertex, self.fields) == key]
            if len(found) == 1:
                return found[0]
            number = "several vertices" if found else "no vertex"
            raise InvalidInput(f"{self.name} has {number} with {tuple(key)} legs; give one of {list(names)}")
        name = key.name if isinstance(key, Vertex) else key
        if name not in names or (isinstance(key, Vertex) and key != names[name]):
            raise InvalidInput(f"{self.name} has no vertex {name!r}; {nearest(str(name), names)}")
        return names[name]

    def contents(
        self, legs: tuple[str, ...], loops: int, components: int = 1
    ) -> Iterator[tuple[Vertex, ...]]:
        """Yield every multiset of vertices that diagrams may hold, those of most legs first.

        With V vertices, E legs and c components Σ(valence - 2) = 2(loops - c) + E; in an acyclic theory, where
        every line begins at a leg that sends it out, also Σ(outgoing - 1) = loops - c + the legs it ends in.
        """
        weights = [self._weight(vertex) for vertex in self.vertices]
        order = 2 * (loops - components) + len(legs)
        into = sum(field.directed and leg == field.name for leg in legs for field in self.fields)
        target = order + (loops - components + into if self.acyclic else 0)
        for counts in _multiplicities(weights, [v.at_most for v in self.vertices], target):
            chosen = tuple(v for v, n in zip(self.vertices, counts, strict=True) for _ in range(n))
            bare = loops == 0 and len(legs) == 2 * components  # lines that join external legs two by two
            fits = sum(v.valence - 2 for v in chosen) == order and self._balanced(chosen, legs)
            if fits and (chosen or bare):
                yield chosen

    def to_data(self) -> dict[str, Any]:
        """Return the theory as plain data, fit for JSON."""
        return {
            "kind": "field theory",
            "name": self.name,
            "acyclic": self.acyclic,
            "plates": list(self.plates),
            "fields": [
                {"name": f.name, "conjugate": f.conjugate, "index": f.index, "fermionic": f.fermionic}
                for f in self.fields
            ],
            "vertices": [
                {"name": v.name, "legs": list(v.legs), "powers": dict(v.powers), "at_most": v.at_most}
                for v in self.vertices
            ],
        }

    def _weight(self, vertex: Vertex) -> int:
        """What a vertex takes of the order of loops; without that, any number of them fits."""
        outgoing = kind_of(vertex, self.fields).outgoing
        return vertex.valence - 2 + (outgoing - 1 if self.acyclic else 0)

    def _balanced(self, vertices: tuple[Vertex, ...], legs: tuple[str, ...]) -> bool:
        """Whether the legs of each field can be joined in pairs."""
        there = Counter(leg for vertex in vertices for leg in vertex.legs)
        for field in self.fields:
            first, last = field.ends
            if field.directed:
                if there[first] + legs.count(first) != there[last] + legs.count(last):
                    return False
            elif (there[last] + legs.count(last)) % 2:
                return False
        return True

    def _check_types(self) -> None:
        plates = self.plates if isinstance(self.plates, (list, tuple)) else (None,)
        if not all(isinstance(plate, str) for plate in plates):
            raise InvalidInput(f"plates={self.plates!r}: give a list of names of sizes, such as ['width']")
        if not isinstance(self.name, str):
            raise InvalidInput(f"name={self.name!r} of a theory: give text, or leave it out")
        if not isinstance(self.acyclic, bool):
            raise InvalidInput(f"acyclic={self.acyclic!r}: give True or False")

    def _check(self, vertex: Vertex) -> None:
        for leg in vertex.legs:
            if leg not in self.external:
                raise InvalidInput(
                    f"leg {leg!r} of the vertex {vertex.name} names no field; {nearest(leg, self.external)}"
                )
        for field in self.fields:
            first, last = (vertex.legs.count(end) for end in field.ends)
            if field.routed and (first != last if field.directed else last % 2):
                needed = "as many of one end as of the other" if field.directed else "an even number of legs"
                raise InvalidInput(
                    f"the vertex {vertex.name} cannot pass on the index or the sign of {field.name}; give it {needed}"
                )
        if self._weight(vertex) < 1 and vertex.at_most is None:
            raise InvalidInput(
                f"any number of vertices {vertex.name} fits into one order of loops; say how many with at_most="
            )


def kind_of(vertex: Vertex, fields: tuple[Field, ...]) -> VertexKind:
    """How many legs of a vertex lines leave, and how many they end in; legs of real fields count as left."""
    into = {field.name for field in fields if field.directed}
    incoming = sum(leg in into for leg in vertex.legs)
    return VertexKind(vertex.valence - incoming, incoming)


def _multiplicities(weights: list[int], most: list[int | None], target: int) -> Iterator[tuple[int, ...]]:
    """Yield counts n with Σ weight n = target, n <= most; the first as large as may be, then smaller."""
    if not weights:
        if target == 0:
            yield ()
        return
    weight, limit = weights[0], most[0]
    spare = sum(-w * m for w, m in zip(weights[1:], most[1:], strict=True) if w < 0 and m is not None)
    fitting = (target + spare) // weight if weight > 0 else limit or 0
    for n in range(fitting if limit is None else min(limit, fitting), -1, -1):
        for rest in _multiplicities(weights[1:], most[1:], target - n * weight):
            yield (n, *rest)


def _sum(names: list[str]) -> str:
    """``φ^3 + φ^4``; of many names the first and the last."""
    shown = names if len(names) <= _MOST_NAMES else [*names[:2], "…", names[-1]]
    return " + ".join(shown)


def _instances(name: str, given: Any, kind: type[Any]) -> tuple[Any, ...]:
    found = tuple(given) if isinstance(given, (list, tuple)) else ()
    if not found or not all(isinstance(entry, kind) for entry in found):
        example = "[Field(name='φ')]" if kind is Field else "[Vertex(legs=('φ', 'φ', 'φ'))]"
        raise InvalidInput(
            f"{name}={given!r}: a theory needs at least one; give for example {name}={example}"
        )
    return found


def _all_different(what: str, names: list[str]) -> None:
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise InvalidInput(f"more than one {what} is called {twice[0]!r}; give each a name of its own")
