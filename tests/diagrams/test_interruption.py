"""Long runs: what has been streamed stays, a later call goes on behind it, and terminals see progress."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from feyn_nn.actions import CausalAction, phi4
from feyn_nn.diagrams import Diagram, counting, generate
from feyn_nn.diagrams.request import Request
from feyn_nn.theory import DiagramStream, gallery

# Ctrl-C in the midst of fourteen million diagrams, in a process of its own: a signal may hit any code at all.
INTERRUPTED = """
import os, signal, threading, time
from itertools import islice
from feyn_nn.actions import phi3
from feyn_nn.diagrams import generate

stream = generate(phi3(), legs=4, loops=6)
found = [next(stream)]

def interrupt():
    while len(found) < 2000:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
try:
    for diagram in stream:
        found.append(diagram)
except KeyboardInterrupt:
    pass
else:
    raise SystemExit("it was not interrupted")
expected = list(islice(generate(phi3(), legs=4, loops=6), len(found) + 6))
assert found == expected[: len(found)]
# the signal may come between the step of the generator and that of the list: then one diagram is in neither
after = expected[len(found) :]
assert list(islice(stream, 5)) in (after[:5], after[1:])
print("intact")
"""


def test_an_interruption_leaves_what_has_been_streamed():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, encoding="utf-8", check=False, timeout=300
    )
    assert (done.returncode, done.stdout) == (0, "intact\n"), done.stderr


class Stumbling:
    """A source that is interrupted every few steps, at each step once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        every, self.stumbles = Request.diagrams, 0

        def diagrams(request: Request):
            for i, diagram in enumerate(every(request)):
                if i == 3 * (self.stumbles + 1):
                    self.stumbles += 1
                    raise KeyboardInterrupt
                yield diagram

        monkeypatch.setattr(Request, "diagrams", diagrams)


def read_through(stream: object) -> list[Diagram]:
    found: list[Diagram] = []
    iterator = iter(stream)  # type: ignore[call-overload]
    while True:
        try:
            found.append(next(iterator))
        except KeyboardInterrupt:
            continue
        except StopIteration:
            return found


def test_a_stream_goes_on_where_it_was_interrupted(monkeypatch):
    expected = list(generate(phi4(), legs=4, loops=2))
    source = Stumbling(monkeypatch)
    assert read_through(generate(phi4(), legs=4, loops=2)) == expected
    assert source.stumbles > 5


def test_a_gallery_reads_each_diagram_once(monkeypatch):
    asked = []
    monkeypatch.setattr(gallery, "generate", lambda *a, **k: asked.append(k["loops"]) or generate(*a, **k))
    stream = DiagramStream(action=CausalAction(), legs=2, loops=1)
    assert stream[0] == next(iter(stream))
    assert asked == [0]  # one loop was not asked for yet
    assert list(stream) == list(stream)
    assert (len(stream), len(stream), stream[15], len(stream[2:5])) == (16, 16, stream[-1], 3)
    assert asked == [0, 1]
    halfway = DiagramStream(action=CausalAction(), legs=2, loops=1)
    assert halfway[3] == stream[3]
    assert list(pickle.loads(pickle.dumps(halfway))) == list(stream)


def test_a_gallery_that_was_interrupted_is_whole_afterwards(monkeypatch):
    expected = list(DiagramStream(action=CausalAction(), legs=2, loops=1))
    Stumbling(monkeypatch)
    stream = DiagramStream(action=CausalAction(), legs=2, loops=1)
    for _ in range(6):
        try:
            assert list(stream) == expected
            break
        except KeyboardInterrupt:
            continue
    assert list(stream) == expected


def test_the_diagrams_of_a_cumulant_in_groups():
    stream = DiagramStream(action=CausalAction(), legs=2, loops=1, pairs=((0, 0), (0, 0)))
    groups = list(stream.grouped())
    assert len(groups) < len(stream)
    assert sum(d.multiplicity for d in groups) == len(stream)
    assert sum(d.weight for d in groups) == sum(d.symmetry_factor for d in stream)
    apart = DiagramStream(action=CausalAction(), legs=2, loops=1, pairs=((0, 0), (0, 1)))
    assert list(apart.grouped()) == list(stream)


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_for_terminals(monkeypatch, capsys, terminal):
    monkeypatch.setattr(counting, "_PATIENCE", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    count = counting.count_diagrams(phi4(), legs=4, loops=3)
    assert count.number == 255
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("φ^4" in shown.err) == terminal
