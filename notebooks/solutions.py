# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Solutions to the exercises
#
# The nine problems of the [exercises](exercises.ipynb), each with the reasoning, an answer that was found without feyn_nn, and the same check
# by theory.
#

# %% [markdown]
# **What you need to know.** The output z of a random network is a field. Given the last hidden layer it is Gaussian with a covariance
# Ĝ, the stochastic metric. In an infinitely wide network Ĝ is the kernel K, with $K^{\ell+1} = C_b + C_W\langle\sigma\sigma\rangle$
# over $\mathcal N(0, K^\ell)$. At width $n$ it fluctuates, and its cumulants $\kappa_p(\hat G)$ are sums of diagrams:
#
# - A vertex $V_{k,m}$ sends out $k$ lines and takes in $m$. With one input its value is
#   $C_W^k\,n^{1-k}\,\partial_G^m\,\kappa_k[\sigma^2,\dots,\sigma^2]$ at $G=K$, where $\kappa_k$ is the cumulant over one neuron.
# - A line that crosses layers has a factor $J=V_{1,1}$ for each of them. Lines run towards the output, where the legs are.
# - A diagram has the factor 1/|Aut|: 1 over the number of ways to exchange its vertices and lines, legs held fixed, that leave it as it
#   is. It is summed over the layers of its vertices.
# - Its power of $1/n$ is legs − 1 + loops.

# %%
import numpy as np

import feyn_nn as fnn

one_input = fnn.Inputs.from_metric([[1.0]])
answered = {}


def check(number, given, wanted, tolerance=1e-9):
    """Say whether an answer is right: a number, or a list of numbers."""
    if given is None:
        answered[number] = False
        print(f"{number}: no answer yet")
        return
    given, wanted = np.array(given, dtype=float), np.array(wanted, dtype=float)
    answered[number] = bool(
        given.shape == wanted.shape
        and np.allclose(given, wanted, rtol=tolerance, atol=1e-12)
    )
    print(f"{number}: {'right' if answered[number] else 'not yet'}")


# %% [markdown]
# ## 1 · Symmetry factors
#
# Here are four diagrams without their symmetry factors. What are they, from left to right, row by row? Lines from
# the same vertex to the same vertex may be exchanged. So may two vertices, if all that hangs on them is exchanged along.

# %%
action = fnn.actions.CausalAction()


def find(vertices, parallel):
    """The most symmetric diagram with these vertices and parallel lines."""
    fitting = []
    for loops in (1, 2):
        for diagram in fnn.generate(action, legs=1, loops=loops):
            most = max(list(diagram.lines).count(line) for line in diagram.lines)
            if (
                sorted(map(tuple, diagram.vertices)) == sorted(vertices)
                and most == parallel
            ):
                fitting.append(diagram)
    return min(fitting, key=lambda diagram: diagram.symmetry_factor)


four = [
    find([(2, 0), (1, 2)], 2),
    find([(3, 0), (1, 3)], 3),
    find([(2, 0), (2, 0), (1, 4)], 2),
    find([(2, 0), (2, 0), (1, 2), (1, 2), (1, 2)], 1),
]
fnn.gallery(four, captions=["first", "second", "third", "fourth"], columns=2)

# %% [markdown]
# **Solution.** In the first diagram two parallel lines may be exchanged: 1/2. In the second, three of them, in 3! ways: 1/6. The third has two pairs
# of parallel lines, 2 · 2, and the two sources may be exchanged with their lines, another 2: 1/8. In the fourth no lines are parallel, but
# each source sends one line to each of two mergers: exchanging the sources alone maps it onto itself, exchanging the mergers alone too, so
# there are four ways: 1/4.
#
# By brute force, without the theory of feyn_nn: try every permutation of the vertices; if it maps the lines onto themselves it counts
# once for each way to permute parallel lines.

# %%
from collections import Counter
from itertools import permutations
from math import factorial, prod


def automorphisms(diagram):
    """|Aut| by trying all permutations of the vertices."""
    lines, count = (
        Counter((line.source, line.target) for line in diagram.lines),
        len(diagram.vertices),
    )
    symmetric = 0
    for image in permutations(range(count)):
        place = [*image, count]  # the leg stays
        symmetric += (
            Counter({(place[a], place[b]): k for (a, b), k in lines.items()}) == lines
        )
    return symmetric * prod(factorial(k) for k in lines.values())


factors = [1 / 2, 1 / 6, 1 / 8, 1 / 4]
assert factors == [1 / automorphisms(diagram) for diagram in four]

# %%
check(1, factors, [float(diagram.symmetry_factor) for diagram in four])

# %%
assert answered[1]

# %% [markdown]
# ## 2 · Counting diagrams
#
# The third cumulant $\kappa_3(\hat G)$ at leading order, $1/n^2$, is a sum of trees with three labelled legs. How
# many of these trees have one vertex, how many two, how many three? Draw them; remember that $V_{1,0}$ and $V_{1,1}$ are no vertices, and that
# lines run one way.

# %% [markdown]
# **Solution.** One vertex: $V_{3,0}$ with the three legs. Two vertices: a source $V_{2,0}$ sends one line to a leg and one into $V_{2,1}$, which sends out
# the other two; the lone leg is one of three. Three vertices: two sources, one line of each meeting in $V_{1,2}$: its outgoing line is one of three
# legs, and the two others belong to the sources, which are alike. 1 + 3 + 3 = 7 trees. (Two vertices cannot be $V_{3,0}$ and a merger:
# that closes a loop.)

# %%
trees = [1, 3, 3]

# %%
found = [len(diagram.vertices) for diagram in fnn.generate(action, legs=3, loops=0)]
check(2, trees, [found.count(k) for k in (1, 2, 3)])

# %%
assert answered[2]

# %% [markdown]
# ## 3 · A tadpole by hand
#
# The mean $E\hat G$ differs from K by the *tadpole*, the first diagram of exercise 1. Evaluate it for tanh with
# $C_W=1.5$, $C_b=0.1$, three weight layers and $\hat G^1 = 1$. There are two hidden layers, so there is one place for each of the two vertices.
# Give the coefficient of $1/n$. (You need $\langle\sigma^2\rangle$, $\langle\sigma^4\rangle$ over $\mathcal N(0,K)$, and
# $\partial_G^2\langle\sigma^2\rangle$, by Gauss–Hermite quadrature or any other way.)

# %%
tanh = fnn.MLP(
    depth=3, width=64, activation="tanh", weight_variance=1.5, bias_variance=0.1
)

# %% [markdown]
# **Solution.** The source sits at layer 1, the merger at layer 2, and both lines go straight from one to the other:
# $\tfrac12\,V_{1,2}(K^2)\,V_{2,0}(K^1)$ with $V_{2,0} = C_W^2(\langle\sigma^4\rangle-\langle\sigma^2\rangle^2)$ and
# $V_{1,2} = C_W\,\partial_G^2\langle\sigma^2\rangle$. The derivative is easiest by Stein's lemma,
# $\partial_G^2\langle f\rangle = \langle f\,\mathrm{He}_4(z/\sqrt G)\rangle/(2G)^2$, with $\mathrm{He}_4(x)=x^4-6x^2+3$.

# %%
grid = np.linspace(-12, 12, 4001)
normal = np.exp(-(grid**2) / 2)
normal /= normal.sum()


def mean(f, G, weight=1.0):
    """⟨f(z) weight(z/√G)⟩ over N(0, G)."""
    return float((normal * weight * f(np.sqrt(G) * grid)).sum())


def square(z):
    return np.tanh(z) ** 2


C_W, C_b, K1 = 1.5, 0.1, 1.0
K2 = C_b + C_W * mean(square, K1)
source = C_W**2 * (mean(lambda z: square(z) ** 2, K1) - mean(square, K1) ** 2)
merger = C_W * mean(square, K2, grid**4 - 6 * grid**2 + 3) / (2 * K2) ** 2
tadpole = source * merger / 2
print(f"K² = {K2:.6f}, V₂₀ = {source:.6f}, V₁₂ = {merger:.6f}")
print(f"tadpole {tadpole:.6f}")

# %%
check(
    3,
    tadpole,
    fnn.metric_cumulant(tanh, pairs=[(0, 0)], loops=1)
    .evaluate(one_input)
    .coefficients[1],
    tolerance=1e-4,
)

# %%
assert answered[3]

# %% [markdown]
# ## 4 · Deep linear networks, exactly
#
# For σ(z) = z, $C_W=1$, $C_b=0$ and one input with $\hat G^1=1$, each hidden layer multiplies the metric
# by $\frac1n\sum_{j=1}^n g_j^2$ with independent standard normals $g_j$. What is the coefficient of $1/n^2$ in $\mathrm{Var}\,\hat G$ for $h$ hidden layers?
# Write it as a function of h.

# %% [markdown]
# **Solution.** The factor of one layer has mean 1 and mean square $1+2/n$, since $\mathrm{Var}\,g^2 = 2$. Layers are independent: $E\hat G=1$ and
# $E\hat G^2=(1+2/n)^h$, so $\mathrm{Var}\,\hat G=(1+2/n)^h-1 = 2h/n + 4\binom h2/n^2+\dots$


# %%
def second_order(h):
    return 2 * h * (h - 1)


# %%
def by_theory(h):
    linear = fnn.MLP(depth=h + 1, width=16, activation="linear")
    return (
        fnn.metric_cumulant(linear, pairs=[(0, 0), (0, 0)], loops=1)
        .evaluate(one_input)
        .coefficients[2]
    )


check(
    4,
    None if second_order(2) is None else [second_order(h) for h in range(1, 7)],
    [by_theory(h) for h in range(1, 7)],
)

# %%
assert answered[4]

# %% [markdown]
# ## 5 · The kurtosis of a ReLU network
#
# For $\sigma(z)=\max(z,0)$, $C_W=2$, $C_b=0$ and one input, find the excess kurtosis
# $\kappa_4(z)/\kappa_2(z)^2$ of one output at any width n and with h hidden layers, exactly. (Given Ĝ the output is Gaussian: what is $E z^4$?)

# %% [markdown]
# **Solution.** $Ez^4 = 3E\hat G^2$ and $Ez^2=E\hat G$, so that the excess kurtosis is $3\,\mathrm{Var}\,\hat G/(E\hat G)^2$. A layer multiplies Ĝ by
# $\frac2n\sum_j\mathrm{relu}(g_j)^2$. Half of the normals are cut off: $\langle\mathrm{relu}^2\rangle=\frac12$, $\langle\mathrm{relu}^4\rangle=\frac32$. The
# factor has mean 1 and variance $\frac4n(\frac32-\frac14)=\frac5n$. Hence $3\big((1+5/n)^h-1\big)$. The series in $1/n$ ends at $1/n^h$, which is why theory
# through h orders is exact too.


# %%
def kurtosis(h, n):
    return 3 * ((1 + 5 / n) ** h - 1)


# %%
def by_layers(h):
    relu = fnn.MLP(depth=h + 1, width=16, activation="relu", weight_variance=2.0)
    return fnn.metric_cumulant(relu, pairs=[(0, 0), (0, 0)], loops=h).evaluate(
        one_input
    )


cases = [(1, 4), (2, 8), (3, 8), (4, 32)]
check(
    5,
    None if kurtosis(1, 4) is None else [kurtosis(*case) for case in cases],
    [3 * by_layers(h).at(width=n) for h, n in cases],
)

# %%
assert answered[5]

# %% [markdown]
# ## 6 · A field theory in no dimensions
#
# Take away space and time, and a field is one number φ with the weight $e^{-\varphi^2/2+g\varphi^4/4!}$. The sum of the
# symmetry factors of all connected φ⁴ diagrams with two legs and two loops is the coefficient of $g^2$ in $\langle\varphi^2\rangle$. Which number is it?

# %% [markdown]
# **Solution.** With $\langle\varphi^{2k}\rangle_0=(2k-1)!!$, numerator and denominator are
# $N = 1 + g\frac{15}{24} + \frac{g^2}{2}\frac{945}{576}+\dots$ and $D = 1 + g\frac{3}{24}+\frac{g^2}{2}\frac{105}{576}+\dots$ The quotient through $g^2$
# is $1+\frac12g+\frac23g^2$. The three diagrams have 1/4, 1/4 and 1/6.

# %%
from fractions import Fraction


def double_factorial(k):
    return prod(range(1, 2 * k, 2))


N = [Fraction(double_factorial(2 * m + 1), factorial(m) * 24**m) for m in range(3)]
D = [Fraction(double_factorial(2 * m), factorial(m) * 24**m) for m in range(3)]
quotient = []
for m in range(3):
    quotient.append(N[m] - sum(quotient[i] * D[m - i] for i in range(m)))
two_loop_sum = quotient[2]
print("⟨φ²⟩ =", " + ".join(f"({q}) g^{m}" for m, q in enumerate(quotient)))

# %%
check(
    6,
    two_loop_sum,
    float(fnn.count_diagrams(fnn.actions.phi4(), legs=2, loops=2).symmetry_sum),
)
fnn.gallery(list(fnn.generate(fnn.actions.phi4(), legs=2, loops=2)))

# %%
assert answered[6]

# %% [markdown]
# ## 7 · Attention with two tokens
#
# A head reads two tokens with metric $\begin{pmatrix}1&\rho\\\rho&1\end{pmatrix}$, in the limit of infinite key and value
# dimensions. The scores of the first token are then Gaussian, and $s_1-s_2$ has variance $2(1-\rho)$. The head attends with weights
# $A_1, A_2 = \tfrac12\pm\tfrac14\beta(s_1-s_2)$ to first order in the coupling β. Find the independence breaking $\mathrm{Var}\,M$ of
# $M = A_1^2+A_2^2+2\rho A_1A_2$ to leading order, $\beta^4$: the coefficient as a function of ρ. What happens for identical tokens, ρ = 1?

# %% [markdown]
# **Solution.** With $\delta=\tfrac14\beta(s_1-s_2)$ the mixed terms cancel: $M = \tfrac12(1+\rho) + 2(1-\rho)\,\delta^2$. Here $\delta^2 = \tfrac1{16}\beta^2\cdot2(1-\rho)\,g^2$
# with a standard normal g, and $\mathrm{Var}\,g^2=2$. So $\mathrm{Var}\,M = 4(1-\rho)^2\cdot\frac{\beta^4(1-\rho)^2}{64}\cdot2 = \frac{\beta^4}{8}(1-\rho)^4$.
# It vanishes for identical tokens: whatever the weights, an average of equal things is the same.


# %%
def breaking(rho):
    return (1 - rho) ** 4 / 8


# %%
def by_diagrams(rho, coupling=1.0):
    head = fnn.MultiHeadAttention(
        heads=1, key_dim=10**9, value_dim=10**9, coupling=coupling
    )
    pair = ((0, 0), (0, 0))
    series = fnn.metric_cumulant(head, pairs=[pair, pair], loops=0).expand_coupling(4)
    return series.at(fnn.Tokens.from_metric([[1.0, rho], [rho, 1.0]], n_tokens=2))


rhos = [-0.5, 0.0, 0.3, 0.9]
theory = [by_diagrams(rho) - by_diagrams(rho, coupling=0.0) for rho in [*rhos, 1.0]]
check(
    7,
    None if breaking(0.0) is None else [breaking(rho) for rho in [*rhos, 1.0]],
    theory,
    tolerance=1e-6,
)

# %%
assert answered[7]

# %% [markdown]
# ## 8 · Critical initialisation
#
# A network is critical where $\chi_\parallel=\chi_\perp=1$. Without biases and for an activation with $\sigma(0)=0$ the kernel may flow to
# zero, and there both slopes are $C_W\sigma'(0)^2$. For an activation of two straight lines, $\sigma = z$ for $z>0$ and $az$ for $z<0$, every K
# is critical if $C_W\langle\sigma'^2\rangle=1$. Give the critical $C_W$ of (a) erf, (b) $\sin(3z)$, (c) leaky ReLU with $a=\tfrac1{10}$.

# %% [markdown]
# **Solution.** (a) $\mathrm{erf}'(0) = 2/\sqrt\pi$, so $C_W=\pi/4$. (b) The slope is 3: $C_W=\tfrac19$. (c) Half of the time the slope is 1, half of the time
# $\tfrac1{10}$: $\langle\sigma'^2\rangle=\tfrac12(1+\tfrac1{100})$ and $C_W=2/1.01$.

# %%
critical = [np.pi / 4, 1 / 9, 2 / 1.01]

# %%
names = ("erf", "sin(3*z)", "leaky_relu(0.1)")
check(
    8,
    critical,
    [fnn.flow.criticality(name).points[0].weight_variance for name in names],
    tolerance=1e-7,
)

# %%
assert answered[8]

# %% [markdown]
# ## 9 · Design a network
#
# A critical ReLU network is to have ten hidden layers, and the excess kurtosis of its output shall not exceed 0.1. How wide must it be at
# least? (Exercise 5 helps. So does theory alone, but then keep in mind how many orders of $1/n$ you need.)

# %% [markdown]
# **Solution.** $3\big((1+5/n)^{10}-1\big)\le0.1$ means $n\ge 5/\big((1+\tfrac1{30})^{1/10}-1\big)$, that is 1523. Leading order alone,
# $150/n\le0.1$, would have said 1500: too narrow.

# %%
width = int(np.ceil(5 / ((1 + 0.1 / 3) ** (1 / 10) - 1)))
print("width", width)


# %%
def excess(n):
    """From diagrams through three loops, 1/n⁴; the rest is below 1e-6 for n > 1000."""
    deep = fnn.MLP(depth=11, width=64, activation="relu", weight_variance=2.0)
    return 3 * fnn.metric_cumulant(deep, pairs=[(0, 0), (0, 0)], loops=3).evaluate(
        one_input
    ).at(width=n)


right = width is not None and excess(width) <= 0.1 < excess(width - 1)
check(9, None if width is None else [float(right)], [1.0])

# %%
assert answered[9]

# %% [markdown]
# ## The verdict

# %%
assert len(answered) == 9
assert all(answered.values())
print(f"verdict: {sum(answered.values())} of {len(answered)} answers are right")
