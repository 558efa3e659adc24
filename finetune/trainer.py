"""`transformers.Trainer` with a loss of our own, and the watch that logs, checks, stops and keeps the best. Knows no prompts."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from finetune.adapters import save
from finetune.batches import LengthOrder, collate, kept_positions, label_losses
from finetune.errors import Stopped

if TYPE_CHECKING:
    from finetune.rows import Encoded
    from finetune.train import Step, TrainSettings

MICRO_TOKENS = 1024
"""Tokens whose activations are held at once, about 2 GiB for the packaged model; a batch of more is taken in parts."""
WHOLE = "whole"
"""A file that says that the checkpoint it stands in was written to its end."""


class Rows(Dataset["Encoded"]):
    """Encoded rows, by number."""

    def __init__(self, rows: list[Encoded]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Encoded:
        return self.rows[index]


class LabelTrainer(Trainer):
    """Loss = mean cross-entropy over the labels of an optimizer step; only the positions that need logits get them."""

    def __init__(self, *, rows: list[Encoded], dev: list[Encoded], seed: int, pad: int, parts: int, **arguments: Any) -> None:
        super().__init__(train_dataset=Rows(rows), **arguments)
        self.model_accepts_loss_kwargs = True  # the loss below is already divided by the labels of the whole step
        self._rows, self._dev, self._seed, self._pad, self._parts = rows, dev, seed, pad, parts

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        lengths = [len(row.input_ids) for row in self._rows]
        together = self.args.per_device_train_batch_size * self._parts
        return LengthOrder(lengths, together, self._seed)

    def compute_loss(self, model: Any, inputs: dict[str, Tensor], return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        count = num_items_in_batch if num_items_in_batch is not None else (inputs["labels"] != -100).sum()
        return summed_loss(model, inputs) / count

    def evaluate(self, *arguments: Any, **settings: Any) -> dict[str, float]:
        """Mean dev loss over all labels, every label weighing the same."""
        metrics = {"eval_loss": dev_loss(self.model, self._dev, self.args.per_device_train_batch_size, self._pad)}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def summed_loss(model: Any, inputs: dict[str, Tensor]) -> Tensor:
    """Cross-entropy summed over the labels of a batch, in nats."""
    labels = inputs["labels"]
    outputs = model(
        input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], position_ids=inputs["position_ids"],
        logits_to_keep=kept_positions(labels), use_cache=False,
    )  # fmt: skip
    return label_losses(outputs.logits, labels)


def dev_loss(model: Any, rows: list[Encoded], batch: int, pad: int) -> float:
    """Mean loss in nats a label."""
    device = next(model.parameters()).device
    ordered = sorted(rows, key=lambda row: -len(row.input_ids))
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.inference_mode():
        for start in range(0, len(ordered), batch):
            some = ordered[start : start + batch]
            inputs = {name: tensor.to(device) for name, tensor in collate(some, pad).items()}
            total += float(summed_loss(model, inputs))
            count += sum(row.learnt for row in some)
    model.train(was_training)
    return total / count


def parts_of(batch: int, longest: int) -> int:
    """Into how many equal parts a batch of rows of up to `longest` tokens is taken; the gradient is the same, the memory is not."""
    fits = max(1, MICRO_TOKENS // longest)
    return next(parts for parts in range(1, batch + 1) if batch % parts == 0 and batch // parts <= fits)


class Watch(TrainerCallback):
    """Follows a training: reports steps, keeps the best adapter, stops early, stops on a loss that is not a number, marks checkpoints."""

    def __init__(
        self,
        folder: Path,
        settings: TrainSettings,
        on_step: Callable[[Step], None],
        should_stop: Callable[[], bool],
        earlier_s: float = 0.0,
    ) -> None:
        self.folder, self.settings, self._earlier_s = folder, settings, earlier_s
        self.notes: list[str] = []
        self.stopped_early = self._stopped = False
        self._on_step, self._should_stop = on_step, should_stop
        self._last: Step | None = None
        self._began, self._tokens_before = time.monotonic(), 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        self._began, self._tokens_before = time.monotonic(), state.num_input_tokens_seen

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **rest: Any) -> None:
        from finetune.train import Step

        logs = logs or {}
        if "loss" in logs:
            seconds, tokens = time.monotonic() - self._began, state.num_input_tokens_seen - self._tokens_before
            self._last = Step(
                state.global_step, state.max_steps, round(state.epoch or 0.0, 4), float(logs["loss"]),
                float(logs["learning_rate"]), round(tokens / max(seconds, 1e-9), 1),
            )  # fmt: skip
            self._on_step(self._last)
            if not math.isfinite(self._last.loss):
                self.notes.append(f"the loss at step {state.global_step} is not a number; the last good adapter was kept")
                control.should_training_stop = True
        elif "eval_loss" in logs and self._last is not None:
            self._on_step(Step(**{**self._last.__dict__, "dev_loss": float(logs["eval_loss"])}))

    def on_evaluate(self, args: Any, state: Any, control: Any, model: Any = None, **rest: Any) -> None:
        losses = _dev_losses(state)
        if math.isfinite(losses[-1]) and losses[-1] <= min(losses):
            save(model, self.folder / "best")
        elif self.settings.patience and len(losses) - 1 - losses.index(min(losses)) >= self.settings.patience:
            self.stopped_early = control.should_training_stop = True

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        if self._should_stop():
            self._stopped = control.should_save = control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        checkpoint = self.folder / f"checkpoint-{state.global_step}"
        (checkpoint / WHOLE).write_text("")
        (self.folder / "clock.json").write_text(json.dumps({"seconds": self._earlier_s + time.monotonic() - self._began}))
        for older in self.folder.glob("checkpoint-*"):
            if older != checkpoint:
                shutil.rmtree(older)

    def raise_if_stopped(self) -> None:
        if self._stopped:
            raise Stopped

    def best_loss(self, state: Any) -> float | None:
        finite = [loss for loss in _dev_losses(state) if math.isfinite(loss)]
        return min(finite) if finite else None

    def tokens_seen(self, state: Any) -> int:
        return int(state.num_input_tokens_seen)

    def remove_checkpoints(self) -> None:
        for checkpoint in self.folder.glob("checkpoint-*"):
            shutil.rmtree(checkpoint)
        (self.folder / "clock.json").unlink(missing_ok=True)


def _dev_losses(state: Any) -> list[float]:
    return [float(entry["eval_loss"]) for entry in state.log_history if "eval_loss" in entry]


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that was written to its end; those that were not are removed."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rsplit("-", 1)[1]))
    for checkpoint in reversed(found):
        if (checkpoint / WHOLE).exists():
            return str(checkpoint)
        shutil.rmtree(checkpoint)
    return None


def build(model: Any, rows: list[Encoded], dev: list[Encoded], settings: TrainSettings, folder: Path, watch: Watch) -> LabelTrainer:
    """A trainer for these rows; nothing of it writes outside `folder` or talks to anybody."""
    pad, parts = 0, parts_of(settings.batch_size, max(len(row.input_ids) for row in rows))
    arguments = TrainingArguments(
        output_dir=str(folder), num_train_epochs=settings.epochs, per_device_train_batch_size=settings.batch_size // parts,
        gradient_accumulation_steps=settings.gradient_accumulation * parts, learning_rate=settings.learning_rate,
        lr_scheduler_type="linear", warmup_steps=0.05, weight_decay=0.0, max_grad_norm=1.0, seed=settings.seed,
        data_seed=settings.seed, logging_steps=1, logging_nan_inf_filter=False, eval_strategy="epoch" if dev else "no",
        save_strategy="steps", save_steps=settings.checkpoint_steps, report_to=[], disable_tqdm=True,
        use_cpu=not torch.cuda.is_available() or settings.device == "cpu", remove_unused_columns=False,
        include_num_input_tokens_seen="all", dataloader_pin_memory=False, optim="adamw_torch",
    )  # fmt: skip
    trainer = LabelTrainer(
        rows=rows, dev=dev, seed=settings.seed, pad=pad, parts=parts, model=model, args=arguments,
        eval_dataset=Rows(dev) if dev else None,
        data_collator=lambda some: collate(some, pad), callbacks=[watch],
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    return trainer
