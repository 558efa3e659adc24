"""Attention of a layer's new tokens to those before them and to each other; causal where no mask is given.

Without a mask, rows may be padded on the right alone: a token then never meets padding, and no mask of the rows' own is built.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

NAME = "causal_unless_masked"
"""Under which the library knows when to build a mask: where its caller gives one, and not otherwise."""


def _mask(*, attention_mask: Tensor | None = None, **settings: Any) -> Tensor | None:
    return None if attention_mask is None else sdpa_mask(attention_mask=attention_mask, **settings)


AttentionMaskInterface.register(NAME, _mask)


def attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, scale: float) -> Tensor:
    """(rows, heads, new, width) on (rows, groups, tokens, width), the new tokens being the last ones → (rows, new, heads × width).

    `mask` (rows, 1, new, tokens): what is seen, or what is added to the scores.
    """
    rows, heads, new, width = query.shape
    if new == 1:
        # The heads of a group as if they were tokens, so that its keys and values are not copied for each of them.
        query = query.reshape(rows, keys.shape[1], -1, width)
        return functional.scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=scale).reshape(rows, 1, heads * width)
    if mask is None and keys.shape[2] > new:
        # PyTorch lays a causal mask from the first key on; here the last query belongs to the last key.
        mask = query.new_ones(new, keys.shape[2], dtype=torch.bool).tril_(keys.shape[2] - new)
    out = functional.scaled_dot_product_attention(
        query, keys, values, attn_mask=mask, is_causal=mask is None, scale=scale, enable_gqa=heads != keys.shape[1]
    )
    return out.transpose(1, 2).reshape(rows, new, heads * width)
