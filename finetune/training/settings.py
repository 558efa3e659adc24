"""How to train, and what one step came to. Plain values; loads no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from finetune.pretrained import Dtype

Method = Literal["lora", "rslora", "dora", "qlora", "full"]


@dataclass(frozen=True)
class TrainSettings:
    """How to train; the defaults stand in the experiment file's section `finetune`."""

    method: Method
    rank: int
    alpha: float
    dropout: float
    targets: str | list[str]
    learning_rate: float
    epochs: float
    batch_size: int
    gradient_accumulation: int
    checkpoint_steps: int
    patience: int
    seed: int
    max_length: int
    dtype: Dtype = "float32"
    device: str | None = None
    layers: int | None = None
    """The adapter sits in this many of the last layers; None: in all."""


@dataclass(frozen=True)
class Step:
    """One optimizer step, as it is logged."""

    step: int
    total: int
    epoch: float
    loss: float
    """Mean over the labels of the step, in nats a token."""
    learning_rate: float
    tokens_per_second: float
    dev_loss: float | None = None
