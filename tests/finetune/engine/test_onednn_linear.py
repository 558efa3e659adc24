"""Linear layers by oneDNN: the same values and gradients as PyTorch's own, and nothing else changed."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from finetune.engine import onednn_linear


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onednn_linear, "gains", lambda: True)


def test_values_and_gradients_are_those_of_the_plain_layer(here: None) -> None:
    torch.manual_seed(0)
    for bias in (True, False):
        plain = nn.Sequential(nn.Linear(24, 40, bias=bias), nn.SiLU(), nn.Linear(40, 8, bias=bias))
        fast = copy.deepcopy(plain)
        assert onednn_linear.speed_up(fast) == 2
        x = torch.randn(3, 5, 24, requires_grad=True)
        grads = []
        for model in (plain, fast):
            out = model(x)
            out.square().sum().backward()
            grads.append([x.grad, *(p.grad for p in model.parameters())])
            x.grad = None
        assert all(isinstance(layer, onednn_linear.Linear) for layer in (fast[0], fast[2]))
        torch.testing.assert_close(fast(x), plain(x), rtol=1e-5, atol=1e-6)
        for ours, theirs in zip(grads[1], grads[0], strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_a_frozen_layer_passes_gradients_on_and_keeps_none(here: None) -> None:
    layer = nn.Linear(6, 4).requires_grad_(False)
    onednn_linear.speed_up(layer)
    assert isinstance(layer, onednn_linear.Linear)
    x = torch.randn(2, 6, requires_grad=True)
    layer(x).sum().backward()
    torch.testing.assert_close(x.grad, layer.weight.sum(0).expand(2, 6))
    assert layer.weight.grad is None


def test_what_is_not_plain_float32_is_left_alone(here: None) -> None:
    half, own = nn.Linear(4, 4, dtype=torch.bfloat16), type("Own", (nn.Linear,), {})(4, 4)
    assert onednn_linear.speed_up(half) == onednn_linear.speed_up(own) == 0
    assert type(half) is nn.Linear
    assert not isinstance(own, onednn_linear.Linear)


def test_where_nothing_is_gained_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onednn_linear, "gains", lambda: False)
    layer = nn.Linear(4, 4)
    assert onednn_linear.speed_up(layer) == 0
    assert type(layer) is nn.Linear


def test_names_and_weights_stay(here: None) -> None:
    plain = nn.Sequential(nn.Linear(4, 4))
    before = {name: value.clone() for name, value in plain.state_dict().items()}
    onednn_linear.speed_up(plain)
    after = plain.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)
