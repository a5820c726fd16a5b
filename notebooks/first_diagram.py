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
# A random neural network is a field theory: its output is the field, and 1/width plays the part of ħ. Here we name a
# network, look at the diagrams of its four-point vertex, evaluate them, and ask sampled networks whether they are right.

# %%
import feyn_nn as fnn

net = fnn.MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
x = fnn.Inputs.from_metric([[1.0, 0.5], [0.5, 1.0]])
net

# %% [markdown]
# The *stochastic metric* Ĝ of the last layer says everything about the field: given Ĝ, the output neurons are independent
# Gaussians. At infinite width Ĝ is a fixed kernel K. At width n it fluctuates, with Cov(Ĝ₀₀, Ĝ₁₁) of order 1/n: this is
# the connected four-point function of the field. To leading order it has a single diagram.

# %%
vertex = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1)
fnn.draw(vertex.diagrams[0], labels=["Ĝ₀₀", "Ĝ₁₁"], caption="1/n")

# %% [markdown]
# The filled blob is the covariance of σσ over one neuron of some layer; the lines carry the fluctuation forward to the
# last layer, one factor J per layer. At one loop, order 1/n², there are fifteen more.

# %%
vertex.diagrams

# %% [markdown]
# Each diagram is an expression: a symmetry factor, sums over the layers of its vertices and the pairs of inputs on its
# lines, and a factor for each vertex and line. For one input the sums over pairs are gone:

# %%
tadpole = next(iter(fnn.generate(fnn.actions.network_action(net), legs=1, loops=1)))
tadpole.expression(depth=net.depth, pairs=[(0, 0)])

# %% [markdown]
# The numbers: a coefficient for each power of 1/n. The layer recursion and the sum over diagrams agree.

# %%
vertex.evaluate(x)

# %%
vertex.evaluate(x, by="diagrams")

# %% [markdown]
# And the verdict of sampled networks. Widths and sample counts are chosen from the coefficients before anything is
# sampled, so that the one-loop term is seen and the two-loop term is not.

# %%
report = fnn.validate(net, x, pairs=[(0, 0), (1, 1)], loops=1, rng=1)
assert report.passed
report
