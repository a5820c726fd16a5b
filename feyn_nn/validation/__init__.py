"""Theory against measurement, order by order."""

from feyn_nn.validation.attention_report import AttentionReport
from feyn_nn.validation.design import Design
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.report import Report, Row
from feyn_nn.validation.validate import validate

__all__ = ["AttentionReport", "Design", "Prediction", "Report", "Row", "validate"]
