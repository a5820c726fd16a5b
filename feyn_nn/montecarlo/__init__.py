"""Sampled networks: exact samplers, unbiased cumulants with standard errors, executors and checkpoints."""

from feyn_nn.montecarlo.checkpoint import Checkpoint
from feyn_nn.montecarlo.density import OnePointDensity, one_point_density
from feyn_nn.montecarlo.deviates import Deviates
from feyn_nn.montecarlo.execution import run_blocks
from feyn_nn.montecarlo.k_statistics import KStatistics, k_statistic_coefficient
from feyn_nn.montecarlo.metric_sampler import MetricSampler, metric_step
from feyn_nn.montecarlo.monomials import MonomialBasis, PowerSums
from feyn_nn.montecarlo.samplers import SAMPLERS, Sampler
from feyn_nn.montecarlo.schedule import Block, batch_count, blocks
from feyn_nn.montecarlo.simulate import simulate
from feyn_nn.montecarlo.simulation import Simulation
from feyn_nn.montecarlo.weight_law import (
    WeightLaw,
    register_weight_law,
    unregister_weight_law,
    weight_law,
)
from feyn_nn.montecarlo.weight_sampler import WeightSampler

__all__ = [
    "SAMPLERS",
    "Block",
    "Checkpoint",
    "Deviates",
    "KStatistics",
    "MetricSampler",
    "MonomialBasis",
    "OnePointDensity",
    "PowerSums",
    "Sampler",
    "Simulation",
    "WeightLaw",
    "WeightSampler",
    "batch_count",
    "blocks",
    "k_statistic_coefficient",
    "metric_step",
    "one_point_density",
    "register_weight_law",
    "run_blocks",
    "simulate",
    "unregister_weight_law",
    "weight_law",
]
