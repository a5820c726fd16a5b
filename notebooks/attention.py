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
# # Attention breaks independence
#
# Why are wide random networks Gaussian? Because their output is a sum over many *independent* units, and the central limit theorem does
# the rest. This notebook shows a unit of every modern network for which that argument fails: the attention head. However many
# channels it has, its output stays an interacting field. We will see it in samples, find the reason, compute it, and learn the one
# thing that restores the central limit theorem.
#
# **In the language of fields**: the *field* z is the output of a random network, its averages over weights are correlators. Given the
# last layer the field is Gaussian with a covariance Ĝ, the *stochastic metric*. If Ĝ does not fluctuate the field is free. If it
# does, the field interacts, and $\mathrm{Var}\,\hat G$ measures how strongly: the excess kurtosis of the field is
# $3\,\mathrm{Var}\,\hat G/(E\hat G)^2$.

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
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"

# %% [markdown]
# ## What a head does
#
# A head reads *tokens* $x_1,\dots,x_T$, the words of a sentence or the patches of an image. Each token gets a *query* $q$, a *key* $k$ and a
# *value* $v$ by three random matrices. Token t looks at all tokens $j$, with weights that are largest where its query and their key agree:
#
# $$ s_{tj} = \frac{q_t\cdot k_j}{\sqrt{d_k}},\qquad A_{tj} = \frac{e^{\beta s_{tj}}}{\sum_i e^{\beta s_{ti}}},\qquad
#    O_{tc} = \sum_j A_{tj}\,v_{jc}. $$
#
# The index $c$ runs over $d_v$ value *channels*. The **coupling** β says how picky the head is: for β = 0 it averages, for large β it looks
# at one token. In numpy, for one head and many draws of its weights:


# %%
def attention_weights(tokens, key_dim, coupling, samples, rng):
    """A of random heads, shape (samples, T, T)."""
    features = tokens.shape[1]
    W_Q, W_K = rng.standard_normal((2, samples, features, key_dim)) / np.sqrt(features)
    scores = (tokens @ W_Q) @ (tokens @ W_K).transpose(0, 2, 1) / np.sqrt(key_dim)
    weights = np.exp(coupling * scores)
    return weights / weights.sum(axis=2, keepdims=True)


tokens = np.array([[1.4, 0.2, -0.6], [-0.3, 1.5, 0.8], [0.5, -0.9, 1.3]])
A = attention_weights(
    tokens, key_dim=64, coupling=1.5, samples=5, rng=np.random.default_rng(2)
)
figure, panels = plt.subplots(1, 5, figsize=(10, 2.4))
for panel, own in zip(panels, A, strict=True):
    shown = panel.imshow(own, cmap="Blues", vmin=0, vmax=1)
    panel.set(xticks=range(3), yticks=range(3), xlabel="token j")
panels[0].set_ylabel("token t")
figure.suptitle("attention weights of five random heads")
figure.tight_layout()

# %% [markdown]
# Every head has its own taste. Keep that picture in mind: the weights differ from head to head, but *within* a head all its
# channels use the same ones.
#
# ## Neurons against channels
#
# The metric of the field behind a head, and behind a layer of neurons, are both averages over units:
#
# $$ \hat G^{\text{neurons}}_{tt'} = \frac{C_W}{n}\sum_{j=1}^{n}\sigma(z_{jt})\,\sigma(z_{jt'}),\qquad
#    \hat G^{\text{head}}_{tt'} = \frac{C_O}{d_v}\sum_{c=1}^{d_v} O_{tc}\,O_{t'c}. $$
#
# So let us double the number of units again and again and watch $\mathrm{Var}\,\hat G/(E\hat G)^2$ for the first token.

# %%
x = fnn.Tokens(tokens[np.newaxis])
pair = ((0, 0), (0, 0))  # token 0 of input 0, twice
head = fnn.MultiHeadAttention(heads=1, key_dim=512, value_dim=64, coupling=1.5)
neurons = fnn.MLP(depth=2, width=64, activation="tanh")
first = fnn.Inputs(tokens)

units = (4, 8, 16, 32, 64, 128, 256, 512)


def relative_variance(network, inputs, own, rng):
    """Var Ĝ/(E Ĝ)² of sampled layers, with its standard error."""
    run = fnn.simulate(
        network, inputs, pairs=[[own], [own, own]], samples=20_000, rng=rng
    )
    mean, variance = run.values()
    return variance.value / mean.value**2, variance.stderr / mean.value**2


sampled = {
    "neurons": [
        relative_variance(neurons.with_width(n), first, (0, 0), n) for n in units
    ],
    "channels": [
        relative_variance(
            fnn.MultiHeadAttention(heads=1, key_dim=512, value_dim=n, coupling=1.5),
            x,
            pair,
            n,
        )
        for n in units
    ],
}

# %% [markdown]
# Theory first has its say. For neurons it is one diagram, and it falls like $1/n$. For the head, feyn_nn gives a coefficient for
# each power of its three small parameters:

# %%
of_neurons = fnn.metric_cumulant(neurons, pairs=[(0, 0), (0, 0)], loops=0).evaluate(
    first
)
mean_neurons = fnn.infinite_width_kernel(neurons, first)[0, 0]

variance = fnn.metric_cumulant(head, pairs=[pair, pair], loops=1)
of_head = variance.evaluate(x)
mean_head = (
    fnn.infinite_width_kernel(head, x)[0, 0]
    + fnn.metric_cumulant(head, pairs=[pair], loops=1).evaluate(x).at()
)
plateau = of_head.at(value_dim=1e12) / mean_head**2
of_head

# %%
n = np.geomspace(3.5, 600, 60)
figure, panel = plt.subplots(figsize=(7, 4.4))
panel.loglog(n, [of_neurons.at(width=k) / mean_neurons**2 for k in n], color=BLUE)
panel.loglog(n, [of_head.at(value_dim=k) / mean_head**2 for k in n], color=ORANGE)
panel.axhline(plateau, color=ORANGE, ls=":")
panel.text(90, plateau * 0.86, "independence breaking", color=ORANGE, va="top")
for (name, values), colour in zip(sampled.items(), (BLUE, ORANGE), strict=True):
    value, error = np.array(values).T
    panel.errorbar(units, value, error, fmt="o", color=colour, capsize=2, label=name)
panel.set(
    xlabel="units: n neurons, or d_v channels of one head", ylabel="Var Ĝ / (E Ĝ)²"
)
panel.legend(frameon=False)
figure.tight_layout()

# %% [markdown]
# The neurons do what the central limit theorem says. The channels do not: from some tens of channels on, more of them change
# nothing. The field behind one head is *not* Gaussian in the limit $d_v\to\infty$, nor when $d_k\to\infty$ as well (Ageev & Ageeva,
# arXiv 2602.10209).
#
# ## Why
#
# *Given* the attention weights the channels are independent and alike, with the covariance $M = A\,\Sigma_V A^{\mathsf T}$ between tokens.
# But they all share the same A. The law of total covariance has two terms, one for what happens at fixed A and one for A itself:
#
# $$ \mathrm{Cov}(\hat G_{12}, \hat G_{34}) = \frac{C_O^2}{N_h}\Big\{
#    \underbrace{\mathrm{Cov}_A(M_{12}, M_{34})}_{\text{independence breaking}} +
#    \frac{1}{d_v}\,E\big[M_{13}M_{24}+M_{14}M_{23}\big]\Big\}. $$
#
# The second is the central limit theorem at work. The first has no $1/d_v$ at all. In diagrams, legs sit on rings of value channels, and
# blobs are correlations of the attention weights. There are five of them for infinite $d_k$. In four, both metrics sit on *one* ring,
# that is, in one channel: the $1/d_v$ term. In the fifth there are two rings, two different channels, and only a blob, their common
# attention, holds them together. This is the independence breaking:

# %%
leading = list(fnn.metric_cumulant(head, pairs=[pair, pair], loops=0).diagrams)
(two_rings,) = (diagram for diagram in leading if len(diagram.rings) == 2)
fnn.draw(two_rings, labels=["Ĝ₁₂", "Ĝ₃₄"], legend=True)

# %%
fnn.gallery(
    [diagram for diagram in leading if diagram is not two_rings],
    labels=["Ĝ₁₂", "Ĝ₃₄"],
    columns=2,
)

# %% [markdown]
# The formula can be checked with the numpy heads from above, without feyn_nn: draw A, form M, and take its variance.

# %%
drawn = attention_weights(
    tokens, key_dim=512, coupling=1.5, samples=8_000, rng=np.random.default_rng(5)
)
M = np.einsum(
    "sj,jk,sk->s", drawn[:, 0], tokens @ tokens.T / tokens.shape[1], drawn[:, 0]
)
by_hand, of_hand = M.var(ddof=1), ((M - M.mean()) ** 2).std() / np.sqrt(len(M))
theory = of_head.at(value_dim=1e12)
print(f"Var M of sampled attention weights  {by_hand:.4f} ± {of_hand:.4f}")
print(f"independence breaking of theory     {theory:.4f}")

# %% [markdown]
# ## What turns it off
#
# Three things, and each is a check of the theory.
#
# - **No coupling.** At β = 0 all weights are $1/T$, A is not random, and there is nothing to share.
# - **Identical tokens.** A weighted average of equal things does not depend on the weights.
# - **Many heads.** Heads are independent, so the whole bracket falls like $1/N_h$: it is heads, not channels, that play the part of
#   neurons.


# %%
def breaking(coupling, inputs):
    """Var Ĝ of one head at infinite d_v and d_k, and at d_v = 64."""
    layer = fnn.MultiHeadAttention(
        heads=1, key_dim=512, value_dim=64, coupling=coupling
    )
    evaluation = fnn.metric_cumulant(layer, pairs=[pair, pair], loops=0).evaluate(
        inputs
    )
    return sum(evaluation.independence_breaking.values()), evaluation.at()


couplings = np.linspace(0, 4, 17)
left_over = [breaking(coupling, x)[0] for coupling in couplings]
heads = (1, 2, 4, 8, 16)
by_heads = [
    relative_variance(
        fnn.MultiHeadAttention(heads=h, key_dim=512, value_dim=64, coupling=1.5),
        x,
        pair,
        100 + h,
    )
    for h in heads
]
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
left.plot(couplings, left_over, color=ORANGE)
left.set(
    xlabel="coupling β",
    ylabel="independence breaking of Var Ĝ",
    ylim=(0, None),
    xlim=(0, 4),
)
k = np.geomspace(0.9, 18, 20)
right.loglog(k, [of_head.at(heads=h) / mean_head**2 for h in k], color=GREEN)
value, error = np.array(by_heads).T
right.errorbar(
    heads,
    value,
    error,
    fmt="o",
    color=GREEN,
    capsize=2,
    label="sampled, 64 channels each",
)
right.set(xlabel="heads", ylabel="Var Ĝ / (E Ĝ)²")
right.legend(frameon=False)
figure.tight_layout()

# %%
same = fnn.Tokens(np.repeat(tokens[:1], 3, axis=0)[np.newaxis])
of_same, all_of_same = breaking(1.5, same)
print(f"three identical tokens: independence breaking {of_same:.1e}")
print(f"                        all channels together {all_of_same:.3f}")
print(f"no coupling:            independence breaking {left_over[0]:.1e}")
slope = np.polyfit(np.log(heads), np.log(value), 1, w=value / error)[0]
print(f"heads:                  Var Ĝ falls like heads^{slope:.2f}")

# %% [markdown]
# ## The verdict
#
# `validate` compares every term of the expansion by itself with sampled layers: the pull of the full sum, and the pull if the term were
# missing. The independence breaking is the term without $1/d_v$.

# %%
sizes = [(1, 32, 64), (4, 32, 64), (1, 256, 64)]  # heads, value_dim, key_dim
report = fnn.validate(
    head, x, pairs=[[pair, pair]], loops=1, sizes=sizes, samples=60_000, rng=11
)
report

# %%
flat = [value / plateau for value, _ in sampled["channels"][-2:]]
assert report.passed
assert abs(by_hand - theory) < 5 * of_hand
assert max(abs(of_same), abs(left_over[0])) < 1e-12 * all_of_same
assert abs(slope + 1) < 0.05
assert all(0.9 < ratio < 1.2 for ratio in flat)
print(f"256 and 512 channels: {flat[0]:.2f} and {flat[1]:.2f} times the limit.")
print("Attention breaks independence.")
print("verdict:", report.verdict)

# %% [markdown]
# Next: [depth](depth.ipynb), [exercises](exercises.ipynb).
