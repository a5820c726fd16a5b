"""Every diagram of an action, exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn.actions import Action, leg_names, non_negative
from feyn_nn.diagrams.diagram import Diagram
from feyn_nn.diagrams.request import Request


class DiagramIterator(Iterator[Diagram]):
    """The diagrams that were asked for, one by one; says in words what it yields, or why it yields nothing.

    Parameters
    ----------
    request : Request
        What is asked for.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self._diagrams = request.diagrams()
        self._yielded = 0

    def __iter__(self) -> Iterator[Diagram]:
        return self

    def __next__(self) -> Diagram:
        try:
            diagram = next(self._diagrams)
            self._yielded += 1
        except StopIteration:
            raise
        except BaseException:  # interrupted: a later call goes on where this one stopped, and skips nothing
            self._diagrams = islice(self.request.diagrams(), self._yielded, None)
            raise
        return diagram

    @property
    def explanation(self) -> str:
        """Why there is no diagram, or that there may be some."""
        return explanation(self.request)

    def __repr__(self) -> str:
        return f"<{self.explanation}>"


def generate(
    action: Action,
    *,
    legs: int | Sequence[str],
    loops: int,
    connected: bool = True,
    one_particle_irreducible: bool = False,
    tadpoles: bool = True,
    self_loops: bool = True,
    amputated: bool = False,
    interchangeable_legs: bool = False,
    equal_inputs: Sequence[Any] | None = None,
) -> DiagramIterator:
    """Stream every diagram with exactly `loops` loops, each once, with its exact symmetry factor.

    docs/diagrams.md states each convention.

    Parameters
    ----------
    action : Action
        A theory of :mod:`feyn_nn.actions`.
    legs : int or sequence of str
        The external legs: their number in a theory of one field, else the field of each, such as
        ``["ψ", "ψ̄", "φ"]``. Leg i is fixed by every symmetry.
    loops : int
        The number of independent loops: internal lines - vertices + 1 for connected diagrams.
    connected : bool
        False gives all diagrams, of any number of components.
    one_particle_irreducible : bool
        True leaves out those that fall apart when one internal line is cut, and the bare line.
    tadpoles : bool
        False leaves out those where one internal line holds a part without external legs.
    self_loops : bool
        False leaves out those where a line joins a vertex to itself.
    amputated : bool
        True leaves out those where an internal line holds exactly one external leg: corrections of the
        external lines. The bare line goes too.
    interchangeable_legs : bool
        True takes diagrams that differ by a permutation of legs of one field for the same, and counts such
        permutations in |Aut|.
    equal_inputs : sequence, optional
        What each leg stands for. Of the diagrams that differ by a permutation of legs with equal entries one is
        given, with their number as its `multiplicity`.

    Returns
    -------
    DiagramIterator
        An iterator over diagrams in canonical form.

    Raises
    ------
    InvalidInput
        If `action` is no theory; `legs` or `loops` is negative or no integer; a leg names no field; or options
        contradict each other.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> for diagram in fnn.generate(fnn.actions.phi4(), legs=2, loops=1):
    ...     print(diagram)
    1/2  [v0=φ^4]  v0–v0 v0–leg0 v0–leg1
    >>> fnn.generate(fnn.actions.phi4(), legs=3, loops=1)
    <φ^4 has no diagram with 3 legs and 1 loop: no multiset of its vertices has legs that can all be joined>
    """
    if isinstance(action, type) or not hasattr(action, "contents"):
        raise InvalidInput(f"action={action!r} is no field theory; give one such as feyn_nn.actions.phi4()")
    names = leg_names(action, legs)
    return DiagramIterator(
        Request(
            action=action,
            legs=names,
            loops=non_negative("loops", loops),
            groups=_groups(names, interchangeable_legs, equal_inputs),
            grouped=equal_inputs is not None,
            connected=connected,
            one_particle_irreducible=one_particle_irreducible,
            tadpoles=tadpoles,
            self_loops=self_loops,
            amputated=amputated,
        )
    )


def explanation(request: Request) -> str:
    """Say why there are no diagrams, or that there may be some."""
    legs, loops = len(request.legs), request.loops
    order = f"{legs} leg{'s' * (legs != 1)} and {loops} loop{'s' * (loops != 1)}"
    if next(request.contents(), None) is None and not request.empty:
        bare = next(iter(request.action.contents(request.legs, request.loops)), None) == ()
        reason = (
            "all there is is the bare line, which is neither irreducible nor amputated"
            if bare and request.connected
            else "no multiset of its vertices has legs that can all be joined"
        )
        return f"{request.action.name} has no diagram with {order}: {reason}"
    return f"diagrams of {request.action.name} with {order}"


def _groups(
    legs: tuple[str, ...], interchangeable: bool, equal_inputs: Sequence[Any] | None
) -> tuple[int, ...]:
    """The first leg that each leg may be exchanged with, itself if there is none."""
    if not isinstance(interchangeable, bool):
        raise InvalidInput(f"interchangeable_legs={interchangeable!r}: give True or False")
    if equal_inputs is None:
        return tuple(legs.index(leg) for leg in legs) if interchangeable else tuple(range(len(legs)))
    if interchangeable:
        raise InvalidInput("interchangeable_legs and equal_inputs both say which legs are alike; give one")
    try:
        inputs = list(equal_inputs)
        marks = list(zip(legs, inputs, strict=False))
        groups = tuple(marks.index(mark) for mark in marks)
    except (TypeError, ValueError) as error:  # no list, or one of arrays, which == does not tell apart
        raise InvalidInput(
            f"equal_inputs={equal_inputs!r}: give a label for each leg, such as a number or text"
        ) from error
    if len(inputs) != len(legs):
        raise InvalidInput(f"equal_inputs has {len(inputs)} entries for {len(legs)} legs; give one for each")
    return groups
