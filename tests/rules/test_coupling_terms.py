"""The series in the coupling against a brute-force Wick sum in exact rationals, channels written out."""

from collections import Counter
from fractions import Fraction
from itertools import product
from math import factorial, isqrt, prod

import pytest
import sympy

from feyn_nn._core import Powers, pairings
from feyn_nn.rules.coupling_algebra import coupling_expression
from feyn_nn.rules.coupling_terms import count_contractions, coupling_terms
from feyn_nn.rules.softmax_series import softmax_terms

F = Fraction
Q = [[F(3, 2), F(1, 3)], [F(1, 3), F(2, 1)]]
K = [[F(1), F(1, 4), F(-1, 2)], [F(1, 4), F(3, 4), F(1, 5)], [F(-1, 2), F(1, 5), F(2)]]
V = [[F(2), F(1, 2), F(0)], [F(1, 2), F(1), F(-1, 3)], [F(0), F(-1, 3), F(5, 4)]]
ORDER = 4

# A polynomial in the Gaussian variables ("q", row, channel) and ("k", token, channel): monomial -> coefficient.


def times(one, other):
    out = Counter()
    for (m, a), (n, b) in product(one.items(), other.items()):
        out[tuple(sorted(m + n))] += a * b
    return out


def plus(*polynomials):
    out = Counter()
    for polynomial in polynomials:
        for m, a in polynomial.items():
            out[m] += a
    return out


def scaled(factor, polynomial):
    return Counter({m: factor * a for m, a in polynomial.items()})


def series_times(one, other):
    return [plus(*(times(one[i], other[n - i]) for i in range(n + 1))) for n in range(ORDER + 1)]


def attention(row, tokens, key_dim):
    """T A_j as series in β for every token, by dividing power series; scores are not centred."""
    root = isqrt(key_dim)
    assert root * root == key_dim
    scores = [
        Counter({(("k", j, c), ("q", row, c)): F(1, root) for c in range(key_dim)}) for j in range(tokens)
    ]
    exponentials = []
    for s in scores:
        power, own = Counter({(): F(1)}), []
        for n in range(ORDER + 1):
            own.append(scaled(F(1, factorial(n)), power))
            power = times(power, s)
        exponentials.append(own)
    mean = [scaled(F(1, tokens), plus(*(e[n] for e in exponentials))) for n in range(ORDER + 1)]
    inverse = [Counter({(): F(1)})]
    for n in range(1, ORDER + 1):
        inverse.append(scaled(F(-1), plus(*(times(mean[i], inverse[n - i]) for i in range(1, n + 1)))))
    return [series_times(e, inverse) for e in exponentials]


def expectation(polynomial):
    def covariance(a, b):
        return F(0) if a[0] != b[0] or a[2] != b[2] else Q[a[1]][b[1]] if a[0] == "q" else K[a[1]][b[1]]

    return sum(
        (
            a * sum(prod((covariance(*pair) for pair in p), start=F(1)) for p in pairings(m))
            for m, a in polynomial.items()
        ),
        start=F(0),
    )


def value_metric(a, b, tokens, key_dim):
    """M_ab as a series in β."""
    A, B = attention(a, tokens, key_dim), attention(b, tokens, key_dim)
    parts = [
        [scaled(V[j][i] / F(tokens**2), p) for p in series_times(A[j], B[i])]
        for j in range(tokens)
        for i in range(tokens)
    ]
    return [plus(*(part[n] for part in parts)) for n in range(ORDER + 1)]


def by_terms(pairs, tokens, key_dim):
    """Coefficients of β^n and the powers of 1/value_dim, from the diagrams."""
    centred = [row[:tokens] for row in K[:tokens]]
    for _ in range(2):
        centred = [[x - sum(row) / F(tokens) for x in row] for row in centred]
        centred = [list(column) for column in zip(*centred, strict=True)]
    found = Counter()
    for term in coupling_terms([((0, a), (0, b)) for a, b in pairs], ORDER, lambda row: (row[0], 0)):
        total = sum(
            prod((centred[at[i]][at[j]] for i, j in term.keys), start=F(1))
            * prod((V[at[i]][at[j]] for i, j in term.values), start=F(1))
            for at in product(range(tokens), repeat=len(term.sets))
        )
        lines = prod((Q[a[1]][b[1]] for a, b in term.queries), start=F(1))
        value = (
            term.weight * lines * total / F(tokens ** len(term.sets)) / F(key_dim ** term.powers["key_dim"])
        )
        found[term.coupling, term.powers["value_dim"]] += value
    return found


@pytest.mark.parametrize(
    ("tokens", "key_dim", "pair"), [(2, 1, (0, 0)), (2, 1, (0, 1)), (3, 1, (0, 1)), (2, 4, (0, 0))]
)
def test_the_mean_is_the_exact_wick_sum(tokens, key_dim, pair):
    brute = [expectation(p) for p in value_metric(*pair, tokens, key_dim)]
    found = by_terms([pair], tokens, key_dim)
    assert brute[1] == brute[3] == 0
    assert [found[n, 0] for n in (0, 2, 4)] == brute[::2]
    assert brute[4] != 0


@pytest.mark.parametrize(("tokens", "key_dim"), [(2, 1)])
def test_the_covariance_is_the_exact_wick_sum(tokens, key_dim):
    """Cov(M_12, M_34) and E[M_13 M_24 + M_14 M_23], as in docs/theory/attention.md."""
    (a, b), (c, d) = (0, 1), (0, 1)

    def metric(i, j):
        return value_metric(i, j, tokens, key_dim)

    def mean(series):
        return [expectation(p) for p in series]

    first, second = mean(metric(a, b)), mean(metric(c, d))
    both = mean(series_times(metric(a, b), metric(c, d)))
    breaking = [both[n] - sum(first[i] * second[n - i] for i in range(n + 1)) for n in range(ORDER + 1)]
    crossed = mean(series_times(metric(a, c), metric(b, d)))
    other = mean(series_times(metric(a, d), metric(b, c)))
    found = by_terms([(a, b), (c, d)], tokens, key_dim)
    for n in (0, 2, 4):
        assert found[n, 0] == breaking[n]
        assert found[n, 1] == crossed[n] + other[n]
    assert breaking[0] == 0
    assert breaking[2] != 0


@pytest.mark.parametrize(("metrics", "order"), [(1, 6), (2, 5), (3, 2)])
def test_contractions_are_counted_without_going_through_them(metrics, order):
    single = Counter()
    for vertices in product([t for n in range(order + 1) for t in softmax_terms(n)], repeat=2):
        single[sum(t.order for t in vertices)] += 1
    total = 0
    for orders in product(range(order + 1), repeat=metrics):
        n = sum(orders)
        if n <= order and n % 2 == 0:
            total += prod(single[m] for m in orders) * sum(1 for _ in pairings(range(n))) ** 2
    assert count_contractions(metrics, order) == total * sum(1 for _ in pairings(range(2 * metrics)))


def test_softmax_terms_rebuild_the_softmax():
    """At numbers: Σ of the terms is the Taylor coefficient of T e^{βs_j}/Σ e^{βs}."""
    scores = [F(1), F(-3), F(2)]  # centred
    beta = sympy.Symbol("beta")
    exact = 3 * sympy.exp(beta) / sum(sympy.exp(beta * int(s)) for s in scores)
    taylor = sympy.series(exact, beta, 0, 5).removeO()
    for n in range(5):
        value = sum(
            t.weight
            * scores[0] ** t.own
            * prod((sum(s**size for s in scores) / 3 for size in t.means), start=F(1))
            for t in softmax_terms(n)
        )
        assert value == taylor.coeff(beta, n)
        assert all(t.order == n for t in softmax_terms(n))


def test_expressions_hold_the_same_numbers():
    """Sums over two tokens done by sympy, metrics put in, against the terms."""
    terms = coupling_terms([((0, 0), (0, 1))], 2, lambda row: (row[0], 0))
    expression = coupling_expression([(1, term) for term in terms], metrics=1, single=True)
    T = sympy.Symbol("T", integer=True, positive=True)
    done = expression.subs({T: 2}).doit()
    centred = (K[0][0] - 2 * K[0][1] + K[1][1]) / 4
    numbers = {sympy.Symbol("C_O", positive=True): 1}
    for i, j in product(range(2), repeat=2):
        numbers[sympy.IndexedBase("K")[i + 1, j + 1]] = centred if i == j else -centred
        numbers[sympy.IndexedBase("Sigma_V")[i + 1, j + 1]] = V[i][j]
        rows = [sympy.Symbol(f"t_0.{n}", integer=True) for n in (i, j)]
        numbers[sympy.IndexedBase("Sigma_Q", symmetric=True)[rows[0], rows[1]]] = Q[i][j]
    numbers = {symbol: sympy.Rational(F(n).numerator, F(n).denominator) for symbol, n in numbers.items()}
    value = sympy.expand(done.subs(numbers))
    found = by_terms([(0, 1)], 2, 1)
    beta = sympy.Symbol("beta")
    for n in (0, 2):
        assert value.coeff(beta, n) == sympy.Rational(found[n, 0].numerator, found[n, 0].denominator)


def test_orders_and_powers_of_terms():
    terms = coupling_terms([((0, 0), (0, 1)), ((0, 0), (0, 1))], 4, lambda row: (row[0], 0))
    assert {term.coupling for term in terms} == {0, 2, 4}
    assert all(term.powers["heads"] == 1 for term in terms)
    assert {term.powers["key_dim"] for term in terms} == {0, 1}
    assert not [t for t in terms if t.coupling == 0 and t.powers == Powers(heads=1)]
    assert len(terms) == 276
