"""Prefill: prompts → a batch with its cache, ready for decoding. Chooses no token.

Prompts are read in parts small enough for the CPU's cache, padded on the right. A prefix that several share, such as passages of one
document, is read once. The finished batch is padded on the left, so that new tokens follow each prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import DynamicCache

from finetune.engine.kv_cache import growing
from finetune.engine.lanes import shared_out, side_by_side
from finetune.engine.logits import logits_at
from finetune.engine.prefix import in_common
from finetune.engine.prefix_tree import MIN_TOKENS, groups_of, packed

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
    read: int
    """Tokens that were read for it: fewer than the prompts have where some begin alike."""

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

    def join(self, other: State) -> State:
        """These rows with those of another behind them; columns that only rows which have left needed are gone."""
        lengths = torch.cat([self.mask.sum(-1), other.mask.sum(-1)])
        tokens, cache = int(lengths.max()), growing()
        for number, (own, joining) in enumerate(zip(keys_and_values(self.cache), keys_and_values(other.cache), strict=True)):
            cache.update(*(torch.cat([_at_the_end(own[side], tokens), _at_the_end(joining[side], tokens)]) for side in (0, 1)), number)
        places = torch.arange(tokens, device=self.mask.device)
        mask = (places >= tokens - lengths[:, None]).to(self.mask.dtype)
        return State(cache, mask, torch.cat([self.logits, other.logits]), self.read + other.read)

    def row(self, row: int) -> list[tuple[Tensor, Tensor]]:
        """Keys and values (1, heads, tokens, width) of one row, padding taken out."""
        real = self.mask[row].bool()
        return [(keys[row : row + 1, :, real], values[row : row + 1, :, real]) for keys, values in keys_and_values(self.cache)]


def _at_the_end(held: Tensor, tokens: int) -> Tensor:
    """(rows, heads, `tokens`, width): cut off at its beginning, or with nothing put before it."""
    return functional.pad(held, (0, 0, tokens - held.shape[2], 0))


def keys_and_values(cache: Any) -> list[tuple[Tensor, Tensor]]:
    """What a cache holds, by layer: (rows, heads, tokens, width) each."""
    return [(layer.keys, layer.values) for layer in cache.layers]


@dataclass(frozen=True)
class Unit:
    """Prompts of a batch, by number, that are read together."""

    rows: list[int]
    shared: int = 0
    """Tokens that all of them begin with, read once for all; none: they are read side by side."""


@dataclass(frozen=True)
class Read:
    """Prompts as they were read."""

    rows: list[int]
    layers: Layers
    logits: Tensor
    """(rows, vocabulary), after the last token of each."""


def prefill(model: Any, own: Sequence[list[int]], stored: Layers, pad: int, lanes: int = 1) -> State:
    """Read the prompts `own`, whose shared beginning is `stored` and not among their tokens, in so many lanes side by side."""
    units = _units(own, range(len(own)), 0, -(-sum(map(len, own)) // lanes))
    costs = {id(unit): _tokens(own, unit, 0) for unit in units}
    dealt = shared_out(units, lambda unit: costs[id(unit)], lanes)
    done = [read for reads in side_by_side([partial(_read_all, model, own, lane, stored, pad) for lane in dealt]) for read in reads]
    before = stored[0][0].shape[2] if stored else 0
    lengths = [before + len(ids) for ids in own]
    cache, tokens = growing(), max(lengths)
    for number in range(len(done[0].layers)):
        cache.update(*(_on_the_right([(read.rows, read.layers[number][side]) for read in done], lengths) for side in (0, 1)), number)
    mask = torch.tensor([[0] * (tokens - length) + [1] * length for length in lengths], device=model.device)
    order = torch.tensor([row for read in done for row in read.rows], device=model.device).argsort()
    return State(cache, mask, torch.cat([read.logits for read in done])[order], sum(costs.values()))


@torch.inference_mode()
def beginning(model: Any, ids: list[int]) -> Layers:
    """What `stored` of `prefill` is for prompts that all begin with these tokens."""
    return _read(model, {0: ids}, [], 0).layers


def _units(own: Sequence[list[int]], rows: Sequence[int], skip: int, most: int) -> list[Unit]:
    """These prompts without their first `skip` tokens: those that begin alike together, the others in parts of `most` tokens or fewer."""
    groups = groups_of(rows, own.__getitem__, lambda row: len(own[row]) - 1, skip + MIN_TOKENS)
    alone = sorted((group[0] for group in groups if len(group) == 1), key=lambda row: -len(own[row]))
    parts = packed([len(own[row]) - skip for row in alone], min(PART_TOKENS, most))
    together = [group for group in groups if len(group) > 1]
    return [*(Unit([alone[i] for i in part]) for part in parts), *(Unit(group, _shared(own, group) - skip) for group in together)]


def _shared(own: Sequence[list[int]], group: Sequence[int]) -> int:
    """How many first tokens these prompts, in order, have in common; each keeps one."""
    return in_common(own[group[0]], own[group[-1]], min(len(own[row]) for row in group) - 1)


def _inside(own: Sequence[list[int]], unit: Unit, skip: int) -> list[Unit]:
    return _units(own, unit.rows, skip + unit.shared, PART_TOKENS)


def _tokens(own: Sequence[list[int]], unit: Unit, skip: int) -> int:
    """Tokens that have to be read, without padding."""
    if not unit.shared:
        return sum(len(own[row]) - skip for row in unit.rows)
    return unit.shared + sum(_tokens(own, inner, skip + unit.shared) for inner in _inside(own, unit, skip))


@torch.inference_mode()
def _read_all(model: Any, own: Sequence[list[int]], units: Sequence[Unit], stored: Layers, pad: int) -> list[Read]:
    return [read for unit in units for read in _read_unit(model, own, unit, 0, stored, pad)]


def _read_unit(model: Any, own: Sequence[list[int]], unit: Unit, skip: int, stored: Layers, pad: int) -> list[Read]:
    if not unit.shared:
        return [_read(model, {row: own[row][skip:] for row in unit.rows}, stored, pad)]
    behind = skip + unit.shared
    once = _read(model, {unit.rows[0]: own[unit.rows[0]][skip:behind]}, stored, pad)
    return [read for inner in _inside(own, unit, skip) for read in _read_unit(model, own, inner, behind, once.layers, pad)]


def _read(model: Any, prompts: dict[int, list[int]], stored: Layers, pad: int) -> Read:
    """What these tokens, by prompt, come to behind those of `stored`."""
    rows, cache = list(prompts.values()), DynamicCache()
    for number, (keys, values) in enumerate(stored):
        cache.update(keys.expand(len(rows), -1, -1, -1), values.expand(len(rows), -1, -1, -1), number)
    before, longest, device = cache.get_seq_length(), max(map(len, rows)), model.device
    columns = sorted({len(ids) - 1 for ids in rows})
    logits = logits_at(
        model, torch.tensor(columns, device=device),
        input_ids=torch.tensor([ids + [pad] * (longest - len(ids)) for ids in rows], device=device),
        position_ids=torch.arange(before, before + longest, device=device).expand(len(rows), -1),
        past_key_values=cache, use_cache=True,
    )  # fmt: skip
    last = [columns.index(len(ids) - 1) for ids in rows]
    return Read(list(prompts), keys_and_values(cache), logits[range(len(rows)), last])


def _on_the_right(parts: Sequence[tuple[list[int], Tensor]], lengths: Sequence[int]) -> Tensor:
    """All rows' keys or values as one (rows, heads, tokens, width), each row's own at the end and nothing before them."""
    first = parts[0][1]
    whole = first.new_zeros(len(lengths), first.shape[1], max(lengths), first.shape[3])
    for rows, part in parts:
        for row, found in zip(rows, part, strict=True):
            whole[row, :, max(lengths) - lengths[row] :] = found[:, : lengths[row]]
    return whole
