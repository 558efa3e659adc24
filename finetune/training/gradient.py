"""Loss and gradient of a step's rows: logits at the labels alone, shared beginnings once, in parts that memory holds. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from finetune.engine.lanes import side_by_side
from finetune.engine.logits import logits_at
from finetune.engine.prefix import Prefix, cache_of
from finetune.training.batches import collate, foretelling, label_losses

if TYPE_CHECKING:
    from finetune.engine.prefix_tree import Branch


def summed_loss(model: Any, inputs: dict[str, Tensor], beginnings: Sequence[Prefix] = ()) -> Tensor:
    """Cross-entropy summed over the labels of a batch, in nats; `beginnings`: what its rows share, where they come without it."""
    labels, columns = inputs["labels"], foretelling(inputs["labels"])
    before = {"past_key_values": cache_of(beginnings, len(labels)), "use_cache": True} if beginnings else {"use_cache": False}
    logits = logits_at(model, columns, input_ids=inputs["input_ids"], position_ids=inputs["position_ids"], **before)
    return label_losses(logits, labels, columns)


def step_gradient(model: Any, lanes: Sequence[Branch], pad: int, count: int) -> tuple[Tensor, list[Tensor | None]]:
    """The loss of all lanes' rows divided by `count`, and its gradient by each parameter that is trained; None where there is none."""
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    common = _beginning(model, lanes[0], ())
    wanted = [*learnt, *(tensor for one in common for tensor in one.lent)]
    done = side_by_side([partial(branch_gradient, model, lane, common, wanted, pad, count) for lane in lanes])
    (loss, sums), *others = done
    for more, found in others:
        loss = loss + more
        add(sums, found)
    return loss, _through(common, learnt, sums)


def branch_gradient(
    model: Any, branch: Branch, above: Sequence[Prefix], wanted: Sequence[Tensor], pad: int, count: int
) -> tuple[Tensor, list[Tensor | None]]:
    """As `step_gradient`, for the rows of one branch, and by `wanted`: parameters, and what the beginnings `above` have lent."""
    own = _beginning(model, branch, above)
    chain, inner = [*above, *own], [*wanted, *(tensor for one in own for tensor in one.lent)]
    total = torch.zeros((), device=wanted[0].device)
    sums: list[Tensor | None] = [None] * len(inner)
    for part in branch.parts:
        loss = summed_loss(model, collate(part, pad, branch.shared).to(total.device), chain) / count
        add(sums, torch.autograd.grad(loss, inner, allow_unused=True))
        total += loss.detach()
    for further in branch.branches:
        loss, found = branch_gradient(model, further, chain, inner, pad, count)
        add(sums, found)
        total += loss
    return total, _through(own, wanted, sums)


def _beginning(model: Any, branch: Branch, above: Sequence[Prefix]) -> list[Prefix]:
    """What the rows of a branch share behind the beginnings above it; empty where that is nothing."""
    before = sum(one.tokens for one in above)
    first = next(branch.rows(), None)
    return [Prefix(model, first.input_ids[before : branch.shared], above)] if first and branch.shared > before else []


def _through(beginning: Sequence[Prefix], wanted: Sequence[Tensor], sums: list[Tensor | None]) -> list[Tensor | None]:
    """The gradient by `wanted`, of which `sums` holds what does not go through this beginning, and behind it that by what it has lent."""
    direct = sums[: len(wanted)]
    for one in beginning:
        add(direct, one.gradients(wanted, sums[len(wanted) :]))
    return direct


def add(sums: list[Tensor | None], more: Sequence[Tensor | None]) -> None:
    """`more` on top of `sums`, one by one. No tensor is overwritten: two gradients may be one and the same."""
    for i, found in enumerate(more):
        held = sums[i]
        sums[i] = found if held is None else held if found is None else held + found


def dev_loss(model: Any, lanes: Sequence[Branch], pad: int) -> Tensor:
    """Loss summed over the labels of all lanes' rows, in nats, without dropout and gradients."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            common = _beginning(model, lanes[0], ())
        return torch.stack(side_by_side([partial(_branch_loss, model, lane, common, pad) for lane in lanes])).sum()
    finally:
        model.train(was_training)


@torch.no_grad()
def _branch_loss(model: Any, branch: Branch, above: Sequence[Prefix], pad: int) -> Tensor:
    device = next(model.parameters()).device
    total = torch.zeros((), device=device, dtype=torch.float64)
    chain = [*above, *_beginning(model, branch, above)]
    for part in branch.parts:
        total += summed_loss(model, collate(part, pad, branch.shared).to(device), chain)
    for further in branch.branches:
        total += _branch_loss(model, further, chain, pad)
    return total
