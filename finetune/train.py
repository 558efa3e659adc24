"""Training rows and a dev split → an adapter. LoRA and its kin on `transformers.Trainer`; logits are computed at the labels alone.

Checkpoints are exact: a run that is killed anywhere and called again ends with the same weights, bit for bit, as an undisturbed
one on the same machine. This module never sees the test split.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from finetune.errors import SetupError
from finetune.rows import encode_all

if TYPE_CHECKING:
    from finetune.pretrained import Dtype, Weights
    from finetune.rows import Encoded, Pair

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


@dataclass(frozen=True)
class Trained:
    """What a training came to; also in `trained.json`."""

    adapter: Path
    steps: int
    best_dev_loss: float | None
    seconds: float
    tokens: int
    """Tokens seen, prompts included."""
    trainable_parameters: int
    stopped_early: bool
    notes: list[str]


def train(
    weights: Weights,
    pairs: Sequence[Pair],
    dev: Sequence[Pair],
    settings: TrainSettings,
    folder: Path,
    on_step: Callable[[Step], None] = lambda step: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train into `folder/adapter`; called again after a kill it goes on from the last whole checkpoint.

    Raises SetupError where the settings cannot work here or no row fits, Stopped when `should_stop` says so.
    """
    from finetune.pretrained import load_tokenizer

    done = folder / "trained.json"
    if done.exists():
        return Trained(**{**json.loads(done.read_text(encoding="utf-8")), "adapter": folder / "adapter"})
    tokenizer = load_tokenizer(weights)
    rows, held_out = (encode_all(tokenizer, some, settings.max_length) for some in (pairs, dev))
    if not rows.rows:
        raise SetupError(f"all {len(pairs)} training rows are longer than {settings.max_length} tokens; raise model.max_context")
    notes = [f"{len(rows.too_long)} training rows are longer than {settings.max_length} tokens and were left out"] if rows.too_long else []
    trained = _fit(weights, rows.rows, held_out.rows, settings, folder, on_step, should_stop, notes)
    _write_json(done, {**asdict(trained), "adapter": "adapter"})
    return trained


def _fit(
    weights: Weights, rows: list[Encoded], dev: list[Encoded], settings: TrainSettings, folder: Path,
    on_step: Callable[[Step], None], should_stop: Callable[[], bool], notes: list[str],
) -> Trained:  # fmt: skip
    from finetune.adapters import save, wrap
    from finetune.trainer import Watch, build, last_checkpoint

    began = time.monotonic()
    clock = folder / "clock.json"
    earlier = float(json.loads(clock.read_text())["seconds"]) if clock.exists() else 0.0
    model = wrap(weights, settings)
    watch = Watch(folder, settings, on_step, should_stop, earlier)
    trainer = build(model, rows, dev, settings, folder, watch)
    trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    watch.raise_if_stopped()
    if not (folder / "best").exists():
        save(trainer.model, folder / "best")
    _replace(folder / "best", folder / "adapter")
    trained = Trained(
        adapter=folder / "adapter",
        steps=int(trainer.state.global_step),
        best_dev_loss=watch.best_loss(trainer.state),
        seconds=round(earlier + time.monotonic() - began, 3),
        tokens=watch.tokens_seen(trainer.state),
        trainable_parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        stopped_early=watch.stopped_early,
        notes=[*notes, *watch.notes],
    )
    watch.remove_checkpoints()
    return trained


def steps_of(rows: int, settings: TrainSettings) -> int:
    """Optimizer steps of a whole training on one device."""
    batches = math.ceil(rows / settings.batch_size)
    per_epoch = max(1, math.ceil(batches / settings.gradient_accumulation))
    return math.ceil(settings.epochs * per_epoch)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=1, default=str), encoding="utf-8")
    os.replace(part, path)


def _replace(source: Path, target: Path) -> None:
    import shutil

    if target.exists():
        shutil.rmtree(target)
    source.rename(target)
