"""A key-value cache that grows in place: a new token's keys and values are appended without copying the earlier ones."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from transformers import Cache
from transformers.cache_utils import DynamicLayer

ROOM = 64
"""Tokens for which space is left behind those there are."""


def growing() -> Any:
    """An empty cache for one batch, without gradients."""
    return Cache(layer_class_to_replicate=GrowingLayer)


class GrowingLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """`keys` and `values` (rows, heads, tokens, width) are the front of two larger tensors."""

    _rooms: dict[str, Tensor]

    def update(self, key_states: Tensor, value_states: Tensor, *rest: Any, **settings: Any) -> tuple[Tensor, Tensor]:
        """Append (rows, heads, new tokens, width); returns all there are."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self._rooms = {}
        keys, values = self._appended("keys", self.keys, key_states), self._appended("values", self.values, value_states)
        self.keys, self.values = keys, values
        return keys, values

    def _appended(self, name: str, held: Any, new: Tensor) -> Tensor:
        before = self.get_seq_length()
        tokens, room = before + new.shape[2], self._rooms.get(name)
        # Where rows were dropped, what is held no longer lies in the room.
        if room is None or room.data_ptr() != held.data_ptr() or room.shape[2] < tokens:
            room = self._rooms[name] = new.new_empty(*new.shape[:2], tokens + ROOM, new.shape[3])
            if before:
                room[:, :, :before] = held
        room[:, :, before:tokens] = new
        return room[:, :, :tokens]
