"""What a network's formula, normalisation and expansion parameter are, and what the papers call the same things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from feyn_nn.networks.attention import MultiHeadAttention
    from feyn_nn.networks.feedforward import Feedforward
    from feyn_nn.networks.mlp import MLP
    from feyn_nn.networks.sequential import Sequential

_WIDE = 18  # the column of the names in plain text


class Entry(NamedTuple):
    """A name and what is to be said of it."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """The conventions of a network, as text in a terminal and as Markdown in Jupyter.

    Parameters
    ----------
    title : str
        The network.
    here : tuple of Entry
        Its formula, normalisation and expansion parameter in this package.
    papers : tuple of Entry
        The same in the notation of papers and other programs.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> conventions = fnn.MLP(depth=3, width=(32, 64), activation="relu", weight_variance=2.0).conventions()
    >>> [entry.name for entry in conventions.here]
    ['field', 'weights', 'metric', 'infinite width', 'expansion']
    """

    title: str
    here: tuple[Entry, ...]
    papers: tuple[Entry, ...]

    def __str__(self) -> str:
        lines = [self.title, *(f"  {name:{_WIDE}}{text}" for name, text in self.here)]
        lines += ["elsewhere"] if self.papers else []
        for name, text in self.papers:
            lines += [f"  {name}", f"    {text}"]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        rows = [f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in self.here]
        papers = [f"- **{name}.** {text}" for name, text in self.papers]
        return "\n".join([f"**{self.title}**", "", "| | |", "| --- | --- |", *rows, "", *papers])


def mlp_conventions(net: MLP) -> Conventions:
    """Those of a fully connected network."""
    here = (
        Entry("field", f"z¹ = b + W x/√n_0, z^{{ℓ+1}} = b + W σ(z^ℓ)/√n_ℓ; the output z^{net.depth}"),
        Entry(
            "weights",
            f"W_ij ~ N(0, C_W), b_i ~ N(0, C_b); C_W = {net.weight_variance}, C_b = {net.bias_variance}",
        ),
        Entry("metric", "Ĝ^{ℓ+1}_αβ = C_b + (C_W/n_ℓ) Σ_j σ(z_jα) σ(z_jβ); Ĝ¹ = C_b + C_W x_α·x_β/n_0"),
        Entry("infinite width", "K^{ℓ+1} = C_b + C_W ⟨σσ⟩ over z ~ N(0, K^ℓ), K¹ = Ĝ¹"),
        Entry("expansion", _expansion(net)),
    )
    return Conventions(title=repr(net), here=here, papers=_mlp_papers(net))


def feedforward_conventions(net: Feedforward) -> Conventions:
    """Those of layers of any kind one after the other; layers of one's own are in no paper's notation."""
    first = f"Ĝ¹ = {net.bias_variance} + {net.weight_variance} x_α·x_β/n_0"
    here = (
        Entry("field", f"layer by layer the units h_j; the output z^{net.depth} reads out the last of them"),
        Entry("units", "h_j of latents z ~ N(0, Ĝ^ℓ), independent given Ĝ^ℓ; h = σ(z) for a dense layer"),
        Entry("metric", f"Ĝ^{{ℓ+1}}_αβ = offset + (scale/n_ℓ) Σ_j h_jα h_jβ; {first}"),
        Entry("infinite width", "K^{ℓ+1} = offset + scale ⟨hh⟩ over latents ~ N(0, K^ℓ), K¹ = Ĝ¹"),
        Entry("expansion", _expansion(net)),
    )
    return Conventions(title=repr(net), here=here, papers=())


def _expansion(net: MLP | Feedforward) -> str:
    if not net.widths:
        return "none: without a hidden layer the field is Gaussian"
    alike = len(set(net.widths)) == 1
    kept = "" if alike else f", with n_ℓ/n = {', '.join(map(str, net.width_ratios))} kept"
    return f"1/n, n = n_1 = {net.widths[0]}{kept}; κ_p(Ĝ) begins at 1/n^(p−1)"


def _mlp_papers(net: MLP) -> tuple[Entry, ...]:
    ratio = net.width_ratios[-1] if net.widths else 1
    by_last = "" if ratio == 1 else f"{ratio} × "
    sizes = "their 1/n is 1/n_{L−1}" + ("" if ratio == 1 else f", n_{{L−1}} = {ratio} n")
    return (
        Entry(
            "Roberts, Yaida & Hanin 2022 (arXiv 2106.10165)",
            f"the same ensemble; V = {by_last}the coefficient of 1/n of κ₂(Ĝ), G^{{1}} = {by_last}that of E[Ĝ];"
            f" {sizes}; χ_∥ = J for one input, χ_⊥ = C_W⟨σ'σ'⟩",
        ),
        Entry(
            "Banta, Cai, Craig & Zhang 2024 (arXiv 2305.02334)",
            f"V_4 = {by_last}the coefficient of 1/n of κ₂(Ĝ), K_1 = {by_last}that of E[Ĝ]; {sizes};"
            " sums over ordered pairs, so that J_{p,γδ} = χ(p; γδ) + χ(p; δγ) for γ ≠ δ",
        ),
        Entry(
            "Hanin 2022 (arXiv 2204.01058)",
            "κ_2k = κ(z, …, z)/(2k − 1)!! = κ_k(Ĝ, …, Ĝ) at one input",
        ),
        Entry(
            "Halverson, Maiti & Stoner 2021 (arXiv 2008.08601)",
            "depth = 2, n_0 = d, n_1 = N, C_W = σ_W², C_b = σ_b² for both layers",
        ),
        Entry(
            "Zavatone-Veth & Pehlevan 2021 (arXiv 2104.11734)",
            "C_W = 1 (ReLU: 2) and C_b = 0; inputs scaled to x·x/n_0 = 1 give the unit output variance",
        ),
        Entry("PyTorch", "nn.init.normal_(W, std=(C_W/fan_in)**0.5), nn.init.normal_(b, std=C_b**0.5)"),
    )


def attention_conventions(net: MultiHeadAttention) -> Conventions:
    """Those of a layer of heads."""
    variances = f"{net.query_variance}, {net.key_variance} and {net.value_variance}"
    here = (
        Entry(
            "head",
            "O_tc = Σ_j A_tj v_jc, A = softmax(β s), s_tj = q_t·k_j/√key_dim" + f"; β = {net.coupling}",
        ),
        Entry("weights", f"q = x W/√features with W ~ N(0, variance); variances of q, k and v {variances}"),
        Entry(
            "field",
            f"z = W_O O √(C_O/(heads · value_dim)), W_O ~ N(0, 1); C_O = {net.output_variance}",
        ),
        Entry(
            "metric",
            "Ĝ_tt' = C_O/(heads · value_dim) Σ_{h,c} O_tc O_t'c; given the scores E = C_O M, M = A Σ_V Aᵀ",
        ),
        Entry(
            "expansion",
            f"1/heads = 1/{net.heads} and 1/value_dim = 1/{net.value_dim} exactly,"
            f" 1/key_dim = 1/{net.key_dim} as a series",
        ),
    )
    paper = Entry(
        "Ageev & Ageeva 2026 (arXiv 2602.10209)",
        "heads = 1, value_dim = key_dim = d_k, coupling = 1, output_variance = σ_z², the others σ_Q², σ_K², σ_V²;"
        " features = d; X = M and G2 = σ_z² E[X]",
    )
    return Conventions(title=repr(net), here=here, papers=(paper,))


def sequential_conventions(net: Sequential) -> Conventions:
    """Those of a chain of layers."""
    small = ", ".join(f"1/{plate.name} = 1/{plate.size}" for plate in net.plates)
    here = (
        Entry(
            "metric",
            "Ĝ¹ is the tokens' X Xᵀ/features; every layer maps the metric that it receives to its own",
        ),
        Entry(
            "dense layer",
            "Ĝ' = offset + (scale/width) Σ_j σ(z_j) σ(z_j)ᵀ, z_j ~ N(0, Ĝ), each token by itself",
        ),
        Entry(
            "attention",
            "as `.conventions()` of each MultiHeadAttention says, with Ĝ in place of X Xᵀ/features",
        ),
        Entry("expansion", f"{small}; leading order"),
    )
    return Conventions(title=f"Sequential of {len(net.layers)} layers", here=here, papers=())
