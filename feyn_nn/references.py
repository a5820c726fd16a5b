"""The papers behind the methods, as BibTeX: ``references.bib``, whose keywords are the topics."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from feyn_nn._core import InvalidInput, nearest

_THEORY = ("metric process", "response field", "perturbation theory", "diagrams")

# What each kind of object rests on, by the name of its class; what it holds as `network` is added.
_USED = {
    "MLP": ("infinite width", "metric process"),
    "Feedforward": ("infinite width", "metric process"),
    "MultiHeadAttention": ("attention",),
    "Sequential": ("infinite width", "metric process", "attention"),
    "RandomFeatures": ("random features",),
    "MetricCumulant": _THEORY,
    "Correlator": _THEORY,
    "Derivation": _THEORY,
    "Evaluation": _THEORY,
    "AttentionCumulant": ("attention",),
    "AttentionCorrelator": ("attention",),
    "AttentionEvaluation": ("attention",),
    "Diagram": ("diagrams", "generation"),
    "Drawing": ("drawing",),
    "Gallery": ("drawing",),
    "Simulation": ("metric process", "sampling"),
    "OnePointDensity": ("metric process", "sampling"),
    "Report": (*_THEORY, "sampling"),
    "Trace": ("perturbation theory", "flow"),
    "CriticalPoints": ("flow",),
    "CriticalPoint": ("flow",),
    "PhaseDiagram": ("flow",),
    "Tuned": ("perturbation theory", "flow"),
}


def citation(*used: Any) -> str:
    """BibTeX of the papers that the methods come from.

    Parameters
    ----------
    *used : str or object
        Topics, ``"actions"``, ``"attention"``, ``"closed forms"``, ``"diagrams"``, ``"drawing"``, ``"flow"``,
        ``"generation"``, ``"infinite width"``, ``"metric process"``, ``"perturbation theory"``,
        ``"random features"``, ``"response field"`` or ``"sampling"``; or what was computed with: a network, a
        cumulant, a simulation, a report. Without any, all entries.

    Returns
    -------
    str
        Each paper once.

    Raises
    ------
    InvalidInput
        If a topic is unknown, or an object rests on no paper that is listed.

    Examples
    --------
    >>> print(citation("diagrams").splitlines()[0])
    @misc{Banta2024,
    >>> import feyn_nn as fnn
    >>> citation(fnn.MultiHeadAttention(heads=2, key_dim=8, value_dim=8)) == citation("attention")
    True
    """
    entries = _entries()
    if not used:
        return "\n\n".join(entries)
    topics = {topic for item in used for topic in _topics(item)}
    return "\n\n".join(entry for entry, about in entries.items() if topics & set(about))


@cache
def _entries() -> dict[str, tuple[str, ...]]:
    """Each entry of the file with its topics."""
    text = files("feyn_nn").joinpath("references.bib").read_text(encoding="utf-8")
    return {entry.strip(): _keywords(entry) for entry in text.split("\n\n")}


def _keywords(entry: str) -> tuple[str, ...]:
    (found,) = re.findall(r"keywords = \{(.*?)\}", entry)
    return tuple(found.split(", "))


def _topics(item: Any) -> tuple[str, ...]:
    if isinstance(item, str):
        known = sorted({topic for about in _entries().values() for topic in about})
        if item not in known:
            raise InvalidInput(f"{item!r} is no topic; {nearest(item, known)}")
        return (item,)
    names = [kind.__name__ for kind in type(item).__mro__]
    own = tuple(topic for name in names for topic in _USED.get(name, ()))
    network = getattr(item, "network", None)
    if not own and network is None:
        raise InvalidInput(f"no paper is listed for a {names[0]}; give a network, a result, or a topic")
    if isinstance(network, str):  # a report holds what its network was called
        return own + _USED.get(network.partition("(")[0], ())
    return own + (() if network is None else _topics(network))
