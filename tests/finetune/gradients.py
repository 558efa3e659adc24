"""The gradient of adapters that already do something, by any way of computing it."""

from __future__ import annotations

from dataclasses import replace

import torch

from finetune.engine.door import prepare
from finetune.engine.prefix_tree import planned
from finetune.pretrained import Weights
from finetune.rows import Encoded
from finetune.training.adapters import wrap
from finetune.training.gradient import step_gradient
from tests.finetune.tiny_model import SETTINGS

STILL = replace(SETTINGS, dropout=0.0, epochs=2, gradient_accumulation=2)


def gradient(weights: Weights, rows: list[Encoded], layers: int | None, lanes: int, shares: bool) -> tuple[float, list[torch.Tensor]]:
    """Of adapters that already do something."""
    model = wrap(weights, replace(STILL, layers=layers))
    prepare(model, "auto")
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(len(name)))
    loss, gradients = step_gradient(model, planned(rows, 80, lanes, shares), 4, sum(row.learnt for row in rows))
    return float(loss), [found for found in gradients if found is not None]


def encoded(count: int, tokens: int) -> list[Encoded]:
    """Rows of so many tokens that have nothing in common; the last token is learnt."""
    return [Encoded(str(i), [(i * 7 + n) % 200 for n in range(tokens)], [-100] * (tokens - 1) + [3]) for i in range(count)]
