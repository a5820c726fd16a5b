"""Fields: what propagates, and what the two ends of its line are called."""

from __future__ import annotations

from dataclasses import dataclass

from feyn_nn._core import InvalidInput
from feyn_nn._core.polynomial import Polynomial


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field with its propagator.

    Parameters
    ----------
    name : str
        A real field φ has an undirected line ⟨φφ⟩, whose two ends are both called φ.
    conjugate : str, optional
        Makes the line directed: ⟨ψ ψ̄⟩ runs from an end `conjugate` to an end `name`.
    index : str, optional
        The size of an index that the field carries, such as ``"N"``. At a vertex the index is contracted among
        the legs of this field, two real ones or one ψ with one ψ̄, with the mean over all such pairings; each
        closed index loop is a factor of the size. The mean makes size one the theory without index.
    fermionic : bool
        Whether each closed loop of this (directed) field carries a factor -1.

    Raises
    ------
    InvalidInput
        If a name is empty or no text, both ends of a directed line have one name, `fermionic` is neither True nor
        False, or an undirected field is to be fermionic.

    Examples
    --------
    >>> Field(name="ψ", conjugate="ψ̄", index="N", fermionic=True).loop_factor
    Polynomial(-N)
    """

    name: str
    conjugate: str | None = None
    index: str | None = None
    fermionic: bool = False

    def __post_init__(self) -> None:
        for what in ("name", "conjugate", "index"):
            value = getattr(self, what)
            if not (isinstance(value, str) and value) and (what == "name" or value is not None):
                raise InvalidInput(f"{what}={value!r} of a field: give a name, such as 'φ'")
        if self.conjugate == self.name:
            raise InvalidInput(
                f"the ends of a directed line are both called {self.name!r}; leave out conjugate= for a real "
                "field, or give the other end a name of its own"
            )
        if not isinstance(self.fermionic, bool):
            raise InvalidInput(f"fermionic={self.fermionic!r} of a field: give True or False")
        if self.fermionic and not self.directed:
            raise InvalidInput(
                f"the fermionic field {self.name!r} needs conjugate=, the name of its other end"
            )

    @property
    def directed(self) -> bool:
        """Whether its line has a direction."""
        return self.conjugate is not None

    @property
    def ends(self) -> tuple[str, str]:
        """What a line is called where it begins and where it ends; the same for a real field."""
        return self.conjugate or self.name, self.name

    @property
    def routed(self) -> bool:
        """Whether its lines are followed through the vertices, to count closed loops."""
        return self.index is not None or self.fermionic

    @property
    def loop_factor(self) -> Polynomial:
        """The factor of each closed loop."""
        size = Polynomial.constant(1) if self.index is None else Polynomial.variable(self.index)
        return -size if self.fermionic else size
