"""A prefix that rows of a step share, computed once, forward and backward; the rows' other tokens attend to its keys and values.

Under a causal mask a token's state does not depend on what follows, so that loss and gradient are those of the rows one by one. Only
dropout is another: the beginning is dropped out once for all rows of a step. It knows no labels and no loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import DynamicCache

from finetune.engine.logits import logits_at

if TYPE_CHECKING:
    from finetune.rows import Encoded

MIN_TOKENS = 16
"""A shorter beginning is computed with every row: a call of its own costs more."""


def shared_tokens(rows: Sequence[Encoded]) -> int:
    """How many first tokens all these rows have in common; each keeps one token of its prompt, which foretells its first label."""
    if len(rows) < 2:
        return 0
    first, last = min(row.input_ids for row in rows), max(row.input_ids for row in rows)
    length = in_common(first, last, min(map(most, rows)))
    return length if length >= MIN_TOKENS else 0


def most(row: Encoded) -> int:
    """How many of its first tokens a row can share."""
    return max(0, len(row.input_ids) - row.learnt - 1)


def in_common(first: Sequence[int], last: Sequence[int], limit: int) -> int:
    """How many first tokens two rows have in common, `limit` at most."""
    return next((i for i in range(limit) if first[i] != last[i]), limit)


class Prefix:
    """Keys and values of a beginning, (1, heads, tokens, width) a layer each; `above` are the beginnings before it, if any."""

    def __init__(self, model: Any, ids: Sequence[int], above: Sequence[Prefix] = ()) -> None:
        cache, device = cache_of(above, 1), next(model.parameters()).device
        self.tokens: int = len(ids)
        before = sum(one.tokens for one in above)
        positions, last = torch.arange(before, before + len(ids), device=device), torch.tensor([len(ids) - 1], device=device)
        ids_of_one = torch.tensor([list(ids)], device=device)
        logits_at(model, last, input_ids=ids_of_one, position_ids=positions[None], past_key_values=cache, use_cache=True)
        computed: list[Tensor] = [tensor[:, :, before:] for layer in cache.layers for tensor in (layer.keys, layer.values)]
        self.kept = [tensor.detach().requires_grad_(tensor.requires_grad) for tensor in computed]
        self._computed = [tensor for tensor in computed if tensor.requires_grad]
        self.lent = [tensor for tensor in self.kept if tensor.requires_grad]
        """Those keys and values that depend on what is learnt, cut off from how they came about."""

    def gradients(self, wanted: Sequence[Tensor], by_lent: Sequence[Tensor | None]) -> list[Tensor | None]:
        """The loss's gradient by `wanted`, through this beginning, from that by all of `lent`; once, after the last rows.

        `wanted`: parameters, and what the beginnings above have lent.
        """
        pairs = [(tensor, gradient) for tensor, gradient in zip(self._computed, by_lent, strict=True) if gradient is not None]
        if not pairs:
            return [None] * len(wanted)
        tensors, gradients = zip(*pairs, strict=True)
        return list(torch.autograd.grad(tensors, list(wanted), gradients, allow_unused=True))


def cache_of(beginnings: Sequence[Prefix], rows: int) -> Any:
    """These beginnings, one behind the other, as so many rows attend to them."""
    cache = DynamicCache()
    for one in beginnings:
        for layer, (keys, values) in enumerate(zip(one.kept[::2], one.kept[1::2], strict=True)):
            cache.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), layer)
    return cache
