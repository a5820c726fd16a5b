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
# # Depth as renormalisation flow
#
# In physics a theory looks different at different scales: step by step, short distances are averaged away, and the parameters of the
# theory *flow*. A deep network does the same. Each layer takes the statistics of its input and makes those of its output, and what
# survives a hundred layers is decided by a few numbers. This notebook follows that flow: where it goes, which networks are *critical*,
# and how an interaction between neurons grows with depth until perturbation theory ends.
#
# **Notation.** z is the output of a layer of random weights with variance $C_W$ and biases of variance $C_b$. Its covariance in an
# infinitely wide network is the *kernel* $K^\ell$. One layer maps it to
#
# $$ K^{\ell+1} = C_b + C_W\,\langle\sigma(z)^2\rangle_{z\sim\mathcal N(0,K^\ell)}. $$
#
# At width $n$ the covariance fluctuates from network to network, with a variance $V^\ell/n$. The field then interacts, with the
# dimensionless coupling $V/(nK^2)$.

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
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")

# %% [markdown]
# ## Two ways to lose a signal, and one to keep it
#
# Take tanh without biases and three values of the weight variance. How large is the signal after ℓ layers, and do two inputs
# that started with correlation 0.6 still differ?

# %%
depth = 60
two_inputs = fnn.Inputs.from_correlation(1.0, 0.6)
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
for C_W, colour in zip((0.8, 1.0, 1.6), COLOURS, strict=False):
    deep = fnn.MLP(depth=depth, width=64, activation="tanh", weight_variance=C_W)
    trace = fnn.flow.trace(deep, two_inputs)
    kernels = np.array(trace.kernel)
    layers = np.arange(1, len(kernels) + 1)
    correlation = kernels[:, 0, 1] / np.sqrt(kernels[:, 0, 0] * kernels[:, 1, 1])
    left.loglog(layers, kernels[:, 0, 0], color=colour, label=f"C_W = {C_W}")
    right.plot(layers, correlation, color=colour)
left.set(xlabel="layer ℓ", ylabel="K, size of the signal", ylim=(1e-4, 3))
right.set(xlabel="layer ℓ", ylabel="correlation of the two inputs", ylim=(0, 1.02))
left.legend(frameon=False)
figure.tight_layout()

# %% [markdown]
# Below $C_W=1$ the signal dies exponentially. Above, it settles at a fixed size, but the two inputs lose what they had in common:
# the network is chaotic. Exactly at $C_W = 1$ the signal fades only like a power of the depth, and the correlation survives. This is a *critical
# point*, as at a phase transition. Two slopes tell: how a small change of one kernel grows, and how a small difference between
# two inputs does,
#
# $$ \chi_\parallel = \frac{\partial K^{\ell+1}}{\partial K^{\ell}},\qquad \chi_\perp = C_W\langle\sigma'\sigma'\rangle . $$
#
# Critical means that both are 1. `criticality` finds all such points of any activation:

# %%
for name in ("tanh", "relu", "gelu"):
    print(fnn.flow.criticality(name), end="\n\n")

# %% [markdown]
# ## The phase diagram
#
# In the plane of the two variances the critical point sits at the end of a line, χ⊥ = 1. To its left is order, where inputs become alike
# within ξ⊥ layers, to its right chaos, where they become unlike. Only at the red point are both lengths infinite.

# %%
diagram = fnn.flow.phase_diagram(
    "tanh",
    weight_variance=np.linspace(0.5, 3, 31),
    bias_variance=np.linspace(0, 0.3, 16),
)
diagram.plot()
# %% [markdown]
# ## The interaction runs
#
# Now the width is finite. Every layer adds its own fluctuation, $V_{2,0}$, and passes on what came in, with a factor $\chi_\parallel$
# for each of the two lines:
#
# $$ V^{\ell+1} = \chi_\parallel^2\,V^{\ell} + C_W^2\big(\langle\sigma^4\rangle-\langle\sigma^2\rangle^2\big). $$
#
# This is the layer step of the leading diagram. At criticality nothing decays, so the contributions of all layers add up,
# and the dimensionless coupling grows in proportion to depth/width. Away from it, the coupling stops or explodes.

# %%
action = fnn.actions.CausalAction()
fnn.draw(
    next(iter(fnn.generate(action, legs=2, loops=0))),
    labels=["Ĝ", "Ĝ"],
    caption="V/n: the sum over all layers",
    legend=True,
)

# %%
one_input = fnn.Inputs.from_metric([[1.0]])
layers = np.arange(2, 101)
figure, panel = plt.subplots(figsize=(7.5, 4.4))
coupling = {}
for name, C_W, C_b, colour in (
    ("relu", 2.0, 0.0, COLOURS[0]),
    ("tanh", 1.0, 0.0, COLOURS[1]),
    ("gelu", 1.983058, 0.172922, COLOURS[2]),
    ("sin", 1.0, 0.0, COLOURS[3]),
):
    net = fnn.MLP(
        depth=101, width=64, activation=name, weight_variance=C_W, bias_variance=C_b
    )
    coupling[name] = np.array(
        fnn.flow.trace(net, one_input).four_point_coupling
    ).reshape(-1)
    panel.plot(
        np.arange(1, len(coupling[name]) + 1), coupling[name], color=colour, label=name
    )
panel.set(
    xlabel="layer ℓ",
    ylabel="V/K²  (divide by n for the coupling)",
    title="running couplings at criticality",
)
panel.legend(frameon=False)
figure.tight_layout()

# %% [markdown]
# Straight lines, V/K² = vℓ, but for GELU, which needs thousands of layers to become one. What is the slope? For scale-invariant
# activations it is exact, 5 for ReLU. For all smooth activations with $\sigma(0)=0$ whose kernel flows to zero (tanh, sin, erf, …) it
# tends to **2/3**, whatever the activation: the details of σ are irrelevant, as those of a crystal are at its critical temperature.
# Physicists call that a *universality class*.

# %%
slopes = {
    name: float(np.polyfit(layers[60:], values[layers[60:] - 1], 1)[0])
    for name, values in coupling.items()
}
for name, slope in slopes.items():
    print(f"{name:5} slope between layers 62 and 100: {slope:.3f}")

# %% [markdown]
# ## Sampled networks, layer by layer
#
# Is it so in real networks? We sample critical ReLU and tanh networks of several depths and widths, and measure the coupling
# $\mathrm{Var}\,\hat G/(E\hat G)^2$. If it is a function of depth/width alone, all points of one activation fall on one curve.

# %%
figure, panel = plt.subplots(figsize=(7.5, 4.4))
pulls = []
for name, C_W, colour in (("relu", 2.0, COLOURS[0]), ("tanh", 1.0, COLOURS[1])):
    for width, marker in ((32, "o"), (64, "s"), (128, "^")):
        for hidden in (2, 4, 8):
            net = fnn.MLP(
                depth=hidden + 1, width=width, activation=name, weight_variance=C_W
            )
            run = fnn.simulate(
                net,
                one_input,
                pairs=[[(0, 0)], [(0, 0), (0, 0)]],
                samples=20_000,
                rng=width + hidden,
            )
            mean, variance = run.values()
            theory = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=3).evaluate(
                one_input
            )
            pulls.append(
                variance.pull(theory.at(), abs(theory.coefficients[4]) / width**4)
            )
            panel.errorbar(
                hidden / width,
                variance.value / mean.value**2,
                variance.stderr / mean.value**2,
                fmt=marker,
                color=colour,
            )
ratio = np.geomspace(0.012, 0.3, 50)
panel.loglog(ratio, 5 * ratio, color=COLOURS[0], label="ReLU: 5 depth/width")
panel.loglog(
    ratio,
    np.expm1(5 * ratio),
    "--",
    color=COLOURS[0],
    label="ReLU: exp(5 depth/width) − 1",
)
panel.loglog(
    ratio, 2 / 3 * ratio, color=COLOURS[1], label="tanh at great depth: ⅔ depth/width"
)
panel.set(
    xlabel="hidden layers / width",
    ylabel="Var Ĝ / (E Ĝ)²",
    title="width 32 ○, 64 □, 128 △",
)
panel.set_xticks([0.02, 0.05, 0.1, 0.2], ["0.02", "0.05", "0.1", "0.2"])
panel.set_xticks([], minor=True)
panel.legend(frameon=False)
figure.tight_layout()
chi2 = np.sum(np.square(pulls))
print(f"{len(pulls)} networks against theory through three loops: χ² = {chi2:.1f}")

# %% [markdown]
# ReLU networks collapse on one curve, which bends up from the straight line as loops begin to count: for $n\to\infty$ at fixed depth/width
# the product of layers, $(1+5/n)^{L-1}-1$, becomes an exponential. For tanh two layers are not yet great depth: their points lie a
# little below the universal line, those of eight layers on it.
#
# ## Where perturbation theory ends
#
# When depth/width is of order one, the coupling is too. A critical network can be deep or narrow, but not both. How wide must
# a network of fifty layers be for the coupling to stay below 0.1?

# %%
needed = {name: int(np.ceil(values[49] / 0.1)) for name, values in coupling.items()}
for name, width in needed.items():
    print(f"{name:5} needs width {width}")

# %% [markdown]
# ## The verdict
#
# Slopes against the exact values 5 and 2/3, theory against the eighteen sampled networks, and a tanh network of eight hidden layers
# order by order in `validate`.

# %%
net = fnn.MLP(depth=9, width=64, activation="tanh")
report = fnn.validate(
    net,
    one_input,
    pairs=[[(0, 0)], [(0, 0), (0, 0)]],
    loops=[1, 0],
    widths=(48, 64),
    samples=40_000,
)
report

# %%
assert abs(slopes["relu"] - 5) < 1e-9
assert all(abs(slopes[name] - 2 / 3) < 0.03 for name in ("tanh", "sin"))
assert chi2 < 60  # eighteen degrees of freedom: less than once in 1e5 runs
assert report.passed
for name in ("relu", "tanh", "sin"):
    print(f"{name:5} {slopes[name]:.3f}")
print(f"sampled networks: {report.verdict}")

# %% [markdown]
# Next: [exercises](exercises.ipynb).
