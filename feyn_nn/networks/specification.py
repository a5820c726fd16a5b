"""Specifications: a network, its inputs and what to compute of it, as data on disk (TOML)."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from feyn_nn._core import FieldLeg, InvalidInput, Label, Pair, TokenLabel, as_legs, as_pairs, nearest
from feyn_nn.networks.attention import MultiHeadAttention
from feyn_nn.networks.checks import collapsed, entries, integer, is_single, shown
from feyn_nn.networks.files import as_path, read_text
from feyn_nn.networks.inputs import Inputs
from feyn_nn.networks.mlp import MLP
from feyn_nn.networks.tables import checked_table
from feyn_nn.networks.token_tables import checked_sizes, read_tokens
from feyn_nn.networks.tokens import Tokens
from feyn_nn.networks.toml_text import toml_text

T = TypeVar("T")

Network: TypeAlias = MLP | MultiHeadAttention

NETWORK_KINDS: dict[str, Callable[[Mapping[str, Any]], Network]] = {
    "mlp": MLP.from_dict,
    "attention": MultiHeadAttention.from_dict,
}
"""What ``network.kind`` may be, and what reads the rest of the table."""

INPUT_KINDS: dict[type, Callable[[Any, Path], Inputs | Tokens]] = {MultiHeadAttention: read_tokens}
"""What reads the table of inputs for networks that read something else than :class:`Inputs`."""

SAMPLERS = ("metric", "weights")
"""What ``sampling.sampler`` may be: the exact metric process, or explicit weight matrices."""

LARGEST_SEED = 2**63 - 1
"""TOML's integers have 64 bits."""

_WITH_LAW = re.compile(r"weights\(.+\)")  # weights of another law, looked up by who draws them


@dataclass(frozen=True, kw_only=True)
class Observables:
    """Which cumulants are wanted, and through how many loops.

    Parameters
    ----------
    pairs : tuple of tuples of pairs
        Each entry is one metric cumulant κ(Ĝ_p1, …, Ĝ_pk).
    legs : tuple of tuples of legs
        Each entry is one connected correlator κ(z_i1α1, …) of field legs (neuron, input label).
    loops : int or tuple of int
        All orders through this number of loops; a tuple gives each observable its own, `pairs` first.

    Raises
    ------
    InvalidInput
        If there is no observable, one is malformed, or `loops` is negative or of the wrong length.

    Examples
    --------
    >>> Observables(pairs=[[(0, 0), (1, 0)]], loops=1).pairs
    (((0, 0), (0, 1)),)
    """

    pairs: tuple[tuple[Pair, ...], ...] = ()
    legs: tuple[tuple[FieldLeg, ...], ...] = ()
    loops: int | tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", _observables("pairs", self.pairs, as_pairs, "[[[0, 0], [1, 1]]]"))
        object.__setattr__(self, "legs", _observables("legs", self.legs, as_legs, "[[[0, 0], [0, 1]]]"))
        if not (self.pairs or self.legs):
            raise InvalidInput("observables are empty; give for example pairs = [[[0, 0], [1, 1]]]")
        object.__setattr__(self, "loops", _checked_loops(self.loops, len(self.pairs) + len(self.legs)))

    @property
    def loops_of_each(self) -> tuple[int, ...]:
        """The loops of each observable, `pairs` first."""
        count = len(self.pairs) + len(self.legs)
        return self.loops if isinstance(self.loops, tuple) else (self.loops,) * count

    def labelled(self) -> Iterator[tuple[str, Label]]:
        """Yield every input label with the name of the observable that uses it."""
        for i, pairs in enumerate(self.pairs):
            yield from ((f"observables.pairs[{i}]", label) for pair in pairs for label in pair)
        for i, legs in enumerate(self.legs):
            yield from ((f"observables.legs[{i}]", label) for _, label in legs)


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How networks are to be sampled; None leaves a choice to the command.

    Parameters
    ----------
    widths : tuple of int, optional
        First hidden widths to sample at, each once.
    samples : int, optional
        Networks at each width.
    seed : int, optional
        Seed of the random numbers.
    sampler : str
        ``"metric"``, ``"weights"``, or ``"weights(laplace)"`` for weights of another law.
    sizes : tuple of (heads, value_dim, key_dim), optional
        Sizes of attention to sample at, in place of widths.

    Raises
    ------
    InvalidInput
        If a width or the number of samples is < 1, a width is repeated, the seed is negative, or the sampler
        unknown.
    """

    widths: tuple[int, ...] | None = None
    samples: int | None = None
    seed: int | None = None
    sampler: str = "metric"
    sizes: tuple[tuple[int, int, int], ...] | None = None

    def __post_init__(self) -> None:
        if self.widths is not None:
            object.__setattr__(self, "widths", _checked_widths(self.widths))
        if self.sizes is not None:
            object.__setattr__(self, "sizes", checked_sizes(self.sizes))
        if self.samples is not None:
            object.__setattr__(self, "samples", integer("sampling.samples", self.samples, least=1))
        if self.seed is not None:
            object.__setattr__(
                self, "seed", integer("sampling.seed", self.seed, least=0, largest=LARGEST_SEED)
            )
        if self.sampler not in SAMPLERS and not _WITH_LAW.fullmatch(str(self.sampler)):
            hint = nearest(str(self.sampler), (*SAMPLERS, "weights(laplace)"))
            raise InvalidInput(f"sampling.sampler={shown(self.sampler)} is not known; {hint}")


@dataclass(frozen=True, kw_only=True)
class Specification:
    """What a command works on: data, never code.

    Parameters
    ----------
    network : MLP or MultiHeadAttention
        The ensemble.
    inputs : Inputs or Tokens
        The points on which it is evaluated.
    observables : Observables
        What to compute of it.
    sampling : Sampling
        How to measure it.

    Raises
    ------
    InvalidInput
        If an observable uses an input that does not exist, or a width to sample at does not suit the network.

    Examples
    --------
    >>> text = '''
    ... [network]
    ... kind = "mlp"
    ... depth = 3
    ... width = 64
    ... activation = "tanh"
    ... [inputs]
    ... values = [[1.0, 0.0], [0.6, 0.8]]
    ... [observables]
    ... pairs = [[[0, 0], [1, 1]]]
    ... loops = 1
    ... '''
    >>> Specification.loads(text).observables.pairs
    (((0, 0), (1, 1)),)
    """

    network: Network
    inputs: Inputs | Tokens
    observables: Observables
    sampling: Sampling = Sampling()

    def __post_init__(self) -> None:
        for name, label in self.observables.labelled():
            with _reported_as(name):
                self.inputs.check_label(label)
        for width in self.sampling.widths or ():
            with _reported_as("sampling.widths"):
                if isinstance(self.network, MultiHeadAttention):
                    raise InvalidInput(
                        "attention has no width; give sizes = [[heads, value_dim, key_dim], …]"
                    )
                self.network.with_width(width)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Specification:
        """The specification in a TOML file; files it names are sought from its folder.

        Raises
        ------
        InvalidInput
            If the file cannot be read or does not hold a specification; the message starts with its name.
        """
        file = as_path(path)
        text = read_text(file, kind="TOML")
        with _reported_as(str(file)):
            return cls.loads(text, folder=file.parent)

    @classmethod
    def loads(cls, text: str, *, folder: str | os.PathLike[str] = ".") -> Specification:
        """The specification in a TOML text; files it names are sought from `folder`.

        Raises
        ------
        InvalidInput
            If it is not TOML (the message gives the line), has a table or key that is not known (the message
            names the nearest), lacks one, or holds a value that is not allowed.
        """
        tables = checked_table(
            "", _parsed(text), required=("network", "inputs", "observables"), optional=("sampling",)
        )
        network = _read_network(tables["network"])
        inputs = INPUT_KINDS.get(type(network), _read_inputs)(tables["inputs"], Path(folder))
        return cls(
            network=network,
            inputs=inputs,
            observables=_read_observables(tables["observables"], inputs),
            sampling=_read_sampling(tables.get("sampling", {})),
        )

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """The tables of the specification as plain numbers, texts and lists; what is open is left out."""
        wanted, sampling = self.observables, self.sampling
        observables = {
            "pairs": _listed(wanted.pairs),
            "legs": _listed(wanted.legs),
            "loops": _listed(wanted.loops),
        }
        tables = {
            "network": self.network.to_dict(),
            "inputs": self.inputs.to_dict(),
            "observables": {key: value for key, value in observables.items() if value != []},
        }
        if sampling != Sampling():
            chosen = {
                name: _listed(getattr(sampling, name))
                for name in ("widths", "samples", "seed", "sampler", "sizes")
            }
            tables["sampling"] = {key: value for key, value in chosen.items() if value is not None}
        return tables

    def to_toml(self) -> str:
        """The specification as TOML; ``Specification.loads`` gives an equal one back."""
        return toml_text(self.to_dict())


def _parsed(text: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise InvalidInput(f"{shown(text)} is not a text; give the TOML of a specification")
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput(f"the specification is not TOML, {reason}; see https://toml.io") from None
    _check_integers("", document)
    return document


def _check_integers(name: str, value: Any) -> None:
    """TOML's integers have 64 bits; Python would take longer ones and fail later."""
    if isinstance(value, dict):
        for key, entry in value.items():
            _check_integers(f"{name}.{key}" if name else key, entry)
    elif isinstance(value, list):
        for entry in value:
            _check_integers(name, entry)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise InvalidInput(f"{name} holds an integer of more than 64 bits; give a smaller one")


def _read_network(table: Any) -> Network:
    if not isinstance(table, Mapping) or "kind" not in table:
        others = (
            [key for key in table if not get_close_matches(key, ["kind"])]
            if isinstance(table, Mapping)
            else ()
        )
        checked_table("network", table, required=("kind",), optional=others)  # raises: misspelt or missing
    kind = table["kind"]
    if not isinstance(kind, str) or kind not in NETWORK_KINDS:
        hint = nearest(str(kind), NETWORK_KINDS)
        raise InvalidInput(f"network.kind={shown(kind)} is not known; {hint}")
    with _reported_as("network"):
        return NETWORK_KINDS[kind](table)


def _read_inputs(table: Any, folder: Path) -> Inputs:
    readers: dict[str, Callable[[Any], Inputs]] = {
        "digits": Inputs.digits,
        "values": Inputs,
        "file": lambda file: Inputs.load(folder / as_path(file)),
        "metric": Inputs.from_metric,
    }
    given = checked_table("inputs", table, optional=readers)
    if len(given) != 1:
        found = " and ".join(given) or "nothing"
        raise InvalidInput(f"[inputs] gives {found}; give exactly one of {', '.join(readers)}")
    ((key, value),) = given.items()
    with _reported_as(f"inputs.{key}"):
        return readers[key](value)


def _read_observables(table: Any, inputs: Inputs | Tokens) -> Observables:
    given = checked_table("observables", table, required=("loops",), optional=("pairs", "legs"))
    for key in given.keys() & {"pairs", "legs"}:
        with _reported_as(f"observables.{key}"):
            given[key] = inputs.labelled(given[key])
    return Observables(**given)


def _read_sampling(table: Any) -> Sampling:
    return Sampling(
        **checked_table("sampling", table, optional=("widths", "samples", "seed", "sampler", "sizes"))
    )


def _observables(
    key: str, given: Any, read: Callable[[Any], tuple[T, ...]], example: str
) -> tuple[tuple[T, ...], ...]:
    name = f"observables.{key}"

    def one(entry_name: str, entry: Any) -> tuple[T, ...]:
        parts = [] if is_single(entry) or isinstance(entry, (str, bytes)) else list(entry)
        if not parts or any(is_single(part) for part in parts):
            raise InvalidInput(
                f"{entry_name}={shown(entry)} is not a list of {key}; {name} is a list of observables, each a"
                f" list of {key}, such as {example}"
            )
        with _reported_as(entry_name):
            return read(parts)

    return entries(name, given, one, example=f"{key} = {example}")


def _checked_loops(loops: Any, observables: int) -> int | tuple[int, ...]:
    def one(name: str, number: Any) -> int:
        return integer(name, number, least=0)

    if is_single(loops):
        return one("observables.loops", loops)
    found = entries("observables.loops", loops, one, example="loops = 1")
    if len(found) != observables:
        raise InvalidInput(
            f"observables.loops={shown(loops)} has {len(found)} entries for {observables} observables;"
            " give one integer, or one for each of pairs and then of legs"
        )
    return collapsed(found)


def _checked_widths(widths: Any) -> tuple[int, ...]:
    def one(name: str, width: Any) -> int:
        return integer(name, width, least=1)

    found = entries("sampling.widths", widths, one, example="widths = [8, 16, 32]")
    if not found:
        raise InvalidInput("sampling.widths is empty; give at least one width, such as widths = [8, 16, 32]")
    repeated = [width for i, width in enumerate(found) if width in found[:i]]
    if repeated:
        raise InvalidInput(f"sampling.widths holds {repeated[0]} more than once; give each width once")
    return found


@contextmanager
def _reported_as(name: str) -> Iterator[None]:
    """Put `name` before the reason of a refusal, unless the reason names it."""
    try:
        yield
    except InvalidInput as error:
        reason = str(error)
        raise InvalidInput(reason if reason.startswith(name) else f"{name}: {reason}") from None


def _listed(value: Any) -> Any:
    if isinstance(value, TokenLabel):
        return [value.input, value.token]
    return [_listed(entry) for entry in value] if isinstance(value, tuple) else value
