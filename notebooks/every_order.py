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
# # Every order against simulation
#
# A series is easy to write down and hard to believe. This notebook puts every order of the expansion in 1/width to the test, one
# at a time: first against networks whose averages are known exactly, then against sampled networks, then where the series
# must fail, because it has to.
#
# **What is expanded.** A random network of width $n$ has a random function as its output, the *field* z. Given the last hidden layer
# the field is Gaussian with a covariance Ĝ, the *stochastic metric*, which itself fluctuates from network to network. All that is
# not Gaussian about the field is in the cumulants of Ĝ: the mean $\kappa_1$, the variance $\kappa_2$, the skewness $\kappa_3$, …
# Each is a sum of Feynman diagrams. A diagram of $\kappa_p$ with $b$ loops carries $n^{-(p-1+b)}$, so that
#
# $$ \kappa_p = \frac{c_{p-1}}{n^{p-1}} + \frac{c_p}{n^{p}} + \frac{c_{p+1}}{n^{p+1}} + \dots $$
#
# where each $c_k$ is the sum of all diagrams with $k-p+1$ loops.

# %%
import matplotlib.pyplot as plt
import numpy as np

import feyn_nn as fnn

plt.rcParams.update(
    {
        "figure.dpi": 80,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "font.size": 11,
    }
)
COLOURS = ("#0072b2", "#009e73", "#d55e00", "#cc79a7", "#56b4e9")
one_input = fnn.Inputs.from_metric([[1.0]])

# %% [markdown]
# ## A network that is solved exactly
#
# Take away the activation: a *deep linear* network multiplies $L$ Gaussian matrices. Its metric for one input is a product of
# independent χ² variables, one for each hidden layer of width $n$, and all moments follow:
#
# $$ E[\hat G^k] = G_1^k \prod_{\text{hidden layers}}\;\prod_{j<k}\Big(1+\frac{2j}{n}\Big). $$
#
# There is no noise in this test: the error of the series cut off at $1/n^k$ must fall exactly like $1/n^{k+1}$, as a straight
# line of that slope in doubly logarithmic axes. We look at the variance of the metric through three loops.

# %%
depth = 6
linear = fnn.MLP(depth=depth, width=32, activation="linear")
series = fnn.metric_cumulant(linear, pairs=[(0, 0), (0, 0)], loops=3).evaluate(
    one_input
)


def exact_variance(n):
    return (1 + 2 / n) ** (depth - 1) - 1


widths = np.geomspace(20, 400, 30)
figure, panel = plt.subplots(figsize=(7, 4.2))
slopes = {}
for order, colour in zip(series.coefficients, COLOURS, strict=False):
    missed = np.array(
        [abs(series.at(width=n, order=order) - exact_variance(n)) for n in widths]
    )
    slopes[order] = float(np.polyfit(np.log(widths[-10:]), np.log(missed[-10:]), 1)[0])
    panel.loglog(
        widths,
        missed,
        color=colour,
        label=f"through 1/n^{order}: slope {slopes[order]:.2f}",
    )
panel.set(
    xlabel="width n",
    ylabel="|series − exact variance|",
    title="deep linear network, five hidden layers",
)
panel.legend(frameon=False)
figure.tight_layout()

# %%
for order, slope in slopes.items():
    assert abs(slope + order + 1) < 0.1, (order, slope)
print(
    "each order removes what it should:",
    ", ".join(f"1/n^{k} leaves n^{s:.2f}" for k, s in slopes.items()),
)

# %% [markdown]
# ## How many diagrams that was
#
# Nobody draws them by hand for long. How many there are for the cumulant $\kappa_p$ with $b$ loops, and the sum of their symmetry
# factors, which must equal a coefficient of a zero-dimensional integral. `check_diagrams` compares the two as exact fractions:

# %%
action = fnn.actions.network_action(linear)
print("cumulant  loops  diagrams  sum of symmetry factors")
for rank, loops in ((1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1)):
    number, total = fnn.count_diagrams(action, legs=rank, loops=loops)
    fnn.check_diagrams(action, legs=rank, loops=loops)
    print(f"κ{rank}        {loops:3}    {number:6}    {total}")

# %% [markdown]
# ## A network that is not solved: sine
#
# For other activations nobody knows the exact answer, and sampled networks are the judge. A measurement has a standard error that
# falls only like one over the square root of the number of networks: to see the order $1/n^3$ beside the others takes either very
# many networks or narrow ones. We take σ = sin, sample six widths, and look at three cumulants of the metric at once.

# %%
net = fnn.MLP(depth=6, width=16, activation="sin", weight_variance=1.5)
cumulants = {1: [(0, 0)], 2: [(0, 0)] * 2, 3: [(0, 0)] * 3}
kernel = float(fnn.infinite_width_kernel(net, one_input)[0, 0])
theory = {
    rank: fnn.metric_cumulant(net, pairs=pairs, loops=4 - rank).evaluate(one_input)
    for rank, pairs in cumulants.items()
}
for evaluation in theory.values():
    print(evaluation, end="\n\n")

# %%
sampled = {}
for width in (8, 10, 12, 16, 24, 48):
    run = fnn.simulate(
        net.with_width(width),
        one_input,
        pairs=list(cumulants.values()),
        samples=250_000,
        rng=width,
    )
    sampled[width] = dict(zip(cumulants, run.values(), strict=True))

# %% [markdown]
# Multiplied by the leading power, every cumulant tends to a constant: its tree diagrams. The curves add one loop after the other. The
# mean is shown as $n(E\hat G-K)$, with the *kernel* $K$ of an infinitely wide network taken away.


# %%
def scaled(rank, value, n):
    """A cumulant without its leading power of 1/n."""
    return n ** max(rank - 1, 1) * value


n = np.geomspace(7, 200, 80)
figure, panels = plt.subplots(1, 3, figsize=(13, 4))
for panel, (rank, evaluation) in zip(panels, theory.items(), strict=True):
    for order, colour in zip(evaluation.coefficients, COLOURS, strict=False):
        if order == 0:
            continue
        curve = [scaled(rank, evaluation.at(width=k, order=order), k) for k in n]
        loops = order - rank + 1
        panel.plot(
            1 / n,
            curve,
            color=colour,
            label="trees" if loops == 0 else f"and {loops} loop{'s'[: loops > 1]}",
        )
    offset = kernel if rank == 1 else 0.0
    values = [scaled(rank, sampled[w][rank].value - offset, w) for w in sampled]
    errors = [scaled(rank, sampled[w][rank].stderr, w) for w in sampled]
    panel.errorbar(
        1 / np.array(list(sampled)),
        values,
        errors,
        fmt="ko",
        ms=4,
        capsize=2,
        label="sampled",
    )
    spread = max(values) - min(values)
    panel.set(
        xlabel="1/n",
        title=("n(E[Ĝ] − K)", "n κ₂(Ĝ)", "n² κ₃(Ĝ)")[rank - 1],
        xlim=(0, 0.135),
    )
    panel.set_ylim(min(values) - 0.6 * spread, max(values) + 0.6 * spread)
    panel.legend(frameon=False, fontsize=9)
figure.tight_layout()

# %% [markdown]
# Each further order follows the points to smaller widths, and at some width it turns away: that is where the next one begins to
# count. What remains when theory is subtracted says it in numbers. In the table are *pulls*, the difference divided by its standard
# error. Read a row from left to right: an order is needed where the pull before it is large, and right where the pull behind it is small.

# %%
print("cumulant  width " + "".join(f"  through 1/n^{k}" for k in range(4)))
chi2 = {}
for rank, evaluation in theory.items():
    offset = kernel if rank == 1 else 0.0
    for width, estimates in sampled.items():
        pulls = {
            k: estimates[rank].pull(offset + evaluation.at(width=width, order=k))
            for k in evaluation.coefficients
        }
        chi2 |= {
            (rank, k): chi2.get((rank, k), 0.0) + pull**2 for k, pull in pulls.items()
        }
        cells = "".join(
            f"{pulls[k]:+15.1f}" if k in pulls else " " * 15 for k in range(4)
        )
        print(f"κ{rank}        {width:4}  {cells}")
    print(
        "χ² of all widths"
        + "".join(
            f"{chi2[rank, k]:15.0f}" if (rank, k) in chi2 else " " * 15
            for k in range(4)
        )
    )

# %% [markdown]
# ## Where the series must fail
#
# Perturbation series in physics are *asymptotic*: the terms fall, reach a smallest one, and grow from there. So it is here, and the
# more so the deeper and narrower the network. The smallest term tells how far plain summation can go. Approximants that are built
# from the same coefficients (Padé: a ratio of polynomials) go further. Here is the variance of the metric of a GELU network of five layers and
# width 10, at its critical initialisation, order by order.

# %%
deep = fnn.MLP(
    depth=5, width=10, activation="gelu", weight_variance=1.983, bias_variance=0.173
)
long = fnn.metric_cumulant(deep, pairs=[(0, 0), (0, 0)], loops=7).evaluate(one_input)
(truth,) = fnn.simulate(
    deep, one_input, pairs=[[(0, 0), (0, 0)]], samples=400_000, rng=7
).values()
resummed = long.resum()

orders = np.array(list(long.coefficients))
partial = np.array([long.at(order=k) for k in orders])
figure, panel = plt.subplots(figsize=(7, 4))
panel.axhspan(
    truth.value - 2 * truth.stderr,
    truth.value + 2 * truth.stderr,
    color="#d55e00",
    alpha=0.3,
    label="sampled",
)
panel.plot(orders, partial, "o-", color="#0072b2", label="series through 1/nᵏ")
panel.errorbar(
    [orders[-1] + 0.6],
    [resummed.value],
    [resummed.error],
    fmt="s",
    color="#009e73",
    label="Padé",
    capsize=4,
)
panel.set(
    xlabel="k",
    ylabel="κ₂(Ĝ)",
    title="five GELU layers of width 10",
    ylim=(0, 2 * truth.value),
)
panel.legend(frameon=False)
figure.tight_layout()
print(f"sampled            {truth.value:.3f} ± {truth.stderr:.3f}")
print(f"Padé               {resummed.value:.3f} ± {resummed.error:.3f}")
for k, value in zip(orders, partial, strict=True):
    print(f"series through 1/n^{k}  {value:.3f}")

# %% [markdown]
# ## The verdict
#
# `validate` does the comparison with care: it counts the orders left out as an error of theory (the column ± theory), and it judges
# all observables together with their correlations, since they were measured on the same networks. Here it is given two widths that
# were not used above; left to itself it chooses widths and sample counts from the coefficients.

# %%
report = fnn.validate(
    net,
    one_input,
    pairs=list(cumulants.values()),
    loops=[1, 0, 1],
    widths=(14, 20),
    samples=300_000,
    rng=3,
)
report

# %%
needed = [
    key
    for key in chi2
    if (key[0], key[1] - 1) in chi2 and chi2[key[0], key[1] - 1] > 60 > 3 * chi2[key]
]
assert report.passed
assert {(1, 2), (2, 3)} <= set(needed)
print(
    f"demanded by {len(sampled)} widths (χ² > 60 without it), confirmed (χ² < 20 with it):"
)
print(", ".join(f"κ{rank} at 1/n^{k}" for rank, k in needed))
print("verdict:", report.verdict)

# %% [markdown]
# Next: [attention](attention.ipynb), [depth](depth.ipynb), [exercises](exercises.ipynb).
