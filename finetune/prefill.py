"""Prompts → a batch that is ready to be answered. They are read in parts that stay near the processor, padded on the right; then all rows
stand as one, padded on the left, for the tokens that are written. It chooses no token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from finetune.branches import packed
from finetune.growing import growing
from finetune.lanes import available, shared_out, side_by_side
from finetune.llama import is_rewritten

PART_TOKENS = 512
"""Tokens of prompts that are read at once, padding included: more do not stay in the processor's caches."""
Layers = list[tuple[Tensor, Tensor]]
"""Keys and values, (rows, heads, tokens, width) each, by layer."""


@dataclass
class State:
    """A batch in the middle of being answered: keys and values, mask (rows, tokens so far), last logits (rows, vocabulary)."""

    cache: Any
    mask: Tensor
    logits: Tensor

    def keep(self, rows: list[int]) -> None:
        """Only these rows go on."""
        index = torch.tensor(rows, device=self.mask.device)
        self.cache.batch_select_indices(index)
        self.mask = self.mask[index]

    def step(self, model: Any, tokens: Tensor) -> Tensor:
        """Feed one token a row, (rows,); returns the next logits (rows, vocabulary)."""
        positions = self.mask.sum(-1, keepdim=True)
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], -1)
        out = model(input_ids=tokens[:, None], attention_mask=self.mask, position_ids=positions, past_key_values=self.cache, use_cache=True)
        self.logits = out.logits[:, -1]
        return self.logits

    def row(self, row: int) -> list[tuple[Tensor, Tensor]]:
        """Keys and values (1, heads, tokens, width) of one row, padding taken out."""
        real = self.mask[row].bool()
        return [(keys[row : row + 1, :, real], values[row : row + 1, :, real]) for keys, values in keys_and_values(self.cache)]


def keys_and_values(cache: Any) -> list[tuple[Tensor, Tensor]]:
    """What a cache holds, by layer: (rows, heads, tokens, width) each."""
    return [(layer.keys, layer.values) for layer in cache.layers]


@dataclass(frozen=True)
class Read:
    """A part's rows as they were read."""

    start: int
    """The number of the first of them."""
    layers: Layers
    logits: Tensor
    """(rows, vocabulary), after the last token of each."""


def prefill(model: Any, own: Sequence[list[int]], stored: Layers, pad: int) -> State:
    """Read the prompts `own`, whose shared beginning is `stored` and not among their tokens."""
    lanes = _dealt(list(map(len, own)), available() if is_rewritten(model) else 1)
    done = [read for reads in side_by_side([partial(_read_all, model, own, lane, stored, pad) for lane in lanes]) for read in reads]
    done.sort(key=lambda read: read.start)
    before = stored[0][0].shape[2] if stored else 0
    lengths = [before + len(ids) for ids in own]
    cache, tokens = growing(), max(lengths)
    for number in range(len(done[0].layers)):
        cache.update(*(_on_the_right([read.layers[number][side] for read in done], lengths) for side in (0, 1)), number)
    mask = torch.tensor([[0] * (tokens - length) + [1] * length for length in lengths], device=model.device)
    return State(cache, mask, torch.cat([read.logits for read in done]))


def _dealt(lengths: Sequence[int], lanes: int) -> list[list[range]]:
    """Parts of prompts of these lengths for each lane, about equally much to read for each."""
    parts = packed(lengths, min(PART_TOKENS, -(-sum(lengths) // lanes)))
    return shared_out(parts, lambda part: len(part) * max(lengths[part.start : part.stop]), lanes)


@torch.inference_mode()
def _read_all(model: Any, own: Sequence[list[int]], parts: Sequence[range], stored: Layers, pad: int) -> list[Read]:
    return [_read(model, [own[row] for row in part], part.start, stored, pad) for part in parts]


def _read(model: Any, rows: Sequence[list[int]], start: int, stored: Layers, pad: int) -> Read:
    cache: Any = DynamicCache()
    for number, (keys, values) in enumerate(stored):
        cache.update(keys.expand(len(rows), -1, -1, -1), values.expand(len(rows), -1, -1, -1), number)
    before, longest, device = cache.get_seq_length(), max(map(len, rows)), model.device
    columns = sorted({len(ids) - 1 for ids in rows})
    logits = model(
        input_ids=torch.tensor([ids + [pad] * (longest - len(ids)) for ids in rows], device=device),
        position_ids=torch.arange(before, before + longest, device=device).expand(len(rows), -1),
        past_key_values=cache, use_cache=True, logits_to_keep=torch.tensor(columns, device=device),
    ).logits  # fmt: skip
    last = [columns.index(len(ids) - 1) for ids in rows]
    return Read(start, keys_and_values(cache), logits[range(len(rows)), last])


def _on_the_right(parts: Sequence[Tensor], lengths: Sequence[int]) -> Tensor:
    """All rows' keys or values as one (rows, heads, tokens, width), each row's own at the end and nothing before them."""
    first = parts[0]
    whole = first.new_zeros(len(lengths), first.shape[1], max(lengths), first.shape[3])
    rows = (row for part in parts for row in part)
    for into, row, length in zip(whole, rows, lengths, strict=True):
        into[:, max(lengths) - length :] = row[:, :length]
    return whole
