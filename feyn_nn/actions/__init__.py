"""Field theories: which vertices there are, what joins them, and the small parameter each one carries."""

from feyn_nn.actions.action import Action, VertexKind
from feyn_nn.actions.causal import CausalAction, network_action
from feyn_nn.actions.scalar import ScalarAction, phi, phi3, phi4

__all__ = ["Action", "CausalAction", "ScalarAction", "VertexKind", "network_action", "phi", "phi3", "phi4"]
