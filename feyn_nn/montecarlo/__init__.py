"""Sampled networks: exact samplers, unbiased cumulants with standard errors, and executors."""

from feyn_nn.montecarlo.accumulator import BlockMoments
from feyn_nn.montecarlo.execution import block_sizes, run_blocks
from feyn_nn.montecarlo.k_statistics import KStatistics, k_statistic_coefficient
from feyn_nn.montecarlo.metric_sampler import MetricSampler, metric_step
from feyn_nn.montecarlo.samplers import SAMPLERS, Sampler
from feyn_nn.montecarlo.simulation import Simulation, simulate
from feyn_nn.montecarlo.weight_sampler import WeightSampler

__all__ = [
    "SAMPLERS",
    "BlockMoments",
    "KStatistics",
    "MetricSampler",
    "Sampler",
    "Simulation",
    "WeightSampler",
    "block_sizes",
    "k_statistic_coefficient",
    "metric_step",
    "run_blocks",
    "simulate",
]
