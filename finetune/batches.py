"""Rows → padded tensors and an order of batches. Padding stands on the left, so that what is learnt stands at the end of every row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils.data import Sampler

if TYPE_CHECKING:
    from finetune.rows import Encoded

WINDOW = 8
"""Batches sorted by length together: enough to save padding, few enough to keep the order random."""


class Batch(dict[str, Tensor]):
    """`input_ids`, `attention_mask`, `position_ids`, `labels`: (rows, tokens) int64; the mask with the shared tokens before them."""

    def to(self, device: torch.device) -> Batch:
        return Batch({name: tensor.to(device) for name, tensor in self.items()})


def collate(rows: Sequence[Encoded], pad: int, shared: int = 0) -> Batch:
    """Left-padded tensors without the rows' first `shared` tokens, which the mask counts; positions count from each row's first token."""
    longest = max(len(row.input_ids) for row in rows) - shared
    gaps = [longest + shared - len(row.input_ids) for row in rows]
    mask = torch.tensor([[1] * shared + [0] * gap + [1] * (longest - gap) for gap in gaps])
    return Batch(
        input_ids=torch.tensor([[pad] * gap + row.input_ids[shared:] for gap, row in zip(gaps, rows, strict=True)]),
        attention_mask=mask,
        position_ids=(mask.cumsum(-1) - 1).clamp(min=0)[:, shared:],
        labels=torch.tensor([[-100] * gap + row.labels[shared:] for gap, row in zip(gaps, rows, strict=True)]),
    )


def label_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Summed cross-entropy of the labels, in nats. `logits` (rows, kept, vocabulary) are those of the last `kept` positions."""
    kept = logits.shape[1]
    targets = labels[:, -kept + 1 :] if kept > 1 else labels[:, :0]
    learnt = targets != -100
    return torch.nn.functional.cross_entropy(logits[:, :-1][learnt].float(), targets[learnt], reduction="sum")


def kept_positions(labels: Tensor) -> int:
    """How many last positions hold all labels and the one before the first of them."""
    learnt = (labels != -100).any(0)
    first = int(torch.nonzero(learnt)[0, 0]) if bool(learnt.any()) else labels.shape[1]
    return labels.shape[1] - first + 1


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
