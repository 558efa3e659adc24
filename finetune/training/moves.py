"""A training that changes nothing is an error, whatever the cause: the weights are compared before and after the first step that counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from transformers import TrainerCallback

from finetune.errors import SetupError

STILL = (
    "nothing was learnt: after the first step, at a learning rate of {rate:g}, all {count} tensors that are trained are what they were. "
    "Raise finetune.learning_rate, or set model.dtype to float32, in which a small change is not rounded away"
)


class Moves(TrainerCallback):
    """Raises SetupError after the first step with a learning rate above 0 where it moved no trained weight."""

    def __init__(self) -> None:
        self._before: list[tuple[float, float]] | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **rest: Any) -> None:
        self._before = fingerprints(model.parameters())

    def on_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, optimizer: Any = None, **rest: Any) -> None:
        """Called after the optimiser's step and before the next learning rate is set."""
        rate = max(group["lr"] for group in optimizer.param_groups)
        if self._before is None or not rate:
            return
        if fingerprints(model.parameters()) == self._before:
            raise SetupError(STILL.format(rate=rate, count=len(self._before)))
        self._before = None


@torch.no_grad()
def fingerprints(parameters: Iterable[Tensor]) -> list[tuple[float, float]]:
    """Sum and squared length, in float64, of each tensor that is trained: a copy would double the memory of a training of all weights."""
    return [_fingerprint(one.detach()) for one in parameters if one.requires_grad]


def _fingerprint(tensor: Tensor) -> tuple[float, float]:
    wide = tensor.double()
    return float(wide.sum()), float((wide * wide).sum())
