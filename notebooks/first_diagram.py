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
# # From a network to its first diagram
#
# A neural network that has not been trained yet is a *random function*: its weights are drawn at random, and the function
# comes with them. Physics has a name for a random function: a **field**. This notebook starts from the weights, meets the
# field, sees where it stops being Gaussian, and ends with the Feynman diagram that says by how much — and with a verdict by
# sampled networks on whether the diagram is right.
#
# You need to know what an average and a variance are. Words from physics and from machine learning are explained on the way.

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

# %% [markdown]
# ## A random network is a random function
#
# We take the simplest network there is. A **layer** multiplies its input by a matrix of weights, and every **neuron** applies a
# fixed function σ to the number it receives. With inputs $x\in\mathbb{R}^{n_0}$ and hidden layers of $n$ neurons,
#
# $$ z^{1}_i = \sum_j W_{ij}\,\frac{x_j}{\sqrt{n_0}},\qquad
#    z^{\ell+1}_i = \sum_j W_{ij}\,\frac{\sigma(z^\ell_j)}{\sqrt{n}},\qquad W_{ij}\sim\mathcal N(0, C_W). $$
#
# $n$ is the **width**, the number $L$ of weight layers the **depth**, and the output $z^L$ is the field. Below are some networks
# with σ = tanh, written out in numpy. Their input runs once around a circle, so that the output is a curve.


# %%
def sample_outputs(x, width, samples, rng, depth=4, C_W=1.6):
    """The first output of random tanh networks, shape (samples, inputs)."""
    h = np.broadcast_to(x.T, (samples, x.shape[1], len(x)))
    for layer in range(depth):
        rows = width if layer < depth - 1 else 1
        W = rng.normal(0.0, np.sqrt(C_W), (samples, rows, h.shape[1]))
        z = W @ h / np.sqrt(h.shape[1])
        h = np.tanh(z)
    return z[:, 0]


angle = np.linspace(0, 2 * np.pi, 121)
circle = np.sqrt(2) * np.stack([np.cos(angle), np.sin(angle)], axis=1)

figure, panels = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
for panel, width in zip(panels, (4, 256), strict=True):
    panel.plot(
        angle, sample_outputs(circle, width, 8, np.random.default_rng(3)).T, lw=1.5
    )
    panel.set(
        title=f"eight networks of width {width}",
        xlabel="angle of the input",
        xticks=[0, np.pi, 2 * np.pi],
    )
    panel.set_xticklabels(["0", "π", "2π"])
panels[0].set_ylabel("output z")
figure.tight_layout()

# %% [markdown]
# ## Wide networks are a free field
#
# The output is a sum of $n$ nearly independent terms. When $n\to\infty$ the central limit theorem makes it Gaussian, and
# a Gaussian field is known by its covariance alone, the **kernel** $K(x,x') = E[z(x)\,z(x')]$. Physicists call such a field *free*:
# nothing in it interacts. At finite width something is left over. Here is the distribution of the output for one input, at widths
# 4 and 64, beside the Gaussian of the same variance; the lower panel divides by it.

# %%
rng = np.random.default_rng(0)
one = np.array([[1.0, 1.0]])
edges = np.linspace(-4, 4, 34)
middles = (edges[1:] + edges[:-1]) / 2
figure, (top, bottom) = plt.subplots(
    2, 1, figsize=(7, 5), sharex=True, height_ratios=[2, 1]
)
gauss = np.exp(-(middles**2) / 2) / np.sqrt(2 * np.pi)
top.plot(middles, gauss, "k", lw=1.5, label="Gaussian")
for width, samples, colour in ((4, 200_000, "#d55e00"), (64, 20_000, "#0072b2")):
    z = sample_outputs(one, width, samples, rng)[:, 0]
    density, _ = np.histogram(z / z.std(), edges, density=True)
    error = np.sqrt(np.maximum(density, 1e-9) / (samples * (edges[1] - edges[0])))
    top.plot(middles, density, "o", color=colour, ms=4, label=f"width {width}")
    seen = density > 4 * error
    bottom.errorbar(
        middles[seen],
        (density / gauss)[seen],
        (error / gauss)[seen],
        fmt="o",
        color=colour,
        ms=4,
    )
bottom.axhline(1.0, color="k", lw=1.5)
top.set(yscale="log", ylabel="density", ylim=(2e-5, 1))
bottom.set(xlabel="output / its standard deviation", ylabel="ratio", ylim=(0, 6))
top.legend(frameon=False)
figure.tight_layout()

# %% [markdown]
# Narrow networks have fat tails: large outputs are far more frequent than for a Gaussian. In the language of fields, this is an
# **interaction**. Its size is measured by the *connected* four-point function, what is left of an average of four fields when all
# that pairs of them explain is taken away.
#
# ## Where the interaction comes from: a metric that fluctuates
#
# Here is the whole mechanism. Suppose we know the activations of the last hidden layer. Then each output neuron is a sum of
# Gaussian weights times known numbers, that is, exactly Gaussian, with the covariance
#
# $$ \hat G_{\alpha\beta} \;=\; \frac{C_W}{n}\sum_{j=1}^{n}\sigma(z_{j\alpha})\,\sigma(z_{j\beta}) $$
#
# between the inputs α and β. But these activations are random themselves, so this covariance, the **stochastic metric** Ĝ, differs
# from network to network. A mixture of Gaussians of different variances has fat tails, and that is all that happened above.
#
# So the four-point function of the field, two legs on one output neuron at input 0 and two on another at input 1, is a covariance of the
# metric, $\mathrm{Cov}(\hat G_{00},\hat G_{11})$. Ĝ is a mean over $n$ neurons: its covariance is of order $1/n$. Now in feyn_nn: a network like
# those above, but with biases of variance $C_b = 0.1$, and two inputs of which only the overlaps are given, $\hat G^1$ (they are all that matters):

# %%
net = fnn.MLP(
    depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1
)
x = fnn.Inputs.from_metric([[1.0, 0.5], [0.5, 1.0]])

print("K, the metric of an infinitely wide network:")
print(fnn.infinite_width_kernel(net, x))

# %%
widths = (8, 16, 32, 64)
measured = {}
for width in widths:
    run = fnn.simulate(
        net.with_width(width), x, pairs=[[(0, 0), (1, 1)]], samples=60_000, rng=width
    )
    (measured[width],) = run.values()
    print(f"width {width:3}: Cov(Ĝ₀₀, Ĝ₁₁) = {measured[width]}")

# %% [markdown]
# ## The first diagram
#
# How does a fluctuation get into the metric of the *last* layer? It can be made at any layer ℓ, because each layer averages over a
# finite number of neurons. The covariance of σσ over one neuron there, divided by $n$, is a **vertex** that sends out two lines. A
# fluctuation of the metric then travels on: a change of $\hat G^\ell$ changes what the next layer computes, by a factor $J$ per
# layer. That is a **propagator**. The picture of this sentence is the first diagram:

# %%
vertex = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1)
fnn.draw(vertex.diagrams[0], labels=["Ĝ₀₀", "Ĝ₁₁"], caption="1/n", legend=True)

# %% [markdown]
# Depth runs from left to right. The filled dot is the covariance of one neuron of some layer, the lines carry it to the
# last layer, and the sum runs over all layers where it may sit. Every picture *is* a formula; this one reads

# %%
vertex.diagrams[0].expression(depth=net.depth, pairs=[(0, 0), (1, 1)])

# %% [markdown]
# The sum runs over the layer $\ell_1$ of the dot and over the pairs of inputs $s$ that its two lines carry. $\omega_s$ is σσ for such
# a pair and $\langle\omega;\omega\rangle_K$ its covariance over one neuron, at the kernel K of that layer; $J(4\leftarrow\ell_1+1)$ carries
# it to the last layer. All are Gaussian integrals of σ and its derivatives; $n_\ell$ is the width of the layer. `explain` walks from the
# picture to the value:

# %%
vertex.diagrams[0].explain()

# %% [markdown]
# ## One more loop
#
# The first diagram is only the leading term. At the next order, $1/n^2$, a fluctuation may act back on the mean, split or
# meet another. Such diagrams have a **loop**. There are fifteen, each with a **symmetry factor**: 1 over the number of ways in which
# it can be mapped onto itself. Here they are with the value that each adds for our inputs:

# %%
vertex.gallery(x)

# %% [markdown]
# Summed up, they give the coefficients of $1/n$ and $1/n^2$. A second method, which never looks at a diagram but carries all
# cumulants from layer to layer, gives the same:

# %%
by_layers, by_diagrams = vertex.evaluate(x), vertex.evaluate(x, by="diagrams")
by_layers

# %%
difference = max(
    abs(by_layers.coefficients[k] / by_diagrams.coefficients[k] - 1)
    for k in by_layers.coefficients
)
print(f"layer by layer and diagram by diagram agree to {difference:.0e}")

# %% [markdown]
# ## Theory beside sampled networks
#
# We multiply by the width, so that the first diagram alone is a horizontal line. One loop bends it onto the measurements.

# %%
n = np.geomspace(7, 80, 100)
figure, panel = plt.subplots(figsize=(7, 4))
for order, style in ((1, "--"), (2, "-")):
    curve = [k * by_layers.at(width=k, order=order) for k in n]
    label = "the first diagram" if order == 1 else "and all with one loop"
    panel.plot(1 / n, curve, style, color="#0072b2", label=label)
values = np.array([measured[k].value * k for k in widths])
errors = np.array([measured[k].stderr * k for k in widths])
panel.errorbar(
    1 / np.array(widths),
    values,
    errors,
    fmt="o",
    color="#d55e00",
    capsize=3,
    label="sampled networks",
)
panel.set(xlabel="1/n", ylabel="n · Cov(Ĝ₀₀, Ĝ₁₁)", xlim=(0, 0.14), ylim=(0.064, 0.096))
panel.legend(frameon=False, loc="upper left")
figure.tight_layout()

# %% [markdown]
# At width 8 the measurement leaves the solid curve too: two loops and more. Whether that is all right is asked in
# `validate`. It chooses widths and sample counts from the coefficients *before* anything is sampled, wide enough that
# one loop can be seen and two loops cannot, and compares theory with and without the last order. A *pull* is the
# difference divided by its standard error: within ±2 nothing is wrong, beyond ±5 something is.
#
# ## The verdict

# %%
report = fnn.validate(net, x, pairs=[(0, 0), (1, 1)], loops=1, rng=1)
report

# %%
assert report.passed
print(
    f"{len(list(vertex.diagrams))} diagrams against sampled networks: {report.verdict}"
)

# %% [markdown]
# Next: [every order against simulation](every_order.ipynb), [attention](attention.ipynb), [depth](depth.ipynb),
# [exercises](exercises.ipynb).
