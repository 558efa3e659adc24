"""Rows → padded tensors and an order of batches. Padding is on the right, where causal attention never sees it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils.data import Sampler

from finetune.rows import IGNORED

if TYPE_CHECKING:
    from finetune.rows import Encoded

WINDOW = 8
"""Batches sorted by length together: enough to save padding, few enough to keep the order random."""


class Batch(dict[str, Tensor]):
    """`input_ids`, `position_ids`, `labels`: (rows, tokens) int64."""

    def to(self, device: torch.device) -> Batch:
        return Batch({name: tensor.to(device) for name, tensor in self.items()})


def collate(rows: Sequence[Encoded], pad: int, shared: int = 0) -> Batch:
    """Right-padded tensors without the rows' first `shared` tokens; positions count from each row's first token.

    No mask: under a causal one no token meets the padding behind it, and what comes of the padding itself is not used.
    """
    own = [(row.input_ids[shared:], row.labels[shared:]) for row in rows]
    longest = max(len(ids) for ids, _ in own)
    return Batch(
        input_ids=torch.tensor([ids + [pad] * (longest - len(ids)) for ids, _ in own]),
        position_ids=torch.arange(shared, shared + longest).expand(len(rows), -1),
        labels=torch.tensor([labels + [IGNORED] * (longest - len(labels)) for _, labels in own]),
    )


def foretelling(labels: Tensor) -> Tensor:
    """(columns,) the positions after which some row of `labels` (rows, tokens) has one: those whose logits are needed."""
    return (labels[:, 1:] != IGNORED).any(0).nonzero()[:, 0]


def label_losses(logits: Tensor, labels: Tensor, columns: Tensor) -> Tensor:
    """Summed cross-entropy of the labels, in nats. `logits` (rows, columns, vocabulary) are those of these positions."""
    targets = labels[:, columns + 1]
    learnt = targets != IGNORED
    return torch.nn.functional.cross_entropy(logits[learnt].float(), targets[learnt], reduction="sum")


class LengthOrder(Sampler[int]):
    """A seeded order of rows in which the rows of a batch have about the same length; another order every epoch."""

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths, self._batch, self._seed, self._epoch = lengths, batch, seed, 0

    def __len__(self) -> int:
        return len(self._lengths)

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + self._epoch)
        shuffled = torch.randperm(len(self._lengths), generator=generator).tolist()
        size = self._batch * WINDOW
        batches: list[list[int]] = []
        for start in range(0, len(shuffled), size):
            window = sorted(shuffled[start : start + size], key=lambda i: -self._lengths[i])
            batches += [window[i : i + self._batch] for i in range(0, len(window), self._batch)]
        full = [batch for batch in batches if len(batch) == self._batch]
        order = torch.randperm(len(full), generator=generator).tolist()
        for batch in [*(full[i] for i in order), *(b for b in batches if len(b) < self._batch)]:
            yield from batch


class StepRows(Sampler[list[int]]):
    """The order of rows in pieces of one optimizer step each."""

    def __init__(self, order: LengthOrder, rows: int) -> None:
        self._order, self._rows = order, rows

    def __len__(self) -> int:
        return math.ceil(len(self._order) / self._rows)

    def set_epoch(self, epoch: int) -> None:
        self._order.set_epoch(epoch)

    def __iter__(self) -> Iterator[list[int]]:
        order = list(self._order)
        for start in range(0, len(order), self._rows):
            yield order[start : start + self._rows]
