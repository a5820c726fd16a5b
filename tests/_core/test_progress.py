"""Bars over long loops: on a terminal alone, and where there are enough items."""

from __future__ import annotations

import io

import pytest

import feyn_nn as fnn
from feyn_nn._core import progress


class Terminal(io.StringIO):
    """What stderr is where someone is watching."""

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch, *, patience: float = 0.0) -> Terminal:
    """A terminal in the place of stderr, for the rest of a test."""
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setattr(progress, "_PATIENCE", patience)
    return shown


@pytest.mark.parametrize(
    ("total", "least", "seen"), [(100, 100, True), (99, 100, False), (2, 2, True), (1, 2, False)]
)
def test_a_bar_over_enough_items(monkeypatch: pytest.MonkeyPatch, total: int, least: int, seen: bool) -> None:
    shown = terminal(monkeypatch)
    assert list(progress.watched(range(total), total=total, unit="things", least=least)) == list(range(total))
    assert ("things" in shown.getvalue()) == seen


def test_no_bar_before_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch, patience=2.0)
    assert list(progress.watched(range(200), total=200, unit="things")) == list(range(200))
    assert not shown.getvalue()


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_no_bar_without_a_terminal(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    assert list(progress.watched("abc", total=300, unit="things")) == ["a", "b", "c"]
    assert stream is None or not stream.getvalue()


def test_the_four_point_vertex_of_many_inputs_shows_its_integrals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight inputs of a linear polynomial: 70 sets of four, 28 of two and 8 of one, at once."""
    shown = terminal(monkeypatch)
    net = fnn.MLP(depth=2, width=8, activation="polynomial(0, 1, 0, 0.001)")
    x = fnn.Inputs.from_metric([[1.0 if a == b else 0.1 for b in range(8)] for a in range(8)])
    fnn.metric_cumulant(net, rank=2, loops=0).evaluate(x, tolerance=1e-2)
    assert "sets of inputs" in shown.getvalue()
