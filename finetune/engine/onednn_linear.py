"""Linear layers by oneDNN where it is the faster of the two libraries that PyTorch carries. Same float32 arithmetic, another order of sums.

PyTorch's own products go through MKL, which does not use AVX-512 on processors that are not Intel's: half the speed there, measured in
docs/log.md. It changes no weight and no result beyond rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

_mkldnn: Any = torch.backends.mkldnn


@cache
def gains() -> bool:
    """Whether this processor has AVX-512 and MKL would leave it unused. The same on every call on one machine, so that results repeat."""
    about = Path("/proc/cpuinfo")
    others = about.is_file() and "GenuineIntel" not in about.read_text(encoding="utf-8", errors="replace")
    return others and torch.backends.cpu.get_cpu_capability() == "AVX512" and _mkldnn.is_available()


def speed_up(model: nn.Module) -> int:
    """Every plain linear layer in float32 on a CPU computes by oneDNN from now on; returns how many. Weights and names stay as they are."""
    plain = [module for module in model.modules() if type(module) is nn.Linear and _fits(module.weight)] if gains() else []
    for module in plain:
        module.__class__ = Linear
    return len(plain)


def restore(model: nn.Module) -> None:
    """Undo `speed_up`."""
    for module in model.modules():
        if type(module) is Linear:
            cast(Any, module).__class__ = nn.Linear


def _fits(weight: Tensor) -> bool:
    return weight.dtype == torch.float32 and weight.device.type == "cpu"


class Linear(nn.Linear):
    """x (…, in) → x Wᵀ + b (…, out)."""

    def forward(self, input: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            apply: Callable[..., Tensor] = Product.apply
            return apply(input, self.weight, self.bias)
        return product(input, self.weight, self.bias)


class Product(torch.autograd.Function):
    """The product, and its gradients for those of its three parts that want one."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x if weight.requires_grad else None, weight)
        return product(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        """dx = g W, dW = gᵀ x, db = Σ g; None for what wants none."""
        x, weight = ctx.saved_tensors
        (gradient,), (wants_x, wants_weight, wants_bias) = gradients, ctx.needs_input_grad
        rows = gradient.reshape(-1, gradient.shape[-1])
        return (
            product(gradient, weight.t(), None) if wants_x else None,
            product(rows.t(), x.reshape(-1, x.shape[-1]).t(), None) if wants_weight else None,
            rows.sum(0) if wants_bias else None,
        )


def product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """x (…, in), weight (out, in), bias (out) → (…, out), float32."""
    out: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return out


def fastest(x: Tensor, weight: Tensor) -> Tensor:
    """x (rows, in) Wᵀ by the faster library, without autograd; float32 on a CPU."""
    return product(x, weight, None) if gains() else torch.nn.functional.linear(x, weight)
