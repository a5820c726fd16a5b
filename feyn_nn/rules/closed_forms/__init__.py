"""Gaussian expectations in closed form, for the activations that have them: one file for each family."""

from feyn_nn.rules.closed_forms.registry import (
    Form,
    Metric,
    closed_form,
    has_closed_form,
    known_closed_forms,
    register_closed_form,
)

__all__ = ["Form", "Metric", "closed_form", "has_closed_form", "known_closed_forms", "register_closed_form"]
