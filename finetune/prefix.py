"""The beginning that rows of a step share, computed once, forward and backward; the rows' own tokens attend to its keys and values.

Under a causal mask a token's state does not depend on what follows, so that loss and gradient are those of the rows one by one. Only
dropout is another: the beginning is dropped out once for all rows of a step. It knows no labels and no loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import DynamicCache

if TYPE_CHECKING:
    from finetune.rows import Encoded

MIN_TOKENS = 16
"""A shorter beginning is computed with every row: a call of its own costs more."""


def shared_tokens(rows: Sequence[Encoded]) -> int:
    """How many first tokens all these rows have in common; each keeps one token of its prompt, which foretells its first label."""
    if len(rows) < 2:
        return 0
    first, last = min(row.input_ids for row in rows), max(row.input_ids for row in rows)
    limit = min(len(row.input_ids) - row.learnt for row in rows) - 1
    length = next((i for i in range(max(limit, 0)) if first[i] != last[i]), max(limit, 0))
    return length if length >= MIN_TOKENS else 0


def can_share(model: Any) -> bool:
    """Whether all that this model keeps of earlier tokens are keys and values of every one of them (no sliding windows, no states)."""
    layers = DynamicCache(config=model.config).layers
    return bool(layers) and all(type(layer).__name__ == "DynamicLayer" for layer in layers)


class Prefix:
    """Keys and values of a shared beginning, (1, heads, tokens, width) a layer each."""

    def __init__(self, model: Any, ids: Sequence[int]) -> None:
        cache: Any = DynamicCache()
        device = next(model.parameters()).device
        model(input_ids=torch.tensor([list(ids)], device=device), past_key_values=cache, use_cache=True, logits_to_keep=1)
        self._computed: list[Tensor] = [tensor for layer in cache.layers for tensor in (layer.keys, layer.values)]
        self._lent = [tensor.detach().requires_grad_(tensor.requires_grad) for tensor in self._computed]

    def cache(self, rows: int) -> DynamicCache:
        """What so many rows attend to; their gradients gather here."""
        cache = DynamicCache()
        for layer, (keys, values) in enumerate(zip(self._lent[::2], self._lent[1::2], strict=True)):
            cache.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), layer)
        return cache

    def backward(self) -> None:
        """Hand on what all rows' gradients came to; once, after the last of them."""
        pairs = [(tensor, lent.grad) for tensor, lent in zip(self._computed, self._lent, strict=True) if lent.grad is not None]
        if pairs:
            torch.autograd.backward([tensor for tensor, _ in pairs], [grad for _, grad in pairs])
