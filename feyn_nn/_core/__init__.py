"""What every other package shares: errors, powers, combinatorics, estimates, seeds."""

from feyn_nn._core.combinatorics import pairings, set_partitions
from feyn_nn._core.errors import FeynNNError, InvalidInput, MissingExtra, nearest, require_extra
from feyn_nn._core.estimate import Estimate
from feyn_nn._core.labels import (
    FieldLeg,
    Label,
    Pair,
    TokenLabel,
    as_legs,
    as_pair,
    as_pairs,
    pair_name,
    pairs_of,
)
from feyn_nn._core.observables import (
    FieldObservable,
    MetricObservable,
    Observable,
    field_observables,
    metric_observables,
    out_of_range,
)
from feyn_nn._core.powers import Powers
from feyn_nn._core.seeds import RandomSource, reproducible, seed_sequence, spawned

__all__ = [
    "Estimate",
    "FeynNNError",
    "FieldLeg",
    "FieldObservable",
    "InvalidInput",
    "Label",
    "MetricObservable",
    "MissingExtra",
    "Observable",
    "Pair",
    "Powers",
    "RandomSource",
    "TokenLabel",
    "as_legs",
    "as_pair",
    "as_pairs",
    "field_observables",
    "metric_observables",
    "nearest",
    "out_of_range",
    "pair_name",
    "pairings",
    "pairs_of",
    "reproducible",
    "require_extra",
    "seed_sequence",
    "set_partitions",
    "spawned",
]
