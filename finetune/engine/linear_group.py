"""Linear layers that take the same input as one product, with their LoRA adapters; forward and backward written out. Weights are frozen.

LoRA (Hu et al. 2021, section 4.1): y = x Wᵀ + s (x Aᵀ) Bᵀ. The small product is added into the large one, and the scale s is applied where
the numbers are few. Same sums as PEFT's layers, in another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune.engine.onednn_linear import fastest


@dataclass(frozen=True)
class Group:
    """What does not change; the adapters' weights come with each call, for autograd to see them."""

    weight: Tensor
    """(out, in): the layers' weights one below the other."""
    places: tuple[slice, ...]
    """For each adapter the columns of the output that it adds to."""
    scale: float

    def forward(self, x: Tensor, adapters: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """x (tokens, in) and A, B of each adapter in turn → y (tokens, out) and x Aᵀ (tokens, rank of all adapters)."""
        out, downs, ups = fastest(x, self.weight), adapters[::2], adapters[1::2]
        if not downs:
            return out, out[:, :0]
        low = functional.linear(x, stacked(downs))
        for place, up, part in zip(self.places, ups, torch.split(low, [len(down) for down in downs], 1), strict=True):
            out[:, place].addmm_(part, up.t(), alpha=self.scale)
        return out, low

    def backward(
        self, gradient: Tensor, x: Tensor, low: Tensor, adapters: Sequence[Tensor], wants_x: bool = True
    ) -> tuple[Tensor | None, list[Tensor]]:
        """From dy, and x and x Aᵀ as they were: dx where it is wanted, and dA, dB of each adapter in turn."""
        dx, downs, ups = fastest(gradient, self.weight.t()) if wants_x else None, adapters[::2], adapters[1::2]
        if not downs:
            return dx, []
        d_low, d_ups = torch.empty_like(low), []
        sizes = [len(down) for down in downs]
        for place, up, part, d_part in zip(self.places, ups, torch.split(low, sizes, 1), torch.split(d_low, sizes, 1), strict=True):
            torch.mm(gradient[:, place], up, out=d_part)
            d_ups.append((gradient[:, place].t() @ part).mul_(self.scale))
        d_low.mul_(self.scale)
        d_downs = torch.split(d_low.t() @ x, sizes)
        if dx is not None:
            dx.addmm_(d_low, stacked(downs))
        return dx, [one for pair in zip(d_downs, d_ups, strict=True) for one in pair]


def stacked(downs: Sequence[Tensor]) -> Tensor:
    return downs[0] if len(downs) == 1 else torch.cat(tuple(downs))


def joined(layers: Sequence[nn.Module]) -> Group:
    """One group of these layers, which from now on keep their weights inside its matrix."""
    plain = [frozen(layer) for layer in layers]
    weight = plain[0].weight.data if len(plain) == 1 else torch.cat([one.weight.data for one in plain])
    places, scale, start = [], 1.0, 0
    for layer, one in zip(layers, plain, strict=True):
        place = slice(start, start + one.out_features)
        one.weight.data = weight[place]
        if one is not layer:
            places.append(place)
            scale = scale_of(layer)
        start = place.stop
    return Group(weight, tuple(places), scale)


def frozen(layer: Any) -> nn.Linear:
    """The layer itself, or the one below its adapter."""
    found: nn.Linear = getattr(layer, "base_layer", layer)
    return found


def scale_of(layer: Any) -> float:
    return float(layer.scaling[layer.active_adapters[0]])


def adapters_of(*layers: Any) -> list[Tensor]:
    """A (rank, in) and B (out, rank) of each of these layers that has an adapter."""
    named = [(layer, layer.active_adapters[0]) for layer in layers if hasattr(layer, "base_layer")]
    return [side[name].weight for layer, name in named for side in (layer.lora_A, layer.lora_B)]


def is_plain(layer: Any) -> bool:
    """Whether a layer is a linear one in float32 on the processor, without a bias, bare or under one LoRA adapter without extras."""
    if hasattr(layer, "base_layer"):  # so that PEFT is there already: its import takes seconds
        from peft.tuners.lora.layer import Linear as Adapted

        if type(layer) is not Adapted:
            return False
        names = layer.active_adapters
        extras = layer.lora_variant or layer.merged or layer.disable_adapters or any(layer.lora_bias.values())
        if extras or len(names) != 1 or getattr(layer.lora_dropout[names[0]], "p", 0.0) > 0.0:
            return False
        layer = layer.base_layer
    if not isinstance(layer, nn.Linear) or getattr(layer, "bias", None) is not None:
        return False
    return layer.weight.dtype == torch.float32 and layer.weight.device.type == "cpu"
