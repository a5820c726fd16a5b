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
# # Exercises
#
# Nine problems for an afternoon, from counting symmetries to designing a network. Pen and paper come first; the computer only tells
# whether an answer is right. Write it where it says `None`, run the cell and the one below, and go on. Solutions, with the reasoning, are in
# a [notebook of their own](solutions.ipynb).
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

# %%
factors = None  # for example [1, 1 / 2, 1, 1]

# %%
check(1, factors, [float(diagram.symmetry_factor) for diagram in four])

# %% [markdown]
# ## 2 · Counting diagrams
#
# The third cumulant $\kappa_3(\hat G)$ at leading order, $1/n^2$, is a sum of trees with three labelled legs. How
# many of these trees have one vertex, how many two, how many three? Draw them; remember that $V_{1,0}$ and $V_{1,1}$ are no vertices, and that
# lines run one way.

# %%
trees = None  # a list of three numbers

# %%
found = [len(diagram.vertices) for diagram in fnn.generate(action, legs=3, loops=0)]
check(2, trees, [found.count(k) for k in (1, 2, 3)])

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

# %%
tadpole = None

# %%
check(
    3,
    tadpole,
    fnn.metric_cumulant(tanh, pairs=[(0, 0)], loops=1)
    .evaluate(one_input)
    .coefficients[1],
    tolerance=1e-4,
)

# %% [markdown]
# ## 4 · Deep linear networks, exactly
#
# For σ(z) = z, $C_W=1$, $C_b=0$ and one input with $\hat G^1=1$, each hidden layer multiplies the metric
# by $\frac1n\sum_{j=1}^n g_j^2$ with independent standard normals $g_j$. What is the coefficient of $1/n^2$ in $\mathrm{Var}\,\hat G$ for $h$ hidden layers?
# Write it as a function of h.


# %%
def second_order(h):
    return None


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

# %% [markdown]
# ## 5 · The kurtosis of a ReLU network
#
# For $\sigma(z)=\max(z,0)$, $C_W=2$, $C_b=0$ and one input, find the excess kurtosis
# $\kappa_4(z)/\kappa_2(z)^2$ of one output at any width n and with h hidden layers, exactly. (Given Ĝ the output is Gaussian: what is $E z^4$?)


# %%
def kurtosis(h, n):
    return None


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

# %% [markdown]
# ## 6 · A field theory in no dimensions
#
# Take away space and time, and a field is one number φ with the weight $e^{-\varphi^2/2+g\varphi^4/4!}$. The sum of the
# symmetry factors of all connected φ⁴ diagrams with two legs and two loops is the coefficient of $g^2$ in $\langle\varphi^2\rangle$. Which number is it?

# %%
two_loop_sum = None

# %%
check(
    6,
    two_loop_sum,
    float(fnn.count_diagrams(fnn.actions.phi4(), legs=2, loops=2).symmetry_sum),
)
every = list(fnn.generate(fnn.actions.phi4(), legs=2, loops=2))
fnn.gallery(every) if answered[6] else None  # with their factors

# %% [markdown]
# ## 7 · Attention with two tokens
#
# A head reads two tokens with metric $\begin{pmatrix}1&\rho\\\rho&1\end{pmatrix}$, in the limit of infinite key and value
# dimensions. The scores of the first token are then Gaussian, and $s_1-s_2$ has variance $2(1-\rho)$. The head attends with weights
# $A_1, A_2 = \tfrac12\pm\tfrac14\beta(s_1-s_2)$ to first order in the coupling β. Find the independence breaking $\mathrm{Var}\,M$ of
# $M = A_1^2+A_2^2+2\rho A_1A_2$ to leading order, $\beta^4$: the coefficient as a function of ρ. What happens for identical tokens, ρ = 1?


# %%
def breaking(rho):
    return None


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

# %% [markdown]
# ## 8 · Critical initialisation
#
# A network is critical where $\chi_\parallel=\chi_\perp=1$. Without biases and for an activation with $\sigma(0)=0$ the kernel may flow to
# zero, and there both slopes are $C_W\sigma'(0)^2$. For an activation of two straight lines, $\sigma = z$ for $z>0$ and $az$ for $z<0$, every K
# is critical if $C_W\langle\sigma'^2\rangle=1$. Give the critical $C_W$ of (a) erf, (b) $\sin(3z)$, (c) leaky ReLU with $a=\tfrac1{10}$.

# %%
critical = None  # three numbers

# %%
names = ("erf", "sin(3*z)", "leaky_relu(0.1)")
check(
    8,
    critical,
    [fnn.flow.criticality(name).points[0].weight_variance for name in names],
    tolerance=1e-7,
)

# %% [markdown]
# ## 9 · Design a network
#
# A critical ReLU network is to have ten hidden layers, and the excess kurtosis of its output shall not exceed 0.1. How wide must it be at
# least? (Exercise 5 helps. So does theory alone, but then keep in mind how many orders of $1/n$ you need.)

# %%
width = None  # an integer


# %%
def excess(n):
    """From diagrams through three loops, 1/n⁴; the rest is below 1e-6 for n > 1000."""
    deep = fnn.MLP(depth=11, width=64, activation="relu", weight_variance=2.0)
    return 3 * fnn.metric_cumulant(deep, pairs=[(0, 0), (0, 0)], loops=3).evaluate(
        one_input
    ).at(width=n)


right = width is not None and excess(width) <= 0.1 < excess(width - 1)
check(9, None if width is None else [float(right)], [1.0])

# %% [markdown]
# ## Where you are

# %%
print(f"{sum(answered.values())} of {len(answered)} answered rightly")
