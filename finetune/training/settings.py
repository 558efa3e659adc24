"""Training settings, and the record of one training step. Plain values; loads no library."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from finetune.chat import OWN, ChatSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from finetune.engine.door import Mode
    from finetune.loading import Dtype
    from finetune.pretrained import Weights
    from finetune.rows import Pair

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
    dtype: Dtype = "auto"
    device: str | None = None
    layers: int | None = None
    """The adapter sits in this many of the last layers; None: in all."""
    engine: Mode = "auto"
    """`auto`: the fast path, where it fits and passes its check; `library`: transformers' and PEFT's own."""
    chat: ChatSettings = OWN
    """How the model is talked to, in training as later."""


@dataclass(frozen=True)
class Job:
    """All that a training is given."""

    weights: Weights
    """The base model."""
    pairs: Sequence[Pair]
    """The training rows."""
    dev: Sequence[Pair]
    """Rows by whose loss the best adapter is kept; empty: the last one is kept."""
    settings: TrainSettings
    folder: Path
    """Where checkpoints, the adapter and `trained.json` are written."""
    told: tuple[str, ...] = ()
    """What is to be known of the rows; kept with the training's own notes."""


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


def steps_of(rows: int, settings: TrainSettings) -> int:
    """Optimizer steps of a whole training, on however many devices."""
    batches = math.ceil(rows / settings.batch_size)
    per_epoch = max(1, math.ceil(batches / settings.gradient_accumulation))
    return math.ceil(settings.epochs * per_epoch)
