"""Attention of a layer's new tokens to those before them and to each other; causal where no mask is given.

Without a mask, rows may be padded on the right alone: a token then never meets padding, and no mask of the rows' own is built.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

BLOCK = 192
"""Queries of about so many tokens at a time; timed in docs/log.md."""
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
    if mask is None:
        out = _causal(query, keys, values, scale)
    else:
        out = functional.scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=scale, enable_gqa=heads != keys.shape[1])
    return out.transpose(1, 2).reshape(rows, new, heads * width)


def _causal(query: Tensor, keys: Tensor, values: Tensor, scale: float) -> Tensor:
    """Queries in blocks, each on the keys up to its own end alone: nothing is computed of what a causal mask hides behind them."""
    new, tokens = query.shape[2], keys.shape[2]
    size = -(-new // max(1, round(new / BLOCK)))
    lower = _lower(1 << tokens.bit_length(), query.dtype, query.device)
    seen = []
    for start in range(0, new, size):
        block, end = query[:, :, start : start + size], min(start + size, new) + tokens - new
        mask = lower[-block.shape[2] :, -end:]
        seen.append(
            functional.scaled_dot_product_attention(
                block, keys[:, :, :end], values[:, :, :end], attn_mask=mask, scale=scale, enable_gqa=query.shape[1] != keys.shape[1]
            )
        )
    return seen[0] if len(seen) == 1 else torch.cat(seen, 2)


@lru_cache(maxsize=4)
def _lower(tokens: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(queries, tokens), added to the scores: the last query sees all tokens, the one before it all but the last, and so on.

    The lower right corner of any size is the mask of so many queries and tokens; there are more queries than a block has.
    """
    with torch.inference_mode(False):
        hidden = torch.ones(2 * BLOCK, tokens, dtype=torch.bool, device=device).triu_(tokens - 2 * BLOCK + 1)
        return torch.zeros(2 * BLOCK, tokens, dtype=dtype, device=device).masked_fill_(hidden, -torch.inf)
