"""Theory of attention: the same questions as of any network, with powers of 1/heads, 1/value_dim and 1/key_dim."""

from feyn_nn.theory.attention.correlator import AttentionCorrelator, attention_correlator
from feyn_nn.theory.attention.cumulant import AttentionCumulant, attention_cumulant
from feyn_nn.theory.attention.evaluation import AttentionEvaluation
from feyn_nn.theory.attention.kernel import attention_kernel

__all__ = [
    "AttentionCorrelator",
    "AttentionCumulant",
    "AttentionEvaluation",
    "attention_correlator",
    "attention_cumulant",
    "attention_kernel",
]
