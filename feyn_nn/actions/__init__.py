"""Field theories: what propagates, which vertices there are, and the small parameters they carry."""

from feyn_nn.actions.action import Action, leg_names, non_negative
from feyn_nn.actions.causal import CausalAction, network_action
from feyn_nn.actions.data import action_from_data
from feyn_nn.actions.family import VertexFamily
from feyn_nn.actions.field import Field
from feyn_nn.actions.field_theory import FieldTheory, kind_of
from feyn_nn.actions.textbook import metric_theory, o_n, phi, phi3, phi4, yukawa
from feyn_nn.actions.vertex import Vertex, VertexKind

__all__ = [
    "Action",
    "CausalAction",
    "Field",
    "FieldTheory",
    "Vertex",
    "VertexFamily",
    "VertexKind",
    "action_from_data",
    "kind_of",
    "leg_names",
    "metric_theory",
    "network_action",
    "non_negative",
    "o_n",
    "phi",
    "phi3",
    "phi4",
    "yukawa",
]
