"""What users ask for: cumulants of the metric, correlators of the field, and their numbers."""

from feyn_nn.theory.correlator import Correlator, correlator
from feyn_nn.theory.derive import Derivation, derive
from feyn_nn.theory.evaluation import Evaluation
from feyn_nn.theory.gallery import DiagramStream
from feyn_nn.theory.kernel import infinite_width_kernel
from feyn_nn.theory.metric_cumulant import MetricCumulant, metric_cumulant

__all__ = [
    "Correlator",
    "Derivation",
    "DiagramStream",
    "Evaluation",
    "MetricCumulant",
    "correlator",
    "derive",
    "infinite_width_kernel",
    "metric_cumulant",
]
