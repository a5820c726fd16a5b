"""Depth as renormalisation: criticality, fixed points, running couplings.

Layer by layer the kernel of a network flows, and couplings grow like depth over width::

    import feyn_nn as fnn
    fnn.flow.criticality("gelu")                 # every critical (C_b, C_W), its class, its large-depth laws
    fnn.flow.trace(net, x)                       # K, χ_∥, χ_⊥, V/K², … of every layer, and where 1/n fails
    fnn.flow.phase_diagram("tanh").plot()        # order, chaos, the edge
    fnn.flow.tune("tanh", depth=101, width=32, kernel=0.5)
"""

from feyn_nn.flow.criticality import CriticalPoint, CriticalPoints, criticality
from feyn_nn.flow.fluctuations import Fluctuations
from feyn_nn.flow.held import Held
from feyn_nn.flow.large_depth import LargeDepth, PowerLaw
from feyn_nn.flow.nearest_miss import NearestMiss
from feyn_nn.flow.phase_diagram import PhaseDiagram, phase_diagram
from feyn_nn.flow.relevance import Operator, Relevance, relevance
from feyn_nn.flow.stack import StackTrace
from feyn_nn.flow.susceptibility import Susceptibility, susceptibility
from feyn_nn.flow.trace import Trace, trace
from feyn_nn.flow.tune import Tuned, tune
from feyn_nn.flow.universality import Universality, universality

__all__ = [
    "CriticalPoint",
    "CriticalPoints",
    "Fluctuations",
    "Held",
    "LargeDepth",
    "NearestMiss",
    "Operator",
    "PhaseDiagram",
    "PowerLaw",
    "Relevance",
    "StackTrace",
    "Susceptibility",
    "Trace",
    "Tuned",
    "Universality",
    "criticality",
    "phase_diagram",
    "relevance",
    "susceptibility",
    "trace",
    "tune",
    "universality",
]
