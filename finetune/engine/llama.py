"""Decoder layers of the Llama family with forward and backward written out: fewer passes over memory, fewer activations kept.

Same weights, same sums in another order; adapters train as before. A model that does not fit, by architecture, precision, device or kind
of adapter, keeps the library's layers.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

from finetune.engine.attention import NAME, attend
from finetune.engine.linear_group import Group, adapters_of, frozen, is_plain, joined
from finetune.engine.logits import CarriesColumns
from finetune.engine.rmsnorm_rope import inverse_rms, rotate, scaled, scaled_backward

PROJECTIONS = (*(f"self_attn.{side}_proj" for side in "qkvo"), *(f"mlp.{side}_proj" for side in ("gate", "up", "down")))
POSITIONS = ("default", "linear", "llama3", "yarn")
"""Kinds of rotary positions whose tables never change. Others are recomputed as texts grow longer, which two lanes would do at once."""
LIBRARY_ATTENTION = "sdpa"
"""The library's attention that ours stands in for."""


def rewrite(model: nn.Module) -> bool:
    """Put our layers in place of the library's; False, and nothing is changed, where one of them does not fit.

    For adapters and for answering: the model's own weights get no gradient any more, so that layers whose weights are trained do not fit.
    """
    layers = [module for module in model.modules() if isinstance(module, LlamaDecoderLayer)]
    config: Any = getattr(model, "config", None)
    if not layers or not all(map(_fits, layers)) or config._attn_implementation != LIBRARY_ATTENTION:
        return False
    for layer in layers:
        layer.__class__ = Layer
        cast(Layer, layer).prepare(last=layer is layers[-1])
    config._attn_implementation = NAME
    return True


def restore(model: nn.Module) -> None:
    """Undo `rewrite`: the library's layers and attention, each weight in a place of its own."""
    layers = [module for module in model.modules() if isinstance(module, Layer)]
    for layer in layers:
        layer.give_back()
        cast(Any, layer).__class__ = LlamaDecoderLayer
    if layers:
        cast(Any, model).config._attn_implementation = LIBRARY_ATTENTION


def _fits(layer: LlamaDecoderLayer) -> bool:
    config = layer.self_attn.config
    known = type(layer) is LlamaDecoderLayer and config.hidden_act in ("silu", "swish") and not config.attention_dropout
    known = known and (config.rope_parameters or {}).get("rope_type", "default") in POSITIONS
    projections = [layer.get_submodule(name) for name in PROJECTIONS]
    learns = layer.training and any(frozen(projection).weight.requires_grad for projection in projections)
    return known and not learns and all(map(is_plain, projections))


class Layer(CarriesColumns, LlamaDecoderLayer):  # type: ignore[no-untyped-call]
    """x → y = x + attention(norm(x)) → y + mlp(norm(y)); what stands before and after the attention is a step each for autograd."""

    heads: Group
    out: Group
    wide: Group
    narrow: Group
    last: bool

    def prepare(self, last: bool) -> None:
        """Join the weights of layers that take the same input. `last`: what comes out of it goes into logits alone."""
        self.last = last
        attention, mlp = self.self_attn, self.mlp
        self.heads, self.out = joined([attention.q_proj, attention.k_proj, attention.v_proj]), joined([attention.o_proj])
        self.wide, self.narrow = joined([mlp.gate_proj, mlp.up_proj]), joined([mlp.down_proj])
        self.queries, self.keys = (frozen(one).out_features // attention.head_dim for one in (attention.q_proj, attention.k_proj))

    def give_back(self) -> None:
        """Undo `prepare`."""
        for name in ("last", "heads", "out", "wide", "narrow", "queries", "keys"):
            delattr(self, name)
        for name in PROJECTIONS:
            weight = frozen(self.get_submodule(name)).weight
            weight.data = weight.data.clone()

    def forward(
        self, hidden_states: Tensor, attention_mask: Tensor | None = None, position_ids: Any = None, past_key_values: Any = None,
        use_cache: Any = False, position_embeddings: Any = None, carried: Tensor | None = None, **rest: Any,
    ) -> Tensor:  # fmt: skip
        """(rows, tokens, hidden) → the same, in the last layer for the tokens `carried` alone; `attention_mask` as `attend` takes it."""
        attention, mlp = self.self_attn, self.mlp
        cos, sin = (table[..., : attention.head_dim // 2].unsqueeze(2) for table in position_embeddings)
        before: Any = Before.apply
        query, keys, values = before(self, hidden_states, cos, sin, *adapters_of(attention.q_proj, attention.k_proj, attention.v_proj))
        if past_key_values is not None:
            keys, values = past_key_values.update(keys, values, attention.layer_idx)
        seen = attend(query, keys, values, attention_mask, attention.scaling)
        if self.last and carried is not None:
            hidden_states, seen = hidden_states[:, carried], seen[:, carried]
        adapters = [adapters_of(*some) for some in ((attention.o_proj,), (mlp.gate_proj, mlp.up_proj), (mlp.down_proj,))]
        after: Any = After.apply
        out: Tensor = after(self, [len(some) for some in adapters], hidden_states, seen, *chain.from_iterable(adapters))
        return out


class Before(torch.autograd.Function):
    """x (rows, tokens, hidden) → queries, keys, values (rows, heads, tokens, width), queries and keys turned by their positions."""

    @staticmethod
    def forward(ctx: Any, layer: Layer, x: Tensor, cos: Tensor, sin: Tensor, *adapters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """cos, sin (rows, tokens, 1, width / 2); `adapters`: A and B of each in turn."""
        norm, flat = layer.input_layernorm, x.reshape(-1, x.shape[-1])
        inverse = inverse_rms(flat, norm.variance_epsilon)
        out, low = layer.heads.forward(scaled(flat, inverse, norm.weight), adapters)
        every = out.view(*x.shape[:-1], -1, layer.self_attn.head_dim)
        turning = every[:, :, : layer.queries + layer.keys]
        turned = rotate(turning, cos, sin, torch.empty_like(turning))
        ctx.save_for_backward(flat, inverse, low, cos, sin, *adapters)
        ctx.layer, ctx.shape, ctx.every = layer, x.shape, every.shape
        query, keys, values = turned[:, :, : layer.queries], turned[:, :, layer.queries :], every[:, :, layer.queries + layer.keys :]
        return query.transpose(1, 2), keys.transpose(1, 2), values.transpose(1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, query: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor | None, ...]:
        """dx where it is wanted, and the adapters' gradients; the normalised x is computed again."""
        flat, inverse, low, cos, sin, *adapters = ctx.saved_tensors
        layer, norm, gradient = ctx.layer, ctx.layer.input_layernorm, flat.new_empty(ctx.every)
        to_queries, to_keys, to_values = gradient.split([layer.queries, layer.keys, layer.keys], 2)
        rotate(query.transpose(1, 2), cos, -sin, to_queries)
        rotate(keys.transpose(1, 2), cos, -sin, to_keys)
        to_values.copy_(values.transpose(1, 2))
        normal, wants_x = scaled(flat, inverse, norm.weight), ctx.needs_input_grad[1]
        dx, d_adapters = layer.heads.backward(gradient.view(len(flat), -1), normal, low, adapters, wants_x)
        if dx is not None:
            dx = scaled_backward(dx, flat, inverse, norm.weight).view(ctx.shape)
        return None, dx, None, None, *d_adapters


class After(torch.autograd.Function):
    """x and what its attention saw (rows, tokens, width of all heads) → y = x + out(seen) → y + narrow(silu(gate) · up)."""

    @staticmethod
    def forward(ctx: Any, layer: Layer, counts: list[int], x: Tensor, seen: Tensor, *adapters: Tensor) -> Tensor:
        """`counts`: how many of `adapters` belong to out, wide and narrow."""
        norm, flat = layer.post_attention_layernorm, seen.reshape(-1, seen.shape[-1])
        to_out, to_wide, to_narrow = _split(adapters, counts)
        y, low_out = layer.out.forward(flat, to_out)
        y.add_(x.reshape(y.shape))
        inverse = inverse_rms(y, norm.variance_epsilon)
        both, low_wide = layer.wide.forward(scaled(y, inverse, norm.weight), to_wide)
        gate, up = both.chunk(2, 1)
        result, low_narrow = layer.narrow.forward(functional.silu(gate).mul_(up), to_narrow)
        ctx.save_for_backward(flat, low_out, y, inverse, both, low_wide, low_narrow, *adapters)
        ctx.layer, ctx.counts, ctx.shapes = layer, counts, (x.shape, seen.shape)
        return result.add_(y).view(x.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Any, ...]:
        """dx, d seen and the adapters' gradients; the normalised y and silu(gate) are computed again."""
        flat, low_out, y, inverse, both, low_wide, low_narrow, *adapters = ctx.saved_tensors
        layer, norm, gradient = ctx.layer, ctx.layer.post_attention_layernorm, gradient.reshape(y.shape)
        to_out, to_wide, to_narrow = _split(adapters, ctx.counts)
        gate, up = both.chunk(2, 1)
        open_gate, d_both = functional.silu(gate), torch.empty_like(both)
        d_gate, d_up = d_both.chunk(2, 1)
        d_product, d_narrow = layer.narrow.backward(gradient, open_gate * up, low_narrow, to_narrow)
        torch.mul(d_product, open_gate, out=d_up)
        torch.ops.aten.silu_backward.grad_input(d_product.mul_(up), gate, grad_input=d_gate)
        d_normal, d_wide = layer.wide.backward(d_both, scaled(y, inverse, norm.weight), low_wide, to_wide)
        dy = scaled_backward(d_normal, y, inverse, norm.weight).add_(gradient)
        d_seen, d_out = layer.out.backward(dy, flat, low_out, to_out)
        return None, None, dy.view(ctx.shapes[0]), d_seen.view(ctx.shapes[1]), *d_out, *d_wide, *d_narrow


def _split(adapters: Any, counts: list[int]) -> list[list[Tensor]]:
    first, second, third = counts
    return [list(adapters[:first]), list(adapters[first : first + second]), list(adapters[first + second : first + second + third])]
