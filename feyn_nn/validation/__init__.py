"""Theory against measurement, order by order."""

from feyn_nn.validation.campaign import Campaign
from feyn_nn.validation.design import Design, PlannedOrder, Run
from feyn_nn.validation.fit import Fit
from feyn_nn.validation.heads_law import HeadsLaw
from feyn_nn.validation.judgement import Judgement, Order, Point, Row
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.report import Report
from feyn_nn.validation.request import plan
from feyn_nn.validation.validate import validate

__all__ = [
    "Campaign",
    "Design",
    "Fit",
    "HeadsLaw",
    "Judgement",
    "Order",
    "PlannedOrder",
    "Point",
    "Prediction",
    "Report",
    "Row",
    "Run",
    "plan",
    "validate",
]
