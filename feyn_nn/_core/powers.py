"""Powers of the small parameters: which 1/N, how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from feyn_nn._core.errors import InvalidInput


class Powers(Mapping[str, int]):
    """Powers of 1/N for each plate of size N, such as 1/heads² · 1/key_dim.

    An immutable mapping; a parameter that is not named has power zero, so that
    ``Powers(heads=1) == Powers(heads=1, key_dim=0)``. Powers multiply (``*``) by adding exponents.

    Examples
    --------
    >>> Powers(width=2) * Powers(width=-1)
    Powers(width=1)
    >>> Powers(heads=1)["key_dim"]
    0
    """

    __slots__ = ("_exponents",)

    def __init__(self, **exponents: int) -> None:
        for name, power in exponents.items():
            if not isinstance(power, int):
                raise InvalidInput(f"{name}={power!r} is no power; give an integer")
        self._exponents = {name: power for name, power in sorted(exponents.items()) if power}

    def __getitem__(self, name: str) -> int:
        return self._exponents.get(name, 0)

    def __contains__(self, name: object) -> bool:
        return name in self._exponents

    def __iter__(self) -> Iterator[str]:
        return iter(self._exponents)

    def __len__(self) -> int:
        return len(self._exponents)

    def __mul__(self, other: Powers) -> Powers:
        return Powers(**{name: self[name] + other[name] for name in {*self, *other}})

    def __eq__(self, other: object) -> bool:
        return self._exponents == other._exponents if isinstance(other, Powers) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._exponents.items()))

    def __repr__(self) -> str:
        return f"Powers({', '.join(f'{name}={power}' for name, power in self._exponents.items())})"
