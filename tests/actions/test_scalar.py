from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement

import pytest

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions import ScalarAction, VertexKind, phi, phi3, phi4


@pytest.mark.parametrize("powers", [(3,), (4,), (3, 4), (3, 4, 6), (5, 7)])
@pytest.mark.parametrize("legs", range(5))
@pytest.mark.parametrize("loops", range(4))
def test_contents_are_all_solutions_each_once(powers, legs, loops):
    """V vertices and I internal lines: Σk = 2I + legs and loops = I - V + 1."""
    expected: Counter = Counter()
    for size in range(2 * loops + legs + 1):
        for chosen in combinations_with_replacement(sorted(powers, reverse=True), size):
            internal = size - 1 + loops
            if sum(chosen) == 2 * internal + legs and size:
                expected[tuple(VertexKind(k) for k in chosen)] += 1
    if (legs, loops) == (2, 0):
        expected[()] += 1
    assert Counter(phi(powers).contents(legs, loops)) == expected


def test_names_and_couplings():
    action = phi(powers=(6, 3, 4, 3))
    assert action.name == "φ^3 + φ^4 + φ^6"
    assert action == phi((3, 4, 6))
    assert action.powers(VertexKind(6)) == Powers(g6=1)
    assert (phi3(), phi4()) == (phi((3,)), phi((4,)))
    assert not phi3().directed
    assert phi3().has_bare_line


def test_any_iterable_of_powers():
    assert phi(k for k in (3, 4)) == phi([4, 3]) == ScalarAction(valences=(3, 4))


@pytest.mark.parametrize("powers", [(), (2,), (3, 1), (3.0,), "34", ("3",), (None,), (True,)])
def test_powers_that_make_no_interaction(powers):
    with pytest.raises(InvalidInput, match=r"integers k >= 3, such as powers=\(3, 4\)"):
        phi(powers)


def test_a_single_power_must_be_in_a_list():
    with pytest.raises(InvalidInput, match=r"give for example powers=\(4,\)"):
        phi(4)
