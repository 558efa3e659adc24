"""Loss and gradient of a step's rows: logits at the labels alone, a shared beginning once, in parts that memory holds. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from finetune.batches import collate, foretelling, label_losses
from finetune.lanes import side_by_side
from finetune.prefix import Prefix

if TYPE_CHECKING:
    from finetune.rows import Encoded

Parts = Sequence[Sequence["Encoded"]]
"""Rows, as many to a part as memory holds at once."""


def summed_loss(model: Any, inputs: dict[str, Tensor], prefix: Prefix | None = None) -> Tensor:
    """Cross-entropy summed over the labels of a batch, in nats; `prefix`: the beginning its rows share, where they come without it."""
    labels, columns = inputs["labels"], foretelling(inputs["labels"])
    before = {"past_key_values": prefix.cache(len(labels)), "use_cache": True} if prefix else {"use_cache": False}
    outputs = model(input_ids=inputs["input_ids"], position_ids=inputs["position_ids"], logits_to_keep=columns, **before)
    return label_losses(outputs.logits, labels, columns)


def step_gradient(model: Any, lanes: Sequence[Parts], pad: int, shared: int, count: int) -> tuple[Tensor, list[Tensor | None]]:
    """The loss of all lanes' rows divided by `count`, and its gradient by each parameter that is trained; None where there is none."""
    done = side_by_side([partial(lane_gradient, model, parts, pad, shared, count) for parts in lanes])
    (loss, gradients), *others = done
    for more, found in others:
        loss = loss + more
        add(gradients, found)
    return loss, gradients


def lane_gradient(model: Any, parts: Parts, pad: int, shared: int, count: int) -> tuple[Tensor, list[Tensor | None]]:
    """As `step_gradient`, for one lane's parts."""
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    device = learnt[0].device
    prefix = Prefix(model, parts[0][0].input_ids[:shared]) if shared else None
    lent = prefix.lent if prefix else []
    total = torch.zeros((), device=device)
    sums: list[Tensor | None] = [None] * (len(learnt) + len(lent))
    for part in parts:
        loss = summed_loss(model, collate(part, pad, shared).to(device), prefix) / count
        add(sums, torch.autograd.grad(loss, [*learnt, *lent], allow_unused=True))
        total += loss.detach()
    gradients, by_lent = sums[: len(learnt)], sums[len(learnt) :]
    if prefix:
        add(gradients, prefix.gradients(learnt, by_lent))
    return total, gradients


def add(sums: list[Tensor | None], more: Sequence[Tensor | None]) -> None:
    """`more` on top of `sums`, one by one. No tensor is overwritten: two gradients may be one and the same."""
    for i, found in enumerate(more):
        held = sums[i]
        sums[i] = found if held is None else held if found is None else held + found


def dev_loss(model: Any, lanes: Sequence[Parts], pad: int, shared: int = 0) -> Tensor:
    """Loss summed over the labels of all lanes' rows, in nats, without dropout and gradients."""
    was_training = model.training
    model.eval()
    try:
        return torch.stack(side_by_side([partial(_lane_loss, model, parts, pad, shared) for parts in lanes])).sum()
    finally:
        model.train(was_training)


def _lane_loss(model: Any, parts: Parts, pad: int, shared: int) -> Tensor:
    device = next(model.parameters()).device
    total = torch.zeros((), device=device, dtype=torch.float64)
    with torch.no_grad():
        prefix = Prefix(model, parts[0][0].input_ids[:shared]) if shared else None
        for part in parts:
            total += summed_loss(model, collate(part, pad, shared).to(device), prefix)
    return total
