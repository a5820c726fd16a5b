"""What `conventions()` says is what the network is."""

import pytest

import feyn_nn as fnn
from feyn_nn.networks import DenseLayer


def test_an_mlp_states_its_own_numbers() -> None:
    net = fnn.MLP(
        depth=3, width=(32, 48), activation="tanh", weight_variance=1.6, bias_variance=(0.1, 0.2, 0.3)
    )
    text = str(net.conventions())
    assert "C_W = 1.6, C_b = (0.1, 0.2, 0.3)" in text
    assert "n = n_1 = 32, with n_ℓ/n = 1, 3/2 kept" in text
    assert "V = 3/2 × the coefficient of 1/n" in text
    assert "2106.10165" in text
    assert repr(net.conventions()) == text


def test_equal_widths_need_no_ratio() -> None:
    text = str(fnn.MLP(depth=3, width=32, activation="tanh").conventions())
    assert "V = the coefficient of 1/n of κ₂(Ĝ)" in text
    assert "×" not in text
    assert "Gaussian" in str(fnn.MLP(depth=1, activation="linear").conventions())


@pytest.mark.parametrize("heads", [1, 3])
def test_attention_and_chains(heads: int) -> None:
    head = fnn.MultiHeadAttention(heads=heads, key_dim=16, value_dim=4, coupling=0.5)
    assert f"1/heads = 1/{heads}" in str(head.conventions())
    assert "β = 0.5" in str(head.conventions())
    chain = fnn.Sequential([DenseLayer(width=64, activation="tanh", scale=1.5, offset=0.1), head])
    assert f"1/width_1 = 1/64, 1/heads_2 = 1/{heads}" in str(chain.conventions())
    assert "elsewhere" not in str(chain.conventions())


def test_markdown_is_a_table_and_a_list() -> None:
    lines = fnn.MLP(depth=2, width=8, activation="relu").conventions()._repr_markdown_().splitlines()
    assert lines[2:4] == ["| | |", "| --- | --- |"]
    assert sum(line.startswith("| ") for line in lines) == 5 + 2
    assert sum(line.startswith("- **") for line in lines) == 6
