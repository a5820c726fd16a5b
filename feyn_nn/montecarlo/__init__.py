"""Sampled networks: exact samplers, unbiased cumulants with standard errors, and executors."""

from feyn_nn.montecarlo.accumulator import BlockMoments
from feyn_nn.montecarlo.density import OnePointDensity, one_point_density
from feyn_nn.montecarlo.deviates import Deviates
from feyn_nn.montecarlo.execution import block_sizes, run_blocks
from feyn_nn.montecarlo.k_statistics import KStatistics, k_statistic_coefficient
from feyn_nn.montecarlo.metric_sampler import MetricSampler, metric_step
from feyn_nn.montecarlo.samplers import SAMPLERS, Sampler
from feyn_nn.montecarlo.simulation import Simulation, simulate
from feyn_nn.montecarlo.weight_law import WeightLaw, register_weight_law, weight_law
from feyn_nn.montecarlo.weight_sampler import WeightSampler

__all__ = [
    "SAMPLERS",
    "BlockMoments",
    "Deviates",
    "KStatistics",
    "MetricSampler",
    "OnePointDensity",
    "Sampler",
    "Simulation",
    "WeightLaw",
    "WeightSampler",
    "block_sizes",
    "k_statistic_coefficient",
    "metric_step",
    "one_point_density",
    "register_weight_law",
    "run_blocks",
    "simulate",
    "weight_law",
]
